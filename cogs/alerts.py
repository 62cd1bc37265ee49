"""Members' alerts: `/alert add`, list, remove, export, forget, and the notifications."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._answers import as_choices, in_one_line
from cogs._permissions import actor_of, admins_only
from cogs._scope import scope_of
from delivery.alerting import Alerting, Stores
from delivery.refusals import missing
from digest.render.markdown import cut, plain_inline
from errors import UserError
from search.query import parse
from storage.alerts import PER_MEMBER, Alert
from storage.readers import TookTooLong
from ui.alerts import (
    AlertButton,
    AlertMenu,
    closed_notice,
    forget_view,
    list_embed,
    list_view,
    outlook_text,
    queries,
)
from ui.choices import topic_choices
from ui.limits import CHOICE_NAME, CHOICES
from ui.locales import N_, spoken
from ui.pressing import chosen_ids
from ui.questions import question_of

if TYPE_CHECKING:
    from app.client import Herald


_NOT_A_SUBJECT = frozenset({"since", "until", "sort"})
_FORGETS = N_(
    "This deletes {number} alert, the record of messages sent to you and what /catchup remembers, and takes your name "
    "off what you did as an admin.",
    "This deletes {number} alerts, the record of messages sent to you and what /catchup remembers, and takes your name "
    "off what you did as an admin.",
)
_FORGOTTEN = N_(
    "Deleted: {number} alert and everything else that was stored about you.",
    "Deleted: {number} alerts and everything else that was stored about you.",
)


class AlertCommands(commands.Cog):
    """The alert commands; all answers are private."""

    alert = app_commands.Group(name="alert", description="Get notified when a topic you care about is covered")

    place = app_commands.Group(
        name="alert-channel",
        description="Where to notify members who have direct messages turned off",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, bot: Herald) -> None:
        services = bot.services
        self.bot = bot
        self.completion = services.completion
        self.matcher = services.matcher
        self.alerts = services.alerts
        self.alert_outbox = services.alert_outbox
        self.alerting = Alerting(
            bot,
            Stores(
                alerts=services.alert_outbox,
                matcher=services.matcher,
                archive=services.archive,
                outbox=services.outbox,
                door=services.door,
                db=services.db,
            ),
            bot.leaving,
            channel_id=services.config.alerts.channel,
        )

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of messages sent before a restart."""
        self.bot.answer_presses(AlertButton, self.alert_pressed)
        self.bot.answer_presses(AlertMenu, self.alerts_chosen)

    async def cog_unload(self) -> None:
        """Stop sending notifications."""
        await self.alerting.stop()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Start sending notifications once Discord is connected."""
        self.alerting.start()

    @commands.Cog.listener()
    async def on_issues_released(self) -> None:
        """Match the newly released issues."""
        self.alerting.wake()

    @commands.Cog.listener()
    async def on_deliveries_due(self) -> None:
        """Match again: held issues may have been released."""
        self.alerting.wake()

    @alert.command()
    @app_commands.describe(
        query='Words an item must contain; "a phrase", -without and site:example.org work too',
        newsletter="Only this newsletter",
        section="Only this section",
    )
    async def add(
        self,
        interaction: Interaction,
        query: Range[str, 1, 200],
        newsletter: Range[str, 1, 100] | None = None,
        section: Range[str, 1, 100] | None = None,
    ) -> None:
        """Get notified when a new item matches."""
        await interaction.response.defer(ephemeral=True)
        await self._add(interaction, in_one_line(query, newsletter=newsletter, section=section))

    @alert.command(name="list")
    async def listed(self, interaction: Interaction) -> None:
        """Show your alerts."""
        await interaction.response.defer(ephemeral=True)
        await self._list(interaction)

    @alert.command()
    @app_commands.describe(alert="Which of your alerts")
    async def remove(self, interaction: Interaction, alert: Range[str, 1, 300]) -> None:
        """Remove one of your alerts."""
        await interaction.response.defer(ephemeral=True)
        mine = await self.alerts.of(interaction.user.id)
        typed = " ".join(alert.split()).casefold()
        chosen = [one.id for one in mine if str(one.id) == typed]
        if not chosen:  # typed words match an alert of this server, or of any server in a direct message
            here = {None, interaction.guild_id}
            same = [one for one in mine if one.query.casefold() == typed]
            chosen = [one.id for one in same if interaction.guild_id is None or one.guild_id in here]
        if not chosen:
            raise UserError('You have no alert "{alert}". /alert list shows your alerts.', alert=plain_inline(alert))
        await self._remove(interaction, chosen)

    @alert.command()
    async def export(self, interaction: Interaction) -> None:
        """Download everything Herald stores about you."""
        await interaction.response.defer(ephemeral=True)
        stored = await self.alerts.export(interaction.user.id)
        data = json.dumps(stored, indent=2, ensure_ascii=False).encode()
        # It would not fit into a message.
        file = discord.File(BytesIO(data), filename="herald-alerts.json")
        text = spoken()("This is everything Herald stores about you. `/alert forget` deletes it.")
        await self._answer(interaction, text, file=file)

    @alert.command()
    async def forget(self, interaction: Interaction) -> None:
        """Delete everything Herald stores about you."""
        await interaction.response.defer(ephemeral=True)
        count = len(await self.alerts.of(interaction.user.id))
        text = spoken().counted(count, *_FORGETS)
        await interaction.followup.send(text, view=forget_view(), ephemeral=True)

    @place.command(name="set")
    @admins_only
    @app_commands.describe(channel="Which channel (default: this one)")
    async def choose(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        """Choose where to mention members who have direct messages turned off."""
        await interaction.response.defer(ephemeral=True)
        place = channel or interaction.channel
        if interaction.guild is None or not isinstance(place, discord.TextChannel):
            raise UserError("Choose a text channel in this server.")
        # An admin should learn this now, not when the first notification gets lost.
        if refusal := missing(place, interaction.guild.me):
            raise UserError(refusal.reason)
        await self.alert_outbox.choose_channel(interaction.guild.id, place.id, actor_of(interaction))
        self.alerting.wake()
        text = spoken()(
            "Members with direct messages turned off will be notified of their alerts in {channel}.",
            channel=place.mention,
        )
        await interaction.followup.send(text, ephemeral=True)

    @place.command(name="clear")
    @admins_only
    async def unchoose(self, interaction: Interaction) -> None:
        """Stop mentioning members in a channel."""
        await interaction.response.defer(ephemeral=True)
        await self.alert_outbox.choose_channel(interaction.guild_id or 0, None, actor_of(interaction))
        configured = self.bot.services.config.alerts.channel
        channel = self.bot.get_channel(configured) if configured else None
        # The configuration may name a channel of another server, which must not be revealed here.
        is_here = isinstance(channel, discord.TextChannel) and channel.guild.id == interaction.guild_id
        by_config = N_("Members are notified of their alerts in {channel}, as set in config.yaml.")
        text = by_config if is_here else N_("Members are notified of their alerts by direct message only.")
        await interaction.followup.send(spoken()(text, channel=f"<#{configured}>"), ephemeral=True)

    @add.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.bot.services, interaction)
        return as_choices(await self.completion.names(scope, "newsletter", current))

    @add.autocomplete("section")
    async def _sections(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.bot.services, interaction)
        newsletter = getattr(interaction.namespace, "newsletter", None) or ""
        return as_choices(await self.completion.names(scope, "section", current, newsletter))

    @add.autocomplete("query")
    async def _queries(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.bot.services, interaction)
        return topic_choices(await self.bot.services.topics.complete(scope, current), current)

    @remove.autocomplete("alert")
    async def _own(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        typed = current.strip().casefold()
        mine = [one for one in await self.alerts.of(interaction.user.id) if typed in one.query.casefold()]
        places = self._places(mine)
        shown = [f"{one.query} · {places[one.id]}" if places else one.query for one in mine]
        names = [cut(name, CHOICE_NAME) for name in shown]
        # By id: a member may have the same query in two servers.
        return [Choice(name=name, value=str(one.id)) for name, one in zip(names, mine, strict=True)][:CHOICES]

    async def alert_pressed(self, interaction: Interaction, item: AlertButton) -> None:
        """Answer a button about alerts."""
        if item.action == "forget":
            await interaction.response.defer()
            count = await self.alerts.forget(interaction.user.id)
            text = spoken().counted(count, *_FORGOTTEN)
            await interaction.edit_original_response(content=text, view=None)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        if item.action == "manage":
            await self._list(interaction)
            return
        if item.action == "end":
            await self._end(interaction, item.mark)
            return
        if item.action == "show":
            shown = await self.alerting.shown(interaction.user.id, item.mark)
            if shown is None:
                raise UserError("This notification belongs to another member, or Herald no longer has it.")
            embed, view = shown
            await interaction.followup.send(embed=embed, view=view, ephemeral=True)
            return
        question = question_of(interaction.message)
        if question is None:
            raise UserError("This page has expired. Use /alert add instead.")
        await self._add(interaction, question)

    async def alerts_chosen(self, interaction: Interaction, item: AlertMenu) -> None:
        """Remove the alerts chosen in the menu below the list."""
        del item
        await interaction.response.defer()
        removed = await self.alerts.remove(interaction.user.id, chosen_ids(interaction))
        left = await self.alerts.of(interaction.user.id)
        places = self._places(left)
        note = spoken()("Removed: {alerts}.", alerts=queries(removed)) + "\n" if removed else ""
        embed = list_embed(left, note, places=places)
        await interaction.edit_original_response(embed=embed, view=list_view(left, places=places))

    async def _add(self, interaction: Interaction, query: str) -> None:
        parsed = parse(query)
        # Dates alone match every future item, or none.
        if not parsed.units and all(one.key in _NOT_A_SUBJECT for one in parsed.filters):
            raise UserError("An alert needs at least one word to look for.")
        if interaction.guild_id is None:
            raise UserError("Alerts are set up per server. Use /alert add in the server whose newsletters you read.")
        try:
            outlook = await self.matcher.outlook(await scope_of(self.bot.services, interaction), query)
        except TookTooLong:
            outlook = None  # a broad query in a large archive: leave the outlook out
        # Otherwise an alert that can never match would go unnoticed.
        if outlook is not None and outlook.problem:
            raise UserError(
                "{problem} This alert could never match anything, so it was not added.",
                problem=spoken().notes(outlook.problem),
            )
        added = await self.alerts.add(
            interaction.user.id, interaction.guild_id, query, now=utc_now(), language=str(interaction.locale)
        )
        if added is None:
            raise UserError(
                "You already have {number} alerts, the maximum. Remove one with /alert remove.", number=PER_MEMBER
            )
        text = spoken()("You will be notified when a new item matches {alert}.", alert=queries([added]))
        if outlook is not None:
            text += f"\n{outlook_text(outlook)}"
        await self._answer(interaction, text)

    async def _end(self, interaction: Interaction, mark: str) -> None:
        """Remove the alert behind a notification; if there are several, let the member choose."""
        delivery = await self.alert_outbox.by_mark(mark)
        if delivery is None or delivery.user_id != interaction.user.id:
            raise UserError("This notification belongs to another member, or Herald no longer has it.")
        # The alert may have been removed and added again since, so it is identified by its query, not its id.
        queries_told = {query for query, _ in delivery.matches}
        mine = [
            one
            for one in await self.alerts.of(interaction.user.id)
            if one.query in queries_told and one.guild_id == delivery.guild_id
        ]
        if len(mine) == 1:
            await self._remove(interaction, [mine[0].id])
        elif mine:
            view = list_view(mine, places=self._places(mine))
            text = spoken()("Several alerts sent this message. Which of them should be removed?")
            await self._answer(interaction, text, view=view)
        else:
            text = spoken()("The alerts behind this message were already removed.")
            await self._answer(interaction, text)

    async def _list(self, interaction: Interaction) -> None:
        mine = await self.alerts.of(interaction.user.id)
        places = self._places(mine)
        embed, view = list_embed(mine, places=places), list_view(mine, places=places)
        await self._answer(interaction, "", embed=embed, view=view)

    def _places(self, alerts: Sequence[Alert]) -> dict[int, str]:
        """Return each alert's server name by alert id; empty if all belong to one server."""
        if len({one.guild_id for one in alerts}) < 2:
            return {}
        guilds = {one.id: self.bot.get_guild(one.guild_id or 0) for one in alerts}
        return {
            alert_id: guild.name if guild else spoken()("a server without Herald") for alert_id, guild in guilds.items()
        }

    async def _remove(self, interaction: Interaction, alert_ids: Sequence[int]) -> None:
        removed = await self.alerts.remove(interaction.user.id, alert_ids)
        text = spoken()("You will no longer be notified about {alerts}.", alerts=queries(removed))
        await self._answer(interaction, text)

    async def _answer(self, interaction: Interaction, text: str, **options: object) -> None:
        """Send an answer, with a notice if the member's direct messages are closed."""
        # A member whose direct messages fail can be reached here: tell them, and retry.
        waiting = await self.alert_outbox.closed(interaction.user.id, now=utc_now())
        if waiting is not None:
            text = f"{text}\n\n{closed_notice(waiting)}".strip()
            self.alerting.wake()
        await interaction.followup.send(text, ephemeral=True, **options)  # pyright: ignore[reportArgumentType, reportCallIssue]


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(AlertCommands(bot))
