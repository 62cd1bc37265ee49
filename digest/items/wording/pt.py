"""Portuguese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": ("destaques?",),
    "roundup_title": (
        "rapidinhas",
        "notas rápidas",
        "outras (?:notícias|novidades)",
    ),
    "contents_title": (
        "sumário",
        "nesta edição",
        "conteúdo",
        "resumo",
        "destaques",
    ),
    "boilerplate_title": (
        "inscreva-se",
        "assine",
        "contato",
        "sobre(?: nós)?",
    ),
    "support_title": ("apoi[ea]r? .{1,40}",),
    "greeting_title": (
        "bem-vind[oa]s?.{0,40}",
        "introdução",
    ),
    "facet_title": (
        "problemas?",
        "conclusão",
        "vantagens",
    ),
    "generic_link": (
        "links? para .{1,40}",
        "aqui",
        "leia mais",
        "saiba mais",
        "artigo",
        "fonte",
    ),
    "plea": (
        r"\binscreva-se\b",
        r"\bsiga-nos\b",
        r"^\W*boa (?:leitura|semana)\W*$",
        r"^\W*(?:e )?é (?:isso|só)(?: (?:por hoje|aí|pessoal|por enquanto|por esta semana))?\W*$",
        "até a próxima",
        "até semana que vem",
    ),
    "plea_keys": (
        "inscreva",
        "siga-nos",
        "até ",
    ),
    "announces": (
        "a seguir",
        r"\babaixo\b",
    ),
    "announces_keys": (
        "a seguir",
        "abaixo",
    ),
    "references_label": ("fontes",),
}
