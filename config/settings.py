"""The settings as typed, frozen values. Only this package reads YAML and the environment.

Each field's description is its explanation in docs/configuration.md and config.example.yaml; a test keeps the three
in sync.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError

from config.base import Settings, Words
from config.document import ConfigFault, Document, read_document
from config.faults import cross_faults, from_pydantic, report
from config.places import AbsolutePath, SourceAddress, StatePath, StorageAddress
from config.subscription import SubscriptionConfig
from config.values import (
    Age,
    Branch,
    ChannelId,
    Colour,
    Duration,
    Grace,
    Int,
    Limit,
    Network,
    NewsletterId,
    Patterns,
    Poll,
    Retention,
    Secret,
    Servers,
    Settle,
    SiteUrl,
    TimeZone,
    Token,
)
from digest.model import ReadOptions, SplitOptions
from errors import ConfigError

__all__ = [
    "AlertsConfig",
    "Config",
    "DiscordConfig",
    "Duration",
    "LoggingConfig",
    "NewsletterConfig",
    "SearchConfig",
    "SplitConfig",
    "SubscriptionConfig",
    "WebConfig",
    "load_config",
]

DEFAULT_PATH = Path("config.yaml")
_PLACES = ("storage", "cache")


class DiscordConfig(Settings):
    """The bot's account."""

    token: Token = Field(
        default=None, description="The bot's token from Discord's Developer Portal; also DISCORD_TOKEN."
    )
    shards: Annotated[Int, Field(ge=1, le=1_000)] | None = Field(
        default=None,
        description="How many shards to split the servers into: needed from 2,500 servers on, or to spread them over "
        "processes.",
    )
    proxy: Secret = Field(
        default=None,
        description="The proxy to reach Discord by, such as http://host:3128; otherwise HTTPS_PROXY is used.",
    )


class SplitConfig(Settings):
    """A newsletter's settings for splitting its issues into items."""

    skip: Words = Field(default=(), description="Headings whose sections hold no items, such as Sponsors.")
    item_level: Annotated[Int, Field(ge=1, le=6)] | None = Field(
        default=None, description="The heading level (1 to 6) of the items; by default Herald finds out."
    )
    issue_level: Annotated[Int, Field(ge=1, le=6)] | None = Field(
        default=None, description="The heading level that opens a new issue in a file that holds many."
    )
    one_story: bool | None = Field(
        default=None,
        description="Whether each issue is one story (true), or holds several (false); by default Herald finds out.",
    )

    def options(self) -> SplitOptions:
        """Return the splitter's options."""
        return SplitOptions(
            skip=self.skip, item_level=self.item_level, issue_level=self.issue_level, one_story=self.one_story
        )


