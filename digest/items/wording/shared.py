"""Words and patterns shared by several languages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "chapters_title": (
        "(?:chapters?|timestamps?|time ?codes|kapitel(?:marken)?|chapitres|capítulos|章节|時間軸|チャプター)",
    ),
    "boilerplate_title": (
        "(?:chapters?|timestamps?|time ?codes|kapitel(?:marken)?|chapitres|capítulos|章节|時間軸|チャプター)",
        r"(?:\W*(?:prev(?:ious)?|next|older|newer|上一[期篇]|下一[期篇])(?: (?:issue|edition|post|week))?\W*){2}",
    ),
    "people_title": ("(?:新|本期|本周|首次)?(?:贡献者|コントリビューター|기여자)",),
    "makers": (
        r"\W*for (?:their|your) (?:contributions?|help|work)\b.{0,20}\b(?:issue|newsletter|edition|digest)",
        r"\W*.{0,40}(?:编辑部?|运维|維護|维护|制作|编委)(?:团队|小组|小队|成员|人员|名单)?",
        r"\W*.{0,40}(?:編集(?:部|チーム|者)|편집(?:부|팀|자))",
        (
            r"\W*.{0,40}\b(?:editorial (?:team|board)|editors?|redaktion(?:steam)?|rédact(?:ion|eurs?)|redacción|"
            "redação|редакция)"
        ),
    ),
    "sponsor": (
        (
            r"^\W*(?:sponsored|gesponsert|präsentiert|sponsorisé|patrocinad[oa]|sponsorizzat[oa]) "
            r"(?:by|von|par|por|da)\b.{0,200}$"
        ),
        r"^\W*спонсор\w? (?:этого )?(?:выпуска|эпизода|номера)\b.{0,200}$",
        r"^\W*(?:本期|本周)?(?:内容)?由.{1,30}(?:赞助|冠名).{0,80}$",
        r"^\W*(?:この|今週の|今号の).{0,12}スポンサー.{0,120}$",
        (
            r"^\W*(?:sponsor(?:ed)?|advertisement|promoted|anzeige|werbung|publicidad|publicité|реклама|广告|赞助|"
            r"スポンサー|광고)\s*[:：)\]】|]"
        ),
        (
            r"[(\[（【](?:sponsor(?:ed)?(?: by [^)\]]{1,60})?|ad|advertisement|promoted|anzeige|werbung|广告|"
            r"スポンサー|pr|광고|реклама)[)\]）】]\W*$"
        ),
        (
            r"^\W*(?:a|eine|une|un) (?:quick )?(?:message|word|note|nachricht|mot|mensaje) (?:from|von|de) (?:our |"
            r"unser\w* |nos? )?(?:sponsors?|partners?|friends|[\w&.-]{2,30}(?: [\w&.-]{2,30}){0,3})\W*$"
        ),
    ),
    "nothing": (r"^\W*(?:cette semaine\b.{0,20}\b(?:aucun|rien|pas)|esta semana\b.{0,10}\b(?:no|nada|não))\b.{0,40}$",),
    "plea": (
        r"^\W*(?:copyright\b|版权|版權|著作権|저작권).{0,200}$",
        r"^\W*(?:exported from|canonical link|originally published (?:at|on|in))\b.{0,80}$",
        r"^\W*by \S.{0,60}\bon .{0,30}\d{4}\W*$",
        r"^\W*(?:(?:prev(?:ious)?|next|older|newer|上一[期篇]|下一[期篇])(?: (?:issue|edition|post|week))?\W*){2}$",
        (
            r"^\W*(?:prev(?:ious)?|next|last|older|vorige|nächste|letzte)"
            r"(?: (?:issues?|editions?|posts?|weeks?|ausgaben?))?\s*[:：].{1,80}$"
        ),
        (
            r"^\W*(?:(?:numéro|édition) (?:précédente?|suivante?)|"
            r"(?:número|edición|edição) (?:anterior|siguiente|seguinte))\b.{0,80}$"
        ),
        r"^\W*(?:上|下|往)(?:一)?期(?:回顾|内容|目录|周刊)?\s*[:：].{0,80}$",
        r"^\W*(?:前|次)(?:回|号)(?:の記事)?\s*[:：].{0,80}$",
        r"^\W*(?:last )?(?:updated|modified|edited|aktualisiert|geändert)(?: (?:on|at|am))?\s*[:：]?\s*\d.{0,80}$",
        r"^\W*(?:mis à jour le|última actualización|última atualização|最后更新|更新于|最終更新)\s*[:：]?\s*\d.{0,80}$",
        (
            r"^\W*(?:欢迎|歡迎|请|可以|也可以).{0,12}(?:投稿|订阅|訂閱|关注|扫码|扫描二维码|扫一扫|转发|打赏|点赞|"
            r"加入.{0,6}群|提交\s?issue).{0,60}$"
        ),
        "(?:創用|知识共享|知識共享|creative commons).{0,40}(?:cc|授權|授权|许可|licen[cs]e)",
        r"^\W*(?:vous recevez|sie erhalten|du erhältst|recibes|você recebe|вы получили|получаете)\b",
        r"^\W*(?:merci (?:de|d'avoir|pour votre)|gracias por (?:leer|tu|su)|obrigad[oa] por)\b",
        r"^\W*si (?:te|vous|cette|esta|tienes|vous avez).{0,120}\b(?:comp[aá]rt|partag|transf|recom)",
        r"^\W*(?:partagez|écrivez-(?:nous|moi)|escr[ií]benos|comparte|compartilhe|assine|condividi|s[ií]gueme)\b",
    ),
    "itself": (
        (
            r"\b(?:this|our|the|dies\w*|unser\w*|de[rsnm]|el|del|est[ea]|nuestr\w+|la|cette|ce|notre|du|questa|"
            r"o|do|da|noss[oa]|nest[ea]|эт\w+|наш\w*) (?:\W*[\w-]+\W* )?(?:newsletter|rundbrief\w*|boletín|bulletin|"
            r"infolettre|lettre d'information|boletim|рассылк\w+|дайджест\w*|digest|roundup|bollettino)\b"
        ),
        "本(?:周刊|期刊|月刊|日报|周报|栏目|刊|邮件|专栏)",
        "(?:この|本|当)(?:ニュースレター|メルマガ|メールマガジン)",
        "(?:이|본|저희) ?뉴스레터",
    ),
    "thanks": (
        (
            r"(?:[.!?…]|^)\W*(?:many |big |special )?(?:thanks|thank you|vielen dank|danke|merci|gracias|obrigad[oa]|"
            r"grazie|спасибо|dank je|tack)(?: [^\W\d]+){0,4}\W*$"
        ),
        r"(?:感谢|谢谢|ありがとうございま(?:す|した)|감사합니다)[^。]{0,6}\W*$",
    ),
    "continues": (
        (
            r"^\W*(?:但|但是|然而|而且|此外|另外|因此|所以|于是|不过|这|那|它|他|她|由于|总之|其中|同时|例如|比如|"
            "しかし|また|さらに|そのため|これ|それ|하지만|그러나|또한|그래서|이는|이것)"
        ),
        (
            r"^\W*(?:aber|jedoch|außerdem|deshalb|daher|dies(?:e[rs]?)?|cependant|mais|donc|cela|ce(?:tte)?|pero|"
            r"sin embargo|además|esto|mas|porém|isso|но|однако|поэтому|это)\b"
        ),
    ),
    "adds": (
        r"^\W*(?:此外|另外|最后|还有|また|さらに|最後に|또한|마지막으로)",
        (
            r"^\W*(?:außerdem|zudem|schließlich|enfin|de plus|par ailleurs|además|también|por último|também|por fim|"
            r"inoltre|infine|также|кроме того|наконец)\b"
        ),
    ),
    "caption": (
        (
            r"^\W*(?:(?:image|picture|photo|chart|graph|figure|data)\s+)?(?:sources?|credits?|via|quelle|bildquelle|"
            r"fuente|fonte|источник|来源|图源|图片来源|出典|출처)\s*[:：]"
        ),
    ),
    "attributes": (
        r"^\W*(?:from|by|for|via|suggested by|thanks to|courtesy of|von|für|par|pour|de|por|para|от|для)\b",
    ),
    "issue_name": (
        (
            r"\b(?:newsletter|issue|weekly|digest|edition|vol(?:ume|\.)?|no\. ?\d+|nr\. ?\d+|n° ?\d+|roundup|recap|"
            "update|bulletin|gazette|ausgabe|numéro|número|edição|выпуск|дайджест|week(?:ly)?|month(?:ly)?|links|"
            r"reports?|episode|episódio|episodio|épisode|folge)\b"
        ),
    ),
    "issue_number": (
        (
            r"(?:\b(?:newsletter|issue|weekly|digest|edition|letter|bulletin|roundup|week|episode|vol(?:ume)?|no|nr|"
            r"n°|n\.º|ausgabe|numéro|número|edição|выпуск|дайджест|boletín|lettre|brief)\b\W{0,3}|[#№]\s?)\d+"
        ),
    ),
}
