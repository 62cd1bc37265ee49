"""A line of /audit: what the log stored, as a person says it."""

from __future__ import annotations

import pytest

from storage.history import Acts, EventKind, HistoryEvent
from ui.audit import AuditPage, audit_embed
from ui.locales import answering


def line(event: HistoryEvent) -> str:
    page = AuditPage(acts=Acts(guild_id=1), events=[event], titles={}, items={}, page=1, total=1)
    return audit_embed(page).description or ""


@pytest.mark.parametrize(
    ("detail", "english", "german"),
    [
        ("file: 1", "1 issue filed as read", "1 Ausgabe als gelesen abgelegt"),
        ("post: 3", "3 issues posted", "3 Ausgaben gepostet"),
        ("withdraw: 2", "2 messages withdrawn", "2 Nachrichten zurückgezogen"),
        ("keep: 1", "1 message kept", "1 Nachricht behalten"),
    ],
)
def test_a_decision_is_told_in_words(detail: str, english: str, german: str) -> None:
    decided = HistoryEvent(kind=EventKind.DECIDED, newsletter="Tech", user_id=7, detail=detail)
    assert line(decided).endswith(f"<@7> decided on what was held for **Tech**: {english}")
    with answering("de"):
        assert line(decided).endswith(german)


def test_an_empty_list_is_not_counted() -> None:
    embed = audit_embed(AuditPage(acts=Acts(guild_id=1), events=[], titles={}, items={}, page=1, total=0))
    assert (embed.description, embed.footer.text) == ("No matching entries.", None)