class NewsletterConfig(Settings):
    """A newsletter. `source` is an absolute folder or the URL of a Git remote."""

    name: str = Field(min_length=1, max_length=100, description="Its name as people see it; must be unique.")
    id: NewsletterId = Field(
        default="",
        description="A permanent id, kept when its name or source changes; by default made from its first name.",
    )
    source: SourceAddress = Field(
        min_length=1, description="A folder, or a Git repository's address (https, ssh or file)."
    )
    branch: Branch = Field(default="", description="The branch to follow; empty means the repository's default branch.")
    include: Patterns = Field(
        default=("*.md", "*.markdown", "*.mdx"), description="Which files are issues; patterns as in .gitignore."
    )
    exclude: Patterns = Field(
        default=("CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "LICENSE.md", "SECURITY.md", "CHANGELOG.md", "node_modules/"),
        description="Which of those are not issues.",
    )
    issue_folders: Patterns = Field(
        default=(),
        description="Folders whose files together are one issue, such as issues/*; patterns as in .gitignore.",
    )
    token: Secret = Field(
        default=None, description="An access token for a private repository over https, or user:password."
    )
    ssh_key: AbsolutePath | None = Field(default=None, description="The private key file for a repository over ssh.")
    ca_file: AbsolutePath | None = Field(
        default=None, description="The certificate authority's file (PEM) for a repository over https."
    )
    webhook_secret: Secret = Field(
        default=None, description="The secret of this newsletter's webhook; otherwise web.secret."
    )
    site_url: SiteUrl = Field(default="", description="The newsletter's site; relative links begin there.")
    permalink: str = Field(
        default="", description="How the site builds an issue's address, such as /:year/:month/:title/."
    )
    time_zone: TimeZone = Field(default="UTC", description="The time zone of dates and times that do not name one.")
    poll: Poll = Field(default=dt.timedelta(minutes=5), description="How often to look for changes; 1s to 7d.")
    settle: Settle = Field(
        default=dt.timedelta(minutes=10),
        description="How long a file must be unchanged before it is posted; 0s to 30d.",
    )
    max_age: Age = Field(
        default=dt.timedelta(days=30), description="Issues with an older date are filed, not posted; or unlimited."
    )
    max_new_issues: Limit = Field(
        default=5, description="More new issues at once are held until an admin decides; or unlimited."
    )
    max_new_messages: Limit = Field(
        default=250, description="More new messages in one channel at once are held too; or unlimited."
    )
    max_items: Limit = Field(
        default=200, description="An issue with more items is held until an admin decides; or unlimited."
    )
    max_removed: Limit = Field(
        default=10,
        description="More messages or items to withdraw in one channel at once are held, and so are those of more "
        "than a third of the posted issues; or unlimited.",
    )
    servers: Servers = Field(
        default=(),
        description="Ids of the servers that may see it, or everyone; otherwise those whose channels follow it.",
    )
    colour: Colour = Field(
        default=None, description="The colour bar of its messages, such as #5865F2; otherwise one that Herald picks."
    )
    split: SplitConfig = Field(
        default=SplitConfig(), description="How issues are split, if Herald's own rules do not fit."
    )

    def read_options(self, host_url: str = "") -> ReadOptions:
        """Return the options for reading an issue of this newsletter; `host_url` is that of its source."""
        return ReadOptions(
            site_url=self.site_url, permalink=self.permalink, host_url=host_url, split=self.split.options()
        )


class AlertsConfig(Settings):
    """Members' alerts."""

    channel: ChannelId | None = Field(
        default=None,
        description="Where to notify members who have direct messages turned off, unless /alert-channel sets another "
        "channel.",
    )


class SearchConfig(Settings):
    """Search over past coverage."""

    semantic: bool = Field(default=False, description="Find by meaning too; needs a model (docs/search.md).")


class WebConfig(Settings):
    """The small web server for webhooks, /healthz and /metrics."""

    enabled: bool = Field(default=False, description="Listen for webhooks, /healthz and /metrics.")
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on; 0.0.0.0 means all.")
    port: Annotated[Int, Field(ge=0, le=65_535)] = Field(
        default=8080, description="The port to listen on; 0 takes a free one."
    )
    secret: Secret = Field(
        default=None, description="The secret that push events are signed with; without it no event is accepted."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Addresses or networks of reverse proxies whose X-Forwarded-For is trusted."
    )


class LoggingConfig(Settings):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )
    format: Literal["text", "json"] = Field(default="text", description="text or json: lines for people or machines.")


class Config(Settings):
    """The whole configuration; `Config()` has the defaults."""

    discord: DiscordConfig = Field(default=DiscordConfig(), description="The bot's account.")
    storage: StorageAddress = Field(
        default="herald.db",
        min_length=1,
        repr=False,
        description="The database: a file, or postgresql://user@host/database.",
    )
    role: Literal["all", "gateway", "ingest"] | None = Field(
        default=None,
        description="What this process does beside others on a PostgreSQL server: all, gateway or ingest.",
    )
    cache: StatePath = Field(
        default=Path(".cache"), description="A folder for copies of repositories and other caches; safe to delete."
    )
    admin_channel: ChannelId | None = Field(
        default=None, description="The channel where Herald reports what needs a person."
    )
    forget_after: Grace = Field(
        default=dt.timedelta(days=30),
        description="How long data about members and servers is kept after they left; 0s to 365d.",
    )
    keep_decisions: Age = Field(
        default=dt.timedelta(days=90),
        description="How long decisions are kept for /why and /audit; or unlimited.",
    )
    keep_alerts: Retention = Field(
        default=dt.timedelta(days=90),
        description="How long sent alerts are remembered; at least 14d, or unlimited.",
    )
    keep_cache: Retention = Field(
        default=dt.timedelta(days=30),
        description="How long to keep a cached copy that no newsletter uses; at least 14d, or unlimited.",
    )
    logging: LoggingConfig = Field(default=LoggingConfig(), description="What is logged.")
    newsletters: tuple[NewsletterConfig, ...] = Field(default=(), description="The newsletters to watch.")
    subscriptions: tuple[SubscriptionConfig, ...] = Field(
        default=(), description="Channels that follow a newsletter; the same can be set in Discord with /follow."
    )
    search: SearchConfig = Field(default=SearchConfig(), description="Past coverage.")
    alerts: AlertsConfig = Field(default=AlertsConfig(), description="Members' alerts.")
    web: WebConfig = Field(default=WebConfig(), description="The web server for webhooks and monitoring.")

    def newsletter(self, name: str) -> NewsletterConfig | None:
        """Return the newsletter of that name, or None."""
        return next((newsletter for newsletter in self.newsletters if newsletter.name == name), None)

    def secrets(self) -> frozenset[str]:
        """Return all secret values, to be hidden in logs."""
        found = [self.discord.token, self.discord.proxy, self.web.secret]
        found += [secret for each in self.newsletters for secret in (each.token, each.webhook_secret)]
        values = {secret.get_secret_value() for secret in found if isinstance(secret, SecretStr)}
        # A database server's URL can contain its password.
        if "@" in self.storage and "://" in self.storage:
            values.add(self.storage.split("://", 1)[1].rpartition("@")[0].partition(":")[2])
        return frozenset(value for value in values if value)


