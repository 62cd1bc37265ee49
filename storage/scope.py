"""Visibility: the one place that decides which newsletters a server, or a member outside of one, may see.

Every question about the archive takes a `Scope` as its first argument, and only `Door` and `Scope.everything` make
one. docs/security.md has the rules in words.
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
Servers = frozenset[int] | Literal["everyone"]  # a newsletter's `servers:`; empty: those whose channels follow it
PUBLISHED = tuple(gate.value for gate in Gate if gate.is_published)


def servers_of(setting: Iterable[int] | Literal["everyone"]) -> Servers:
    """Return a newsletter's `servers` as it is in the configuration."""
    return EVERYONE if setting == EVERYONE else frozenset(setting)


@dataclass(frozen=True, slots=True)
class Scope:
    """The newsletters that may be seen; None means all.

    `unpublished` are those of which drafts, embargoed, held and removed issues may be seen too: never more than
    the newsletters themselves.
    """

    newsletters: frozenset[str] | None
    unpublished: frozenset[str] | None = frozenset()

    @classmethod
    def everything(cls) -> Scope:
        """Return what the operator's command line and Herald's own work see: all there is, published or not."""
        return cls(None, None)

    def sees(self, newsletter: str) -> bool:
        """Whether what was published of a newsletter may be seen."""
        return self.newsletters is None or newsletter in self.newsletters

    def sees_unpublished(self, newsletter: str) -> bool:
        """Whether everything of a newsletter may be seen."""
        return self.unpublished is None or newsletter in self.unpublished

    def published(self) -> Scope:
        """Return the same newsletters without what is not published."""
        return Scope(self.newsletters)

    def and_newsletter(self, name: str) -> Scope:
        """Return the scope plus the published issues of one more newsletter, which is posted there in any case."""
        return Scope(self.newsletters | {name} if self.newsletters is not None else None, self.unpublished)

    def unpublished_condition(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the condition for a column of newsletters' names, of what is not published."""
        return _one_of(column, self.unpublished)

    def issue_condition(self) -> ColumnElement[bool]:
        """Return the condition for rows of `issues`."""
        is_published = issues.c.gate.in_(PUBLISHED) & issues.c.removed_at.is_(None)
        return and_(
            _one_of(issues.c.newsletter, self.newsletters),
            or_(is_published, self.unpublished_condition(issues.c.newsletter)),
        )


def _owners(servers: Servers, followers: Iterable[int] | None) -> frozenset[int]:
    """Return the servers that a newsletter belongs to; none if it is everyone's."""
    if servers == EVERYONE:
        return frozenset()
    return servers or frozenset(followers or ())


def _one_of(column: ColumnElement[str], names: frozenset[str] | None) -> ColumnElement[bool]:
    if names is None:
        return true()
    return column.in_(sorted(names)) if names else false()


# A channel that got something once follows nothing.
_FOLLOWED = (
    select(subscriptions.c.newsletter, subscriptions.c.guild_id)
    .where(subscriptions.c.removed_at.is_(None), subscriptions.c.origin != Origin.REPOST.value)
    .where(subscriptions.c.guild_id.is_not(None))
    .distinct()
)


_FOLLOWED_IN = _FOLLOWED.where(subscriptions.c.guild_id.in_(bindparam("guild_ids", expanding=True)))


class Door:
    """Decides which newsletters belong to whom, by the configuration and by which channels follow what.

    A newsletter belongs to the servers that its `servers` names; if it names none, to those whose channels follow
    it; with `everyone` to all, as something to read: about what is not published yet only the operator decides.
    `servers` is the configuration in force, and may be replaced.
    """

    def __init__(self, db: Database, servers: Mapping[str, Servers]) -> None:
        self._db = db
        self.servers = servers

    async def of_guild(self, guild_id: int) -> Scope:
        """Return what the members of a server may see."""
        return await self.of_guilds([guild_id])

    async def of_guilds(self, guild_ids: Iterable[int]) -> Scope:
        """Return what somebody may see who is a member of these servers and asks outside of them."""
        return Scope(frozenset(await self._visible(guild_ids)))

    async def of_admin(self, guild_id: int, *, is_home: bool) -> Scope:
        """Return what those who manage a server may see: what its channels may follow, and of what is its own all there
        is.

        A newsletter that names no servers and that nobody follows yet counts where the operator trusts the server:
        `is_home` says so, and so does another newsletter of its own. Else whoever invites Herald could read what
        somebody else has just configured.
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
        """Return the servers that may see a newsletter; `everyone` means all that there are."""
        servers = self.servers.get(newsletter, frozenset[int]())
        if servers == EVERYONE or servers or newsletter not in self.servers:
            return servers
        return frozenset(guild_id for _, guild_id in await self._followed(subscriptions.c.newsletter == newsletter))

    def may_post(self, newsletter: str, guild_id: int | None) -> bool:
        """Whether a newsletter may be posted in a server: not where its `servers` names others. None is unknown."""
        servers = self.servers.get(newsletter, frozenset[int]())
        return servers == EVERYONE or not servers or guild_id is None or guild_id in servers

    async def may_decide(self, guild_id: int | None, newsletter: str, *, is_home: bool = False) -> bool:
        """Whether a server's admins decide by themselves about held issues: where the newsletter is theirs alone, or
        nobody's yet and the server is the operator's (`is_home`).
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
        """Which newsletter is followed in which server."""
        found = await self._db.rows(_FOLLOWED.where(condition))
        return [(str(row["newsletter"]), int(row["guild_id"])) for row in found]
