"""Reports problems to the admins once, and once more when they are resolved; a restart repeats neither."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, Protocol

from babel.dates import format_timedelta

from clock import Clock, utc_now
from errors import S_, StorageError
from storage.troubles import Trouble, Troubles
from ui.grouping import gathered, is_alike
from ui.locales import Words

log = logging.getLogger(__name__)

_SIGNS = "⚠️❗🔸✋ "
_TOGETHER = dt.timedelta(minutes=10)  # period in which further channels join a report of the same problem
_LINES = 10  # of one message
_MORE = S_("… and {number} more: /status")


class ReportChannel(Protocol):
    """Where admins are notified."""

    async def send(self, text: str, **options: Any) -> tuple[int, int] | None:
        """Post, and return the channel's and the message's id; None if that is impossible. `options`: its buttons."""
        ...

    async def edit(self, place: tuple[int, int], text: str, **options: Any) -> bool:
        """Replace a message's text; return False if the message is gone."""
        ...


class Reports:
    """The problems reported to the admins. `still` returns which of the given keys persist."""

    def __init__(
        self,
        troubles: Troubles,
        channel: ReportChannel,
        still: Callable[[Collection[str]], Awaitable[Collection[str]]],
        words: Callable[[], Words],
        clock: Clock = utc_now,
    ) -> None:
        self._troubles = troubles
        self._channel = channel
        self._still = still
        self._words = words
        self._clock = clock
        self._known: dict[str, Trouble] | None = None
        self._lock = asyncio.Lock()

    async def trouble(self, key: str, reason: str, text: str, **options: Any) -> bool:
        """Report a problem; return whether the admins know of it now. `options` are the message's buttons."""
        return await self.troubles([(key, reason, text)], **options)

    async def troubles(self, found: Sequence[tuple[str, str, str]], heading: str = "", **options: Any) -> bool:
        """Report the problems (key, reason, text) that the admins do not know of yet, in one message.

        If the reason of a known problem has changed, its message is corrected. If the same was just reported of another
        channel, this channel is added to that message.
        """
        async with self._lock:
            known = await self._loaded()
            new: list[Trouble] = []
            for key, reason, text in found:
                before = known.get(key)
                # A problem that could not be reported earlier is reported now, with its original start.
                if before is None or before.message_id is None:
                    since = before.since_at if before is not None else self._clock()
                    new.append(Trouble(key=key, reason=reason, text=text, since_at=since))
                elif before.reason != reason:
                    await self._correct(replace(before, reason=reason, text=text), options)
            if not (heading or options):
                new = [one for one in new if not await self._joined(one)]
            if not new:
                return True
            lines = _bounded([text for text, _ in gathered(new, _text_of)])
            place = await self._channel.send("\n".join([*([heading] if heading else []), *lines]), **options)
            channel_id, message_id = place or (None, None)
            told = [replace(one, channel_id=channel_id, message_id=message_id) for one in new]
            await self._keep([one for one in told if one != known.get(one.key)])
            return place is not None

    async def look(self, over: Collection[str] = ()) -> None:
        """Report in one message what is resolved, with its duration; `over` are keys known to be resolved."""
        # Called after each posted message, so this must be cheap when there are no problems.
        if not self._troubles.is_shared and self._known is not None and not self._known:
            return
        async with self._lock:
            known = await self._loaded()
            # Not every end of a problem has an event, so the current state is checked.
            still = set(await self._still(known.keys())).difference(over) if known else set[str]()
            ended = [known.pop(key) for key in known.keys() - still]
            if not ended:
                return
            # A problem that was never reported needs no report of its end.
            told = sorted((one for one in ended if one.message_id is not None), key=lambda one: one.since_at)
            if told:
                lines = [self._mended(text, beginners[0]) for text, beginners in gathered(told, _text_of)]
                await self._channel.send("\n".join(_bounded(lines)))
            await self._stored(self._troubles.end([one.key for one in ended]))

    def _mended(self, text: str, one: Trouble) -> str:
        """Return the report that the problem in `text` is resolved; `one` is the first problem with this text."""
        words = self._words()
        lasted = max(self._clock() - one.since_at, dt.timedelta(seconds=1))
        time = format_timedelta(lasted, locale=words.language, threshold=1.2)
        first, *_ = text.split("\n")
        # Struck through, because it includes instructions that are obsolete now.
        what = f"~~{words.told(first.lstrip(_SIGNS))}~~"
        return "✅ " + words("Resolved after {time}: {what}", time=time, what=what)

    async def settle(self, key: str, text: str, *, pressed: int | None = None) -> None:
        """Add the outcome to a problem's message and remove its buttons; skip `pressed`, which already shows it."""
        async with self._lock:
            one = (await self._loaded()).pop(key, None)
            if one is None:
                return
            await self._stored(self._troubles.end([key]))
            if one.message_id is not None and one.message_id != pressed:
                await self._channel.edit((one.channel_id or 0, one.message_id), text, view=None)

    async def _joined(self, one: Trouble) -> bool:
        """Add a channel to a recent message about the same problem of others; return False if there is none."""
        recent = [
            each for each in (self._known or {}).values()
            if each.message_id is not None and self._clock() - each.since_at < _TOGETHER
        ]  # fmt: skip
        alike = next((each for each in recent if is_alike(each.text, one.text)), None)
        if alike is not None:
            await self._correct(replace(one, channel_id=alike.channel_id, message_id=alike.message_id), {})
        return alike is not None

    async def _correct(self, one: Trouble, options: dict[str, Any]) -> None:
        """Update a problem in the message that reported it, and keep the message's other problems."""
        known = self._known or {}
        # One message may list many channels, all of which have to stay in it.
        at_once = {each.key: each for each in known.values() if each.message_id == one.message_id} | {one.key: one}
        texts = _bounded([text for text, _ in gathered(list(at_once.values()), _text_of)])
        place = (one.channel_id or 0, one.message_id or 0)
        # The message may have been deleted.
        if not await self._channel.edit(place, "\n".join(texts), **options):
            new = await self._channel.send(one.text, **options)
            one = replace(one, channel_id=new[0] if new else None, message_id=new[1] if new else None)
        await self._keep([one])

    async def _loaded(self) -> dict[str, Trouble]:
        if self._known is None or self._troubles.is_shared:
            self._known = {one.key: one for one in await self._troubles.all()}
        return self._known

    async def _keep(self, found: Sequence[Trouble]) -> None:
        if self._known is not None:
            self._known.update({one.key: one for one in found})
        await self._stored(self._troubles.keep(found))

    async def _stored(self, writing: Awaitable[None]) -> None:
        """Write; on a storage failure, which may be the problem itself, keep it in memory for this run."""
        try:
            await writing
        except StorageError as error:
            log.warning('problem report not stored reason="%s"', error)


def _text_of(one: Trouble) -> str:
    return one.text


def _bounded(lines: Sequence[str]) -> list[str]:
    """Return the first lines and the number of others."""
    rest = [_MORE.format(number=len(lines) - _LINES)] if len(lines) > _LINES else []
    return [*lines[:_LINES], *rest]
