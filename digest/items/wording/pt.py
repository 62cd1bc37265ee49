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
        "(?:se )?inscrev(?:a-se|er|ase)(?: .{0,30})?",
        "assin(?:e|ar|atura)(?: .{0,30})?",
        "cancelar(?: .{0,30})?",
        "siga(?:-nos|-me| .{0,30})?",
        "contat(?:o|e|ar)(?: .{0,30})?",
        "contacto",
        "apoi(?:e|ar|adores)(?: .{0,40})?",
        "contribu(?:a|ir|ições|idores)(?: .{0,30})?",
        "colabor(?:e|ar|adores)(?: .{0,30})?",
        "particip(?:e|ar)",
        "doa(?:r|ções)|doe",
        "patroc[ií]n(?:io|adores?|ado(?: por.{0,40})?)",
        "publicidade",
        "anúncios",
        "sobre(?: (?:nós|mim|esta|este|a newsletter|o boletim)(?: .{0,30})?)",
        "quem somos",
        "créditos",
        "licença",
        "aviso legal",
        "agradecimentos",
        "obrigad[oa].{0,20}",
        "despedida",
        "até (?:a próxima|breve|logo|semana).{0,20}",
        "compartilh(?:e|ar)(?: .{0,30})?",
        "redes sociais",
        "arquivo",
        "edições (?:anteriores|passadas)",
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
        (
            r"^\W*(?:siga-(?:nos|me)|apoie-nos|ajude-nos|inscreva-se na newsletter|assine (?:a|"
            r"nossa) newsletter|compartilhe (?:esta|a newsletter))\b.{0,240}$"
        ),
        r"^\W*(?:até|nos vemos|te vejo) (?:a próxima|na próxima|semana|breve|logo|a semana)\b.{0,80}$",
        r"^\W*(?:boa|ótima|bom|ótimo) (?:semana|leitura|domingo|fim de semana|dia)\b.{0,60}$",
        (
            r"^\W*(?:se você|se) (?:gostou|tem|quiser|quer|conhece|tiver)\b.{0,200}\b(?:envie|escreva|"
            r"compartilhe|assine|mande|avise|indique)\b.{0,160}$"
        ),
        r"^\W*um (?:abraço|beijo)\b.{0,60}$",
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
    "publication": (r"\b(?:semana|semanal|informativo|boletim|resumo|notícias|novidades|edição)\b",),
}
