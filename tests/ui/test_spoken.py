"""Nothing that a person reads on Discord goes around the catalogues, and stored sentences are found in them again."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_locales import EVERYWHERE, ROOT, WHOLE, names_in

from app.client import COGS
from errors import SourceError, untold
from sources.git.errors import explain
from sources.listing import MAX_FILES, check_amount, refuse_empty
from storage.layouts import OnRemoved
from storage.options import DEFAULT
from storage.reposting import Effect
from ui.locales import answering, opened, spoken, words_of
from ui.option_text import described, logged
from ui.retracting import withdraw_question

# What people on Discord do not read: the command line, logs, metrics, answers to requests of the web.
NOT_FOR_DISCORD = {
    "app/auditing.py", "app/health.py", "app/local_status.py", "app/metrics.py", "app/monitoring.py", "app/nightly.py",
    "app/notify.py", "app/proxy.py", "app/services.py", "app/version.py", "app/webhook.py", "app/webserver.py",
    "delivery/once.py",
}  # fmt: skip
# Names, values of a choice, what its own button translates, and what is drawn by a font without all letters.
ALLOWED = {
    "Stack Overflow", "Hacker News", "Hugging Face", "Mentions per {}", "… (+{})", "told orphan:{}", "measure loop",
    "language of whoever is answered", "Herald", "Herald {}", "new messages", "in place", "Open in full",
}  # fmt: skip
SPOKEN_BY = {"words", "N_", "S_", "UserError", "counted", "words_of", "spoken"}
# Calls whose texts are for a program, a log or the catalogue itself.
NOT_SAID = {
    "compile", "cast", "getLogger", "describe", "Group", "ContextMenu", "startswith", "endswith", "removeprefix",
    "setting", "set_setting", "ConfigError", "SourceError", "StorageError", "RuntimeError", "NotPaced", "create_task",
    "bindparam", "Route", "sub", "split", "up_without_discord",
}  # fmt: skip
SHOWN_AS = {"label", "title", "placeholder", "description", "content", "text"}
for name in COGS:  # so that all stored sentences are known
    importlib.import_module(name)
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:]? [A-Za-z]{2,}")
SAID_IN = [
    path
    for path in EVERYWHERE
    if path.relative_to(ROOT).parts[0] in {"ui", "cogs", "app", "delivery"}
    and str(path.relative_to(ROOT)) not in NOT_FOR_DISCORD
]


def text_of(node: ast.AST) -> str | None:
    """A literal's text, its values as `{}`; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "{}" for part in node.values)
    return None


def name_of(call: ast.Call) -> str:
    func = call.func.func if isinstance(call.func, ast.Call) else call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def is_kept_from_people(node: ast.AST) -> bool:
    """Whether no text below a node is shown: it is asked of a catalogue, logged, an annotation, a docstring."""
    if isinstance(node, ast.Call):
        is_log = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith("log")
        return is_log or name_of(node) in SPOKEN_BY | NOT_SAID
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) in {"Literal", "cast"}
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Import | ast.ImportFrom | ast.arg)


def unspoken(node: ast.AST, *, is_label: bool = False) -> Iterator[tuple[int, str]]:
    """Each text below a node that is shown as it is in the code."""
    for child in ast.iter_child_nodes(node):
        if is_kept_from_people(child):
            continue
        text = text_of(child)
        if text is None:
            of_label = isinstance(child, ast.keyword) and child.arg in SHOWN_AS
            yield from unspoken(child, is_label=of_label or (is_label and isinstance(child, ast.BoolOp | ast.IfExp)))
            continue
        is_word = is_label and re.search(r"[A-Za-z]{3}", text.replace("{}", "")) is not None
        if (is_word or SENTENCE.search(text)) and text not in ALLOWED and not text.startswith("/"):
            yield getattr(child, "lineno", 0), text
        for part in child.values if isinstance(child, ast.JoinedStr) else ():
            yield from unspoken(part) if isinstance(part, ast.FormattedValue) else ()


@pytest.mark.parametrize("path", SAID_IN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_goes_around_the_catalogues(path: Path) -> None:
    assert list(unspoken(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        'raise UserError(f"Nothing of {title} is left.")',
        'lines = [f"⚠️ Nothing is posted: {reason}"]',
        'view.add_item(Button(label="Share"))',
        "text = f\"{count} of {total:,} and {x if y else 'none of them'}\"",
    ],
)
def test_a_sentence_around_the_catalogues_is_found(code: str) -> None:
    # a formatted text is none of a catalogue even where it is handed to a call that asks one
    found = [*unspoken(ast.parse(code)), *formatted(ast.parse(code))]
    assert found != []


def formatted(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each text that is asked of a catalogue with its values filled in already: no catalogue has it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in SPOKEN_BY:
            for one in node.args:
                if isinstance(one, ast.JoinedStr) and SENTENCE.search(text_of(one) or ""):
                    yield node.lineno, text_of(one) or ""


@pytest.mark.parametrize("path", SAID_IN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_catalogue_is_asked_for_a_text_that_is_filled_in_already(path: Path) -> None:
    assert list(formatted(ast.parse(path.read_text("utf-8")))) == []


@functools.cache
def stored() -> list[str]:
    """The sentences that are made and stored in English."""
    trees = (ast.parse(path.read_text("utf-8")) for path in EVERYWHERE)
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) == "S_")
    return sorted({text for call in calls for one in call.args if (text := text_of(one)) is not None})


@pytest.mark.parametrize("language", sorted(WHOLE))
def test_a_stored_sentence_is_told_in_another_language(language: str) -> None:
    words = words_of(language)
    assert len(stored()) > 100
    for sentence in stored():
        values = {name: f"⟨{name}⟩" for name in names_in(sentence)}
        assert untold(sentence.format(**values)) == (sentence, values), sentence
        told = words.told(sentence.format(**values))
        assert told == words.catalogue.gettext(sentence).format(**values)


BOTH = "Kanal anzeigen und Links einbetten"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Herald may not write in #news: give its role the permissions View Channel and Embed Links there.",
         f"Herald darf in #news nicht schreiben: Gib seiner Rolle dort die Berechtigungen {BOTH}."),
        ("older than 30 days", "älter als 30 Tage"),
        ("title, date", "Titel und Datum"),
        ("⚠️ no items", "⚠️ keine Beiträge"),
        ("It is larger than Discord allows. (HTTP 400, code 40005)",
         "Sie ist größer, als Discord annimmt. (HTTP 400, code 40005)"),
        ("What no version of Herald ever said.", "What no version of Herald ever said."),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_filled_into_a_stored_sentence_is_told_too(text: str, told: str) -> None:
    assert words_of("de").told(text) == told
    assert words_of("en").told(text) == text


