"""Who may see what, by the configuration and by who follows."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.database import Database
from storage.scope import EVERYONE, Door, Scope, Servers
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

A, B, C = 100, 200, 300
SERVERS: dict[str, Servers] = {
    "Default": frozenset(),
    "Listed": frozenset({B}),
    "Public": EVERYONE,
    "Unfollowed": frozenset(),
}


@pytest.fixture
async def door(db: Database, subscriptions: Subscriptions, now: dt.datetime) -> Door:
    """A server that follows one newsletter by default, in two channels, and another that is no longer configured."""
    for name, channel in (("Default", 1), ("Default", 2), ("Orphan", 3), ("Listed", 4)):
        await subscriptions.add(Follow(newsletter=name, channel=channel), now=now, guild_id=A)
    return Door(db, SERVERS)


@pytest.mark.both_engines
async def test_a_server_sees_what_it_follows_what_names_it_and_what_is_public(door: Door) -> None:
    assert await door.of_guild(A) == Scope(frozenset({"Default", "Public"}))  # "Listed" is for others
    assert await door.of_guild(B) == Scope(frozenset({"Listed", "Public"}))
    assert await door.of_guild(C) == Scope(frozenset({"Public"}))
    assert await door.of_guilds([A, B]) == Scope(frozenset({"Default", "Listed", "Public"}))
    assert await door.of_guilds([]) == Scope(frozenset({"Public"}))


@pytest.mark.both_engines
async def test_its_admins_see_what_is_unpublished_of_its_own_newsletters(door: Door) -> None:
    own = frozenset({"Default", "Unfollowed"})
    assert await door.of_admin(A, is_home=False) == Scope(own | {"Public"}, own)
    assert await door.of_admin(C, is_home=False) == Scope(frozenset({"Public"}))


async def test_who_unfollows_or_got_something_once_sees_nothing(
    door: Door, subscriptions: Subscriptions, now: dt.datetime
) -> None:
    for one in await subscriptions.list("Default"):
        await subscriptions.remove(one.id, now=now)
    await subscriptions.for_repost("Unfollowed", 9, now=now, guild_id=A)
    assert await door.of_guild(A) == Scope(frozenset({"Public"}))


@pytest.mark.both_engines
async def test_only_the_single_owner_decides(door: Door, subscriptions: Subscriptions, now: dt.datetime) -> None:
    assert await door.may_decide(A, "Default")
    assert await door.may_decide(B, "Listed")
    for guild_id, name in ((B, "Default"), (A, "Listed"), (A, "Public"), (A, "Orphan"), (None, "Unfollowed")):
        assert not await door.may_decide(guild_id, name)
    assert await door.may_decide(A, "Unfollowed", is_home=True)
    for name in ("Public", "Listed", "Orphan"):  # another's, everyone's, not configured
        assert not await door.may_decide(A, name, is_home=True)
    await subscriptions.add(Follow(newsletter="Default", channel=5), now=now, guild_id=B)
    assert not await door.may_decide(A, "Default")


async def test_what_somebody_owns_is_not_taken_by_another(door: Door) -> None:
    assert (await door.of_admin(A, is_home=True)).newsletters == {"Default", "Public", "Unfollowed"}
    assert (await door.of_admin(B, is_home=True)).newsletters == {"Listed", "Public", "Unfollowed"}
    assert (await door.of_admin(B, is_home=False)).newsletters == {"Listed", "Public", "Unfollowed"}
    assert (await door.of_admin(C, is_home=True)).newsletters == {"Public", "Unfollowed"}
    assert (await door.of_admin(C, is_home=False)).newsletters == {"Public"}


async def test_all_servers_that_may_see_a_newsletter(door: Door) -> None:
    names = ("Default", "Listed", "Public", "Orphan", "Unfollowed")
    found = [await door.guilds_of(name) for name in names]
    assert found == [frozenset({A}), frozenset({B}), EVERYONE, frozenset(), frozenset()]
