"""An issue is posted once, however many files hold it; a file that is overwritten with the next issue is that issue."""

from __future__ import annotations

import pytest
from room import NOW, Room

from storage.records import Action
from storage.scope import Scope
from storage.wishes import Follow

ALL = Scope.everything()

STORIES = {1: ("engine", "types", "cache"), 2: ("shell", "memory", "outage"), 3: ("parser", "decade", "licence")}


def week(number: int, *, title: str | None = None) -> str:
    stories = "".join(
        f"### What we know of the {name}\n\nTwo sentences on the {name}.\n\n[Article](https://example.com/{name})\n\n"
        for name in STORIES[number]
    )
    return (
        f"---\ntitle: {title or f'Small Machines {number}'}\ndate: 2026-03-0{number + 5}\n---\n\n## Reads\n\n{stories}"
    )


@pytest.fixture
async def followed(room: Room) -> Room:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    (room.folder / "about.md").write_text("# About\n")
    await room.poll()
    return room


async def looked(room: Room) -> list[Action]:
    """What a look does in the channel."""
    await room.poll()
    await room.release()
    return [action for action, _ in await room.deliver()]


@pytest.mark.parametrize("archive", ["", "archive/{}.md", "old/{}.md"])
async def test_a_file_that_is_overwritten_each_week_is_a_new_issue(followed: Room, archive: str) -> None:
    for name in ("archive", "old"):
        (followed.folder / name).mkdir()
    for number in (1, 2, 3):
        (followed.folder / "latest.md").write_text(week(number))
        if archive:
            (followed.folder / archive.format(number)).write_text(week(number))
        assert await looked(followed) == [Action.POST] * 4
    found = await followed.archive.latest(ALL, "Tech", 20)
    assert [record.issue.title for record in found if record.item_count] == [f"Small Machines {n}" for n in (3, 2, 1)]


async def test_a_file_that_was_overwritten_is_deleted_with_its_last_issue_only(followed: Room) -> None:
    for number in (1, 2):
        (followed.folder / "latest.md").write_text(week(number))
        await looked(followed)
    (followed.folder / "latest.md").unlink()
    assert await looked(followed) == [Action.WITHDRAW] * 4
    (followed.folder / "latest.md").write_text(week(3))
    assert await looked(followed) == [Action.POST] * 4


async def test_an_overwritten_file_that_is_put_back_posts_nothing_again(followed: Room) -> None:
    for number, expected in ((1, 4), (2, 4), (1, 0), (2, 0)):
        (followed.folder / "latest.md").write_text(week(number))
        assert await looked(followed) == [Action.POST] * expected


async def test_a_copy_in_an_archive_becomes_the_place_of_the_issue(followed: Room) -> None:
    (followed.folder / "latest.md").write_text(week(1))
    await looked(followed)
    (followed.folder / "latest.md").write_text(week(2))
    (followed.folder / "one.md").write_text(week(1).replace("Two sentences on the engine", "Corrected words"))
    assert sorted(await looked(followed)) == sorted([Action.EDIT] * 2 + [Action.POST] * 4)


