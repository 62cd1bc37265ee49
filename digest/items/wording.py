"""The words by which newsletters in many languages say what is no story: vocabulary, not structure.

All patterns are matched against plain text in one line. They are written in lower case, and so is the text made that
they are asked about: a pattern that ignores case takes three times as long.
"""

from __future__ import annotations

import re
from functools import lru_cache

from digest.items.phrases import any_of, whole

_BRACKETS_BEHIND = re.compile(r"(?<=\w)\s*[(（\[【][^()（）\[\]【】]{1,40}[)）\]】]$")
_LONGEST_THANKS = 300
_LONGEST_PLEA = 500  # characters; who writes more tells a story

CONTENTS_TITLE = whole(
    r"(?:table of )?contents?|toc|index|outline|in (?:this|today'?s|this week'?s) (?:issue|edition|"
    r"newsletter|week|email)",
    r"(?:what'?s |also )?(?:in(?:side)?|covered) (?:this|today'?s|the) (?:issue|edition|newsletter|"
    r"episode)|what'?s inside",
    r"(?:key |top |main |this week'?s |weekly |quick )?(?:highlights?|takeaways|summary|overview)|"
    r"at a glance|(?:the )?tl;?dr",
    r"highlights (?:of|from) (?:the|this) (?:week|month|issue)|in brief: what'?s new|quick links|jump to",
    r"目录|目錄|本期目录|本期目錄|本期内容|本期要点|本期看点|本周看点|本周要点|内容提要|导读|導讀|概览|速览|本期概要|要点速览",
    r"目次|もくじ|今週の目次|ハイライト|今週のハイライト|見出し|概要|サマリー|목차|차례|이번 주 요약|개요|하이라이트",
    r"inhalt|inhaltsverzeichnis|in dieser ausgabe|(?:die )?themen(?: dieser ausgabe| im überblick)?|überblick|"
    r"auf einen blick",
    r"sommaire|table des matières|au sommaire|dans (?:ce numéro|cette édition)|en bref dans ce numéro|índice",
    r"contenidos?|en (?:este número|esta edición)|sumario|resumen|sumário|nesta edição|conteúdo|resumo|destaques",
    r"содержание|оглавление|в (?:этом )?выпуске|кратко|главное за неделю|sommario|in questo numero|indice",
)
BOILERPLATE_TITLE = whole(
    r"(?:how to |please |why )?(?:un)?subscri(?:be|ptions?)(?: (?:now|today|here|for free|to .{0,40}))?|"
    r"sign ?up(?: .{0,30})?",
    r"(?:follow|contact|support|join|find|reach)(?:ing)?(?: (?:us|me|along|the .{0,20}))(?: on .{0,40})?|"
    r"contact|get in touch",
    r"(?:want|wanna|like) to (?:contribute|help|join|sponsor|get involved).{0,30}\??|(?:social(?: media)?|"
    r"our) (?:links|channels|accounts)|"
    r"(?:免责|版权|许可|授权|转载)?(?:声明|说明|协议)|许可证|赞助(?:我们|本刊)?|打赏|支持作者|"
    r"(?:please |(?:request|call|appeal) for )?(?:donat(?:e|ing|ions?)|fundrais(?:er|ing))(?: to .{0,40})?|how (?:to|"
    r"you can|can you|can i|i can) (?:help|contribute|support).{0,40}|"
    r"(?:chapters?|timestamps?|time ?codes|kapitel(?:marken)?|chapitres|capítulos|章节|時間軸|チャプター)|"
    r"(?:what to )?(?:read|hear) next time|"
    r"stay (?:connected|in touch|tuned|up to date).{0,30}|spread the word|share(?: (?:this|us|the love|"
    r"it)(?: .{0,30})?)?",
    r"feedback|contribut(?:e|ing|ions?)(?: to .{0,40})?|how to (?:contribute|submit)|submissions?|"
    r"submit .{0,40}|get involved",
    r"about(?: (?:this|the|us|me|our)(?: .{0,40})?)?|colophon|credits|imprint|licen[cs]e|disclaimer|"
    r"copyright|footer|archives?",
    r"(?:our |this week'?s |today'?s |(?:a )?(?:word |message )?from our |(?:a )?(?:word|"
    r"message) from )?(?:sponsors?|sponsorships?|partners?|advertise(?:ment|ments|rs?)?)",
    r"(?:sponsored|presented|supported|brought to you)(?: by.{0,60})?|advertise with us|promoted|"
    r"become a (?:sponsor|patron).{0,30}",
    r"thanks?|acknowledge?ments?|thanks? (?:you )?(?:for reading|everyone|you all|to .{1,40})|"
    r"that'?s (?:all|it|(?:a|another) wrap)(?: .{0,40})?|unsubscribe.{0,40}|disclosures?|see you (?:next|soon).{0,20}",
    r"(?:closing|parting) (?:notes?|words?|remarks?)|farewell|goodbye|until next (?:time|week)|sign(?:ing)? off|"
    r"previous issues?|past issues|(?:got|have) (?:a |any )?(?:questions?|suggestions?|feedback|tips?|news)\?.{0,40}|"
    r"(?:\W*(?:prev(?:ious)?|next|older|newer|上一[期篇]|下一[期篇])(?: (?:issue|edition|post|week))?\W*){2}",
    r"(?:欢迎)?(?:订阅|訂閱|关注|投稿|赞助|支持)(?:我们|本刊|方式|周刊|说明|与投稿)?|关于(?:我们|本刊|周刊|作者)?|鸣谢|致谢|谢辞|联系(?:我们|方式)|"
    r"版权(?:声明)?|结语|结束语",
    r"(?:加入|读者)(?:交流)?群|公众号|赞助商|广告|友情链接|往期(?:回顾)?列表|購読|登録|スポンサー|お問い合わせ|編集後記|このニュースレターについて|まとめ|おわりに|最後に|あとがき",
    r"구독(?:하기)?|후원|스폰서|문의|제보(?:하기)?|광고|마치며|소개",
    r"abonnieren|newsletter abonnieren|impressum|kontakt|feedback(?: geben)?|anzeige|werbung|"
    r"sponsor(?:en)?|über (?:uns|mich|diesen newsletter)",
    r"s'abonner|abonnez-vous|à propos|contactez-nous|partenaires?|publicité|nous soutenir|suscr[ií]bete|"
    r"suscripción|patrocinador(?:es)?|contacto|publicidad",
    r"inscreva-se|assine|patrocinador(?:es)?|contato|publicidade|sobre(?: nós)?|подпи(?:шитесь|саться|"
    r"ска)|реклама|спонсоры?|контакты|послесловие|о (?:нас|рассылке)",
)
SUPPORT_TITLE = whole(
    r"(?:please )?(?:support|sponsor|fund|back)(?:ing)? .{1,40}|.{1,30} (?:unterstützen|fördern)|unterstütze? .{1,40}|"
    r"soutenir .{1,40}|soutenez .{1,40}|apoya(?:r)? .{1,40}|apoi[ea]r? .{1,40}|sostieni .{1,40}|"
    r"поддерж\w+ .{1,40}|(?:支持|赞助).{1,20}"
)
GIVES = any_of(
    r"\b(?:donat|sponsor|patreon|open ?collective|crowdfund|liberapay|ko-fi|buy me a coffee|fund)|\bgive to\b|"
    r"\bmembership\b|"
    r"\bspende|\bfaire un don\b|\bdons?\b|\bdona(?:r|ción|ções|zione)|пожертв|捐赠|打赏|赞助|寄付|후원"
)
PLATFORMS = whole(
    r"(?:apple|google|amazon|youtube|samsung) (?:podcasts?|music)|itunes|spotify|overcast|pocket ?casts?|"
    r"stitcher|castbox|deezer|"
    r"soundcloud|youtube|podcast ?addict|tunein|iheart(?:radio)?|player ?fm|breaker|rss(?:[ -]feed)?|feed|atom|castro|"
    r"小宇宙|喜马拉雅|网易云音乐|荔枝|яндекс\.?музыка|e-?mail|telegram"
)
GREETING_TITLE = whole(
    r"welcome(?: (?:to|back)\b.{0,60})?|hello(?:,? (?:all|everyone|there|friends?|readers?|again))?|"
    r"hi(?:,? (?:all|everyone|there|friends?))?",
    r"greetings|(?:the )?editorial|editor'?s (?:note|letter|words?)|(?:a )?(?:note|letter|word|"
    r"message) from the editors?|from the editors?|"
    r"intro(?:duction)?|foreword|preface|opening(?: words)?",
    r"简介|前言|序言?|开场白|写在(?:最)?前面|写在开头|卷首语|刊首语|编者按|导语|はじめに|まえがき|ごあいさつ|들어가며|인사말|시작하며",
    r"vorwort|einleitung|willkommen.{0,40}|hallo|moin|édito(?:rial)?|bienvenue.{0,40}|avant-propos|"
    r"bienvenid[oa]s?.{0,40}|introducción|presentación|"
    r"bem-vind[oa]s?.{0,40}|introdução|benvenut[oi].{0,40}|от редакции|введение|вступление|аннотация|привет.{0,20}",
)
PEOPLE_TITLE = whole(
    r"(?:(?:welcom(?:e|ing)(?: to)?|thank(?:s|ing)(?: to)?|meet|introducing|the|our|this (?:week|month)'?s|all|new|"
    r"first[ -]time|top|\d+) )*(?:contributors?|committers?|maintainers?|sponsors?|supporters?|donors?|backers?|"
    r"patrons?)(?: (?:shout-?outs?|spotlight|this (?:week|month)|of (?:the|this) .{1,20}|to this .{1,20}))?",
    r"(?:新|本期|本周|首次)?(?:贡献者|コントリビューター|기여자)|(?:les |nos |nouveaux )*contribut(?:eurs|rices)|"
    r"(?:neue )?(?:mitwirkende|beitragende)|(?:nuevos |novos )?(?:colaboradores|contribuidores)",
)
SPONSOR = any_of(
    r"^\W*(?:sponsor(?:ed)?|advertisement|promoted|anzeige|werbung|publicidad|publicité|реклама|广告|赞助|"
    r"スポンサー|광고)\s*[:：)\]】|]",
    r"[(\[（【](?:sponsor(?:ed)?(?: by [^)\]]{1,60})?|ad|advertisement|promoted|anzeige|werbung|广告|スポンサー|pr|"
    r"광고|реклама)[)\]）】]\W*$",
    r"^\W*(?:this (?:week'?s )?(?:issue|edition|newsletter|post|episode) (?:is|"
    r"was) (?:kindly )?(?:sponsored|supported|brought to you|presented) by)",
    r"^\W*(?:a|eine|une|un) (?:quick )?(?:message|word|note|nachricht|mot|mensaje) (?:from|von|"
    r"de) (?:our |unser\w* |nos? )?(?:sponsors?|partners?|"
    r"friends|[\w&.-]{2,30}(?: [\w&.-]{2,30}){0,3})\W*$",
    r"^\W*(?:thanks? (?:to|you) (?:to )?our sponsors?|"
    r"today'?s sponsor|brought to you by|"
    r"together with our|a (?:message|word) from our sponsor)",
    r"^\W*(?:this|today'?s|our|the) (?:week'?s |month'?s )?(?:sponsor|partner)\b.{0,80}$|"
    r"(?:hosting|newsletter|issue) is (?:kindly )?(?:sponsored|provided) by|^本期(?:周刊|"
    r"内容)?由.{1,40}(?:赞助|支持)",
    keys="sponsor|partner|ad)|ad]|advertis|promoted|anzeige|werbung"
    "|广告|スポンサー|pr)|pr]|광고|реклама|provided by|ad）|ad】|pr）|pr】",
)
FACET_TITLE = whole(
    r"(?:the |key |main |core |our |potential |current |future |some )*(?:problems?|challenges?|"
    r"objectives?|goals?|motivations?|background|context|approach(?:es)?"
    r"|methods?|methodology|innovations?|contributions?|findings?|results?|takeaways?|features?|"
    r"highlights?|insights?|ideas?"
    r"|limitations?|drawbacks?|caveats?|conclusions?|summary|discussion|introduction|overview|details?|"
    r"examples?|usage|installation"
    r"|implementation|architecture|benchmarks?|evaluation|experiments?|impact|implications?|applications?|"
    r"use cases?|advantages?"
    r"|disadvantages?|benefits?|pros|cons|pros and cons|next steps?|further reading|references?|sources?|"
    r"links?|resources|notes?"
    r"|changes?|what changed|setup|steps?|timeline|analysis|my (?:take|thoughts|view|opinion)|thoughts|"
    r"verdict|tl;?dr|why(?: it matters| this matters)?"
    r"|how it works|how does it work\??|what'?s (?:new|different|next|changed)|how (?:we|"
    r"they) .{1,30}|what (?:is it|it is|it does|happened|it means|this means|is new|"
    r"to know)\??|bottom line|the bottom line|in short|in brief|the (?:details|news|story|"
    r"big picture|takeaway|catch|intrigue)|behind the news|between the lines|"
    r"(?:we'?re|what we'?re) (?:thinking|watching|reading)|yes,? but|go deeper|zoom (?:in|out)|"
    r"by the numbers|driving the news|state of play|"
    r"what to watch|what they'?re saying|catch up quick|reality check|our take|quick take|"
    r"key (?:facts|points|numbers|figures)|read (?:the )?(?:more|paper|code)|"
    r"get the (?:code|spec|paper|data|model|weights)|migrati(?:on|ng)(?: guide)?|upgrad(?:e|"
    r"ing)(?: guide| notes)?|compatibility|performance|requirements?|"
    r"question|answer|try it|demo|screenshots?|things that inspired this story|abstract|authors?|"
    r"venue|tasks?|datasets?|metrics?|strengths?|weaknesses|novelty|tags?|"
    r"previously|people|dates?|location|where|when|who|what|how|price|license|status|type|language)",
    r"引言|概述|精读|原文|前言|正文|小结|一句话(?:总结|概括)|推荐理由|适用场景|安装|项目介绍|核心功能|技术栈|主要特性|更新内容|问题|背景|方法|结论|总结|特点|优点|"
    r"缺点|优缺点|目标|介绍|简介|原理|结果|影响|意义|为什么重要|参考(?:链接|资料)?|示例|用法|功能|亮点|核心(?:内容|创新|观点)",
    r"課題|背景|目的|手法|結果|結論|まとめ|特徴|使い方|参考|概要|배경|문제|목표|방법|결과|결론|특징|요약|참고",
    r"probleme?|ziele?|hintergrund|ergebnis(?:se)?|fazit|vorteile|nachteile|methode|merkmale|warum (?:das|"
    r"es) wichtig ist|problème|objectifs?|contexte|résultats?|conclusion|méthode|avantages|inconvénients",
    r"problemas?|objetivos?|contexto|resultados?|conclusi(?:ón|ones)|método|ventajas|desventajas|"
    r"conclusão|vantagens|проблемы?|цел[ьи]|результаты?|выводы?|метод|контекст|итоги?",
)
GENERIC_LINK = whole(
    r"links? (?:to|for) .{1,40}|links? zu[rm]? .{1,40}|liens? vers .{1,40}|enlaces? a .{1,40}|links? para .{1,40}",
    r"(?:the )?(?:full|complete|weekly|detailed) (?:report|list|changelog|details|notes|summary|"
    r"results)(?: (?:is |are )?(?:available )?here)?",
    r"(?:buy|order|get|download|install|play|watch|listen|read|find) (?:it |this |them |now )?(?:on|from|"
    r"at|via|in) .{1,25}",
    r"(?:buy|order|get|try|book|shop|join|sign up|register|apply|subscribe|download|install)(?: it| them|"
    r" yours)?(?: now| today| here| free)?",
    r"(?:click |read |see |more |check it out |look |watch |listen |download |available |get it |"
    r"try it )*(?:here|more|now|on|this|it|details?)",
    r"(?:the |original |full |official |project |source |live |research |blog |news |forum |hn |lobsters |"
    r"reddit |new |latest |our |my )*(?:links?|"
    r"urls?|pdf|papers?|preprint|tweet|thread|code|github|gitlab|repo(?:sitory)?"
    r"|articles?|posts?|blog|news|video|talk|slides?|demo|docs?|documentation|web ?site|web ?page|page|"
    r"site|home ?page|source(?: code)?|project|models?|weights|dataset|data"
    r"|story|report|announcement|release|release notes|notes|readme|playground|changelog|reddit|hn|"
    r"hacker news|comments?|"
    r"discussion|discuss|twitter|x|mastodon|youtube|arxiv|hugging ?face|colab"
    r"|notebook|podcast|audio|transcript|interview|recording|images?|photo|book|course|tutorial|guide|"
    r"wiki|spec|summary|poster|abstract|abs|bluesky|linkedin|episode|apply|register|tickets?|rsvp|event)",
    r"(?:buy|get|order|listen|watch|stream)(?: it)? (?:on|at|from|via) .{1,20}",
    r"(?:read|learn|see|find out|continue|view|watch|listen)(?: .{0,20})?(?: more| on| reading| article|"
    r" post| online| here| now)?(?: \.{3}|…)?|via|permalink|mirror|rfc|pr|issue|(?:new |latest )?blog post|"
    r"read the (?:full )?(?:article|post|story|paper)",
    r"链接|連結|原文|官网|源码|代码|论文|视频|文章|地址|网址|网站|主页|演示|文档|下载|项目|仓库|这里|此处|点击这里|点击查看|查看|详情|更多|阅读(?:更多|全文|原文)|英文|中文|"
    r"链接地址|项目地址|项目主页|在线演示",
    r"リンク|こちら|ここ|記事|元記事|動画|論文|コード|続きを読む|詳細|サイト|公式サイト"
    r"|링크|여기|원문|기사|더 ?보기|자세히|영상|논문|코드|깃허브|바로가기",
    r"hier|mehr|weiterlesen|zum (?:artikel|video|paper|beitrag)|artikel|beitrag|quelle|webseite|ici|lien|"
    r"en savoir plus|lire (?:la suite|l'article|plus)|vidéo|site",
    r"aquí|enlace|leer más|ver más|artículo|fuente|sitio|aqui|leia mais|saiba mais|artigo|fonte|здесь|тут|"
    r"ссылка|подробнее|читать(?: далее)?|статья|видео|источник|код|qui|leggi|fonte",
)
NOTHING = any_of(
    r"^\W*(?:there (?:are|were|is|was) )?no\b.{2,90}\b(?:this|last|next) (?:week|month|time|issue|"
    r"fortnight|edition)\W*$",
    r"^\W*no\b.{0,80}\b(?:were|was|are|have been|has been|entered|proposed|submitted|issued|approved|"
    r"reported|added|merged|accepted)\b.{0,60}\W*$",
    r"^\W*(?:none|nothing|n/?a|no (?:news|updates?|items|entries|new .{1,40}|events?|jobs?))(?: (?:this|"
    r"for this|to report).{0,30})?\W*$",
    r"^\W*nothing (?:new|much|to report|here|this)[^,;.]{0,40}\W*$|"
    r"^\W*(?:本周|本期|这周)(?:暂)?(?:没有|无)[^，。]{0,20}\W*$|"
    r"^\W*(?:暂无|无|没有)\W*$",
    r"^\W*今(?:週|月|回)は(?:特に)?(?:ありません|なし).{0,10}$|^\W*(?:特に)?(?:なし|ありません)\W*$|^\W*이번 주(?:는|"
    r"에는)? .{0,15}없(?:음|습니다)\W*$|^\W*없음\W*$",
    r"^\W*(?:keine?|nichts)\b.{0,60}(?:diese woche|neues)\W*$|^\W*diese woche\b.{0,20}\b(?:keine?|"
    r"nichts)\b.{0,40}$|^\W*(?:cette semaine\b.{0,20}\b(?:aucun|rien|pas)|esta semana\b.{0,10}\b(?:no|"
    r"nada|não))\b.{0,40}$|^\W*(?:rien|aucune?)\b.{0,60}cette semaine\W*$",
    r"^\W*(?:nada|ning[uú]n[ao]?)\b.{0,60}esta semana\W*$|^\W*(?:на этой неделе )?(?:ничего|"
    r"нет)\b.{0,60}\W*$",
)
_US = (
    r"(?:us|me|our|my|this (?:newsletter|list|issue|post|week'?s|page)"
    r"|the (?:newsletter|list|editors?|calendar|next issue))"
)
PLEA = any_of(
    r"^\W*(?:our |my |many |big |special |huge )*thanks? (?:go(?:es)? )?(?:out )?to (?:all|every(?:one|body)|"
    r"our|the (?:team|community)|"
    r"those|you all)\b[^.!?]{0,140}\W*$|"
    r"^\W*(?:are you )?(?:interested in|thinking about|fancy) (?:helping|contributing|making|joining|writing|speaking|"
    r"sponsoring|hosting|organi[sz]ing|advertising|supporting)\b.{0,300}$|"
    r"^\W*(?:did|have) (?:i|we) (?:miss|overlook|forget|missed|overlooked|forgotten|leave out|left out)\b.{0,200}$|"
    r"^\W*(?:got|have|found|know(?: of)?|seen|spotted|written|made) (?:something|anything|news|a (?:story|link|"
    r"tip|project|question))\b"
    r"[^.!?]{0,80}\?.{0,300}$|"
    r"^\W*(?:are you )?(?:trying|looking|want(?:ing)?|planning) to (?:hire|sponsor|advertise|contribute|help|"
    r"get involved)\b[^.!?]{0,80}\?"
    r".{0,300}$|\badvertise with us\b|\bcontributors? (?:are )?welcome\W*$|"
    r"(?:알려|제보해|작성해|공유해) ?(?:주세요|주시기)[^.]{0,30}\W*$|"
    r"있나요\?\W*[^?]{0,120}(?:주세요|하세요|바랍니다)\W*$|"
    r"^\W*如果(?:你|您)[^。]{0,20}(?:点这里|点此|点击)|欢迎(?:你|您)?(?:关注|订阅)我们|"
    r"^\W*заметили (?:ошибку|опечатку)|^\W*прислать .{0,40}можно|^\W*(?:\W|←)*предыдущий выпуск|при поддержке",
    r"^\W*(?:please )?(?:also )?(?:submit|send|vote|nominate)(?: in)? (?:your|quotes?|suggestions?|us|me|"
    r"a (?:pull request|pr)|feedback)\b|^\W*(?:please )?(?:add|list|share) your\b",
    r"^\W*(?:you(?:'re| are)|you) (?:reading|receiving|getting|received|got) this (?:e-?mail|"
    r"newsletter|letter|message|because|issue)\b|^\W*you(?:'re| are) (?:reading|receiving|"
    r"getting) .{0,80}\bbecause\b|"
    r"^\W*(?:made|built|written|crafted|sent) with (?:\W+|love|care|coffee).{0,6}\b(?:by|in|from)\b.{0,160}$|"
    r"^\W*(?:was this|did (?:someone|a friend|somebody)) .{0,20}forward(?:ed)?\b|"
    r"^\W*forwarded this|^\W*enjoy(?:ed|ing) (?:this|the issue|the newsletter|"
    r"what you)\b[^.]{0,60}\?|"
    r"^\W*(?:your|want your) (?:\w+ ){1,3}here\?|^\W*(?:not (?:yet )?(?:a )?subscribe[rd]|"
    r"new here)\b.{0,160}|"
    r"^\W*(?:did|have) you (?:made?|built|build|wr[io]te|written|seen|got|have) (?:something|"
    r"anything)\b.{0,160}|"
    r"^\W*(?:write|send) (?:to )?(?:me|us)\b|^\W*(?:until|till) (?:then|next)\b.{0,80}$|"
    r"^\W*(?:please )?(?:subscribe|follow (?:us|me|@|along)|sign up (?:for|to|here|now)|join (?:us|our|"
    r"the (?:discussion|community|conversation|slack|discord|telegram))|support (?:us|me|our|my|this)"
    r"|share (?:this|it|us|the newsletter)|forward (?:this|it) to|tell (?:your|a) friends?|"
    r"spread the word|become a (?:sponsor|patron|member|supporter)|buy me a (?:coffee|beer)|"
    r"consider (?:supporting|subscribing|sponsoring|becoming|sharing|donating))\b",
    r"\bsubscrib(?:e|ing) to (?:my|our|this|the) (?:[\w-]+ ){0,2}(?:substack|newsletter|blog|channel|feed|"
    r"mailing list|list|podcast|rss|youtube)|\bsubscribe (?:here|now|today|via|by|below)\b|"
    r"^\W*unsubscribe\b|\bunsubscribe (?:here|at any time|from)\b",
    r"^\W*(?:please )?(?:tweet|e-?mail|write|ping|contact|message|dm|toot)(?: to)? (?:us|me)\b|"
    r"^\W*(?:please )?(?:let (?:us|me) know|get in touch|reach out)(?: (?:to|with) (?:us|me))?\b.{0,160}$|"
    r"^\W*reply to this e-?mail|\bor (?:just |simply )?reply to this (?:e-?mail|newsletter|message)\b|"
    r"^\W*we thank\b.{0,200}$|^\W*(?:please )?(?:don't|do not) forget to (?:subscribe|follow|share|like|join)\b",
    r"^\W*(?:also,? |and |finally,? |or )(?:please )?(?:subscribe|follow|join) (?:to )?(?:us|our|me|my|"
    r"the)\b.{0,200}$|"
    r"^\W*if you(?: (?:have|know|want|would)|'re new| are new).{0,160}\b(?:make sure|be sure|feel free|"
    r"don't forget|hop) (?:to|you|on) (?:add|send|"
    r"submit|let|mention|leave|ping|comment|tell|write|"
    r"open|share|visit|join|check)\b|"
    r"^\W*that'?s (?:all|it|(?:a|another) wrap)(?:,? folks)?\s*[.!]|^\W*(?:hit|smash|press|tap) (?:the|that) (?:\W+|"
    r"like|heart|reply|subscribe)\b|"
    r"^\W*(?:until|see you|back) (?:tomorrow|later|soon|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday)\b.{0,60}$|"
    r"^\W*if you(?:'re|'ve|'d| (?:are|have|know|want|would|need|find|found|think|see|spot|run|liked?|enjoy(?:ed)?|"
    r"loved?|write|organi[sz]e|maintain|work|missed))\b.{0,220}?"
    r"\b(?:please\b.{0,80}\b(?:submit|add|send|open|file|contact|e-?mail|let (?:us|me)|vote|share|forward|"
    r"subscribe|consider|tell|reach|drop|ping|report|remember|reply|respond)"
    rf"|let (?:us|me) know|get in touch|(?:just |simply )?(?:reply|respond) to this|(?:submit|send|e-?mail|"
    rf"tell|add) (?:it |them |a |your |the |new )?.{{0,30}}\b(?:to|with|for|via|through)? ?{_US}"
    r"|submit (?:a|your|it|them)|open an? (?:issue|pull request|pr)\b|appear on the (?:above )?list|"
    r"subscribe|buy me|share (?:it|this)|forward (?:it|this))",
    r"^\W*(?:do you )?(?:want|like|got|have|know|missing|missed|found|spotted|enjoy(?:ed|ing)?|love|"
    r"interested in (?:sponsoring|contributing|writing))\b[^.!]{0,120}\?\s*(?:\W*(?:please|tweet|tag|file|"
    r"send|submit|e-?mail|let|tell|open|share|subscribe|drop|get|reply|forward|support|consider|join|"
    r"contact|follow|we love|add)\b)",
    r"^.{0,60}\b(?:is|was) (?:edited|curated|compiled|put together) (?:weekly )?by\b.{0,250}$",
    r"^\W*(?:edited|curated|compiled|assembled) (?:with .{1,20} )?by\b.{0,250}$|^\s*(?:copyright|©|"
    r"\(c\)) ?\W*(?:\d{4}|by\b)|\ball rights reserved\b|^\W*(?:licensed|published|released) under\b",
    r"^\W*discuss(?:ion)?(?: (?:this|it))?(?: (?:issue|post|on|at|in))\b.{0,60}$|^\W*(?:view|"
    r"read) (?:this (?:e-?mail|issue|post|newsletter))? ?(?:in (?:your|the) browser|online|on the web)\W*$|"
    r"^\W*(?:(?:prev(?:ious)?|next|older|newer|上一[期篇]|下一[期篇])(?: (?:issue|edition|post|week))?\W*){2}$",
    r"\bthis (?:post|issue|article|newsletter|edition|story) (?:is|was|has been)? ?(?:also|originally|"
    r"first|cross-?)[- ]?(?:been )?(?:published|posted|available|sent|appear(?:s|ed))\b",
    r"\b(?:is|are) (?:openly|publicly) developed\b|\bsubmit (?:a|your) (?:pr|pull request)\b.{0,80}$|"
    r"\bthank(?:s| you)(?: so much| all| again)? for (?:reading|subscribing|your (?:support|attention|"
    r"time))\b|^\W*thanks for (?:being|joining)",
    r"\bto (?:get|have) your (?:job|event|project|post|article|link|talk|crate|story).{0,60}(?:listed|"
    r"featured|included|mentioned|added|published)\b",
    r"^\W*(?:we|i) (?:love|welcome|accept|appreciate) (?:contributions|feedback|pull requests|your)\b|"
    r"^\W*(?:contributions?|feedback|suggestions?|submissions?) (?:is |are )?(?:always )?(?:welcome|"
    r"appreciated)\b",
    r"^\W*(?:see you|until|talk to you|catch you|back)(?: all)? (?:again )?(?:next|in (?:two|the next)|"
    r"on (?:mon|tues|wednes|thurs|fri|satur|sun)day|soon|then|around)\b.{0,80}$|^\W*that'?s (?:all|"
    r"the news|a wrap|it folks|"
    r"it) (?:for|from) (?:this|today|now|me|us)\b.{0,120}$|^\W*(?:happy (?:reading|coding|hacking|"
    r"new year|holidays)|have a (?:great|nice|good|lovely) (?:week(?:end)?|day|one))\b.{0,60}$",
    r"^\W*(?:cheers|best(?: regards| wishes)?|regards|yours|sincerely|take care|stay safe|peace|"
    r"warmly),?\W*(?:\w+\W*){0,3}$|^\W*(?:with (?:much )?love|be (?:kind|well|excellent)),\W*(?:\w+\b\W*){0,6}$",
    r"^\W*(?:欢迎|歡迎|请|可以|也可以).{0,12}(?:投稿|订阅|訂閱|关注|扫码|扫描二维码|扫一扫|转发|打赏|点赞|加入.{0,6}群|提交\s?issue).{0,60}$",
    r"^\W*(?:感谢|谢谢).{0,20}(?:参与|阅读|订阅|支持|关注|小伙伴|朋友|读者).{0,80}$|^\W*(?:欢迎|期待).{0,16}(?:推荐(?:或自荐)?项目|"
    r"提(?:交|供)(?:建议|反馈|线索)|参与(?:讨论|投稿)|留言)[^。]{0,40}[。！]?\W*$|"
    r"^\W*如果(?:你|您)(?:想|有|喜欢|觉得)[^。]{0,40}(?:投稿|参与讨论|留言|转发|订阅|点赞)[^。]{0,40}[。！]?\W*$|"
    r"^\W*微信(?:搜索|公众号).{0,40}(?:订阅|关注)|二维码.{0,10}(?:订阅|关注)|^\s*[（(]\s*(?:完|全文完|正文完|本期完|end|"
    r"fin)\s*[)）]\W*$|^\W*(?:我们)?下(?:周|期|个?星期).{0,4}(?:再?见|再会)\W*$|同步更新在|转载请",
    r"(?:一助|参考)(?:と|に)なれば(?:幸い|嬉しい|うれしい).{0,10}\W*$|(?:学んで|参加して|登録して|フォローして)みませんか.{0,120}$|(?:お楽しみに|"
    r"フォローを?お願い(?:いた)?します)\W*.{0,12}$|"
    r"^\W*(?:歡迎|請).{0,12}(?:關注|關註|訂閱|轉發|加入).{0,60}$|(?:創用|知识共享|知識共享|"
    r"creative commons).{0,40}(?:cc|授權|授权|许可|licen[cs]e)|"
    r"^\W*.{0,40}(?:購読|フォロー|シェア|登録|お寄せ|ご連絡|お問い合わせ)(?:して|は|を|お願い|ください).{0,40}$|また来週|^\W*.{0,40}(?:구독|팔로우|"
    r"공유|제보|후원)(?:해|하|을|를|은|부탁).{0,40}$|다음 주에 (?:만나|뵙)",
    r"^\W*(?:danke|vielen dank) (?:fürs|für das|für dein|für euer|für ihr)\b|\bempf(?:iehl|ehlt|"
    r"ehlen sie) (?:ihn|sie|es|uns|diesen|den)\b|\babmelden\W*$|\bse désabonner\W*$|"
    r"\bcancelar (?:la )?suscripci[oó]n|"
    r"^\W*(?:vous recevez|sie erhalten|du erhältst|recibes|você recebe|вы получили|получаете)\b|"
    r"^\W*(?:merci (?:de|d'avoir|pour votre)|gracias por (?:leer|tu|su)|obrigad[oa] por)\b|"
    r"^\W*si (?:te|vous|cette|esta|tienes|vous avez).{0,120}\b(?:comp[aá]rt|partag|transf|recom)|"
    r"^\W*(?:abonniere|abonnieren sie|folgt? (?:mir|uns)|schreib(?:t|en sie)? (?:mir|uns)|"
    r"schick(?:t|"
    r"en sie)? (?:mir|uns)|teil(?:e|t|en sie) dies)|\bbis (?:nächste|zur nächsten) (?:woche|ausgabe)|"
    r"\bviel spaß beim lesen",
    r"^\W*(?:partagez|écrivez-(?:nous|moi)|escr[ií]benos|comparte|compartilhe|assine|condividi|"
    r"s[ií]gueme)\b|\babonnez-vous\b|\bsuivez-(?:nous|moi)\b|à la semaine prochaine|bonne lecture|"
    r"\bsuscr[ií]b[ea](?:te|ns?e)\b|síguenos|hasta la (?:próxima|semana que viene)|\binscreva-se\b|"
    r"\bsiga-nos\b|até a próxima|até semana que vem",
    r"подпи(?:шитесь|сывайтесь)|^\W*(?:присылайте|пишите нам|поделитесь)|до (?:встречи|следующего|"
    r"новых встреч)|приятного чтения|\biscriviti\b|\bseguici\b|alla prossima",
    keys="subscribing|désabonner|abmelden|empfehl|empfiehl|cancelar|edited |curated |compiled |put together|"
    "reply to this|"
    "購読|フォロー|シェア|登録|お寄せ|ご連絡|お問い合わせ|구독|팔로우|공유|제보|후원|なれば|みませんか|お楽しみに|創用|"
    "知识共享|知識共享|creative commons|"
    "subscribe|rights reserved|this post|this issue|this article|this newsletter|"
    "this edition|this story|ly developed|submit |for reading|for your"
    "|to get your|to have your|二维码|同步更新|转载|また来週|다음 주|bis nächste|bis zur nächsten|"
    "beim lesen|abonnez|suivez|semaine prochaine|lecture|suscr"
    "|síguenos|hasta la|inscreva|siga-nos|até |подпи|до встречи|до следующего|до новых|"
    "приятного|iscriviti|seguici|prossima",
)
ABOUT = any_of(  # of a newsletter, behind its name
    r"\b(?:is|are|was) (?:a|an|the|your|our|my)\b.{0,60}\b(?:newsletter|blog|digest|roundup|summary|letter|"
    r"series|column|overview)\b",
    r"\b(?:prepared|written|made|edited|curated|compiled|produced|maintained|collected|published|sent|"
    r"brought to you) (?:\w+ )?(?:by|"
    r"for|to)\b",
    r"\b(?:wird|ist) .{0,60}\b(?:von|zusammengestellt|herausgegeben)\b|\best .{0,60}\b(?:par|préparée?|rédigée?|"
    r"proposée?)\b|"
    r"\bes .{0,40}\b(?:un boletín|escrit[oa] por|un resumen)\b|\bé .{0,40}\b(?:uma newsletter|um boletim|"
    r"escrit[oa] por)\b|"
    r"由.{1,30}(?:编辑|整理|维护|主办)|是.{0,20}(?:周刊|周报|月刊)|が(?:編集|まとめ)|뉴스레터입니다|составлен|подготовлен",
)
ADDRESSES = any_of(  # the reader
    r"\b(?:you|your|yours)\b|\b(?:du|dein\w*|ihr|euer|eure\w*|dich|dir|euch)\b|\b(?:vous|votre|vos|tu|ton|ta|tes)\b|"
    r"\b(?:tú|tu|tus|usted|ustedes|vuestr\w+|você|seu|sua|vocês)\b|\b(?:tuo|tua|vostr\w+|voi)\b|"
    r"\b(?:ты|твой|твоя|вы|ваш\w*|вам|вас)\b|[你您]|あなた|여러분|당신"
)
THANKS = any_of(  # as the last words
    r"(?:[.!?…]|^)\W*(?:many |big |special )?(?:thanks|thank you|vielen dank|danke|merci|gracias|obrigad[oa]|"
    r"grazie|спасибо|dank je|tack)"
    r"(?: [^\W\d]+){0,4}\W*$|(?:感谢|谢谢|ありがとうございま(?:す|した)|감사합니다)[^。]{0,6}\W*$"
)
QUESTION = any_of(  # that ends in asking the reader for something
    r"^[^.!?]{0,160}\byou(?:r|'re|'d|'ve)?\b[^.!?]{0,120}\?\W+(?:please |just |then |simply )?(?:send|write|"
    r"tell|ask|submit|mail|e-?mail|"
    r"contact|ping|let|come|call|drop|post|open|file|add)\b(?=.{0,200}\b(?:us|me|our|my|issue|pull request|pr|"
    r"chat|answer|reply|form|"
    r"newsletter|next)\b).{0,300}$",
    keys="you",
)
ANNOUNCES = any_of(
    r"^\W*\d[\d,. ]*(?:\+ )?(?:\w+ ){0,3}(?:pull requests?|prs?|commits|issues|changes|proposals|papers|"
    r"posts|links|articles|items|events|were|people|repos?)\b",
    r"[:：]\s*$|\b(?:every|each) (?:week|month|day|issue)\b|\b(?:these|here|those|below|following|"
    r"above) (?:are|is|were|you)\b|\bthe following\b|\bthis section\b|\bmerged in the last\b|"
    r"\bwe (?:highlight|list|collect|feature)\b",
    r"以下|如下|下面|本周(?:共|一共)|今週の|다음(?:은|과)|\bfolgende|im folgenden|\bvoici\b|ci-dessous|a continuación|"
    r"los siguientes|a seguir|\babaixo\b|\bниже\b|следующ",
    keys=":|：|every |each |these |here |those |below|following|above |this section|merged in|"
    "we highlight|we list|we collect|we feature|以下|如下|下面|本周|今週の|다음"
    "|folgende|voici|ci-dessous|a continuación|siguientes|a seguir|abaixo|ниже|следующ",
)
CONTINUES = any_of(
    r"^\W*from (?:\S+ ){1,3}\S+:\s*$",
    r"^\W*(?:however|but|yet|still|also|moreover|furthermore|additionally|in addition|besides|thus|"
    r"therefore|hence|so|then|and|or|nor|because|while|although|though"
    r"|this|that|these|those|it|its|it's|they|their|he|she|his|her|we|you can (?:also|find|read|"
    r"see|get|try|download|watch|follow|check|learn|review|join|help)|there|such|as a result|"
    r"for example|for instance|in fact|in short|finally,|first,|second,|third,|next,|now,|here,"
    r"|i'd|i would|i(?: highly| strongly)? (?:recommend|encourage|suggest)|see (?:the|also|more|here)|"
    r"read (?:the (?:full|whole|entire|rest)|more|on)|for more|more (?:on|about|details|info)"
    r"|if you(?:'re| are) (?:interested|curious)|thanks to|thank you|via|"
    r"source|credit|hat tip|h/t|according to|from the|with this|to (?:be|do|make) )\b",
    r"^\W*(?:the |its |their )?(?:full |whole |entire |complete |latest )?(?:proposal|paper|post|"
    r"article|code|source|video|slides?|recording|details?|thread|"
    r"discussion|talk|report|documentation|docs|notes|release notes|changelog|data) (?:can be|is|"
    r"are) (?:also )?(?:found|available|read|seen|here|online|on|at)\b",
    r"^\W*(?:\w+ )?(?:written|compiled|done|prepared|reported|suggested|reviewed|translated|submitted|"
    r"photographed) by\b|"
    r"^\W*(?:many |big |special )?thank(?:s| you)(?: again| also| so much)?,? (?:to|for|goes)\b|"
    r"^\W*(?:full|complete|detailed) "
    r"(?:report|list|results|changelog|notes|summary|details)\b",
    r"^\W*(?:但|但是|然而|而且|此外|另外|因此|所以|于是|不过|这|那|它|他|她|由于|总之|其中|同时|例如|比如|しかし|また|さらに|そのため|これ|それ|하지만|"
    r"그러나|또한|그래서|이는|이것)",
    r"^\W*(?:aber|jedoch|außerdem|deshalb|daher|dies(?:e[rs]?)?|cependant|mais|donc|cela|ce(?:tte)?|pero|"
    r"sin embargo|además|esto|mas|porém|isso|но|однако|поэтому|это)\b",
    r"^\s*[–—-]{1,2}\s?",
)
ADDS = any_of(  # another story, where each paragraph tells one
    r"^\W*(?:and )?(?:also|finally|lastly|last but not least|additionally|in addition|moreover|furthermore|besides)\b",
    r"^\W*(?:此外|另外|最后|还有|また|さらに|最後に|또한|마지막으로)",
    r"^\W*(?:außerdem|zudem|schließlich|enfin|de plus|par ailleurs|además|también|por último|também|por fim|"
    r"inoltre|infine|"
    r"также|кроме того|наконец)\b",
)
SOURCE_LINE = re.compile(
    r"^\W*(?:(?:image|picture|photo|chart|graph|figure|data)\s+)?(?:source|credits?|via|quelle|bildquelle|"
    r"fuente|fonte|источник|来源|图源|图片来源|出典|출처|image|photo by)s?\s*[:：]?\s*",
    re.IGNORECASE,
)
CAPTION = any_of(
    r"^\W*(?:(?:image|picture|photo|chart|graph|figure|data)\s+)?(?:sources?|credits?|via|quelle|"
    r"bildquelle|fuente|fonte|источник|来源|图源|图片来源|出典|출처)\s*[:：]"
)
REFERENCES_LABEL = whole(
    r"(?:see also|further reading|more|read more|references?|sources?|links?|related(?: links| reading)?|"
    r"resources|learn more|also|additional (?:links|reading|resources)|useful links)",
    r"参考(?:资料|链接|文献)?|相关(?:链接|阅读)|延伸阅读|链接|関連(?:リンク|記事)?|参考(?:リンク)?"
    r"|참고|관련 링크|quellen|weiterlesen|mehr dazu|"
    r"sources|liens|pour aller plus loin|fuentes|enlaces|fontes|ссылки|источники",
)
ATTRIBUTES = any_of(
    r"^\W*(?:from|by|for|via|suggested by|thanks to|courtesy of|von|für|par|pour|de|por|para|от|для)\b|"
    r"^\W*(?:来自|感谢|由)"
)
ISSUE_NAME = any_of(
    r"\b(?:newsletter|issue|weekly|digest|edition|vol(?:ume|\.)?|no\. ?\d+|nr\. ?\d+|n° ?\d+|"
    r"roundup|recap|update|"
    r"bulletin|gazette|ausgabe|numéro|número|edição|выпуск|дайджест|week(?:ly)?|monthly|links|episode)\b|"
    r"#\s?\d+|第\s*[\d一二三四五六七八九十百]+\s*[期号回]|周刊|周报|月刊|제?\s*\d+\s*호|뉴스레터|\b20\d\d\b",
)
ISSUE_NUMBER = any_of(
    r"(?:\b(?:newsletter|issue|weekly|digest|edition|letter|bulletin|roundup|week|episode|"
    r"vol(?:ume)?|no|nr|n°|n\.º|ausgabe|"
    r"numéro|número|edição|выпуск|дайджест|boletín|lettre|brief)\b\W{0,3}|[#№]\s?)\d+|"
    r"第\s*[\d一二三四五六七八九十百]+\s*[期号回]|\d+\s*호\b"
)


