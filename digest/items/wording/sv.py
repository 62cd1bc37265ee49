"""Swedish."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "contents_title": (
        "innehåll(?:sförteckning)?",
        "i det här (?:numret|brevet)",
        "översikt",
    ),
    "roundup_title": (
        "kort(?:a nyheter)?",
        "övriga nyheter",
        "övrigt",
    ),
    "boilerplate_title": (
        "prenumerera(?: .{0,30})?",
        "avsluta prenumeration(?:en)?",
        "kontakt(?:a oss)?",
        "om (?:oss|mig|nyhetsbrevet)",
        "följ oss(?: .{0,30})?",
        "stöd oss(?: .{0,30})?",
        "sponsorer",
        "annons(?:er)?",
        "arkiv",
        "tack.{0,20}",
        "dela.{0,30}",
        "licens",
    ),
    "greeting_title": (
        "förord",
        "inledning",
        "välkommen.{0,40}",
        "hej.{0,30}",
        "ledare",
    ),
    "generic_link": (
        "här",
        "läs (?:mer|vidare|här)",
        "mer(?: information)?",
        "källa",
        "artikel",
    ),
    "facet_title": (
        "problem",
        "mål",
        "bakgrund",
        "resultat",
        "slutsats",
    ),
    "nothing": (r"^\W*(?:inga|inget)\b.{0,60}\b(?:den här veckan|denna vecka|denna månad)\W*$",),
    "plea": (
        r"^\W*(?:prenumerera|följ oss|dela|hör av dig|skriv till oss|skicka (?:in|till oss))\b.{0,160}$",
        r"^\W*(?:vi ses|vi hörs|trevlig läsning|ha en (?:bra|trevlig))\b.{0,80}$",
        r"^\W*tack för att\b.{0,120}$",
    ),
    "addresses": (r"\b(?:dig|ditt|dina|ert|era)\b",),
    "continues": (r"^\W*(?:men|dock|dessutom|därför|detta|den här)\b",),
    "publication": (r"\b(?:nyhetsbrev|nyheter|veckans)\b",),
}
