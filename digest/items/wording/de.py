"""German."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": (
        "highlights (?:der woche|des monats)",
        "höhepunkte",
    ),
    "roundup_title": (
        "kurz (?:notiert|gemeldet|&|und) ?(?:knapp)?",
        "kurz(?:meldungen|nachrichten|news)",
        "vermischtes|verschiedenes|sonstiges",
        "(?:was )?sonst noch.{0,20}",
        "weitere (?:meldungen|nachrichten|links)",
    ),
    "contents_title": (
        "inhalt",
        "inhaltsverzeichnis",
        "in dieser ausgabe",
        "(?:die )?themen(?: dieser ausgabe| im überblick)?",
        "überblick",
        "auf einen blick",
    ),
    "boilerplate_title": (
        "abonnieren",
        "newsletter abonnieren",
        "impressum",
        "kontakt",
        "anzeige",
        "werbung",
        "über (?:uns|mich|diesen newsletter)",
    ),
    "support_title": (
        ".{1,30} (?:unterstützen|fördern)",
        "unterstütze? .{1,40}",
    ),
    "gives": (r"\bspende",),
    "greeting_title": (
        "vorwort",
        "einleitung",
        "willkommen.{0,40}",
        "hallo",
        "moin",
    ),
    "people_title": ("(?:neue )?(?:mitwirkende|beitragende)",),
    "sponsor_keys": (
        "anzeige",
        "werbung",
    ),
    "facet_title": (
        "probleme?",
        "ziele?",
        "hintergrund",
        "ergebnis(?:se)?",
        "fazit",
        "vorteile",
        "nachteile",
        "methode",
        "merkmale",
        "warum (?:das|es) wichtig ist",
    ),
    "generic_link": (
        "links? zu[rm]? .{1,40}",
        "hier",
        "mehr",
        "weiterlesen",
        "zum (?:artikel|video|paper|beitrag)",
        "artikel",
        "beitrag",
        "quelle",
        "webseite",
    ),
    "nothing": (
        r"^\W*(?:keine?|nichts)\b.{0,60}(?:diese woche|neues)\W*$",
        r"^\W*diese woche\b.{0,20}\b(?:keine?|nichts)\b.{0,40}$",
    ),
    "plea": (
        r"^\W*(?:danke|vielen dank) (?:fürs|für das|für dein|für euer|für ihr)\b",
        r"\bempf(?:iehl|ehlt|ehlen sie) (?:ihn|sie|es|uns|diesen|den)\b",
        r"\babmelden\W*$",
        (
            r"^\W*(?:abonniere|abonnieren sie|folgt? (?:mir|uns)|schreib(?:t|en sie)? (?:mir|uns)|schick(?:t|"
            "en sie)? (?:mir|uns)|teil(?:e|t|en sie) dies)"
        ),
        r"\bbis (?:nächste|zur nächsten) (?:woche|ausgabe)",
        r"^\W*(?:und )?das war(?:'?s|en?)\b.{0,60}\b(?:woche|monat|ausgabe|mal|heute)\W*$",
        r"\bviel spaß beim lesen",
    ),
    "plea_keys": (
        "abmelden",
        "empfehl",
        "empfiehl",
        "bis nächste",
        "bis zur nächsten",
    ),
    "addresses": (r"\b(?:du|dein\w*|ihr|euer|eure\w*|dich|dir|euch)\b",),
    "announces": (
        r"\bfolgende",
        "im folgenden",
    ),
    "announces_keys": ("folgende",),
    "references_label": (
        "quellen",
        "weiterlesen",
        "mehr dazu",
    ),
}
