"""What a server sees of a newsletter that belongs to another one: nothing, whoever asks, in whatever way.

The same of what is not published, or not any more, for a plain member of the server that it belongs to.
The commands and the kinds of buttons and menus are those of the running bot: a new one without a row here fails.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asking import answer_of, ask, component, config_of, issue_of, library, look, press, slash, text_of
from bench import Bench, configured, eventually, newsletter, running
from discord import AppCommandType, app_commands

from clock import utc_now
from config.settings import NewsletterConfig
from sandbox.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from sandbox.world.messages import MessageDraft
from sandbox.world.model import Channel, User
from sandbox.world.model_message import Message
from storage.records import State
from storage.scope import Scope
from ui.alerts import AlertButton, AlertMenu
from ui.audit import AuditButton
from ui.buttons import MarkButton, OpenButton, PageButton, ShareButton
from ui.catchup import CatchupButton
from ui.confirm import CancelButton, ConfirmButton, heading_key
from ui.following import FollowingButton, FollowingMenu
from ui.held import HeldButton
from ui.issues import IssueMenu
from ui.mending import MendButton
from ui.preview import PreviewButton
from ui.results import AskButton, ResultsButton, ResultsMenu
from ui.setup_items import FORM, FORMS, SetupButton, SetupChannel, SetupMenu, SetupRole
from ui.topic import TopicButton, TopicMenu

# A draft, held issues, a story that was taken out; the same, and its source, of a newsletter that is everyone's.
UNPUBLISHED = ("Ptarmigan", "Corncrake", "Dunlin", "Bittern", "Wryneck", "Fieldfare", "Grebe")
# Words of the other server's newsletter: none may be said that was not asked with.
SECRETS = (
    *UNPUBLISHED,
    "Kestrel",
    "Saltpan",  # a word that no question has
    "Tidepool",
    "Spring",
    "Summer",
    "pocket",
    "parser",
    "glass",
    "databases",
    "Shoreline",
    "Tech",
)
HUGE = "99999999999999999999999"
CHANNEL, BUTTON, MENU = 7, 2, 3
Command = app_commands.Command[Any, ..., Any]
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Two:
    """One server follows "Tech", "Elsewhere" another newsletter; ids and buttons of the first are known."""

    bench: Bench
    hall: Channel
    stranger: User  # a plain member of the second server alone
    mayor: User  # who owns it, and is not in the first
    both: User  # who may manage both, and does not run Herald
    neighbour: User  # a plain member of the first server
    warden: User  # who owns a third server, in which nothing is followed
    porch: Channel
    issue_id: int
    draft_id: int
    item_id: int
    unpublished: tuple[int, ...]  # items of the draft, and the one that was taken out
    alert_id: int
    marks: tuple[str, ...]  # of posted messages
    alert_mark: str
    held_marks: tuple[str, ...]
    draft: int  # of a panel that an admin of the first server has open

    @property
    def news(self) -> Channel:
        return self.bench.news

    def asker(self, name: str) -> tuple[User, Channel]:
        """Who asks, and where."""
        return {
            "member": (self.stranger, self.hall),
            "admin": (self.mayor, self.hall),
            "admin of both": (self.both, self.hall),
            "admin where nothing is followed": (self.warden, self.porch),
            "direct message": (self.stranger, self.bench.sandbox.world.direct_channel(self.stranger)),
            OWN_MEMBER: (self.neighbour, self.news),
        }[name]


OWN_MEMBER = "member of its own server"
ASKERS = ("member", "admin", "admin of both", "admin where nothing is followed", "direct message", OWN_MEMBER)


def commands_of(two: Two) -> Rows:
    """Every command with the arguments that could show, post or decide something of the other server's."""
    issue, draft, item = str(two.issue_id), str(two.draft_id), str(two.item_id)
    chosen_issue, chosen_draft, chosen_item = f"⁂issue:{issue}", f"⁂issue:{draft}", f"⁂item:{item}"
    unpublished = [str(number) for number in two.unpublished]
    taken_out = [unpublished[0], f"⁂item:{unpublished[1]}", "Ptarmigan", "Dunlin moves"]
    there = {"channel": two.news.id}
    titles: list[dict[str, Any]] = [
        {"issue": one} for one in (issue, draft, HUGE, "Spring", "Ptarmigan plans", chosen_issue, chosen_draft)
    ]
    return {
        "search": [
            {"query": "kestrel"},
            {"query": "ptarmigan"},
            {"query": "dunlin"},
            {"query": "tidepol"},
            {"query": "kestrel in:Tech"},
            {"query": "kestrel", "newsletter": "Tech", "section": "News", "tag": "databases"},
            {"query": "kestrel", "since": "2019", "until": "2030", "site": "kestrel.example", "sort": "date"},
        ],
        "topic": [{"topic": "kestrel"}, {"topic": "databases"}, {"topic": "ptarmigan"}, {"topic": "dunlin"}],
        "latest": [{}, {"newsletter": "Tech", "count": 10}],
        "issue": titles,
        "preview": [*titles, {"issue": chosen_issue} | there],
        "why": [
            {"about": one}
            for one in (chosen_issue, chosen_draft, chosen_item, issue, "Spring", "Ptarmigan plans", *taken_out)
        ],
        "repost issue": [*titles, {"issue": issue} | there, {"issue": chosen_issue, "how": "in place"}],
        "repost section": [
            *(one | {"section": "News"} for one in titles),
            {"issue": chosen_issue, "section": "News", "how": "in place"} | there,
        ],
        "repost item": [
            *({"item": one} for one in (item, chosen_item, HUGE, "Tidepool 1.0", *taken_out)),
            {"item": item, "how": "in place"} | there,
        ],
        "withdraw issue": [*titles, {"issue": chosen_issue, "everywhere": True, "how": "delete"} | there],
        "withdraw section": [
            *(one | {"section": "News"} for one in titles),
            {"issue": chosen_issue, "section": "News", "everywhere": True, "how": "delete"} | there,
        ],
        "withdraw item": [
            *({"item": one, "everywhere": True} for one in (item, chosen_item, HUGE, "Tidepool 1.0", *taken_out)),
            {"item": chosen_item, "how": "delete"} | there,
        ],
        "follow": [
            {"newsletter": "tech"},
            {"newsletter": "Tech", "backfill": 5, "layout": "digest", "role": two.bench.sandbox.guild.id} | there,
        ],
        "unfollow": [{"newsletter": "Tech"}, {"newsletter": "Tech"} | there],
        "following": [{}],
        "help": [{}],
        "catchup": [{}, {"days": 90}],
        "setup": [{}, {"newsletter": "tech"}, {"newsletter": "Tech"} | there],
        "status": [{}],
        "sync": [{}, {"newsletter": "tech"}, {"config": True}],
        "pause": [{}, there],
        "resume": [{}, there],
        "alert remove": [{"alert": str(two.alert_id)}, {"alert": "kestrel"}, {"alert": HUGE}],
        "alert list": [{}],
        "alert export": [{}],
        "alert forget": [{}],
        "alert add": [{"query": "kestrel"}, {"query": "kestrel", "newsletter": "Tech", "section": "News"}],
        "alert-channel set": [there, {}],
        "alert-channel clear": [{}],
        "Related coverage": [{}, {"said": "Does anybody know the kestrel? https://tidepool.example/1"}],
        "Why was this posted?": [{}],
        "audit": [{}, {"export": True, "since": "2020", "until": "2030", "person": two.both.id} | there],
    }