async def test_a_filed_file_that_is_overwritten_is_posted(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    (room.folder / "latest.md").write_text(week(1))
    assert await looked(room) == []
    (room.folder / "latest.md").write_text(week(2))
    assert await looked(room) == [Action.POST] * 4


async def test_a_correction_of_an_overwritten_file_edits_its_messages(followed: Room) -> None:
    (followed.folder / "latest.md").write_text(week(1))
    await looked(followed)
    (followed.folder / "latest.md").write_text(week(1, title="Small Machines, the first").replace("-06", "-07"))
    assert await looked(followed) == [Action.EDIT]


@pytest.mark.parametrize(
    "name",
    [
        "2026-03-06-one.sync-conflict-20260306-101112-ABCDEFG.md",
        "2026-03-06-one (conflicted copy 2026-03-06).md",
        "2026-03-06-one 2.md",
        "2026-03-06-one (1).md",
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
async def test_a_conflict_copy_is_told_and_not_posted(followed: Room, name: str, at_once: bool) -> None:
    original = followed.folder / "2026-03-06-one.md"
    original.write_text(week(1))
    if not at_once:
        assert await looked(followed) == [Action.POST] * 4
    edited = week(1, title="Small Machines One").replace("What we know of the engine", "All about the engine")
    (followed.folder / name).write_text(edited)
    report = await followed.poll()
    assert [(fault.path, fault.reason.split(":")[0]) for fault in report.faults] == [
        (name, 'it is a copy of "2026-03-06-one.md"')
    ]
    await followed.release()
    assert len(await followed.deliver()) == (4 if at_once else 0)
    assert [one.path for one in await followed.archive.faults(ALL, "Tech")] == [name]
    (followed.folder / name).unlink()
    assert await looked(followed) == []
    assert await followed.archive.faults(ALL, "Tech") == []


async def test_numbered_issues_are_no_copies(followed: Room) -> None:
    for number in (1, 2, 3):
        (followed.folder / f"weekly{f' {number}' if number > 1 else ''}.md").write_text(week(number))
        assert await looked(followed) == [Action.POST] * 4


async def test_two_spellings_of_one_name_are_one_issue(followed: Room) -> None:
    (followed.folder / "caf\u00e9.md").write_text(week(1))
    assert await looked(followed) == [Action.POST] * 4
    edited = week(1, title="Small Machines One").replace("What we know of the engine", "All about the engine")
    (followed.folder / "cafe\u0301.md").write_text(edited)
    assert await looked(followed) == []


async def test_a_name_in_other_capitals_is_the_same_issue(followed: Room) -> None:
    (followed.folder / "Week-1.md").write_text(week(1))
    assert await looked(followed) == [Action.POST] * 4
    edited = week(1).replace("Two sentences", "Three sentences")
    (followed.folder / "week-1.md").write_text(edited)
    [fault] = (await followed.poll()).faults
    assert "Week-1.md" in fault.reason
    await followed.release()
    assert await followed.deliver() == []
    (followed.folder / "Week-1.md").unlink()  # it was a change of the name after all
    assert set(await looked(followed)) == {Action.EDIT}


async def test_the_same_text_under_a_second_path_is_posted_once(followed: Room) -> None:
    (followed.folder / "one.md").write_text(week(1))
    assert await looked(followed) == [Action.POST] * 4
    (followed.folder / "two.md").write_text(week(1))
    report = await followed.poll()
    assert (report.new_issues, report.faults) == (0, [])
    await followed.release()
    assert await followed.deliver() == []


async def test_a_draft_that_stays_behind_keeps_no_issue_from_being_posted(followed: Room) -> None:
    (followed.folder / "draft.md").write_text(week(1).replace("---\n", "---\ndraft: true\n", 1))
    assert await looked(followed) == []
    (followed.folder / "one.md").write_text(week(1))
    assert await looked(followed) == [Action.POST] * 4


@pytest.mark.parametrize("is_dated", [True, False])
async def test_a_folder_that_is_copied_and_then_deleted_was_moved(followed: Room, is_dated: bool) -> None:
    for name in ("posts", "blog"):
        (followed.folder / name).mkdir()
    texts = {f"{number}.md": week(number) for number in (1, 2, 3)}
    if not is_dated:
        texts = {name: text.replace("date: ", "updated: ") for name, text in texts.items()}
    for name, text in texts.items():
        (followed.folder / "posts" / name).write_text(text)
    assert await looked(followed) == [Action.POST] * 12
    for name, text in texts.items():
        (followed.folder / "blog" / name).write_text(text)
    assert await looked(followed) == []
    for name in texts:
        (followed.folder / "posts" / name).unlink()
    assert await looked(followed) == []
    assert await followed.archive.held.all("Tech") == []
    assert await followed.archive.paths("Tech") == {"about.md", *(f"blog/{name}" for name in texts)}
    assert await followed.archive.faults(ALL, "Tech") == []
    (followed.folder / "blog/1.md").write_text(texts["1.md"].replace("Two sentences on the engine", "Corrected"))
    assert Action.EDIT in await looked(followed)


async def test_a_copy_that_went_with_its_original_is_not_missed(followed: Room) -> None:
    for name in ("one.md", "two.md"):
        (followed.folder / name).write_text(week(1))
        await looked(followed)
    (followed.folder / "one.md").unlink()
    (followed.folder / "two.md").unlink()
    assert await looked(followed) == [Action.WITHDRAW] * 4
    assert await followed.archive.faults(ALL, "Tech") == []


def in_french(number: int) -> str:
    text = week(number, title=f"Petites Machines {number}")
    return text.replace("What we know of the", "Ce que l'on sait du").replace(
        "Two sentences on the", "Deux phrases sur le"
    )


@pytest.mark.parametrize(
    ("original", "translation"),
    [
        ("posts/1.md", "posts/1.fr.md"),
        ("posts/1.md", "fr/posts/1.md"),
        ("site/posts/1/index.mdx", "site/i18n/fr/docusaurus-plugin-content-blog-posts/1/index.mdx"),
        ("blog/1.md", "i18n/fr-CA/docusaurus-plugin-content-blog/1.md"),
        ("posts/en/1.md", "posts/cs/1.md"),
        ("posts/1.en.md", "posts/1.cs.md"),
    ],
)
@pytest.mark.parametrize("is_later", [True, False])
async def test_a_translation_is_not_posted_beside_its_original(
    followed: Room, original: str, translation: str, *, is_later: bool
) -> None:
    for path in (original, translation):
        (followed.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (followed.folder / original).write_text(week(1))
    if is_later:
        assert await looked(followed) == [Action.POST] * 4
    (followed.folder / translation).write_text(in_french(1))
    assert await looked(followed) == ([] if is_later else [Action.POST] * 4)
    (followed.folder / translation).write_text(in_french(1) + "\nEncore.\n")
    assert await looked(followed) == []
    assert await followed.archive.paths("Tech") == {"about.md", original}
    assert await followed.archive.faults(ALL, "Tech") == []
    (followed.folder / original).unlink()  # its translation does not take its place in the channel
    assert await looked(followed) == [Action.WITHDRAW] * 4


async def test_a_translation_links_to_its_own_languages_pages(followed: Room) -> None:
    (followed.folder / "fr").mkdir()
    (followed.folder / "1.md").write_text(week(1))
    (followed.folder / "fr/1.md").write_text(in_french(1).replace("https://example.com/", "https://example.com/fr/"))
    assert await looked(followed) == [Action.POST] * 4


@pytest.mark.parametrize(("day", "posted"), [("2026-03-06", 4), ("2026-03-07", 8)])
async def test_the_same_name_and_date_beside_the_english_issue_is_its_translation(
    followed: Room, day: str, posted: int
) -> None:
    for language in ("en", "it"):
        (followed.folder / "posts" / language).mkdir(parents=True)
    (followed.folder / "posts/en/1.md").write_text(week(1))
    text = week(2, title="Piccole Macchine 1").replace("date: 2026-03-07", f"date: {day}")
    (followed.folder / "posts/it/1.md").write_text(text)
    assert await looked(followed) == [Action.POST] * posted


@pytest.mark.parametrize(
    ("name", "day", "posted"), [("1.it", "2026-03-06", 4), ("1.it", "2026-03-07", 8), ("2.it", "2026-03-06", 8)]
)
async def test_a_language_behind_the_same_name_and_a_date_tell_a_translation(
    followed: Room, name: str, day: str, posted: int
) -> None:
    (followed.folder / "1.md").write_text(week(1))
    text = week(2, title="Piccole Macchine 1").replace("date: 2026-03-07", f"date: {day}")
    (followed.folder / f"{name}.md").write_text(text)
    assert await looked(followed) == [Action.POST] * posted


@pytest.mark.parametrize(("language", "posted"), [("it", 4), ("en", 8)])
async def test_the_same_name_and_date_in_a_languages_folder_is_a_translation_if_it_is_in_that_language(
    followed: Room, language: str, posted: int
) -> None:
    (followed.folder / "posts/it").mkdir(parents=True)
    (followed.folder / "posts/1.md").write_text(week(1))
    other = week(2).replace("date: 2026-03-07", f"date: 2026-03-06\nlang: {language}")
    (followed.folder / "posts/it/1.md").write_text(other)  # "it" may be a subject as well
    assert await looked(followed) == [Action.POST] * posted


async def test_what_stands_among_the_translations_needs_no_links_to_be_one(followed: Room) -> None:
    (followed.folder / "i18n/fr").mkdir(parents=True)
    (followed.folder / "1.md").write_text(week(1))
    (followed.folder / "i18n/fr/1.md").write_text(week(2))
    assert await looked(followed) == [Action.POST] * 4


async def test_a_newsletter_of_translations_alone_is_posted(followed: Room) -> None:
    (followed.folder / "fr").mkdir()
    (followed.folder / "fr/1.md").write_text(in_french(1))
    assert await looked(followed) == [Action.POST] * 4


async def test_another_issue_in_a_folder_called_like_a_language_is_posted(followed: Room) -> None:
    for folder in ("posts", "it"):
        (followed.folder / folder).mkdir()
    (followed.folder / "posts/1.md").write_text(week(1))
    (followed.folder / "posts/1.it.md").write_text(week(2))
    assert await looked(followed) == [Action.POST] * 8
