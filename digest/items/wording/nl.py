"""Dutch."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "contents_title": (
        "inhoud(?:sopgave)?",
        "in dit nummer",
        "in deze (?:editie|nieuwsbrief)",
        "overzicht",
    ),
    "highlights_title": ("hoogtepunten",),
    "roundup_title": (
        "kort(?: nieuws)?",
        "overig nieuws",
        "diversen",
    ),
    "boilerplate_title": (
        "(?:aan|af)melden(?: .{0,30})?",
        "abonne(?:ren|er)(?: .{0,30})?",
        "contact",
        "colofon",
        "over (?:ons|mij|deze nieuwsbrief)",
        "volg ons(?: .{0,30})?",
        "doe mee",
        "bijdragen",
        "doneren",
        "sponsors?",
        "partners",
        "advertentie",
        "archief",
        "dank(?:woord)?",
        "bedankt.{0,20}",
        "tot (?:volgende|de volgende).{0,20}",
        "deel (?:dit|deze).{0,30}",
        "licentie",
    ),
    "greeting_title": (
        "voorwoord",
        "inleiding",
        "welkom.{0,40}",
        "redactioneel",
    ),
    "essay_title": (
        "inleiding",
        "achtergrond",
        "conclusies?",
        "bronnen",
    ),
    "facet_title": (
        "probleem",
        "doel(?:en)?",
        "achtergrond",
        "resultaten",
        "conclusie",
        "voordelen",
        "nadelen",
    ),
    "generic_link": (
        "hier",
        "lees (?:meer|verder|hier)",
        "meer(?: informatie| info)?",
        "bron",
        "artikel",
    ),
    "nothing": (r"^\W*(?:geen|niets)\b.{0,60}\b(?:deze week|deze maand|te melden|nieuws)\W*$",),
    "plea": (
        (
            r"^\W*(?:volg ons|meld je aan|abonneer|schrijf je in|deel deze|laat (?:het )?(?:ons|me) weten|"
            r"stuur (?:ons|mij))\b.{0,200}$"
        ),
        r"^\W*tot (?:de )?volgende (?:week|maand|keer|editie)\b.{0,60}$",
        r"^\W*(?:bedankt|dank je|dank u) (?:voor|wel)\b.{0,120}$",
    ),
    "addresses": (r"\b(?:jij|jouw|jullie|uw)\b",),
    "continues": (r"^\W*(?:maar|echter|bovendien|daarom|dit|deze|dat)\b",),
    "publication": (r"\b(?:nieuwsbrief|nieuws|wekelijks|weekoverzicht|persoverzicht)\b",),
}
