"""Whoever uses Herald in a language that it speaks whole is answered so; Discord shows the commands so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import ask, component, labels, library, look, press, slash, text_of
from bench import Bench, configured, newsletter, running

from app.commands import definitions
from cogs._setting_up import changed_by
from config.settings import Config
from errors import UserError
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model_message import Message
from storage.layouts import Layout
from ui.locales import ENGLISH, LANGUAGES, answering, words_of

WHOLE = {one for one in LANGUAGES if one != ENGLISH and words_of(one).has_answers}


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    library(folder)
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, config) as bench:
        await look(bench)
        yield bench


def described(command: dict[str, Any]) -> list[dict[str, Any]]:
    return [command, *(inner for option in command.get("options") or [] for inner in described(option))]


def languages(localizations: dict[str, str] | None) -> set[str]:
    """The languages of Discord's locales: `es` of es-ES and es-419."""
    return {locale.split("-")[0] for locale in localizations or {}}


async def test_discord_shows_every_command_in_each_whole_language(bench: Bench) -> None:
    commands = bench.sandbox.world.commands[None].values()
    assert len(commands) > 15
    assert {"de", "es", "fr", "ja", "pt", "zh"} <= WHOLE
    for one in (inner for command in commands for inner in described(command)):
        key = "description_localizations" if one.get("description") else "name_localizations"
        assert languages(one.get(key)) >= WHOLE, one["name"]
        for choice in one.get("choices") or []:
            is_layout = choice["value"] in set(Layout)
            same = {one for one in WHOLE if words_of(one)(choice["name"]) == choice["name"]}  # "date" is French, too
            assert languages(choice.get("name_localizations")) | same >= WHOLE or is_layout, choice["name"]


async def test_catalogues_are_kept_for_answers_not_for_the_commands(bench: Bench) -> None:
    before = words_of("ja")
    assert words_of("ja") is before
    assert any("ja" in one.get("description_localizations", {}) for one in definitions(bench.herald.tree))
    assert words_of("ja") is not before


@pytest.mark.parametrize(
    ("locale", "title", "first"),
    [
        ("de", "Einen Newsletter einrichten", "Speichern postet noch nichts"),
        ("fr", "Configurer une newsletter", "L’enregistrement ne publie encore rien"),
        ("es-ES", "Configurar un boletín", "Al guardar todavía no se publica nada"),
        ("es-419", "Configurar un boletín", "Al guardar todavía no se publica nada"),
        ("pt-BR", "Configurar uma newsletter", "Salvar ainda não posta nada"),
        ("ja", "ニュースレターの設定", "保存してもまだ何も投稿されません"),
        ("zh-CN", "设置简报", "保存后暂不发布"),
        ("zh-TW", "设置简报", "保存后暂不发布"),  # rather than English; there is no catalogue in traditional characters
        ("en-GB", "Set up a newsletter", "Saving posts nothing yet"),
        ("pl", "Set up a newsletter", "Saving posts nothing yet"),
    ],
)
async def test_the_panel_speaks_the_language_of_whoever_opens_it(
    bench: Bench, locale: str, title: str, first: str
) -> None:
    bench.sandbox.world.owner.locale = locale
    panel = await opened(bench)
    assert panel.embeds[0]["title"] == title
    assert first in text_of(panel)


def test_what_is_wrong_in_a_form_ends_as_sentences_of_the_language_do() -> None:
    with answering("ja"), pytest.raises(UserError) as refused:
        changed_by("numbers", {"backfill": "abc"})
    assert str(refused.value.values["faults"]).endswith("ではありません。")


async def opened(bench: Bench) -> Message:
    return await ask(bench, {"type": 2, "data": {"type": 1, "name": "setup", "options": []}})


async def test_errors_speak_the_language_too(bench: Bench) -> None:
    bench.sandbox.world.owner.locale = "de"
    answer = await ask(bench, {"type": 2, "data": {"type": 1, "name": "pause", "options": []}})
    assert answer.content.startswith(f"<#{bench.news.id}> folgt keinem Newsletter.")
    unknown = (await slash(bench, "setup", newsletter="Tehc")).content
    assert unknown == "Kein Newsletter heißt „Tehc“. Meintest du Tech?"
    bench.sandbox.world.owner.locale = "ja"
    assert "No newsletter" not in (await slash(bench, "setup", newsletter="Tehc")).content
    bench.sandbox.world.owner.locale = "pl"
    answer = await ask(bench, {"type": 2, "data": {"type": 1, "name": "pause", "options": []}})
    assert "does not follow any newsletter" in answer.content


async def test_each_of_several_troubles_is_told_in_the_language(bench: Bench) -> None:
    bench.sandbox.world.owner.locale = "zh-CN"
    bench.herald.commands_trouble += [
        "Discord refuses Herald's commands: 500. Everything else goes on working.",
        "Discord refuses Herald's commands: 400. Everything else goes on working.",
    ]
    newsletters = (await slash(bench, "status")).embeds[0]["description"]
    assert "拒绝 Herald 的命令：500。其他功能照常运行。Discord 拒绝 Herald 的命令：400。" in newsletters


