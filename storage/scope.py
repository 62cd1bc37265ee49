"""Who may see what: the one place that decides which newsletters a server, or a member outside of one, may see.

Every question about the archive takes a `Scope` as its first argument, and only `Door` and `Scope.everything` make
one. docs/security.md has the rules in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from storage.database import Database
from storage.layouts import Origin
from storage.records import Gate
from storage.schema import issues, subscriptions

EVERYONE: Literal["everyone"] = "everyone"
Servers = frozenset[int] | Literal["everyone"]  # a newsletter's `servers:`; empty: those whose channels follow it
PUBLISHED = (Gate.FILED.value, Gate.RELEASED.value)  # a waiting or held issue is nobody's but its admins'


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
        """What the operator's command line and Herald's own work see: all there is, published or not."""
        return cls(None, None)

    def sees(self, newsletter: str) -> bool:
        """Whether what was published of a newsletter may be seen."""
        return self.newsletters is None or newsletter in self.newsletters

    def sees_unpublished(self, newsletter: str) -> bool:
        """Whether everything of a newsletter may be seen."""
        return self.unpublished is None or newsletter in self.unpublished

    def published(self) -> Scope:
        """The same newsletters without what is not published."""
        return Scope(self.newsletters)

    def newsletter_condition(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """The condition for a column of newsletters' names."""
        return _one_of(column, self.newsletters)

    def issue_condition(self) -> ColumnElement[bool]:
        """The condition for rows of `issues`."""
        is_published = issues.c.gate.in_(PUBLISHED) & issues.c.removed_at.is_(None)
        return and_(
            _one_of(issues.c.newsletter, self.newsletters),
            or_(is_published, _one_of(issues.c.newsletter, self.unpublished)),
        )


def _one_of(column: ColumnElement[str], names: frozenset[str] | None) -> ColumnElement[bool]:
    if names is None:
        return true()
    return column.in_(sorted(names)) if names else false()


class Door:
    """Decides which newsletters belong to whom, by the configuration and by which channels follow what.

    A newsletter belongs to the servers that its `servers` names; where it names none, to those whose channels follow
    it; with `everyone` to all, as something to read: about what is not published yet only the operator decides.
    """

    def __init__(self, db: Database, servers: Mapping[str, Servers]) -> None:
        self._db = db
        self._servers = dict(servers)

    def configure(self, servers: Mapping[str, Servers]) -> None:
        """Let a configuration that was read again decide from now on."""
        self._servers = dict(servers)

    async def of_guild(self, guild_id: int) -> Scope:
        """What the members of a server may see."""
        return await self.of_guilds([guild_id])

    async def of_guilds(self, guild_ids: Iterable[int]) -> Scope:
        """What somebody may see who is a member of these servers and asks outside of them."""
        return Scope(frozenset(await self._visible(guild_ids)))

    async def of_admin(self, guild_id: int) -> Scope:
        """What those who manage a server may see: also what is not published yet of the server's own newsletters."""
        visible = frozenset(await self._visible([guild_id]))
        return Scope(visible, frozenset(name for name in visible if self._servers[name] != EVERYONE))

    async def guilds_of(self, newsletter: str) -> Servers:
        """The servers that may see a newsletter; `everyone` means all that there are."""
        servers = self._servers.get(newsletter, frozenset[int]())
        if servers == EVERYONE or servers or newsletter not in self._servers:
            return servers
        return frozenset(guild_id for _, guild_id in await self._followed(subscriptions.c.newsletter == newsletter))

    async def may_decide(self, guild_id: int | None, newsletter: str) -> bool:
        """Whether a server's admins decide by themselves about held issues: where the newsletter is theirs alone."""
        return guild_id is not None and await self.guilds_of(newsletter) == frozenset({guild_id})

    async def may_follow(self, guild_id: int, newsletter: str, *, is_home: bool) -> bool:
        """Whether a server's channels may begin to follow a newsletter.

        One that names no servers and that nobody follows yet can be taken by a server that the operator trusts:
        `is_home` says so, and so does any other newsletter that is not everyone's. Else whoever invites Herald could
        read what somebody else has just configured.
        """
        servers = self._servers.get(newsletter)
        if servers is None:
            return False
        if servers == EVERYONE or servers:
            return servers == EVERYONE or guild_id in servers
        owners = await self.guilds_of(newsletter)
        if owners:
            return guild_id in owners
        return is_home or bool((await self.of_admin(guild_id)).unpublished)

    async def may_follow_all(self, guild_id: int, *, is_home: bool) -> list[str]:
        """The newsletters that a server's channels may follow, in the order of the configuration."""
        return [name for name in self._servers if await self.may_follow(guild_id, name, is_home=is_home)]

    async def _visible(self, guild_ids: Iterable[int]) -> set[str]:
        asked = frozenset(guild_ids)
        followed = {name for name, _ in await self._followed(subscriptions.c.guild_id.in_(asked))}
        return {
            name
            for name, servers in self._servers.items()
            if servers == EVERYONE or (servers & asked if servers else name in followed)
        }

    async def _followed(self, condition: ColumnElement[bool]) -> list[tuple[str, int]]:
        """Which newsletter is followed in which server; a channel that got something once follows nothing."""
        query = (
            select(subscriptions.c.newsletter, subscriptions.c.guild_id)
            .where(condition, subscriptions.c.removed_at.is_(None), subscriptions.c.origin != Origin.REPOST.value)
            .where(subscriptions.c.guild_id.is_not(None))
            .distinct()
        )
        async with self._db.reading() as connection:
            return [(str(name), int(guild_id)) for name, guild_id in await connection.execute(query)]
