"""The client with a connection for each shard, and the choice of the client."""

from __future__ import annotations

from discord.ext import commands

from app.client import Herald
from app.services import Services


class ShardedHerald(Herald, commands.AutoShardedBot):
    """Herald with a connection for each shard."""

    def is_connected(self) -> bool:
        """Whether the connections of all shards are up."""
        if self.is_ingest:
            return self.user is not None
        shards = [self.get_shard(one) for one in range(self.shard_count or 0)]
        return self.is_ready() and all(shard is not None and not shard.is_closed() for shard in shards)


def herald_for(services: Services) -> Herald:
    """Return the client that the configuration requires."""
    return Herald(services) if services.config.discord.shards is None else ShardedHerald(services)
