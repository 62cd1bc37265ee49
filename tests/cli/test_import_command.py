"""`python bot.py import` tells whoever set a newsletter up what it took for issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.dispatch import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("newsletters:\n  - name: Tech\n    source: letters\n")
    return tmp_path


def write(folder: Path, path: str, head: str = "", items: int = 1) -> None:
    file = folder / "letters" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    stories = "".join(f"## [Story {n}](https://example.org/{path}/{n})\n\nText of {path}.\n\n" for n in range(items))
    file.write_text(f"---\ntitle: {path}\n{head}\n---\n\n{stories}")


def many_weeks() -> str:
    """Nine issues in a file, each below its heading."""
    weeks = "".join(
        f"## Week {week} (2026-0{week}-02)\n\n"
        + "".join(f"- [Story {n}](https://example.org/{week}/{n}) tells of ducks\n" for n in range(4))
        + "\n"
        for week in range(9, 0, -1)
    )
    return f"# Pond Notes\n\n{weeks}"


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["import", "--config", str(folder / "config.yaml")]) == 0
    return [line.strip() for line in capsys.readouterr().err.splitlines()[1:]]


def test_the_first_import_says_what_is_an_issue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in range(1, 7):
        write(folder, f"_posts/{day}.md", f"date: 2026-02-0{day}", items=4)
    write(folder, "other/old.md", "date: 2020-01-01")
    write(folder, "_posts/last.md")
    write(folder, "README.md")
    write(folder, "_posts/secret.md", "draft: true\ndate: 2026-02-01")
    assert told(folder, capsys) == [
        "8 issues, the newest: _posts/6.md (2026-02-06), _posts/6.md",
        "issues: 7 in _posts/, 1 in other/",
        "1 file, such as _posts/last.md, without a date: sorted by number, and not found by date",
        "1 file, such as README.md, taken for pages beside the issues; name the issues in include if that is wrong",
        "1 file, such as _posts/secret.md, kept back: a draft",
        'if only the 7 files in _posts/ are issues, write include: ["_posts/*.md"]',
    ]
    assert told(folder, capsys) == []


def write_essay(folder: Path, path: str, day: str) -> None:
    """Write an issue that is read as one story, and has two headings."""
    words = "It is told at length here, and leads nowhere. " * 12
    parts = f"{words}\n\n## Background\n\n{words}\n\n## Results\n\n{words}\n"
    write(folder, path, f"date: {day}", items=0)
    with (folder / "letters" / path).open("a") as file:
        file.write(parts)


@pytest.mark.parametrize(("essays", "is_told"), [(4, True), (3, False)])
def test_the_first_import_says_which_of_the_newest_issues_may_hold_several_stories(
    folder: Path, capsys: pytest.CaptureFixture[str], essays: int, is_told: bool
) -> None:
    """What issues of years ago were is no matter: the setting is for those to come."""
    for number in range(20):
        write(folder, f"_posts/old-{number}.md", f"date: 2019-02-{number + 1:02}", items=4)
    for number in range(12 - essays):
        write(folder, f"_posts/new-{number}.md", f"date: 2026-02-{number + 1:02}", items=4)
    for number in range(essays):
        write_essay(folder, f"_posts/essay-{number}.md", f"2026-03-0{number + 1}")
    line = (
        "4 of the 12 newest issues, such as _posts/essay-3.md, are read as one story each; "
        "if they hold several (2 in that one), write split: {one_story: false}"
    )
    assert (line in told(folder, capsys)) is is_told


@pytest.mark.parametrize("setting", ["", "    split: {one_story: true}\n", "    split: {item_level: 2}\n"])
def test_what_no_setting_would_change_is_not_told(
    folder: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    """An issue of a single paragraph is one story whatever the settings say."""
    config = folder / "config.yaml"
    config.write_text(config.read_text() + setting)
    for day in range(1, 5):
        if setting:
            write_essay(folder, f"_posts/{day}.md", f"2026-02-0{day}")
        else:
            write(folder, f"_posts/{day}.md", f"date: 2026-02-0{day}")
    assert not any("one_story" in line for line in told(folder, capsys))


def test_an_address_that_follows_the_generators_rule_is_shown_to_be_opened(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = folder / "config.yaml"
    config.write_text(config.read_text() + "    site_url: https://pond.example.org\n")
    write(folder, "_posts/2026-02-01-ducks.md", items=3)
    assert told(folder, capsys)[1] == (
        "its address is taken to be https://pond.example.org/2026/02/01/ducks.html: open it, and write permalink if it "
        "is another"
    )


def test_issues_of_which_nothing_would_be_posted_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stories = (
        "stories:\n  - title: Ducks\n    url: https://example.org/ducks"  # what only the site's own template reads
    )
    write(folder, "2026-02-01.md", stories, items=0)
    write(folder, "2026-02-03.md", stories, items=0)
    write(folder, "2026-02-02.md")
    said = "without items: nothing of them is posted; bot.py split --explain FILE tells why"
    newest, *rest = told(folder, capsys)
    assert newest == "3 issues, the newest: 2026-02-02.md (2026-02-02), 2026-02-02.md"
    assert f"2 files, such as 2026-02-03.md, {said}" in rest


@pytest.mark.parametrize("items", [1, 3])
def test_issues_that_are_folders_are_noticed(folder: Path, items: int, capsys: pytest.CaptureFixture[str]) -> None:
    for week in range(1, 7):
        for name in "abc":
            write(folder, f"archive/2026/{week}/{name}.md", items=items)
    assert told(folder, capsys)[-1] == (
        'if the files of a folder are one issue together, write issue_folders: ["archive/2026/*"]'
    )


def test_a_readme_of_many_issues_says_which_setting_parts_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "letters").mkdir()
    (folder / "letters/README.md").write_text(many_weeks())
    assert main(["import", "--config", str(folder / "config.yaml")]) == 0
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("Tech: 1 file read, ")
    assert "set split.issue_level: 2 for this newsletter" in rest[-1]


def test_files_that_hold_many_issues_are_told_of_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "letters").mkdir()
    for name in ("ponds", "rivers", "seas"):
        (folder / f"letters/{name}.md").write_text(many_weeks().replace("ducks", name))
    lines = told(folder, capsys)
    assert sum("split.issue_level" in line for line in lines) == 1
    assert any(line.endswith("so that each is an issue of its own; so it is with 2 other files") for line in lines)


def test_a_folder_of_another_kind_of_file_is_named_with_what_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for week in range(1, 7):
        write(folder, f"news/week-{week}.qmd")
    write(folder, "README.md")
    line = 'if they are the issues, write include: ["news/*.qmd"]'
    assert told(folder, capsys)[-1] == f"6 files news/*.qmd are not named by include: {line}"


@pytest.mark.parametrize(("include", "is_told"), [("", True), ('    include: ["_posts/*.md"]\n', False)])
def test_files_of_another_kind_are_not_proposed_to_whoever_wrote_include(
    folder: Path, capsys: pytest.CaptureFixture[str], include: str, is_told: bool
) -> None:
    (folder / "config.yaml").write_text(f"newsletters:\n  - name: Tech\n    source: letters\n{include}")
    write(folder, "_posts/1.md", "date: 2026-02-01", items=4)
    for week in range(6):
        write(folder, f"news/week-{week}.qmd")
    assert any("news/*.qmd" in line for line in told(folder, capsys)) is is_told


def test_a_newsletter_that_is_not_markdown_is_said_to_be_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for week in range(1, 7):
        write(folder, f"news/week-{week}.adoc")
    write(folder, ".cache/old.adoc")
    assert told(folder, capsys) == ["6 files news/*.adoc are left out: Herald reads Markdown, not AsciiDoc"]


def test_a_part_of_the_site_that_is_no_issue_has_no_faults(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "_posts/2026-02-01-ducks.md", items=3)
    (folder / "letters/archetypes").mkdir()
    (folder / "letters/archetypes/default.md").write_text("---\ntitle: {{ .Name }}\ndraft: true\n")
    assert (
        told(folder, capsys)[-1] == "1 file, such as archetypes/default.md, kept back: a part of the site, not an issue"
    )


def test_a_long_page_beside_the_issues_is_not_divided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in range(1, 7):
        write(folder, f"blog/2026-02-0{day}.md", items=3)
    (folder / "letters/docs").mkdir()
    (folder / "letters/docs/releases.md").write_text(many_weeks())
    told_of = told(folder, capsys)
    assert told_of[0].startswith("6 issues, the newest: ")
    assert told_of[-1].startswith("1 file, such as docs/releases.md, taken for pages beside the issues")


def test_an_issue_of_a_day_to_come_is_not_the_newest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for year in (2025, 2026, 2090):
        write(folder, f"{year}.md", f"date: {year}-01-05")
    first, waits, *_ = told(folder, capsys)
    assert first == "3 issues, the newest: 2026.md (2026-01-05), 2026.md"
    assert waits == "1 file, such as 2090.md, dated in the future: posted once that day has come"


def test_web_pages_among_the_issues_are_named_with_what_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in range(1, 7):
        write(folder, f"_posts/2026-02-0{day}-new.md")
        write(folder, f"_posts/2016-02-0{day}-old.html")
    assert told(folder, capsys)[-1] == (
        "6 files _posts/*.html are not named by include: if they are issues too, "
        'write include: ["_posts/*.html", "_posts/*.md"]'
    )
