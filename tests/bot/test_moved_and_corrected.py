"""A file that gets another name and other words, or that goes and comes back, holds the same issue."""

from __future__ import annotations

from pathlib import Path

from bench import Bench, configured, issue_text, newsletter, running

from sandbox.server import Sandbox

OLD, NEW = "2026-03-02-owl-weakly.md", "2026-03-03-owl-weekly.md"


async def test_a_file_that_is_renamed_and_corrected_at_once_keeps_its_messages(bench: Bench, folder: Path) -> None:
    (folder / OLD).write_text(issue_text(1, items=4))
    stories = [f"Story 1.{number}" for number in range(1, 5)]
    await bench.until_titles("Issue 1", *stories)
    await bench.idle()
    ids = [message.id for message in bench.posted()]
    corrected = issue_text(1, items=3, day="2026-03-03").replace("title: Issue 1", "title: Owl Weekly")
    (folder / "new").write_text(corrected)
    (folder / OLD).unlink()
    (folder / "new").rename(folder / NEW)
    await bench.until(lambda: bench.titles() == ["Owl Weekly", *stories[:3], "~~Story 1.4~~"])
    await bench.idle()
    assert [message.id for message in bench.posted()] == ids


def essay(day: str, *paragraphs: str) -> str:
    return f"---\ntitle: On owls\ndate: {day}\n---\n\n" + "\n\n".join(paragraphs) + "\n"


async def test_an_essay_that_is_renamed_and_corrected_at_once_keeps_its_message(bench: Bench, folder: Path) -> None:
    (folder / OLD).write_text(essay("2026-03-02", "See [the nest](https://a.example/1).", "Owls hoot.", "Owls sleep."))
    await bench.until(lambda: len(bench.posted()) == 2)
    await bench.idle()
    ids = [message.id for message in bench.posted()]
    corrected = essay("2026-03-03", "See [a nest](https://b.example/2).", "Owls hoot.", "Owls sleep.")
    (folder / "new").write_text(corrected)
    (folder / OLD).unlink()
    (folder / "new").rename(folder / NEW)
    await bench.until(lambda: any("a nest" in str(message.embeds) for message in bench.posted()))
    await bench.idle()
    assert [message.id for message in bench.posted()] == ids


async def test_another_essay_under_the_same_title_is_another(bench: Bench, folder: Path) -> None:
    (folder / OLD).write_text(essay("2026-03-02", "See [the nest](https://a.example/1).", "Owls hoot.", "Owls sleep."))
    await bench.until(lambda: len(bench.posted()) == 2)
    await bench.idle()
    another = essay("2026-03-03", "See [the holt](https://a.example/2).", "Otters dive.", "Owls sleep.")
    (folder / "new").write_text(another)
    (folder / OLD).unlink()
    (folder / "new").rename(folder / NEW)
    await bench.until(lambda: len(bench.posted()) == 4)


async def test_the_next_issue_beside_one_that_goes_is_another(bench: Bench, folder: Path) -> None:
    (folder / OLD).write_text(issue_text(1, items=2))
    await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
    await bench.idle()
    (folder / "new").write_text(issue_text(2, items=2).replace("Story 2.1", "Story 1.1").replace("/2/1", "/1/1"))
    (folder / OLD).unlink()
    (folder / "new").rename(folder / NEW)
    await bench.until(lambda: len(bench.titles()) == 6)
    assert bench.titles()[3:] == ["Issue 2", "Story 1.1", "Story 2.2"]


async def test_the_header_of_an_issue_that_comes_back_leads_to_its_stories(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    (folder / "0.md").write_text(issue_text(7, items=2))
    config = configured(tmp_path, newsletter(folder, max_removed=None), channel=sandbox.channel("news"))
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
        before = bench.shown()
        (folder / "1.md").unlink()
        await bench.until_titles("~~Issue 1~~", "~~Story 1.1~~", "~~Story 1.2~~")
        await bench.idle()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
        assert bench.shown() == before