def presses_of(two: Two, own_draft: int = 0) -> dict[type, list[tuple[str, list[str]]]]:
    """For every kind of button and menu the `custom_id`s, and chosen values, of the other server's."""
    drafts = (two.draft, own_draft)
    forms = ("look", "quiet", "againwords", "againlook", "againquiet", "againnumbers")
    switches = ("pictures", "buttons", "silent", "publish")
    setups = ("back", "preview", "try", "turn", "turnon", *forms, *switches, "save", "cancel")
    menus = [
        ("newsletter", "Tech"),
        ("layout", "digest"),
        ("sections", "News"),
        ("exclude_sections", "News"),
        ("tags", "databases"),
        ("change", "words"),
    ]
    ends = ("edit", "page", "open", "pause", "pauseall", "resume", "resumeall", "end", "ended")
    ids = [str(two.issue_id), str(two.draft_id)]
    items = [two.item_id, *two.unpublished]
    pages = [f"page:{what}:{number}:1" for what in ("issue", "intro") for number in ids]
    pages += [f"page:item:{number}:1" for number in items]
    held = [f"held:{answer}:{mark}" for answer in ("post", "file", "withdraw", "keep") for mark in two.held_marks]
    now_ms = int(utc_now().timestamp() * 1_000)
    parts = [f"{number}:0:" for number in ids] + [f"{two.issue_id}:{two.item_id}:"]
    parts.append(f"{two.issue_id}:0:{heading_key('News')}")
    people = (two.stranger.id, two.mayor.id, two.both.id, two.neighbour.id)
    asked = [f"{person}:{part}:{place}:{now_ms}" for person in people for part in parts for place in (0, two.news.id)]
    return {
        ConfirmButton: [(f"do:{verb}:{one}", []) for verb in ("post", "update", "mark", "delete") for one in asked],
        CancelButton: [(f"undo:{what}:{person}", []) for what in ("post", "withdraw") for person in people],
        MarkButton: [(f"{kind}:{mark}", []) for kind in ("related", "header", "list") for mark in two.marks],
        OpenButton: [(f"full:{mark}", []) for mark in two.marks],
        PageButton: [(one, []) for one in [*pages, f"page:item:{HUGE[:18]}:1"]],
        ShareButton: [(one.replace("page", "share"), []) for one in pages],
        IssueMenu: [("issues:open", [one]) for one in [*ids, HUGE, "Spring"]],
        ResultsButton: [("results:page:1", []), ("results:share:1", [])],
        CatchupButton: [(f"catchup:{since}:9999999999999999:{page}", []) for since in (0, 9**17) for page in (1, 9)],
        AskButton: [("results:ask:kestrel", [])],
        ResultsMenu: [("results:open", [one]) for one in (*map(str, items), HUGE, "x")],
        TopicButton: [("topic:search", []), ("topic:share", [])],
        TopicMenu: [("topic:go", ["kestrel"])],
        HeldButton: [(one, []) for one in [*held, "held:post:0123456789abcdef"]],
        AlertButton: [(f"alert:{action}:{two.alert_mark}", []) for action in ("manage", "show", "end")]
        + [("alert:add", []), ("alert:manage", []), ("alert:forget", [])],
        AlertMenu: [("alert:remove", [str(two.alert_id)]), ("alert:remove", [HUGE])],
        FollowingButton: [(f"following:{action}:1", []) for action in ends],
        FollowingMenu: [("following:choose", ["1"]), ("following:choose", [HUGE])],
        MendButton: [
            *((f"mend:{action}:{number}", []) for action in ("resume", "again", "setup") for number in (1, HUGE[:18])),
            *((f"mend:look:{mark}", []) for mark in (*two.held_marks, "0123456789abcdef")),
            ("mend:refresh:0", []),
        ],
        PreviewButton: [
            (f"preview:{what}:{one}:{two.news.id}:1", []) for one in ids for what in ("first", "back", "on", "last")
        ],
        AuditButton: [(f"audit:{action}:1:::{end}", []) for action in ("page", "csv") for end in (":", "0:9999999999")],
        SetupMenu: [(f"setupmenu:{what}:{one}", [value]) for one in drafts for what, value in menus],
        SetupChannel: [(f"setupchannel:{one}", [str(two.news.id)]) for one in drafts],
        SetupRole: [(f"setuprole:{one}", [str(two.bench.sandbox.guild.id)]) for one in drafts],
        SetupButton: [(f"setup:{action}:{one}", []) for one in drafts for action in setups],
    }


