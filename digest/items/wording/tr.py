"""Turkish."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "contents_title": (
        "içindekiler",
        "bu sayıda",
        "bu hafta(?: neler var)?",
    ),
    "roundup_title": (
        "kısa kısa",
        "kısa haberler",
        "diğer haberler",
    ),
    "boilerplate_title": (
        "abone ol(?:un)?(?: .{0,30})?",
        "iletişim",
        "hakkı(?:nda|mızda|mda)",
        "bizi takip edin(?: .{0,30})?",
        "takip et(?:in)?",
        "destek(?: ol(?:un)?)?",
        "sponsor(?:lar|umuz)?",
        "reklam",
        "arşiv",
        "teşekkür(?:ler)?.{0,20}",
        "katkıda bulun(?:un|anlar)?",
        "paylaş(?:ın)?",
        "lisans",
        "geçmiş sayılar",
    ),
    "greeting_title": (
        "giriş",
        "merhaba.{0,30}",
        "önsöz",
        "editörden",
    ),
    "generic_link": (
        "buradan?",
        "devamı(?:nı oku)?",
        "kaynak",
        "link",
        "makale",
        "oku",
        "daha fazla(?:sı)?",
    ),
    "facet_title": (
        "sorun",
        "amaç",
        "sonuç(?:lar)?",
        "özet",
    ),
    "nothing": (r"^\W*bu hafta\b.{0,40}\byok\W*$",),
    "plea": (
        r"^\W*(?:abone olun|bizi takip edin|bize (?:yazın|ulaşın)|destek olun)\b.{0,160}$",
        r"^\W*(?:haftaya|gelecek (?:hafta|sayıda)|bir sonraki sayıda)\b.{0,60}$",
        r"^\W*(?:iyi haftalar|iyi okumalar|görüşmek üzere|okuduğunuz için teşekkür)\b.{0,80}$",
    ),
    "addresses": (r"\b(?:siz|sizin|size|senin)\b",),
    "continues": (r"^\W*(?:ama|ancak|ayrıca|bu|bunun)\b",),
    "publication": (r"\b(?:bülten|haftalık|haber(?:ler)?)\b",),
}
