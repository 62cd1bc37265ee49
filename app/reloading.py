"""Reloads the configuration without a restart: newsletters, subscriptions and settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from app.services import Services, named, report_settled, report_taken_over, servers_by_name
from clock import utc_now
from config.settings import Config
from errors import S_, ConfigError, StorageError

_NO_CHANGE = S_("no newsletter changed")
_RENAMED = S_("renamed from {name}")

log = logging.getLogger(__name__)

# Settings that are applied at the start alone.
_RESTART = S_("{key} changed: restart Herald for that")
_AT_START = ("storage", "role", "cache", "discord", "search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What a new configuration changed."""

    newsletters: dict[str, str] = field(default_factory=dict[str, str])  # name → added, changed, removed or renamed
    subscriptions: int = 0  # in the new configuration
    needs_restart: tuple[str, ...] = ()  # keys whose changes take effect at the next start

    def lines(self) -> list[str]:
        """Return the report for whoever requested the reload."""
        told = [f"{name}: {what}" for name, what in self.newsletters.items()] or [_NO_CHANGE]
        told += [_RESTART.format(key=key) for key in self.needs_restart]
        return told


class Reloader:
    """Applies a new configuration, one at a time; an invalid one changes nothing.

    `load` reads the file and raises ConfigError. `listeners` are called with each new configuration. `asked` is set
    when a signal requests a reload, even before the bot is up.
    """

    def __init__(self, services: Services, load: Callable[[], Config], asked: asyncio.Event | None = None) -> None:
        self.asked = asked or asyncio.Event()
        self._services = services
        self._load = load
        self._lock = asyncio.Lock()
        self.is_faulty = False  # whether the last configuration that was read was rejected
        self.listeners: list[Callable[[Config], None]] = []

    async def reload(self) -> Reloaded:
        """Read the configuration and apply it. Raises ConfigError with all its faults; the old one stays in force."""
        async with self._lock:
            try:
                new = await asyncio.to_thread(self._load)
            except ConfigError as error:
                self.is_faulty = True
                log.error('configuration not reloaded reason="%s"', " | ".join(str(error).splitlines()))  # noqa: TRY400
                raise
            self.is_faulty = False
            old = self._services.config
            # Database, connections and ports were opened with these; a new value would be shown without being in
            # effect.
            kept = {key: getattr(old, key) for key in _AT_START} | {"web": _web(old, new)}
            self._services.config = new.model_copy(update=kept)
            # First, so that new polls post nothing to a server that may no longer see a newsletter.
            self._services.door.servers = servers_by_name(self._services.config)
            renamed: dict[str, str] = {}
            try:
                fate = await self._services.watchers.configure(new.newsletters, lambda: self._settle(new, renamed))
            except StorageError:
                self._services.config = old
                self._services.door.servers = servers_by_name(old)
                raise
            fate = {name: what for name, what in fate.items() if name not in renamed.values() or what != "removed"}
            fate |= {name: _RENAMED.format(name=before) for name, before in renamed.items()}
            report_taken_over(await self._services.subscriptions.from_config(new.subscriptions, now=utc_now()))
            for listener in self.listeners:
                listener(self._services.config)
            done = Reloaded(
                newsletters=fate, subscriptions=len(new.subscriptions), needs_restart=_needs_restart(old, new)
            )
            log.info(
                'configuration reloaded newsletters=%d subscriptions=%d changes="%s"',
                len(new.newsletters), len(new.subscriptions), "; ".join(done.lines()),
            )  # fmt: skip
            return done

    async def _settle(self, new: Config, renamed: dict[str, str]) -> None:
        """Apply renamed newsletters, which are added to `renamed`, and log the orphaned ones."""
        settled = await self._services.newsletters.settle(named(new), now=utc_now())
        renamed.update((after, before) for before, after in settled.renamed)
        report_settled(settled)


def _web(old: Config, new: Config) -> object:
    """Return the new secrets with the old address."""
    return new.web.model_copy(update={key: getattr(old.web, key) for key in ("enabled", "host", "port")})


def _needs_restart(old: Config, new: Config) -> tuple[str, ...]:
    keys = [key for key in _AT_START if getattr(old, key) != getattr(new, key)]
    keys += [f"web.{key}" for key in ("enabled", "host", "port") if getattr(old.web, key) != getattr(new.web, key)]
    return tuple(keys)
