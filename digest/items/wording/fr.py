"""French."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": ("(?:les )?temps forts",),
    "roundup_title": (
        "en (?:bref|vrac)",
        "(?:les )?brèves",
        "divers",
        "autres nouvelles",
    ),
    "contents_title": (
        "sommaire",
        "table des matières",
        "au sommaire",
        "dans (?:ce numéro|cette édition)",
        "en bref dans ce numéro",
    ),
    "boilerplate_title": (
        "s'abonner",
        "abonnez-vous",
        "à propos",
        "contactez-nous",
        "partenaires?",
        "publicité",
        "nous soutenir",
    ),
    "support_title": (
        "soutenir .{1,40}",
        "soutenez .{1,40}",
    ),
    "gives": (
        r"\bfaire un don\b",
        r"\bdons?\b",
    ),
    "greeting_title": (
        "édito(?:rial)?",
        "bienvenue.{0,40}",
        "avant-propos",
    ),
    "people_title": ("(?:les |nos |nouveaux )*contribut(?:eurs|rices)",),
    "facet_title": (
        "problème",
        "objectifs?",
        "résultats?",
        "méthode",
        "avantages",
        "inconvénients",
    ),
    "generic_link": (
        "liens? vers .{1,40}",
        "ici",
        "lien",
        "en savoir plus",
        "lire (?:la suite|l'article|plus)",
        "vidéo",
        "site",
    ),
    "nothing": (r"^\W*(?:rien|aucune?)\b.{0,60}cette semaine\W*$",),
    "plea": (
        r"\bse désabonner\W*$",
        r"\babonnez-vous\b",
        r"^\W*(?:vous pouvez (?:vous )?|pour (?:vous )?)(?:dés)?abonner\b.{0,80}$",
        r"^\W*inscrivez-vous\b.{0,80}$",
        r"^\W*(?:et )?c'est (?:tout|fini|terminé)(?: pour .{1,40})?\W*$",
        r"\bsuivez-(?:nous|moi)\b",
        "à la semaine prochaine",
        "bonne lecture",
    ),
    "plea_keys": (
        "suivez",
        "semaine prochaine",
        "lecture",
    ),
    "addresses": (r"\b(?:vous|votre|vos|tu|ton|ta|tes)\b",),
    "announces": (
        r"\bvoici\b",
        "ci-dessous",
    ),
    "announces_keys": (
        "voici",
        "ci-dessous",
    ),
    "references_label": (
        "liens",
        "pour aller plus loin",
    ),
}
