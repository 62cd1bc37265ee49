"""Subjects of `/repost` and `/withdraw`: an issue, the items below one of its headings, or an item."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.incidents import Interaction
from app.services import Services
from cogs._answers import GONE
from cogs._channels import channel_here
from cogs._named import issue_named, item_named
from cogs._scope import scope_of
from delivery.places import KINDS, Place
from digest.render.markdown import cut, plain_inline
from errors import UserError
from storage.filtering import folded
from storage.records import IssueRecord
from storage.reposting import IssuePart
from ui.confirm import Act, Verb, heading_key
from ui.locales import spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Subject of a command: a part of an issue, and its display title."""

    part: IssuePart
    record: IssueRecord
    title: str


async def issue_subject(services: Services, interaction: Interaction, typed: str) -> Subject:
    """Return the issue that was chosen or typed. Raises UserError if there is none."""
    return _whole(await issue_named(services, await scope_of(services, interaction), typed))


async def section_subject(services: Services, interaction: Interaction, issue: str, section: str) -> Subject:
    """Return the items below the heading that was typed. Raises UserError if there is none."""
    record = await issue_named(services, await scope_of(services, interaction), issue)
    headings = headings_of(record)
    name = next((one for one in headings if folded(one) == folded(section)), None)
    if name is None:
        if not headings:
            raise UserError("This issue has no headings: choose the whole issue, or one item.")
        known = ", ".join(f'"{plain_inline(one)}"' for one in headings[:15])
        raise UserError(
            'This issue has no heading "{section}". Its headings: {known}.',
            section=plain_inline(cut(section, 100)),
            known=known,
        )
    return _below(record, name)


async def item_subject(services: Services, interaction: Interaction, typed: str) -> Subject:
    """Return the item that was chosen or typed. Raises UserError if there is none."""
    scope = await scope_of(services, interaction)
    found = await item_named(services, scope, typed)
    record = await services.archive.issue(scope, found.issue_id)
    if record is None:
        raise UserError(GONE)
    return _single(record, found.id, found.item.title)


async def subject_of(services: Services, interaction: Interaction, act: Act) -> Subject:
    """Return the subject of a pressed button. Raises UserError if it is gone or not visible to the server."""
    scope = await scope_of(services, interaction)
    record = await services.archive.issue(scope, act.issue_id)
    if record is None:
        raise UserError(GONE)
    if act.item_id:
        item = await services.archive.item(scope, act.item_id)
        if item is None or item.issue_id != record.id:
            raise UserError(GONE)
        return _single(record, item.id, item.item.title)
    if act.heading:
        name = next((one for one in headings_of(record) if heading_key(one) == act.heading), None)
        if name is None:
            raise UserError(GONE)
        return _below(record, name)
    return _whole(record)


def act_on(subject: Subject, interaction: Interaction, verb: Verb, channel_id: int, asked_at: dt.datetime) -> Act:
    """Return the action to run once the user confirms it; channel 0 stands for every channel."""
    part = subject.part
    return Act(
        verb=verb,
        owner_id=interaction.user.id,
        issue_id=part.issue_id,
        item_id=part.item_ids[0] if part.item_ids else 0,
        heading=heading_key(part.section) if part.section is not None else "",
        channel_id=channel_id,
        asked_at=asked_at,
    )


async def place_of(interaction: Interaction, channel_id: int) -> Place:
    """Return the channel that a button names. Raises UserError if Herald cannot see it."""
    found = await channel_here(interaction, channel_id)
    if not isinstance(found, KINDS):
        raise UserError("Herald cannot see {channel} any more.", channel=f"<#{channel_id}>")
    return found


def headings_of(record: IssueRecord) -> Sequence[str]:
    """Return the headings of an issue's items without duplicates, in order."""
    return list(dict.fromkeys(one for item in record.issue.items for one in item.section))


def _whole(record: IssueRecord) -> Subject:
    return Subject(part=IssuePart(issue_id=record.id), record=record, title=record.issue.title)


def _below(record: IssueRecord, heading: str) -> Subject:
    title = spoken()('"{section}" of {issue}', section=heading, issue=record.issue.title)
    return Subject(part=IssuePart(issue_id=record.id, section=heading), record=record, title=title)


def _single(record: IssueRecord, item_id: int, title: str) -> Subject:
    return Subject(part=IssuePart(issue_id=record.id, item_ids=(item_id,)), record=record, title=title)