def forms_of(two: Two, own_draft: int = 0) -> dict[re.Pattern[str], list[str]]:
    """For every kind of form the `custom_id`s."""
    return {FORM: [f"setupform:{form}:{one}" for one in (two.draft, own_draft) for form in FORMS]}


UNKNOWN = (
    "flood:post:Tech",
    "removed:withdraw:Tech",
    "sync",
    "a" * 32,
    "page:item:1",
    "held:post:Tech",
    "topic:" + "x" * 90,
)


@asynccontextmanager
async def two_servers(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncGenerator[Two]:
    library(folder)
    (folder / "draft.md").write_text(
        "---\ntitle: Ptarmigan plans\ndate: 2026-01-05\ndraft: true\n---\n\n## News\n\n### Ptarmigan\n\nNot yet.\n"
    )
    waders = [(f"{bird} moves", f"https://{bird.lower()}.example/", "On its way.") for bird in ("Curlew", "Dunlin")]
    (folder / "waders.md").write_text(issue_of("Waders", "2020-05-04", *waders, section="Shoreline"))
    allotment = tmp_path / "allotment"
    allotment.mkdir()
    (allotment / "1.md").write_text(issue_of("Beans", "2024-04-01", ("Beans climb", "https://beans.example/", "Up.")))
    world = sandbox.world
    mayor, stranger, neighbour, warden = map(world.add_user, ("mayor", "stranger", "neighbour", "warden"))
    other = world.add_guild("Elsewhere", mayor)
    hall = world.add_channel(other, "hall")
    world.add_member(other, stranger)
    world.add_member(sandbox.guild, neighbour)
    world.add_channel(world.add_guild("Nowhere", warden), "porch")
    both = world.add_user("both")
    for guild in (sandbox.guild, other):
        world.add_member(guild, both, [world.add_role(guild, "Helpers", 1 << 5)])  # Manage Server
    admins = world.add_channel(sandbox.guild, "admins")
    reader = next(one for one in world.users.values() if one.username == "reader")
    config = config_of(tmp_path, folder, sandbox, max_messages=4).model_copy(update={"admin_channel": admins.id})
    strict = config.newsletters[0].model_copy(
        # a look that nobody asked for would hide one that a stranger did
        update={"max_new_issues": 1, "max_age": dt.timedelta(days=36_500), "poll": dt.timedelta(days=1)}
    )
    # With nothing to see at all, many questions end before they are asked.
    garden = configured(tmp_path, newsletter(allotment, name="Garden"), channel=hall)
    marsh = everyones_newsletter(tmp_path / "grebe")
    both_newsletters = {
        "newsletters": (strict, *garden.newsletters, marsh),
        "subscriptions": (*config.subscriptions, *garden.subscriptions),
    }
    async with running(sandbox, config.model_copy(update=both_newsletters)) as bench:
        await look(bench)
        await bench.herald.services.watchers["Garden"].look_now()
        await keep_back_everyones(bench, tmp_path / "grebe")
        (folder / "waders.md").write_text(issue_of("Waders", "2020-05-04", waders[0], section="Shoreline"))
        await look(bench)
        await slash(bench, "alert", "add", query="kestrel", user=reader)
        yesterday = utc_now() - dt.timedelta(days=1)  # what an alert would have found is told of the last year
        seen = [(f"Saltpan {number}", f"https://saltpan.example/{number}", "Salt.") for number in range(6)]
        kestrel = ("Saltpan kestrel", "https://kestrel.example/f", "It does, over the Saltpan. " * 30)
        (folder / "autumn.md").write_text(issue_of("Autumn", f"{yesterday:%Y-%m-%d}", kestrel, *seen))
        direct = world.direct_channel(reader)
        [alert] = await bench.until(lambda: sandbox.messages(direct))
        await bench.until(lambda: len(bench.posted()) == 3)  # its header, the first story, a list of the others
        for number in (1, 2):  # more than one at once is held
            story = (f"Corncrake {number}", f"https://corncrake.example/{number}", f"Call number {number}.")
            (folder / f"held{number}.md").write_text(issue_of(f"Corncrake {number}", "2026-02-03", story))
        asked = await bench.until(lambda: asked_about_tech(bench))
        yield await known_of(bench, hall, (stranger, mayor, both, neighbour, warden), reader, alert, asked)


def everyones_newsletter(folder: Path) -> NewsletterConfig:
    """Return a newsletter that every server may read, and of which only the operator sees what is not published."""
    folder.mkdir()
    (folder / "1.md").write_text(
        issue_of("Marsh", "2023-04-01", ("Lapwing lands", "https://lapwing.example/", "It did."))
    )
    found = newsletter(folder, name="Marsh", servers="everyone", max_new_issues=1, max_age=dt.timedelta(days=36_500))
    return found.model_copy(update={"poll": dt.timedelta(days=1)})


async def keep_back_everyones(bench: Bench, folder: Path) -> None:
    """Give it a draft, two held issues and a faulty file, and let its source be gone."""
    watcher = bench.herald.services.watchers["Marsh"]
    await watcher.look_now()
    story = ("Bittern booms", "https://bittern.example/", "At night.")
    (folder / "2.md").write_text(issue_of("Bittern", "2024-01-05", story).replace("date:", "draft: true\ndate:"))
    (folder / "fieldfare.md").write_text("# Fieldfare\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> b\n")
    for number in (3, 4):
        story = (f"Wryneck {number}", f"https://wryneck.example/{number}", f"Turn {number}.")
        (folder / f"{number}.md").write_text(issue_of(f"Wryneck {number}", "2024-02-03", story))
    await watcher.look_now()
    assert await bench.services.archive.held.all("Marsh")
    folder.rename(folder.with_name("gone"))
    await watcher.look_now()
    assert "grebe" in (watcher.state.error or "")


def asked_about_tech(bench: Bench) -> Message | None:
    """Return the message in the admin channel that asks about held issues of "Tech"."""
    asked = bench.posted(bench.sandbox.channel("admins"))
    return next((one for one in asked if "Corncrake" in text_of(one) and one.components), None)


@pytest.fixture
async def own(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Two]:
    """Servers of its own for a test that changes something."""
    async with two_servers(sandbox, folder, tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    (folder / "issues").mkdir()
    sandbox = await Sandbox.start(channels=[ChannelSpec("news")], options=SandboxOptions(rate_limits=False))
    async with two_servers(sandbox, folder / "issues", folder) as found:
        yield found
    await sandbox.close()


@pytest_asyncio.fixture(loop_scope="module")
async def two(shared: Two) -> AsyncIterator[Two]:
    """The servers that all those share who change nothing but alerts of their own, which are forgotten."""
    yield shared
    for person in (shared.stranger, shared.mayor, shared.both, shared.neighbour, shared.warden):
        await shared.bench.services.alerts.forget(person.id)


only_asks = pytest.mark.asyncio(loop_scope="module")


async def known_of(
    bench: Bench, hall: Channel, people: tuple[User, ...], reader: User, alert: Message, asked: Message
) -> Two:
    async with bench.services.db.reading() as connection:
        issues = await connection.exec_driver_sql("SELECT title, id FROM issues")
        by_title = {str(row.title): int(row.id) for row in issues.all()}
        found = await connection.exec_driver_sql("SELECT title, id FROM items")
        items = {str(row.title): int(row.id) for row in found.all()}
    ids = [
        str(one["custom_id"]) for message in bench.posted() for row in message.components for one in row["components"]
    ]
    held = {str(one["custom_id"]).rpartition(":")[2] for row in asked.components for one in row["components"]}
    [own] = await bench.services.alerts.of(reader.id)
    owner, here = bench.sandbox.world.owner.id, bench.sandbox.guild.id
    draft = await bench.services.drafts.begin(owner, here, now=utc_now(), newsletter="Tech", channel_id=bench.news.id)
    return Two(
        bench=bench,
        hall=hall,
        stranger=people[0],
        mayor=people[1],
        both=people[2],
        neighbour=people[3],
        warden=people[4],
        porch=bench.sandbox.channel("porch"),
        issue_id=by_title["Spring"],
        draft_id=by_title["Ptarmigan plans"],
        item_id=items["Tidepool 1.0"],
        unpublished=(items["Ptarmigan"], items["Dunlin moves"]),
        alert_id=own.id,
        marks=tuple(one.partition(":")[2] for one in ids if one.partition(":")[0] in {"header", "related", "list"}),
        alert_mark=str(component(alert, "My alerts")["custom_id"]).rpartition(":")[2],
        held_marks=tuple(held),
        draft=draft.id,
    )


# asking


def every_command(bench: Bench) -> Iterator[Command | app_commands.ContextMenu]:
    tree = bench.herald.tree
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield command
    for kind in (AppCommandType.message, AppCommandType.user):
        yield from tree.get_commands(type=kind)


def start(two: Two, asker: str, kind: int, data: dict[str, Any], message: Message | None = None) -> Interaction:
    """Interact without what Discord's own client and servers would check before."""
    user, channel = two.asker(asker)
    return two.bench.sandbox.core.interactions.start(kind, user, channel, data, message)


async def said(two: Two, asker: str, interaction: Interaction) -> str:
    """All that an interaction is answered with; what it leaves in the channel is looked at in the end."""
    _, channel = two.asker(asker)

    def answer() -> Message | None:
        assert not interaction.is_failed, (interaction.data, "no answer")
        is_answered = interaction.answer_type is not None
        if interaction.modal is not None:
            return Message(0, channel.id, None, two.stranger, 0, str(interaction.modal))
        return answer_of(two.bench, channel, interaction.original_id) if is_answered else None

    found = await two.bench.until(answer)
    return f"{text_of(found)}\n{found.components or ''}"


def check(asker: str, text: str, asked_with: object) -> None:
    typed = str(asked_with).casefold()
    secrets = UNPUBLISHED if asker == OWN_MEMBER else SECRETS
    leaked = [word for word in secrets if word.casefold() in text.casefold() and word.casefold() not in typed]
    assert not leaked, (asked_with, text)
    assert "✋" not in text, (asked_with, text)  # that something is held
    assert "incident" not in text, (asked_with, text)


def invoked(
    two: Two, command: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu, row: dict[str, Any]
) -> Any:
    """What Discord would send of a command and its arguments."""
    resolved: dict[str, Any] = {}
    if isinstance(command, app_commands.ContextMenu):
        message = two.bench.posted()[1]
        if said := row.get("said"):  # by a member, in the server that asks
            draft = MessageDraft(two.hall, two.stranger, {"content": said})
            message = two.bench.sandbox.core.messages.create(draft)
        resolved["messages"] = {str(message.id): two.bench.sandbox.core.messages.to_json(message, two.stranger)}
        kind = command.type.value
        return {"id": "1", "type": kind, "name": command.name, "target_id": str(message.id), "resolved": resolved}
    kinds = {one.name: one.type.value for one in command.parameters}
    if "channel" in row:
        channel = two.bench.sandbox.world.channel(row["channel"])
        resolved["channels"] = {str(channel.id): {**channel.to_json(), "permissions": str(2**40 - 1)}}
    if "role" in row:
        role = two.bench.sandbox.guild.roles[row["role"]]
        resolved["roles"] = {str(role.id): role.to_json()}
    options: list[dict[str, Any]] = [
        {"name": key, "type": kinds[key], "value": str(value) if kinds[key] in {CHANNEL, 8} else value}
        for key, value in row.items()
    ]
    name, _, sub = command.qualified_name.partition(" ")
    if sub:
        options = [{"name": sub, "type": 1, "options": options}]
    return {"id": "1", "type": 1, "name": name, "options": options, "resolved": resolved}


async def kept(two: Two) -> list[Any]:
    """Everything that a stranger must not change."""
    queries = (
        f"SELECT * FROM subscriptions WHERE newsletter = 'Tech' OR guild_id = {two.bench.sandbox.guild.id} ORDER BY id",
        "SELECT id, state, wanted, done FROM deliveries ORDER BY id",
        "SELECT id, gate, removed_at FROM issues ORDER BY id",
        f"SELECT * FROM alerts WHERE id = {two.alert_id}",
        "SELECT user_id, state FROM alert_deliveries",
        f"SELECT * FROM setup_drafts WHERE id = {two.draft}",
        f"SELECT * FROM settings WHERE key = 'alerts_channel:{two.bench.sandbox.guild.id}'",
    )
    async with two.bench.services.db.reading() as connection:
        found = [[tuple(row) for row in (await connection.exec_driver_sql(query)).all()] for query in queries]
    return [*found, two.bench.watcher.state.last_look_at]


def posted_in_both(two: Two) -> list[int]:
    return [one.id for channel in (two.news, two.hall) for one in two.bench.posted(channel)]


@only_asks
async def test_no_command_and_no_kind_of_press_is_forgotten(two: Two) -> None:
    rows = commands_of(two)
    for command in every_command(two.bench):
        assert rows.get(command.qualified_name), command.qualified_name
        if isinstance(command, app_commands.Command):
            given = {key for row in rows[command.qualified_name] for key in row}
            assert given == {one.name for one in command.parameters}, command.qualified_name
    presses = presses_of(two)
    for kind in two.bench.herald.presses.kinds:
        assert presses.get(kind), kind
        check_complete(kind.__discord_ui_compiled_template__, [custom_id for custom_id, _ in presses[kind]])
    for pattern in two.bench.herald.presses.forms:
        check_complete(pattern, forms_of(two)[pattern])


def check_complete(pattern: re.Pattern[str], custom_ids: list[str]) -> None:
    """Check that the ids fit a template, and use each word that it has for what a press does."""
    matches = [pattern.fullmatch(one) for one in custom_ids]
    assert all(matches), (pattern.pattern, custom_ids)
    words = dict(re.findall(r"\(\?P<(\w+)>([a-z_|]+)\)", pattern.pattern))
    free = re.findall(r"\(\?P<(\w+)>\[a-z", pattern.pattern)
    assert set(free) <= {"mark"}, f"name the words that {pattern.pattern} takes, so that each can be tried"
    for group, named in words.items():
        assert {match[group] for match in matches if match is not None} == set(named.split("|")), pattern.pattern


@pytest.mark.parametrize("asker", ASKERS)
@only_asks
async def test_no_command_says_posts_or_decides_anything(two: Two, asker: str) -> None:
    before, rows = await kept(two), commands_of(two)
    posts = posted_in_both(two)
    # their own alert comes last: its words may be shown to them
    for command in sorted(every_command(two.bench), key=lambda one: one.qualified_name == "alert add"):
        for row in rows[command.qualified_name]:
            text = await said(two, asker, start(two, asker, COMMAND, invoked(two, command, row)))
            title = two.bench.titles()[1] if isinstance(command, app_commands.ContextMenu) else ""
            check(asker, text, (command.qualified_name, row, title))
    assert await kept(two) == before
    assert posted_in_both(two) == posts


@pytest.mark.parametrize("asker", ASKERS)
@only_asks
async def test_nothing_is_suggested(two: Two, asker: str) -> None:
    for command in every_command(two.bench):
        if isinstance(command, app_commands.ContextMenu):
            continue
        for option in (one for one in command.parameters if one.autocomplete):
            for typed in ("", "k", "te", "1", "pt", "du"):
                for beside in beside_of(two, command, option.name):
                    data = invoked(two, command, {option.name: typed} | beside)
                    inner = data["options"][0]["options"] if " " in command.qualified_name else data["options"]
                    inner[0]["focused"] = True
                    interaction = start(two, asker, AUTOCOMPLETE, data)
                    assert interaction.choices is not None
                    names = [choice["name"] for choice in await interaction.choices]
                    check(asker, str(names), (command.qualified_name, typed, beside))


def beside_of(two: Two, command: Command, focused: str) -> list[dict[str, Any]]:
    """What may be in the other options while one is typed: nothing, or what its suggestions depend on."""
    given = {one.name for one in command.parameters} - {focused}
    if "newsletter" in given:
        return [{}, {"newsletter": "Tech"}]
    return [{}, {"issue": "Waders"}, {"issue": f"⁂issue:{two.draft_id}"}] if "issue" in given else [{}]


def planted(two: Two, asker: str, custom_id: str, kind: int) -> Message:
    """A message of Herald's where it is asked, with a button or menu of the other server's in it."""
    user, channel = two.asker(asker)
    world = two.bench.sandbox.world
    part: dict[str, Any] = {"type": kind, "custom_id": custom_id, "id": 2}
    part |= {"style": 2, "label": "x"} if kind == BUTTON else {"options": [{"label": "x", "value": "x"}]}
    message = Message(
        id=world.ids.next(),
        channel_id=channel.id,
        guild_id=channel.guild_id,
        author=world.bot,
        timestamp=world.clock.now(),
        embeds=[{"type": "rich", "author": {"name": "Results for: kestrel"}}],
        components=[{"type": 1, "id": 1, "components": [part]}],
        ephemeral_to=user.id,
    )
    two.bench.sandbox.core.messages._store(channel, message)
    return message


async def pressed(two: Two, asker: str, custom_id: str, values: list[str]) -> str:
    kind = MENU if values else BUTTON
    message = planted(two, asker, custom_id, kind)
    data: dict[str, Any] = {"custom_id": custom_id, "component_type": kind, "id": 2}
    interaction = start(two, asker, COMPONENT, data | ({"values": values} if values else {}), message)
    text = await said(two, asker, interaction)
    # A press that is only acknowledged at first is answered later, as errors are.
    while acting := [one for one in asyncio.all_tasks() if one.get_name().startswith("discord-ui-")]:
        await asyncio.wait(acting)
    _, channel = two.asker(asker)
    after = [one for one in two.bench.sandbox.messages(channel) if one.id > message.id]
    shown = [f"{text_of(one)}\n{one.components or ''}" for one in (message, *after)]
    return "\n".join([text, *shown])


@pytest.mark.parametrize("asker", ASKERS)
@only_asks
async def test_no_forged_press_shows_posts_or_decides_anything(two: Two, asker: str) -> None:
    before = await kept(two)
    posts = {*posted_in_both(two)}
    user, channel = two.asker(asker)
    # A panel of their own on what they may not see, opened before the newsletter went to another server: it says the
    # name that they chose.
    own = await two.bench.services.drafts.begin(
        user.id, channel.guild_id or 0, now=utc_now(), newsletter="Tech", channel_id=channel.id
    )
    for kind in two.bench.herald.presses.kinds:
        for custom_id, values in presses_of(two, own.id)[kind]:
            known = "Tech" if custom_id.endswith(f":{own.id}") else ""
            text = await pressed(two, asker, custom_id, values)
            check(asker, text, ("Results for: kestrel", custom_id, values, known))
    for custom_id in (one for ids in forms_of(two, own.id).values() for one in ids):
        field = {"type": 18, "component": {"type": 4, "custom_id": "words_any", "value": "otter"}}
        data: dict[str, Any] = {"custom_id": custom_id, "components": [field]}
        message = planted(two, asker, "setup:back:1", BUTTON)
        check(asker, await said(two, asker, start(two, asker, MODAL_SUBMIT, data, message)), custom_id)
    assert await kept(two) == before
    for place in (two.news, two.hall):  # what may be seen may be shared
        for post in (one for one in two.bench.posted(place) if one.id not in posts):
            assert place.id == channel.id
            check(asker, text_of(post), "Results for: kestrel")


@only_asks
async def test_buttons_and_forms_that_nobody_knows_get_a_sentence(two: Two) -> None:
    for custom_id in UNKNOWN:
        assert "earlier version of Herald" in await pressed(two, "admin", custom_id, [])
    data: dict[str, Any] = {"custom_id": "form", "components": []}
    assert "earlier version of Herald" in await said(two, "admin", start(two, "admin", MODAL_SUBMIT, data))


async def test_an_alert_of_another_server_hears_nothing(own: Two, folder: Path) -> None:
    for asker in ("member", "admin"):
        data = {"id": "1", "type": 1, "name": "alert"}
        query = {"name": "query", "type": 3, "value": "kestrel"}
        option = {"name": "add", "type": 1, "options": [query]}
        text = await said(own, asker, start(own, asker, COMMAND, data | {"options": [option]}))
        assert "You will be notified" in text
    (folder / "2026-02-09.md").write_text(
        issue_of("Winter", "2026-02-09", ("Kestrel sleeps", "https://kestrel.example/z", "It does, too."))
    )
    (folder / "held1.md").unlink()
    (folder / "held2.md").unlink()
    await look(own.bench)
    await own.bench.until(lambda: len(own.bench.posted()) == 5)

    async def is_told() -> bool:
        return (await own.bench.services.alert_outbox.counts())[State.SENT] == 2  # both the reader's

    await eventually(is_told)
    for user in (own.stranger, own.mayor):
        assert own.bench.sandbox.messages(own.bench.sandbox.world.direct_channel(user)) == []


async def test_a_post_does_not_say_where_else_its_link_was_covered(own: Two, tmp_path: Path) -> None:
    items = await own.bench.services.archive.items_by_id(Scope.everything(), [own.item_id])
    url = items[own.item_id].item.links[0].url
    (tmp_path / "allotment" / "2.md").write_text(issue_of("Peas", "2026-02-10", ("Peas climb", url, "Up.")))
    await own.bench.herald.services.watchers["Garden"].look_now()
    await own.bench.until(lambda: "Peas climb" in own.bench.titles(own.hall))
    for post in own.bench.posted(own.hall):
        check("admin", text_of(post), url)
        assert "overed" not in text_of(post)


@only_asks
async def test_an_alert_does_not_say_what_it_would_have_found(two: Two) -> None:
    add = next(one for one in every_command(two.bench) if one.qualified_name == "alert add")
    answers = [
        await said(two, "member", start(two, "member", COMMAND, invoked(two, add, {"query": word})))
        for word in ("kestrel", "kittiwake")
    ]
    assert answers[0].replace("kestrel", "kittiwake") == answers[1]


@only_asks
async def test_nothing_is_reposted_into_another_server(two: Two) -> None:
    """Asked where it may be seen, by somebody who manages both servers, with a channel of the other one."""
    before, posts = await kept(two), posted_in_both(two)
    command = next(one for one in every_command(two.bench) if one.qualified_name == "repost item")
    data = invoked(two, command, {"item": str(two.item_id), "channel": two.hall.id})
    interaction = two.bench.sandbox.core.interactions.start(COMMAND, two.both, two.news, data)
    answer = await two.bench.until(
        lambda: interaction.answer_type and answer_of(two.bench, two.news, interaction.original_id)
    )
    assert "cannot be used here" in text_of(answer)
    assert await kept(two) == before
    assert posted_in_both(two) == posts


async def test_the_servers_own_admins_do_decide(own: Two) -> None:
    """The other way round: the rows above are refused for who asks, not because they are broken."""
    admins = own.bench.sandbox.channel("admins")
    asked = asked_about_tech(own.bench)
    assert asked is not None
    await press(own.bench, asked, "Post 2", channel=admins)
    await own.bench.until(lambda: "Corncrake 2" in own.bench.titles())
    shown = await slash(own.bench, "issue", issue="Spring")
    assert "Tidepool" in text_of(shown)


async def test_members_keep_their_alerts_in_a_direct_message(own: Two) -> None:
    bench = own.bench
    await slash(bench, "alert", "add", query="kestrel")
    place = bench.sandbox.world.direct_channel(bench.sandbox.world.owner)
    for sub, text in (("list", "kestrel"), ("export", "everything"), ("forget", "1 alert")):
        body = {"type": 2, "data": {"type": 1, "name": "alert", "options": [{"name": sub, "type": 1, "options": []}]}}
        assert text in text_of(await ask(bench, body, channel=place)).casefold()
    query = [{"name": "query", "type": 3, "value": "otter"}]
    body = {"type": 2, "data": {"type": 1, "name": "alert", "options": [{"name": "add", "type": 1, "options": query}]}}
    assert "in the server whose newsletters" in text_of(await ask(bench, body, channel=place))