@pytest.fixture
async def following(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench whose channel follows; the admin channel's server is a German one."""
    library(folder)
    sandbox.guild.preferred_locale = "de"
    admins = sandbox.world.add_channel(sandbox.guild, "admins")
    lost = sandbox.world.add_channel(sandbox.guild, "lost")
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(lost, bot, deny=permissions.by_names(["SEND_MESSAGES"]))
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    blocked = config.subscriptions[0].model_copy(update={"channel": lost.id})
    more = (*config.subscriptions, blocked)
    async with running(sandbox, config.model_copy(update={"admin_channel": admins.id, "subscriptions": more})) as bench:
        await look(bench)
        yield bench


async def test_answers_refusals_and_reports_speak_the_language(following: Bench) -> None:
    """One bot is asked everything, in German and in Japanese; what it tells the admins is in their server's."""
    bench, me = following, following.sandbox.world.owner
    admins = bench.sandbox.channel("admins")
    await bench.until(lambda: bench.posted(admins))
    assert "darf in #lost nicht schreiben: Gib seiner Rolle dort" in bench.posted(admins)[0].content

    me.locale = "de"
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert found.startswith("Suche: kestrel")
    assert "3 Beiträge** · passendste zuerst" in found
    nothing = text_of(await slash(bench, "search", query="kestrel in:Tach"))
    assert "Kein Newsletter heißt „Tach“." in nothing
    story = text_of(await slash(bench, "topic", topic="kestrel"))
    assert "3 Erwähnungen** in 3 Ausgaben" in story
    assert "erste Erwähnung" in story
    why = text_of(await slash(bench, "why", about="Kestrel, a small parser"))
    assert "Ein Beitrag aus **Spring**" in why
    assert "Es gab sie schon, bevor Herald **Tech** zum ersten Mal las" in why
    status = "\n".join(one["description"] for one in (await slash(bench, "status")).embeds).replace("\\", "")
    assert "auf dem neuesten Stand" in status
    assert "Herald darf in #lost nicht schreiben" in status
    await slash(bench, "pause")
    audit = text_of(await slash(bench, "audit"))
    assert "hat **Tech** in" in audit
    contents = await slash(bench, "issue", issue="Spring")
    assert "Beiträge" in contents.embeds[0]["footer"]["text"]
    assert "Teilen" in labels(contents)
    page = await slash(bench, "search", query="kestrel")
    option = component(page, "Ein Ergebnis ganz öffnen")["options"][0]
    full = await press(bench, page, "Ein Ergebnis ganz öffnen", option["value"])
    assert labels(full)[-1] == "Teilen"
    assert full.embeds[0]["footer"]["text"].endswith("6. Nov. 2023")
    refused = await slash(bench, "issue", issue="Nowhere at all")
    assert refused.content.startswith("Keine Ausgabe passt zu „Nowhere at all“.")

    me.locale = "ko"  # of which Herald knows the words around an issue
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert "**3 items** · most relevant first" in found
    assert "6 Nov 2023" in found
    assert "항목" in (await slash(bench, "issue", issue="Spring")).embeds[0]["footer"]["text"]

    me.locale = "es-ES"
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert "**3 entradas** · primero lo más relevante" in found
    assert "Un número de **Tech**." in text_of(await slash(bench, "why", about="Spring"))
    assert "Ningún boletín se llama «Tach»." in text_of(await slash(bench, "search", query="kestrel in:Tach"))
    status = "\n".join(one["description"] for one in (await slash(bench, "status")).embeds).replace("\\", "")
    assert "Herald no puede escribir en #lost" in status

    me.locale = "pt-BR"
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert "**3 itens** · primeiro os mais relevantes" in found
    assert "Uma edição de **Tech**." in text_of(await slash(bench, "why", about="Spring"))
    assert "Nenhuma newsletter se chama “Tach”." in text_of(await slash(bench, "search", query="kestrel in:Tach"))

    me.locale = "fr"
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert "**3 articles** · les plus pertinents d’abord" in found
    assert "Un numéro de **Tech**." in text_of(await slash(bench, "why", about="Spring"))
    assert "Aucune newsletter ne s’appelle" in text_of(await slash(bench, "search", query="kestrel in:Tach"))

    me.locale = "zh-CN"
    found = text_of(await slash(bench, "search", query="kestrel"))
    assert "**3 条** · 按相关度排序" in found
    assert "**Tech** 的一期。" in text_of(await slash(bench, "why", about="Spring"))
    assert "没有名为“Tach”的简报。你要找的是 Tech 吗？" in text_of(
        await slash(bench, "search", query="kestrel in:Tach")
    )

    me.locale = "ja"
    assert text_of(await slash(bench, "latest")).startswith("最新号")
    assert "Heraldが**Tech**を読み始める前からあった号" in text_of(await slash(bench, "why", about="Spring"))
    assert "権限を付けてください" in "\n".join(one["description"] for one in (await slash(bench, "status")).embeds)
    asked = await slash(bench, "withdraw", "issue", issue="Spring")
    assert "Heraldが管理しているチャンネルに**Spring**の投稿はありません。" in asked.content
