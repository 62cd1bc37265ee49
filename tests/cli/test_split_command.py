"""`split` prints what people or programs can read, and ends with the status that says how it went."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.split import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (
    "---\ntitle: Letter\ndate: 2024-01-02\n---\n\n## Reads\n\n- [One story](/one) - said\n- [Two](https://b.example)\n"
)


@pytest.fixture
def issue(tmp_path):
    path = tmp_path / "issue.md"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_json_of_one_file_is_an_object(issue, capsys):
    assert main([issue, "--json", "--site-url", "https://s.example"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["title"], shown["date"], shown["draft"]) == ("Letter", "2024-01-02", False)
    assert shown["items"][0]["links"] == [{"text": "One story", "url": "https://s.example/one"}]
    assert shown["items"][0]["section"] == ["Reads"]
    assert shown["items"][0]["lines"] == [8, 8]


def test_json_of_several_files_is_a_list(issue, capsys):
    assert main([issue, issue, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_json_of_a_file_of_many_issues_is_a_list(tmp_path, capsys):
    path = tmp_path / "README.md"
    path.write_text(
        "# R\n\n## A 1\n\n- [x](https://x.example)\n\n## B 2\n\n- [y](https://y.example)\n", encoding="utf-8"
    )
    assert main([str(path), "--json", "--issue-level", "2"]) == 0
    assert [one["title"] for one in json.loads(capsys.readouterr().out)] == ["A 1", "B 2"]


def test_for_people(issue, capsys):
    assert main([issue]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Letter\n")
    assert "— Reads —" in shown
    assert "1. One story" in shown
    assert "→ https://b.example" in shown


def test_explain_names_the_rule_of_each_block(issue, capsys):
    assert main([issue, "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:3] == ["6", "section", "groups-stories"]
    assert lines[2].split()[:4] == ["8", "item", "1", "entry-of-a-link-list"]


def test_a_file_that_is_not_there_is_told(issue, tmp_path, capsys):
    assert main([str(tmp_path / "none.md"), issue, "--json"]) == 1
    told = capsys.readouterr()
    assert "none.md: cannot be read: No such file or directory" in told.err
    assert len(json.loads(told.out)) == 1


@pytest.mark.parametrize("argv", [[], ["x.md", "--item-level", "7"], ["x.md", "--unknown"]])
def test_wrong_usage_ends_with_two(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_it_runs_as_a_module(issue):
    done = subprocess.run(
        [sys.executable, "-m", "cli.split", issue], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("Letter")


def test_skip_and_item_level(issue, capsys):
    assert main([issue, "--json", "--skip", "reads"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == []
    assert main([issue, "--json", "--item-level", "2"]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)["items"]] == ["Reads"]


@pytest.mark.parametrize(("option", "count"), [([], 2), (["--one-story"], 1), (["--no-one-story"], 2)])
def test_whether_an_issue_is_one_story(tmp_path: Path, capsys, option: list[str], count: int) -> None:
    path = tmp_path / "one.md"
    path.write_text("# Kites\n\n## Wind\n\nIt [blew](https://w.example).\n\n## Rain\n\nIt fell.\n", encoding="utf-8")
    assert main([str(path), "--json", *option]) == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == count


def test_an_essay_says_what_it_would_be_as_several_stories(tmp_path: Path, capsys) -> None:
    path = tmp_path / "one.md"
    told = "It is told at length here, and leads nowhere. " * 12
    path.write_text(f"# On kites\n\n{told}\n\n## Background\n\n{told}\n\n## Results\n\n{told}\n", encoding="utf-8")
    assert main([str(path)]) == 0
    assert "read as one story; with --no-one-story, or split: {one_story: false}, it would be 2 items" in (
        capsys.readouterr().out
    )
    config = tmp_path / "other.yaml"
    config.write_text(f"newsletters:\n  - {{name: Essays, source: {tmp_path}, split: {{one_story: true}}}}\n")
    for said in (["--one-story"], ["--config", str(config)]):
        assert main([str(path), *said]) == 0
        assert "it would be" not in capsys.readouterr().out


@pytest.mark.parametrize("is_before", [True, False])
def test_a_configuration_says_how_its_newsletters_files_are_read(tmp_path: Path, is_before: bool) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "one.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(
        f"newsletters:\n  - name: Letters\n    source: {folder}\n    site_url: https://s.example\n"
        "    permalink: /:year/:title/\n"
    )
    config, command = ["--config", str(tmp_path / "other.yaml")], ["split", str(folder / "one.md"), "--json"]
    argv = [*config, *command] if is_before else [*command, *config]
    run = subprocess.run(
        [sys.executable, ROOT / "bot.py", *argv], capture_output=True, text=True, timeout=60, check=True
    )
    shown = json.loads(run.stdout)
    assert shown["items"][0]["links"] == [{"text": "One story", "url": "https://s.example/one"}]
    assert shown["url"] == "https://s.example/2024/letter/"


def test_a_faulty_configuration_is_told(tmp_path: Path, issue: str) -> None:
    (tmp_path / "other.yaml").write_text("newsletter: []\n")
    argv = [sys.executable, ROOT / "bot.py", "split", issue, "--config", str(tmp_path / "other.yaml")]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "newsletter" in run.stderr
    assert "Traceback" not in run.stderr


def test_what_recurs_in_the_files_before_is_no_item(tmp_path, capsys):
    for number in (8, 9, 10):
        text = f"# L\n\n## One {number}\n\nNews {number}.\n\n## Hafen\n\nKommt doch [alle vorbei](https://h.example).\n"
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    (tmp_path / "notes").mkdir()
    assert main([str(tmp_path / "10.md"), "--json"]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)["items"]] == ["One 10"]
    assert main([str(tmp_path / "8.md"), "--json"]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)["items"]] == ["One 8", "Hafen"]


def test_a_folder_for_each_issue_is_known_by_its_number(tmp_path, capsys):
    for number in (1, 2):
        (tmp_path / f"week-{number}").mkdir()
        text = f"# L\n\n## One {number}\n\nNews.\n\n## Hafen\n\nKommt doch [alle vorbei](https://h.example).\n"
        (tmp_path / f"week-{number}" / "index.md").write_text(text, encoding="utf-8")
    assert main([str(tmp_path / "week-2" / "index.md"), "--json"]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)["items"]] == ["One 2"]
