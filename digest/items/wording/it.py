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
        "indice(?: dei contenuti)?",
        "contenuti",
        "panoramica",
        "sommario",
        "in questo numero",
    ),
    "support_title": ("sostieni .{1,40}",),
    "greeting_title": (
        "benvenut[oi].{0,40}",
        "introduzione",
        "editoriale",
        "premessa",
        "ciao.{0,30}",
    ),
    "generic_link": (
        "qua",
        "link",
        "leggi (?:tutto|di più|ancora|qui|l'articolo)",
        "continua(?: a leggere)?",
        "fonte",
        "articolo",
        "video",
        "codice",
        "sito(?: web)?",
        "maggiori (?:dettagli|informazioni)",
        "scopri di più",
        "via",
        "qui",
        "leggi",
    ),
    "plea": (
        (
            r"^\W*(?:seguici|iscriviti|sostienici|aiutaci|contattaci|scrivici|"
            r"dai un'occhiata anche a[li]\w* nostr\w)\b.{0,240}$"
        ),
        (
            r"^\W*(?:alla prossima|a presto|ci (?:vediamo|sentiamo)|buona (?:lettura|settimana|domenica|"
            r"giornata))\b.{0,80}$"
        ),
        (
            r"^\W*(?:se|hai|avete) (?:vuoi|volete|hai|avete|desideri|domande|suggerimenti|"
            r"conosci)\b.{0,200}\b(?:scrivi(?:ci|mi)?|inviaci|contattaci|faccelo sapere|segnala(?:celo|melo)|"
            r"condividi|iscriviti)\b.{0,120}$"
        ),
        r"^\W*(?:questa newsletter|questo numero) (?:è|viene)\b.{0,240}$",
        r"\biscriviti\b",
        r"\bseguici\b",
        "alla prossima",
    ),
    "plea_keys": ("iscriviti",),
    "addresses": (
        r"\b(?:tuo|tua|vostr\w+|voi)\b",
        r"\b(?:tuoi|tue|vi|ti)\b",
    ),
    "boilerplate_title": (
        "(?:il )?prossimo numero|(?:la )?prossima (?:edizione|newsletter)",
        "traduzioni della newsletter",
        "iscri(?:viti|zione|versi)(?: .{0,30})?",
        "disiscri(?:viti|zione|versi)(?: .{0,30})?",
        "segui(?:ci|mi)?(?: .{0,30})?",
        "contatt(?:i|o|aci|ami)(?: .{0,30})?",
        "(?:sostieni|supporta|sostenete)(?:ci|mi)?(?: .{0,40})?",
        "contribu(?:isci|ire|ti|tori|enti)(?: .{0,30})?",
        "collabora(?:tori|re|zioni)?(?: .{0,30})?",
        "partecipa(?:re)?",
        "dona(?:re|zioni)?",
        "sponsor(?:izzat[oi](?: da.{0,40})?)?",
        "pubblicità",
        "(?:informazioni )?su (?:di noi|di me|questa newsletter)(?: .{0,30})?",
        "chi (?:siamo|sono)",
        "crediti",
        "licenza",
        "note legali",
        "ringraziamenti",
        "grazie.{0,20}",
        "(?:alla|a) (?:prossima|presto).{0,20}",
        "condividi(?: .{0,30})?",
        "social(?: media| network)?",
        "archivio",
        "(?:numeri|edizioni) (?:precedenti|passat[ei])",
        "redazione",
        "aiutaci(?: .{0,40})?",
        "canali (?:pubblici|ufficiali|social)(?: .{0,20})?",
    ),
    "people_title": ("(?:i |nuovi |nostri )*(?:collaboratori|contributori|sostenitori)(?: .{0,30})?",),
    "essay_title": (
        "introduzione",
        "contesto",
        "conclusion[ei]",
        "riferimenti",
        "prossimi passi",
    ),
    "facet_title": (
        "introduzione",
        "prerequisiti",
        "installazione",
        "configurazione",
        "utilizzo",
        "esempi(?:o)?",
        "riferimenti",
        "prossimi passi",
        "soluzion[ei]",
        r"passo \d+.{0,80}",
        "problem[ai]",
        "obiettiv[oi]",
        "contesto",
        "risultat[oi]",
        "conclusion[ei]",
        "vantaggi",
        "svantaggi",
        "metodo",
        "perché (?:è )?importante",
    ),
    "nothing": (
        r"^\W*(?:nessun[oa]?|niente)\b.{0,80}\b(?:questa settimana|questo mese|questo numero|da segnalare)\W*$",
        r"^\W*nessun[oa]?\b.{0,60}\b(?:propost[oaie]|rinviat[oaie]|aggiornat[oaie]|pubblicat[oaie])\b.{0,60}$",
    ),
    "announces_keys": (
        "seguent",
        "qui sotto",
        "di seguito",
    ),
    "announces": (r"\b(?:seguent[ei]|qui sotto|di seguito)\b",),
    "continues": (r"^\W*(?:ma|però|tuttavia|inoltre|quindi|perciò|questo|questa|infatti|così)\b",),
    "publication": (r"\b(?:settimana|settimanale|notiziario|notizie|novità|bollettino|rassegna(?: stampa)?)\b",),
}
