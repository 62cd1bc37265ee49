"""Italian."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": ("in evidenza",),
    "roundup_title": (
        "in breve",
        "brevi",
        "altre notizie",
    ),
    "contents_title": (
        "sommario",
        "in questo numero",
        "indice",
    ),
    "support_title": ("sostieni .{1,40}",),
    "greeting_title": ("benvenut[oi].{0,40}",),
    "generic_link": (
        "qui",
        "leggi",
    ),
    "plea": (
        r"\biscriviti\b",
        r"\bseguici\b",
        "alla prossima",
    ),
    "plea_keys": ("iscriviti",),
    "addresses": (r"\b(?:tuo|tua|vostr\w+|voi)\b",),
}
