"""Spanish."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": ("destacad[oa]s",),
    "roundup_title": (
        "(?:en )?breves?",
        "otras noticias",
        "varios",
    ),
    "contents_title": (
        "índice",
        "contenidos?",
        "en (?:este número|esta edición)",
        "sumario",
        "resumen",
    ),
    "boilerplate_title": (
        "suscr[ií]bete",
        "suscripción",
        "patrocinador(?:es)?",
        "contacto",
        "publicidad",
        "publicidade",
    ),
    "support_title": ("apoya(?:r)? .{1,40}",),
    "gives": (r"\bdona(?:r|ción|ções|zione)",),
    "greeting_title": (
        "bienvenid[oa]s?.{0,40}",
        "introducción",
        "presentación",
    ),
    "people_title": ("(?:nuevos |novos )?(?:colaboradores|contribuidores)",),
    "facet_title": (
        "objetivos?",
        "resultados?",
        "conclusi(?:ón|ones)",
        "método",
        "ventajas",
        "desventajas",
    ),
    "generic_link": (
        "enlaces? a .{1,40}",
        "aquí",
        "enlace",
        "leer más",
        "ver más",
        "artículo",
        "fuente",
        "sitio",
    ),
    "nothing": (r"^\W*(?:nada|ning[uú]n[ao]?)\b.{0,60}esta semana\W*$",),
    "plea": (
        r"\bcancelar (?:la )?suscripci[oó]n",
        r"\bsuscr[ií]b[ea](?:te|ns?e)\b",
        r"^\W*(?:que tengan?|feliz|buen[ao]s?) (?:lectura|semana|fin de semana)\W*$",
        r"^\W*(?:y )?(?:nos vemos|nos leemos) .{1,40}$",
        r"^\W*(?:y )?est?o (?:es|ha sido|fue) todo\b.{0,60}$",
        "síguenos",
        "hasta la (?:próxima|semana que viene)",
    ),
    "plea_keys": (
        "suscr",
        "síguenos",
        "hasta la",
    ),
    "addresses": (r"\b(?:tú|tu|tus|usted|ustedes|vuestr\w+|você|seu|sua|vocês)\b",),
    "announces": (
        "a continuación",
        "los siguientes",
    ),
    "announces_keys": (
        "a continuación",
        "siguientes",
    ),
    "references_label": (
        "fuentes",
        "enlaces",
    ),
}
