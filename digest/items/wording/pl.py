"""Polish."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "contents_title": (
        "spis treści",
        "w (?:tym|bieżącym) numerze",
        "w skrócie",
    ),
    "roundup_title": (
        "krótko",
        "inne (?:wiadomości|newsy)",
        "różne",
    ),
    "boilerplate_title": (
        "(?:za)?subskryb(?:uj|cja)(?: .{0,30})?",
        "zapisz się(?: .{0,30})?",
        "kontakt",
        "o (?:nas|mnie|newsletterze)",
        "śledź nas(?: .{0,30})?",
        "wesprzyj.{0,40}",
        "sponsor(?:zy)?",
        "partnerzy",
        "reklama",
        "archiwum",
        "podziękowania",
        "dziękuj(?:ę|emy).{0,30}",
        "do (?:zobaczenia|następnego).{0,20}",
        "udostępnij.{0,30}",
        "licencja",
    ),
    "greeting_title": (
        "wstęp",
        "wprowadzenie",
        "cześć.{0,30}",
        "witaj(?:cie)?.{0,30}",
        "od redakcji",
    ),
    "generic_link": (
        "tutaj",
        "tu",
        "więcej",
        "czytaj (?:więcej|dalej)",
        "źródło",
        "artykuł",
        "strona",
    ),
    "facet_title": (
        "problem",
        "cel(?:e)?",
        "wyniki",
        "wnioski",
        "kontekst",
        "podsumowanie",
    ),
    "nothing": (r"^\W*(?:brak|nic)\b.{0,60}\b(?:w tym tygodniu|w tym miesiącu|nowego)\W*$",),
    "plea": (
        (
            r"^\W*(?:zapisz się (?:na|do) (?:nasz\w* )?newslett\w*|subskrybuj|obserwuj nas|śledź nas|"
            r"wesprzyj nas|napisz do nas|daj (?:nam|mi) znać)\b.{0,200}$"
        ),
        r"^\W*(?:do (?:zobaczenia|usłyszenia|następnego)|miłej lektury|miłego)\b.{0,80}$",
        r"^\W*(?:dzięki|dziękuję|dziękujemy) za\b.{0,120}$",
    ),
    "addresses": (r"\b(?:twój|twoje|wasze|wam|ciebie)\b",),
    "continues": (r"^\W*(?:ale|jednak|ponadto|dlatego|to|ten)\b",),
    "publication": (r"\b(?:biuletyn|tydzień|tygodnia|przegląd|aktualności)\b",),
}
