"""What the user of an interaction may see: the only way from an interaction to a `Scope`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.incidents import Interaction
from delivery.membership import shared_guilds
from errors import UserError
from search.unknown import unknown_name
from storage.scope import Scope

if TYPE_CHECKING:
    from app.client import Herald
    from app.services import Services


async def scope_of(services: Services, interaction: Interaction) -> Scope:
    """Return what members may see in the interaction's server.

    Outside servers, that is the union of what the user's known servers may see.
    """
    return await services.door.of_guilds(await servers_of(services, interaction))


async def servers_of(services: Services, interaction: Interaction) -> list[int]:
    """Return the interaction's server; outside servers, those that the user is known to share with Herald.

    Herald keeps no list of members: it knows servers where the user has alerts or used /catchup and is still a member.
    """
    if interaction.guild_id is not None:
        return [interaction.guild_id]
    user_id = interaction.user.id
    known = {one.guild_id for one in await services.alerts.of(user_id) if one.guild_id is not None}
    known |= await services.catchups.servers_of(user_id)
    return await shared_guilds(interaction.client, sorted(known), user_id)


async def admin_scope_of(services: Services, interaction: Interaction) -> Scope:
    """Return what the server's admins may see; for anybody else what its members may see."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        return await scope_of(services, interaction)
    client: Herald = interaction.client
    is_private_bot = client.application is not None and not client.application.bot_public  # invited by its owner alone
    is_home = is_private_bot or client.is_home(interaction.guild_id)
    return await services.door.of_admin(interaction.guild_id, is_home=is_home)


async def may_decide(services: Services, interaction: Interaction, newsletter: str) -> bool:
    """Whether the user may decide on held issues of a newsletter: for their server, or as the operator."""
    if not interaction.permissions.manage_guild:
        return False
    client: Herald = interaction.client
    is_home = client.is_home(interaction.guild_id)
    if await services.door.may_decide(interaction.guild_id, newsletter, is_home=is_home):
        return True
    return interaction.channel_id == services.config.admin_channel or await client.is_owner(interaction.user)


def check_followed(scope: Scope, interaction: Interaction) -> None:
    """Raise UserError if nothing can be found because no channel of the server follows a newsletter."""
    if interaction.guild_id is not None and scope.newsletters is not None and not scope.newsletters:
        raise UserError(
            "No channel in this server follows a newsletter yet, so there is nothing to find. Whoever manages the "
            "server sets one up with /setup."
        )


def newsletter_named(scope: Scope, services: Services, typed: str) -> str:
    """Return the visible newsletter with that name, ignoring case. Raises UserError if there is none."""
    names = [name for name in services.watchers if scope.sees(name)]
    for name in names:
        if name.casefold() == " ".join(typed.split()).casefold():
            return name
    raise UserError(unknown_name("newsletter", typed, names))
