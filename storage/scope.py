"""Visibility: which newsletters a server, or a member in direct messages, may see.

Every query of the archive takes a `Scope` as its first argument; only `Door` and `Scope.everything` create scopes.
docs/security.md explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select, true

from storage.database import Database
from storage.layouts import Origin
from storage.records import Gate
from storage.schema import issues, subscriptions

EVERYONE: Literal["everyone"] = "everyone"
Servers = (
    frozenset[int] | Literal["everyone"]
)  # a newsletter's `servers:` setting; empty: the servers with channels that follow it
PUBLISHED = tuple(gate.value for gate in Gate if gate.is_published)


def servers_of(setting: Iterable[int] | Literal["everyone"]) -> Servers:
    """Convert a newsletter's `servers` setting."""
    return EVERYONE if setting == EVERYONE else frozenset(setting)


@dataclass(frozen=True, slots=True)
class Scope:
    """The visible newsletters; None means all.

    `unpublished` is the subset whose drafts and embargoed, held and removed issues are visible too.
    """

    newsletters: frozenset[str] | None
    unpublished: frozenset[str] | None = frozenset()

    @classmethod
    def everything(cls) -> Scope:
        """Return the unrestricted scope, for the operator's command line and Herald's own tasks."""
        return cls(None, None)

    def sees(self, newsletter: str) -> bool:
        """Whether a newsletter's published issues are visible."""
        return self.newsletters is None or newsletter in self.newsletters

    def sees_unpublished(self, newsletter: str) -> bool:
        """Whether a newsletter's unpublished issues are visible too."""
        return self.unpublished is None or newsletter in self.unpublished

    def published(self) -> Scope:
        """Return the scope without unpublished issues."""
        return Scope(self.newsletters)

    def and_newsletter(self, name: str) -> Scope:
        """Return the scope extended by the published issues of a newsletter that is posted there anyway."""
        return Scope(self.newsletters | {name} if self.newsletters is not None else None, self.unpublished)

    def unpublished_condition(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the condition that a column names a newsletter whose unpublished issues are visible."""
        return _one_of(column, self.unpublished)

    def issue_condition(self) -> ColumnElement[bool]:
        """Return the condition that a row of `issues` is visible."""
        is_published = issues.c.gate.in_(PUBLISHED) & issues.c.removed_at.is_(None)
        return and_(
            _one_of(issues.c.newsletter, self.newsletters),
            or_(is_published, self.unpublished_condition(issues.c.newsletter)),
        )


def _owners(servers: Servers, followers: Iterable[int] | None) -> frozenset[int]:
    """Return the servers that own a newsletter; none if it is for everyone."""
    if servers == EVERYONE:
        return frozenset()
    return servers or frozenset(followers or ())


def _one_of(column: ColumnElement[str], names: frozenset[str] | None) -> ColumnElement[bool]:
    if names is None:
        return true()
    return column.in_(sorted(names)) if names else false()


# Channels that only received a repost are not followers.
_FOLLOWED = (
    select(subscriptions.c.newsletter, subscriptions.c.guild_id)
    .where(subscriptions.c.removed_at.is_(None), subscriptions.c.origin != Origin.REPOST.value)
    .where(subscriptions.c.guild_id.is_not(None))
    .distinct()
)


_FOLLOWED_IN = _FOLLOWED.where(subscriptions.c.guild_id.in_(bindparam("guild_ids", expanding=True)))


class Door:
    """Decides which newsletters are visible to whom, from the configuration and the subscriptions.

    A newsletter belongs to the servers in its `servers` setting; if that is empty, to those with channels that follow
    it. With `everyone` all servers may read it, but only the operator decides about its unpublished issues. `servers`
    is the current configuration and can be replaced.
    """

    def __init__(self, db: Database, servers: Mapping[str, Servers]) -> None:
        self._db = db
        self.servers = servers

    async def of_guild(self, guild_id: int) -> Scope:
        """Return the scope of a server's members."""
        return await self.of_guilds([guild_id])

    async def of_guilds(self, guild_ids: Iterable[int]) -> Scope:
        """Return the scope, outside of any server, of a member of these servers."""
        return Scope(frozenset(await self._visible(guild_ids)))

    async def of_admin(self, guild_id: int, *, is_home: bool) -> Scope:
        """Return the scope of a server's admins: all newsletters it can follow, and unpublished issues of its own ones.

        A newsletter without `servers` and followers counts as its own only if the operator trusts the server: if it is
        `is_home` or already owns a newsletter. Otherwise anybody who invites Herald could read a newly configured one.
        """
        owners: dict[str, set[int]] = {}
        for name, owner in await self._followed(true()):
            owners.setdefault(name, set()).add(owner)
        own = {name for name, servers in self.servers.items() if guild_id in _owners(servers, owners.get(name))}
        is_trusted = is_home or bool(own)
        free = {name for name, servers in self.servers.items() if not (servers or owners.get(name)) and is_trusted}
        public = {name for name, servers in self.servers.items() if servers == EVERYONE}
        return Scope(frozenset(own | free | public), frozenset(own | free))

    async def guilds_of(self, newsletter: str) -> Servers:
        """Return the servers that may see a newsletter; `everyone` means all."""
        servers = self.servers.get(newsletter, frozenset[int]())
        if servers == EVERYONE or servers or newsletter not in self.servers:
            return servers
        return frozenset(guild_id for _, guild_id in await self._followed(subscriptions.c.newsletter == newsletter))

    def may_post(self, newsletter: str, guild_id: int | None) -> bool:
        """Whether a newsletter may be posted in a server: not if `servers` names only others. None (unknown) passes."""
        servers = self.servers.get(newsletter, frozenset[int]())
        return servers == EVERYONE or not servers or guild_id is None or guild_id in servers

    async def may_decide(self, guild_id: int | None, newsletter: str, *, is_home: bool = False) -> bool:
        """Whether a server's admins may decide about held issues of a newsletter.

        They may if the server is its only owner, or if it has no owner yet and the server is the operator's
        (`is_home`).
        """
        if guild_id is None:
            return False
        owners = await self.guilds_of(newsletter)
        is_free = newsletter in self.servers and not owners
        return owners == frozenset({guild_id}) or (is_free and is_home)

    async def _visible(self, guild_ids: Iterable[int]) -> set[str]:
        asked = frozenset(guild_ids)
        found = await self._db.rows(_FOLLOWED_IN, {"guild_ids": asked})
        followed = {str(row["newsletter"]) for row in found}
        return {
            name
            for name, servers in self.servers.items()
            if servers == EVERYONE or (servers & asked if servers else name in followed)
        }

    async def _followed(self, condition: ColumnElement[bool]) -> list[tuple[str, int]]:
        """Return pairs of a newsletter and a server that follows it."""
        found = await self._db.rows(_FOLLOWED.where(condition))
        return [(str(row["newsletter"]), int(row["guild_id"])) for row in found]