def test_several_sentences_are_told_one_by_one() -> None:
    note = 'No tag is called "rst". Did you mean rust? There are: go, zig.'
    assert words_of("de").notes(note) == "Kein Schlagwort heißt „rst“. Meintest du rust? Es gibt: go, zig."


def test_a_long_text_costs_little_whatever_it_holds() -> None:
    for text in ("(" * 900, " and ".join("ab" * 90), ": ".join("ab" * 150)):
        assert words_of("de").told(text)


def test_what_is_said_is_said_in_the_language_of_whoever_is_answered() -> None:
    assert spoken()("Share") == "Share"
    with answering("ko"):  # whose catalogue has only what is posted, and what is opened from it
        assert spoken().language == "en"
        assert opened()("Share") == "공유"
    with answering("de") as words:
        assert words("Share") == spoken()("Share") == "Teilen"
        with answering("tlh"):  # without a catalogue
            assert spoken()("Share") == "Share"
        assert spoken()("Share") == "Teilen"
    assert spoken()("Share") == "Share"


@pytest.mark.parametrize(
    ("detail", "german", "english"),
    [
        ("layout: auto → thread; words any: none → rust or go",
         "Aufteilung: Automatisch → In einem Thread, Eines dieser Wörter: keine → rust or go",
         "Layout: Automatic → In a thread, Any of these words: none → rust or go"),
        ("auto, colour: #00AA88, publish: yes, role: 71",
         "Automatisch, Farbe: #00AA88, An Folgende weitergeben: ja, Zu erwähnende Rolle: <@&71>",
         "Automatic, Colour: #00AA88, Publish to followers: yes, Role to mention: <@&71>"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_options_in_the_log_are_called_as_in_the_panel(detail: str, german: str, english: str) -> None:
    assert logged(detail, words_of("de")) == german
    assert logged(detail, words_of("en")) == english


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (explain("fatal: could not resolve host: example.org", "https://example.org/a"),
         "https://example.org/a ist gerade nicht erreichbar (could not resolve host: example.org)."),
        (explain("fatal: Authentication failed", "https://example.org/a"),
         "https://example.org/a verweigert den Zugang: Prüfe token oder ssh_key"),
        (explain("fatal: something new", "https://example.org/a"),
         "https://example.org/a lässt sich nicht lesen (something new)."),
    ],
)  # fmt: skip
def test_why_a_source_cannot_be_read_is_told_in_the_language_of_whoever_asks(error: Exception, told: str) -> None:
    assert words_of("de").told(str(error)).startswith(told)


@pytest.mark.parametrize(
    ("checked", "told"),
    [
        (lambda: check_amount("The folder /x", MAX_FILES + 1), "Der Ordner /x hat mehr als 50,000 Dateien"),
        (lambda: refuse_empty("https://example.org/a", []), "https://example.org/a hat keine Datei mehr"),
    ],
)
def test_what_is_wrong_with_a_sources_files_is_told_so_too(checked: Callable[[], object], told: str) -> None:
    with pytest.raises(SourceError) as raised:
        checked()
    assert words_of("de").told(str(raised.value)).startswith(told)


def test_a_spanish_list_says_e_before_the_same_sound() -> None:
    spanish = words_of("es")
    assert spanish.listed(["Ver canales", "Enviar mensajes", "Insertar enlaces"]).endswith(
        "Enviar mensajes e Insertar enlaces"
    )
    assert spanish.listed(["canales", "hilos"]) == "canales e hilos"
    assert spanish.listed(["fuego", "hielo"]) == "fuego y hielo"
    assert spanish.listed(["Insertar enlaces"]) == "Insertar enlaces"


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "Layout: **Automatic**"), ("fr", "Disposition : **Automatique**"), ("zh", "版式：**自动**")],
)
def test_a_label_has_the_colon_of_its_language(language: str, line: str) -> None:
    assert described(DEFAULT, words_of(language)) == [line]


@pytest.mark.parametrize("effect", [Effect(), Effect(marked=2)])
def test_a_question_has_one_space_between_two_sentences_and_none_in_chinese(effect: Effect) -> None:
    for language, space in (("en", 1), ("zh", 0)):
        with answering(language):
            asked = withdraw_question("Spring", ["#news"], [effect], OnRemoved.MARK)
        assert {len(found) for found in re.findall(r"[.?。？]( *)(?=\S)", asked)} == {space}
