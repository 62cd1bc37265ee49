"""A person who asks the bot: commands, context commands, buttons, menus, suggestions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench import Bench, configured, newsletter, running

from app.auditing import Auditor
from config.settings import Config
from delivery.composing import Composer
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from sandbox.world.model import Channel, User
from sandbox.world.model_message import FLAG_LOADING, Message
from storage.ledger import Ledger

Story = tuple[str, str, str]  # title, address, text


def issue_of(title: str, day: str, *stories: Story, section: str = "News", tags: str = "") -> str:
    """An invented issue with these stories."""
    told = "\n\n".join(f"### [{name}]({url})\n\n{text}" for name, url, text in stories)
    head = f"tags: [{tags}]\n" if tags else ""
    return f"---\ntitle: {title}\ndate: {day}\n{head}---\n\n## {section}\n\n{told}\n"


_SUBJECTS = (
    "Bread",
    "Clocks",
    "Dunes",
    "Engines",
    "Ferns",
    "Granite",
    "Herons",
    "Ink",
    "Jugs",
    "Kites",
    "Lamps",
    "Mills",
)
LIBRARY = {
    "2020-01-06.md": issue_of(
        "Winter", "2020-01-06",
        *((f"{one} of old", f"https://{one.lower()}.example/", "Other times.") for one in _SUBJECTS),
    ),
    "2021-05-03.md": issue_of(
        "Spring", "2021-05-03",
        ("Kestrel, a small parser", "https://kestrel.example/intro", "A parser generator for people in a hurry."),
        ("Tidepool 1.0", "https://tidepool.example/1", "The database that fits in a pocket."),
        tags="databases",
    ),
    "2022-06-06.md": issue_of(
        "Summer", "2022-06-06",
        ("Kestrel two years on", "https://kestrel.example/two?utm_source=mail", "What its parser taught us."),
        ("Gardens of glass", "https://glass.example/", "Nothing to do with computers."),
    ),
    "2023-11-06.md": issue_of(
        "1001", "2023-11-06",
        ("Kestrel meets Tidepool", "https://kestrel.example/tidepool", "A parser inside a database."),
        ("The pocket database", "https://tidepool.example/1", "Tidepool again, with numbers."),
    ),
}  # fmt: skip


def library(folder: Path) -> None:
    """An archive of four issues."""
    for name, text in LIBRARY.items():
        (folder / name).write_text(text)


@asynccontextmanager
async def archived(tmp_path: Path, more: Mapping[str, str] | None = None) -> AsyncGenerator[Bench]:
    """A bot of its own that knows four issues, and `more` files, and posted the newest one."""
    folder = tmp_path / "issues"
    folder.mkdir()
    library(folder)
    for name, text in (more or {}).items():
        (folder / name).write_text(text)
    sandbox = await Sandbox.start(channels=[ChannelSpec("news")], options=SandboxOptions(rate_limits=False))
    async with running(sandbox, config_of(tmp_path, folder, sandbox, backfill=1)) as bench:
        await bench.until_titles("1001", "Kestrel meets Tidepool", "The pocket database")
        await bench.idle()
        yield bench
    await sandbox.close()


def config_of(tmp_path: Path, folder: Path, sandbox: Sandbox, **options: Any) -> Config:
    """The channel "news" follows the folder."""
    return configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), **options)


async def look(bench: Bench) -> None:
    """Let the bot look at its newsletter, and wait until it has."""
    await bench.herald.services.watchers["Tech"].look_now()


def answer_of(bench: Bench, channel: Channel, message_id: int | None) -> Message | None:
    """The finished answer with this id, None if there is none yet."""
    found = next((one for one in bench.sandbox.messages(channel) if one.id == message_id), None)
    return found if found is not None and not found.flags & FLAG_LOADING else None


async def ask(
    bench: Bench, body: dict[str, Any], *, user: User | None = None, channel: Channel | None = None
) -> Message:
    """Interact, and wait for the finished answer: a new message, or the pressed one."""
    channel = channel or bench.news
    interaction = bench.person(channel, user).interact(body)
    return await bench.until(
        lambda: interaction.answer_type is not None and answer_of(bench, channel, interaction.original_id)
    )


async def slash(bench: Bench, name: str, sub: str = "", *, user: User | None = None, **options: Any) -> Message:
    """Use a slash command."""
    given: list[dict[str, Any]] = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
    if sub:
        given = [{"name": sub, "type": 1, "options": given}]
    return await ask(bench, {"type": 2, "data": {"type": 1, "name": name, "options": given}}, user=user)


async def acted(bench: Bench, body: dict[str, Any], *, user: User | None = None) -> Message:
    """Do something with a private message that changes it; returns it once it has, or the answer next to it."""
    before = {one.id: one.edited_at for one in bench.sandbox.messages(bench.news)}
    bench.person(user=user).interact(body)

    def answer() -> Message | None:
        done = [one for one in bench.sandbox.messages(bench.news) if not one.flags & FLAG_LOADING]
        return next((one for one in done if before.get(one.id, -1.0) != one.edited_at), None)

    return await bench.until(answer)


async def act(bench: Bench, message: Message, label: str, *values: str, user: User | None = None) -> Message:
    """Press a button that changes its message, or choose from such a menu."""
    data: dict[str, Any] = {"custom_id": component(message, label)["custom_id"]}
    data |= {"values": list(values)} if values else {}
    return await acted(bench, {"type": 3, "message_id": str(message.id), "data": data}, user=user)


async def related(bench: Bench, message: Message, *, user: User | None = None) -> Message:
    """Use the context command on a message."""
    data = {"type": 3, "name": "Related coverage", "target_id": str(message.id)}
    return await ask(bench, {"type": 2, "data": data}, user=user)


def component(message: Message, label: str) -> dict[str, Any]:
    """The button with this label, or the menu whose placeholder begins so."""
    parts = [one for row in message.components for one in row["components"]]
    return next(one for one in parts if str(one.get("label") or one.get("placeholder") or "").startswith(label))


def labels(message: Message) -> list[str]:
    """What can be pressed or opened below a message."""
    parts = [one for row in message.components for one in row["components"]]
    return [str(one.get("label") or one.get("placeholder")) for one in parts]


async def press(
    bench: Bench, message: Message, label: str, *values: str, user: User | None = None, channel: Channel | None = None
) -> Message:
    """Press a button, or choose from a menu."""
    data: dict[str, Any] = {"custom_id": component(message, label)["custom_id"]}
    if values:
        data["values"] = list(values)
    return await ask(bench, {"type": 3, "message_id": str(message.id), "data": data}, user=user, channel=channel)


async def suggested(bench: Bench, name: str, sub: str = "", /, *, focus: str, **typed: str) -> list[str]:
    """The suggestions for an option while its text is typed."""
    given: list[dict[str, Any]] = [
        {"name": key, "type": 3, "value": value, "focused": key == focus} for key, value in typed.items()
    ]
    if sub:
        given = [{"name": sub, "type": 1, "options": given}]
    interaction = bench.person().interact({"type": 4, "data": {"type": 1, "name": name, "options": given}})
    assert interaction.choices is not None
    return [choice["name"] for choice in await interaction.choices]


def text_of(message: Message) -> str:
    """All that a message says."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("author", {}).get("name", ""), embed.get("title", ""), embed.get("description", "")]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def is_private(message: Message, user: User) -> bool:
    return message.ephemeral_to == user.id


async def differences(bench: Bench) -> list[Any]:
    """Return what the audit finds that has no reason."""
    services = bench.services
    auditor = Auditor(
        client=bench.herald,
        newsletters=lambda: services.config.newsletters,
        archive=services.archive,
        ledger=Ledger(services.db),
        outbox=services.outbox,
        importer=services.importer,
        composer=Composer(services.archive, services.outbox, services.door, services.topics.covered_before),
    )
    return [one for one in await auditor.differences() if one.is_open]