def load_config(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read the configuration file (None: config.yaml in the working folder) and validate it.

    Relative paths are resolved against the file's folder; those of the database and cache against STATE_DIRECTORY, if a
    service manager sets it. Raise one `ConfigError` with one line for each fault.
    """
    path = path or DEFAULT_PATH
    return _validated(read_document(path, env), path, _state(env))


def load_places(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read only the locations of the data, for commands that must work beside a running bot despite other faults.

    Raise ConfigError if the file cannot be read at all, or if one of these locations is invalid.
    """
    path = path or DEFAULT_PATH
    document = read_document(path, env)
    document.data = {key: value for key, value in document.data.items() if key in _PLACES}
    document.faults = [fault for fault in document.faults if fault.key and fault.key[0] in _PLACES]
    document.env_token = None
    return _validated(document, path, _state(env))


def _state(env: Mapping[str, str]) -> str:
    """Return the service manager's folder for written files, "" if there is none."""
    # systemd.exec(5), StateDirectory=: several folders are separated by colons
    return env.get("STATE_DIRECTORY", "").partition(":")[0]


def _validated(document: Document, path: Path, state: str) -> Config:
    base = path.resolve().parent
    # Written files may need another folder than the configuration, which is read-only for a service.
    context = {"base": base, "state": Path(state) if state else base}
    faults = [*document.faults, *cross_faults(document.data, context["base"])]
    config: Config | None = None
    try:
        config = Config.model_validate(_with_defaults(document.data, context["state"]), context=context)
    except ValidationError as error:
        # Values that could not be read are already reported; their further errors are only consequences.
        faults += [fault for fault in from_pydantic(error, Config) if fault.key not in document.unread]
    account, account_faults = _account_of_environment(document, faults)
    faults += account_faults
    if faults or config is None:
        raise ConfigError(report(faults or [ConfigFault((), "cannot be read")], document, path))
    if config.discord.token is not None:
        return config
    return config.model_copy(update={"discord": config.discord.model_copy(update={"token": account.token})})


def _account_of_environment(
    document: Document, faults: Sequence[ConfigFault]
) -> tuple[DiscordConfig, list[ConfigFault]]:
    """Return the account given by DISCORD_TOKEN, and its faults; a faulty token in the file takes precedence."""
    if not document.env_token or any(fault.key == ("discord", "token") for fault in faults):
        return DiscordConfig(), []
    try:
        return DiscordConfig.model_validate({"token": document.env_token}), []
    except ValidationError as error:
        found = from_pydantic(error, DiscordConfig)
        return DiscordConfig(), [ConfigFault((), f"DISCORD_TOKEN {fault.message}") for fault in found]


def _with_defaults(data: dict[str, Any], state: Path) -> dict[str, Any]:
    """Default the files that Herald writes to the configuration file's folder, not the working folder."""
    return {"storage": str(state / "herald.db"), "cache": str(state / ".cache")} | data
