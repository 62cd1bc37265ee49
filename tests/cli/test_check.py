"""`python bot.py check`, as authors and their CI call it."""

from __future__ import annotations

import pytest

from cli.check import main

SOUND = "---\ntitle: T\ndate: 2023-09-07\n---\n\n### A story\n\n[Blog](https://example.org/a) Text of the story.\n"
WARNED = SOUND.replace("Text of", "@everyone: text of")
FAULTY = SOUND.replace("title: T", "title: T: x")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_sound_file_is_done(here, capsys):
    (here / "a.md").write_text(SOUND)
    assert main(["a.md"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "1 file, 0 errors, 0 warnings" in err


def test_a_fault_is_a_line_with_file_line_level_message_and_rule(here, capsys):
    (here / "a.md").write_text(FAULTY)
    assert main(["a.md"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("a.md:2: error: front matter cannot be read")
    assert line.endswith("(front-matter)")


@pytest.mark.parametrize(
    ("head", "line", "remedy"),
    [
        ("title: Rust: the week", 2, 'put a value that has a colon in it in quotes, as in title: "Rust: the week"'),
        ("title: Week\n\tdate: 2024-03-05", 3, "write spaces, not tabs"),
        ("title: Week\ntags: [a, b\nauthor: Ann", 3, "close the list that begins here with ]"),
        ('date: 2024-03-05\ntitle: "Week', 3, "close the quotation mark that opens here"),
        ("title: @home", 2, "put a value that begins with such a sign in quotes"),
    ],
)
def test_a_broken_head_says_where_it_begins_and_what_to_write(here, capsys, head, line, remedy):
    (here / "a.md").write_text(f"---\n{head}\n---\n\n### [One](https://a.example)\n\nText.\n")
    assert main(["a.md"]) == 1
    told = next(one for one in capsys.readouterr().out.splitlines() if one.endswith("(front-matter)"))
    assert told.startswith(f"a.md:{line}: error: front matter cannot be read: ")
    assert f": {remedy}; Herald still reads " in told


def test_warnings_count_only_when_strict(here, capsys):
    (here / "a.md").write_text(WARNED)
    assert main(["a.md"]) == 0
    assert "a.md:8: warning:" in capsys.readouterr().out
    assert main(["a.md", "--strict"]) == 1


def test_github_shows_annotations(here, capsys):
    (here / "a,b.md").write_text(FAULTY)
    assert main(["a,b.md", "--format", "github"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("::error file=a%2Cb.md,line=2,title=front-matter::front matter cannot be read")
    assert "\n" not in line


def test_a_folder_is_searched_for_issues(here, capsys):
    for name in ("posts/a.md", "posts/deep/b.markdown", "posts/.hidden/c.md", "posts/notes.txt", "posts/LICENSE.md"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(FAULTY)
    assert main(["posts"]) == 1
    files = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert files == ["posts/a.md", "posts/deep/b.markdown"]


def test_a_site_makes_relative_links_sound(here):
    (here / "a.md").write_text(SOUND.replace("https://example.org/a", "/a"))
    assert main(["a.md", "--strict"]) == 1
    assert main(["a.md", "--strict", "--site-url", "https://example.org"]) == 0


def test_a_file_that_is_not_there_is_wrong_usage(here, capsys):
    assert main(["no.md"]) == 2
    assert "no.md" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--format", "xml"], ["--unknown"]])
def test_wrong_usage_is_exit_status_2(here, argv):
    with pytest.raises(SystemExit) as exit_:
        main(argv)
    assert exit_.value.code == 2


CONFIG = """newsletters:
  - name: Weekly
    source: content
    include: ["*.md"]
    site_url: https://example.org
    split:
      skip: [Sponsors]
"""


def test_without_a_path_the_configuration_and_its_folders_are_checked(here, capsys):
    (here / "content").mkdir()
    (here / "content" / "a.md").write_text(SOUND.replace("https://example.org/a", "/a"))
    (here / "content" / "b.md").write_text(FAULTY)
    (here / "config.yaml").write_text(CONFIG)
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "b.md:2: error:" in out
    assert "a.md" not in out  # the newsletter's site resolves its relative link


def test_of_repositories_it_says_once_how_to_look_at_them(here, capsys):
    write(
        here / "config.yaml",
        "newsletters:\n  - {name: Far, source: https://host.example/far.git}\n"
        "  - {name: Near, source: content}\n  - {name: Off, source: https://host.example/off.git}\n",
    )
    write(here / "content" / "a.md", SOUND)
    assert main([]) == 0
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("Far, Off: in repositories, which are not read here.")
    assert "bot.py import NAME" in first
    assert "bot.py check FOLDER" in first
    assert rest == ["1 file, 0 errors, 0 warnings"]


def test_a_files_newsletter_says_how_it_is_read(here):
    (here / "content").mkdir()
    (here / "content" / "a.md").write_text(SOUND.replace("https://example.org/a", "/a"))
    (here / "config.yaml").write_text(CONFIG)
    assert main(["content/a.md", "--strict"]) == 0
    assert main(["content", "--strict"]) == 0


@pytest.mark.parametrize("form", ["text", "github"])
def test_a_faulty_configuration_is_told_line_by_line(here, capsys, form):
    (here / "config.yaml").write_text(CONFIG.replace("include:", "inclued:"))
    assert main(["--format", form]) == 2
    out = capsys.readouterr().out
    assert ("config.yaml:4: error: " if form == "text" else "::error file=config.yaml,line=4,title=config::") in out


def test_no_configuration_at_all_is_told(here, capsys):
    assert main([]) == 2
    assert "config.yaml" in capsys.readouterr().out


def test_a_file_that_is_too_large_is_told(here, capsys):
    (here / "a.md").write_bytes(b"x" * 5_000_001)
    assert main(["a.md"]) == 1
    assert "larger than 5 MB and is not read: split it (file)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("left", "line", "said"),
    [
        (SOUND.replace("### A", "<<<<<<< HEAD\n### A") + "=======\n>>>>>>> topic\n", 6, "a merge was not finished"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", 1, "a Git LFS pointer"),
        ("\0GITCRYPT\0\x01\x02", 1, "encrypted (git-crypt)"),
        ("<!DOCTYPE html>\n<html><title>Sign in</title></html>\n", 1, 'a web page ("Sign in")'),
    ],
)
def test_what_a_tool_left_in_place_of_an_issue_is_told(here, capsys, left, line, said):
    (here / "a.md").write_text(left)
    assert main(["a.md"]) == 1
    [told] = capsys.readouterr().out.splitlines()
    assert told.startswith(f"a.md:{line}: error: ")
    assert said in told
    assert told.endswith("(content)")


def test_what_a_start_would_refuse_or_miss_is_told_with_its_line(here, capsys):
    (here / "config.yaml").write_text(
        "storage: postgresql://herald:secret@127.0.0.1:9/herald\nnewsletters:\n  - name: Weekly\n    source: nowhere\n"
    )
    assert main([]) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("config.yaml:1: error: storage: ")
    assert "the database herald on 127.0.0.1 cannot be reached: " in first
    assert "secret" not in first
    assert second.startswith(
        f"config.yaml:4: error: newsletters[0].source: there is no folder {here / 'nowhere'}: create"
    )


def test_a_database_in_a_folder_that_cannot_be_is_told(here, capsys):
    (here / "posts").write_text("a file")
    (here / "letters").mkdir()
    (here / "config.yaml").write_text("storage: posts/data/herald.db\nnewsletters: [{name: A, source: letters}]\n")
    assert main([]) == 2
    [told] = capsys.readouterr().out.splitlines()
    said = f"herald.db cannot be used: {here / 'posts'} is not a folder. Write another path in storage."
    assert told == f"config.yaml:1: error: storage: {said} (config)"
    (here / "config.yaml").write_text("storage: new/data/herald.db\nnewsletters: [{name: A, source: letters}]\n")
    assert main([]) == 0
    assert not (here / "new").exists()


def test_yamls_own_faults_have_a_line_too(here, capsys):
    (here / "config.yaml").write_text("newsletters:\n  - name: Weekly: the news\n    source: x\n")
    assert main([]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("config.yaml:2: error: is not valid YAML")
    assert line.endswith('a value that holds a colon needs quotes: name: "Weekly: the news" (config)')


def test_issues_of_another_kind_than_include_names_are_told(here, capsys):
    (here / "posts").mkdir()
    (here / "posts" / "README.md").write_text(SOUND)
    (here / "config.yaml").write_text("newsletters:\n  - name: Tech\n    source: posts\n")
    for week in range(6):
        (here / "posts" / f"{week}.qmd").write_text(SOUND)
    assert main([]) == 0
    assert 'Tech: 6 files *.qmd are not named by include: if they are the issues, write include: ["*.qmd"]' in (
        capsys.readouterr().err
    )


def test_what_stands_beside_issues_is_told_and_not_checked(here, capsys):
    """An import takes them for no issues either; a file that is named is checked in any case."""
    for day in range(1, 7):
        write(here / f"site/_posts/2026-03-0{day}-pond.md", SOUND)
    for page in ("README.md", "guide/set-up.md", "_includes/foot.md"):
        write(here / "site" / page, "# How to write\n")  # without an item, which is an error
    (here / "config.yaml").write_text("newsletters:\n  - name: Tech\n    source: site\n")
    for argv in ([], ["site"]):
        assert main(argv) == 0
        out, err = capsys.readouterr()
        assert "README.md" not in out
        name = "Tech" if not argv else "site"
        assert f"{name}: 2 files, such as README.md, not checked: a page beside dated issues, not one of them" in err
        assert f"{name}: 1 file, such as _includes/foot.md, not checked: a part of the site, not an issue" in err
        assert "6 files, 0 errors" in err
    assert main(["site/README.md"]) == 1


def test_the_include_for_the_newsletter_alone_is_proposed(here, capsys):
    for number in range(1, 7):
        write(here / f"site/letters/2026-03-0{number}.md", SOUND)
        write(here / f"site/diary/2026-04-0{number}.md", SOUND)
    config = "newsletters:\n  - name: Tech\n    source: site\n"
    (here / "config.yaml").write_text(config)
    main([])
    assert 'write include: ["diary/*.md"] or include: ["letters/*.md"]' in capsys.readouterr().err
    (here / "config.yaml").write_text(f'{config}    include: ["letters/*.md"]\n')
    main([])
    assert "include" not in capsys.readouterr().err


def test_a_newsletter_without_a_file_and_two_of_the_same_files_are_told(here, capsys):
    (here / "posts").mkdir()
    (here / "posts" / "1.adoc").write_text("= One")
    newsletters = "".join(f"  - name: {name}\n    source: posts\n" for name in ("Tech", "Beats"))
    (here / "config.yaml").write_text(f"newsletters:\n{newsletters}")
    assert main([]) == 0
    told = capsys.readouterr().err
    assert f"Tech: no file in {here / 'posts'} is an issue: include is *.md" in told
    assert "Tech and Beats have the same files: a channel that follows both gets everything twice" in told
    (here / "posts" / "1.md").write_text(SOUND)
    (here / "config.yaml").write_text((here / "config.yaml").read_text() + "    include: ['1.md']\n")
    assert main([]) == 0
    told = capsys.readouterr().err
    assert "no file" not in told
    assert "the same files" not in told


def test_what_recurs_in_the_folders_before_is_no_item(here, capsys):
    newsletter = "  - {name: A, source: letters, issue_folders: ['2*']}"
    (here / "config.yaml").write_text(f"newsletters:\n{newsletter}\n", encoding="utf-8")
    for day in (2, 3):
        folder = here / f"letters/2026-03-0{day}"
        folder.mkdir(parents=True)
        (folder / "a.md").write_text(f"## Boat {day}\n\nIt [floats](https://b.example/{day}).\n", encoding="utf-8")
        (folder / "b.md").write_text("## Hafen\n\nKommt doch alle einmal vorbei.\n", encoding="utf-8")
    assert main([]) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0][-10:] for line in out.splitlines() if "Hafen" in line] == ["2026-03-02"]


def test_a_folder_that_is_one_issue_is_checked_as_one(here, capsys):
    (here / "config.yaml").write_text(
        "newsletters:\n  - {name: A, source: letters, issue_folders: ['2*']}\n", encoding="utf-8"
    )
    (here / "letters/2026-03-02").mkdir(parents=True)
    for name in ("a", "b"):
        (here / f"letters/2026-03-02/{name}.md").write_text(
            SOUND.replace("date: 2023-09-07\n", "").replace("/a)", f"/{name})")
        )
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "1 file, 0 errors, 0 warnings")