@lru_cache(maxsize=2048)
def is_whole(pattern: re.Pattern[str], text: str) -> bool:
    """Whether all of `text` says what `pattern` stands for; what stands in brackets behind it does not count."""
    said = _BRACKETS_BEHIND.sub("", text.strip().lower().replace("\u2019", "'"))
    return pattern.fullmatch(said) is not None


@lru_cache(maxsize=4096)
def is_sponsored(text: str) -> bool:
    """Whether a text says that somebody paid for it."""
    return SPONSOR.search(text) is not None or text.rstrip(" )]*_").endswith(("SPONSORED", "Sponsored"))


@lru_cache(maxsize=4096)
def reports_nothing(text: str) -> bool:
    """Whether a text says that there is nothing this time."""
    return len(text) < 160 and NOTHING.search(text) is not None


@lru_cache(maxsize=4096)
def announces(text: str) -> bool:
    """Whether a text says that something follows, or counts what was done."""
    return ANNOUNCES.search(text) is not None


@lru_cache(maxsize=4096)
def ends_in_thanks(text: str) -> bool:
    """Whether a short text takes leave of somebody with thanks."""
    return len(text) <= _LONGEST_THANKS and THANKS.search(text) is not None


@lru_cache(maxsize=4096)
def asks_reader(text: str) -> bool:
    """Whether a paragraph asks the reader something, and then for something."""
    return len(text) <= _LONGEST_PLEA and "?" in text and QUESTION.search(text.replace("\u2019", "'")) is not None


@lru_cache(maxsize=4096)
def is_plea(text: str) -> bool:
    """Whether a paragraph only asks, thanks, takes leave, or names its makers."""
    if not text or len(text) > _LONGEST_PLEA:
        return False
    text = text.replace("\u2019", "'")
    return PLEA.search(text) is not None or is_sponsored(text)
