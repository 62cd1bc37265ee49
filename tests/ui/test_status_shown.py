"""What /status shows: what needs a person has its own paragraph, what is well shares one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from errors import S_
from ui.status import ChannelHealth, Status, status_embeds

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
_LACKS = S_("Herald lacks a permission in {channel}.")


def shown(channels: Sequence[ChannelHealth]) -> str:
    embeds = status_embeds(Status(version="1", started_at=NOW, newsletters=(), channels=channels))
    return embeds[1].description or ""


def test_channels_that_are_well_share_a_line_for_each_newsletter() -> None:
    channels = [
        ChannelHealth(channel_id=1, newsletter="Tech"),
        ChannelHealth(channel_id=2, newsletter="Law"),
        ChannelHealth(channel_id=3, newsletter="Tech"),
        ChannelHealth(channel_id=4, newsletter="Tech", blocked=_LACKS.format(channel="#four")),
        ChannelHealth(channel_id=5, newsletter="Law", is_paused=True),
    ]
    first, second, third = shown(channels).split("\n\n")
    assert first.startswith("<#4> follows **Tech**\n⚠️ Herald lacks")
    assert second.startswith("<#5> follows **Law**\n⏸️ paused")
    assert third == "<#1>, <#3> follow **Tech** · up to date\n<#2> follows **Law** · up to date"


def test_of_many_channels_that_are_well_the_rest_is_counted() -> None:
    text = shown([ChannelHealth(channel_id=number, newsletter="Tech") for number in range(1, 301)])
    assert text.startswith("<#1>, <#2>")
    assert text.endswith("<#10> (+290) follow **Tech** · up to date")
