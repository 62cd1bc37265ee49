"""A newsletter is the same under another name, from another source, and over a rename that was cut short."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

import pytest

from errors import UserError
from search.query import with_filters
from search.search import Query, Search
from storage import newsletters as module
from storage.archive import Archive
from storage.database import Database
from storage.forgetting import forget_newsletter
from storage.newsletters import Named, Newsletters, key_of
from storage.outbox import Outbox
from storage.records import Gate
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ALL = Scope.everything()


def named(name: str, key: str = "", source: str = "/srv/news") -> Named:
    return Named(name=name, key=key, source=source)


@pytest.fixture
async def news(
    db: Database, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make: Any, now: dt.datetime
) -> Newsletters:
    """A newsletter "News" that one channel follows, with an issue that was posted."""
    found = Newsletters(db)
    await found.settle([named("News")], now=now)
    await subscriptions.add(Follow(newsletter="News", channel=7), now=now)
    [stored] = await archive.store("News", [(make.issue("alpha", "beta"), None)], now=now)
    await outbox.plan(stored.id, now=now)
    await archive.set_revision("News", "abc")
    return found


async def holds(db: Database, name: str) -> tuple[int, int, str | None]:
    archive, subscriptions = Archive(db), Subscriptions(db)
    return len(await archive.latest(ALL, name)), len(await subscriptions.list(name)), await archive.revision(name)


async def hits(db: Database, name: str) -> int:
    """What a search within the newsletter finds."""
    search = Search(db)
    try:
        return (await search.search(ALL, Query(text=with_filters("happened", newsletter=name)))).total
    finally:
        await search.close()


@pytest.mark.parametrize(
    "one",
    [
        named("News Weekly"),  # its source tells
        named("News Weekly", "news", "https://example.org/other.git"),  # its id does
        named("News", source="/srv/elsewhere"),  # its name does
    ],
)
async def test_it_is_the_same_under_another_name_or_source(
    db: Database, news: Newsletters, now: dt.datetime, one: Named
) -> None:
    settled = await news.settle([one], now=now)
    assert settled.renamed == (() if one.name == "News" else (("News", one.name),))
    assert settled.orphans == ()
    assert await holds(db, one.name) == (1, 1, "abc")
    assert await hits(db, one.name) == 2
    if one.name != "News":
        assert await holds(db, "News") == (0, 0, None)
    assert (await news.settle([one], now=now)).renamed == ()


async def test_another_newsletter_of_another_source_is_another(
    db: Database, news: Newsletters, now: dt.datetime
) -> None:
    settled = await news.settle([named("Sports", source="/srv/sports")], now=now)
    assert settled.renamed == ()
    [orphan] = settled.orphans
    assert (orphan.name, orphan.key, orphan.issues, orphan.channels) == ("News", "news", 1, 1)
    assert await holds(db, "News") == (1, 1, "abc")


async def test_where_two_could_be_meant_nothing_is_guessed(db: Database, news: Newsletters, now: dt.datetime) -> None:
    settled = await news.settle([named("News A"), named("News B")], now=now)  # two parts of one source
    assert settled.renamed == ()
    assert [orphan.name for orphan in settled.orphans] == ["News"]
    settled = await news.settle([named("News A", "news"), named("News B")], now=now)
    assert settled.renamed == (("News", "News A"),)


async def test_an_id_stays_that_of_the_first_name(news: Newsletters, now: dt.datetime) -> None:
    await news.settle([named("News Weekly")], now=now)
    settled = await news.settle([named("Monthly", "news", "/srv/other")], now=now)
    assert settled.renamed == (("News Weekly", "Monthly"),)


@pytest.mark.both_engines
async def test_a_copy_is_known_under_another_name(
    archive: Archive, news: Newsletters, make: Any, now: dt.datetime
) -> None:
    original = make.issue("alpha", "beta")
    [stored] = await archive.store("News", [(make.issue("alpha", "beta", path="elsewhere/other.md"), None)], now=now)
    assert stored.copy_of == original.path
    await news.rename("News", "News Weekly")
    assert await archive.miss("News Weekly", [original.path]) == {"elsewhere/other.md"}


@pytest.mark.both_engines
async def test_a_newsletter_whose_name_ends_with_anothers_keeps_what_is_stored_about_it(
    db: Database, archive: Archive, news: Newsletters, make: Any, now: dt.datetime
) -> None:
    for path in ("one.md", "two.md"):
        await archive.store("Tech:News", [(make.issue("gamma", "delta", path=path), None)], now=now)
    await db.set_setting("looked:Tech:News", "theirs")
    await db.set_setting("looked:News", "ours")
    await news.rename("News", "Weekly")
    assert [await db.setting(f"looked:{name}") for name in ("Tech:News", "News", "Weekly")] == ["theirs", None, "ours"]
    await forget_newsletter(db, "Weekly")
    await forget_newsletter(db, "News")
    assert [await db.setting(f"looked:{name}") for name in ("Tech:News", "Weekly")] == ["theirs", None]
    assert await archive.miss("Tech:News", ["one.md"]) == {"two.md"}


@pytest.mark.both_engines
async def test_nothing_of_an_orphan_is_posted_until_it_is_configured_again(
    outbox: Outbox, news: Newsletters, now: dt.datetime
) -> None:
    later = now + dt.timedelta(hours=1)
    await news.settle([], now=now)
    assert await outbox.due_channels(now=later) == []
    assert await outbox.claim_next(7, now=later) is None
    await news.settle([named("News")], now=now)
    assert await outbox.due_channels(now=later) == [7]


async def test_an_orphan_is_not_found_until_it_is_configured_again(
    db: Database, news: Newsletters, now: dt.datetime
) -> None:
    assert await hits(db, "News") == 2
    await news.settle([], now=now)
    assert await hits(db, "News") == 0
    await news.settle([], now=now)
    await news.settle([named("News")], now=now)
    assert await hits(db, "News") == 2
    await news.settle([], now=now)
    assert (await news.settle([named("Wire")], now=now)).renamed == (("News", "Wire"),)
    assert await hits(db, "Wire") == 2


@pytest.mark.both_engines
async def test_a_rename_by_hand_replaces_what_was_only_imported(
    db: Database, archive: Archive, news: Newsletters, make: Any, now: dt.datetime
) -> None:
    await archive.store("Wire", [(make.issue("alpha", "beta"), None)], now=now, first_gate=lambda _: Gate.FILED)
    await news.rename("News", "Wire")
    await news.finish_renames()
    assert await holds(db, "Wire") == (1, 1, "abc")
    with pytest.raises(UserError, match='Nothing is stored about a newsletter called "News"'):
        await news.rename("News", "Other")


async def test_a_rename_never_mixes_what_was_posted_of_both(
    db: Database,
    archive: Archive,
    outbox: Outbox,
    subscriptions: Subscriptions,
    news: Newsletters,
    make: Any,
    now: dt.datetime,
) -> None:
    await subscriptions.add(Follow(newsletter="Wire", channel=8), now=now)
    [stored] = await archive.store("Wire", [(make.issue("gamma"), None)], now=now)
    await outbox.plan(stored.id, now=now)
    with pytest.raises(UserError, match="has posts of its own already"):
        await news.rename("News", "Wire")
    assert await holds(db, "News") == (1, 1, "abc")


async def test_a_rename_that_was_cut_short_is_found_under_its_new_name_after_the_next_start(
    db: Database, news: Newsletters, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_short(*_: object) -> None:
        raise sqlite3.OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(module, "reindex_newsletter", cut_short)
        with pytest.raises(sqlite3.OperationalError):
            await news.settle([named("News Weekly")], now=now)
    await news.settle([named("News Weekly")], now=now)
    assert await hits(db, "News Weekly") == 2


@pytest.mark.parametrize(
    ("name", "key"),
    [("Tech Beats", "tech-beats"), ("  C++ & Co. ", "c-co"), ("週刊ニュース", "週刊ニュース"), ("!!!", "newsletter")],
)
def test_an_id_is_made_from_the_name(name: str, key: str) -> None:
    assert key_of(name) == key
