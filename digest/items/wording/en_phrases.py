"""English: phrases in paragraphs."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "nothing": (
        r"^\W*(?:not (?:ready|available) yet|coming soon|to be announced|t\.?b\.?[ad]\.?)\W*$",
        (
            r"^\W*(?:there (?:are|were|is|was) )?no\b.{2,90}\b(?:this|last|next) (?:week|month|time|issue|fortnight|"
            r"edition)\W*$"
        ),
        (
            r"^\W*no\b.{0,80}\b(?:were|was|are|have been|has been|entered|proposed|submitted|issued|approved|reported|"
            r"added|merged|accepted)\b.{0,60}\W*$"
        ),
        (
            r"^\W*(?:none|nothing|n/?a|no (?:news|updates?|items|entries|new .{1,40}|events?|jobs?))(?: (?:this|"
            r"for this|to report).{0,60})?\W*$"
        ),
        r"^\W*nothing (?:new|much|to report|here|this)[^,;.]{0,40}\W*$",
    ),
    "plea": (
        (
            r"^\W*if (?:you(?:'d like| would like| want| need|'re| have)|i missed)\b.{0,160}\b"
            r"(?:support (?:me|us|my|our)|"
            r"find (?:us|me)|join (?:us|our|#)|hop on|to join|contact (?:us|me)|post (?:it )?(?:on|in))\b.{0,160}$"
        ),
        r"^\W*(?:please )?feel free to (?:tweet|message|contact|ping|reach|e-?mail|dm|write|drop)\b.{0,200}$",
        r"^\W*(?:please )?(?:star|tag|fork) (?:this|the repo|our|us|me|my)\b.{0,200}$",
        r"^\W*(?:take it easy|take care|have a (?:good|great|nice|lovely))\b.{0,80}$",
        (
            r"^\W*(?:finally,? |also,? |and )?you can (?:also )?(?:find|see|view|read|browse) "
            r"(?:our|all|more|the full)\b.{0,160}$"
        ),
        r"^\W*[\w ]{2,30} (?:accepts?|relies on|depends on|lives on) donations\b.{0,200}$",
        r"^\W*(?:where |how |you can )?(?:to )?(?:find|reach|follow|contact) (?:us|me)\b.{0,60}$",
        (
            r"^\W*(?:view|see|find|browse|discover|explore|read) (?:(?:more|all|other|older|past|previous) )+"
            r"(?:blogs?|posts?|issues?|editions?|articles?|stories|newsletters?|news)\b.{0,100}$"
        ),
        (
            r"^\W*we(?:'re| are) (?:always |currently |still )?(?:looking for|recruiting|seeking)\b.{0,200}"
            r"\b(?:send|share|join|e-?mail|mail|contact|submit|write)\b.{0,200}$"
        ),
        r"^\W*that'?s all(?: (?:folks|from|we)\b.{0,40})?\W*$",
        r"^\W*that'?s (?:all|it) for (?:this|now|today)\b.{0,300}$",
        r"\byou can (?:also )?subscribe\b",
        r"^\W*(?:stay|keep) (?:curious|safe|tuned|hungry|healthy|well|strong|warm|kind|learning|building|coding)\W*$",
        r"^\W*enjoy(?: (?:the|your) (?:rest of (?:the|your) )?(?:week(?:end)?|day|read|reading|issue|sunday))?\W*$",
        (
            r"^\W*(?:view|read|open) (?:(?:this|it|the) )?(?:(?:email|issue|newsletter|message) )?(?:in|on) "
            r"(?:(?:your|the|a) )?(?:web|browser)\b.{0,20}$"
        ),
        r"^\W*(?:just )?hit reply\b.{0,120}$",
        (
            r"^\W*(?:our |my |many |big |special |huge )*thanks? (?:again )?(?:go(?:es)? )?(?:out )?to "
            r"(?:all|every(?:one|body)|our|the (?:team|community)|those|you all)\b[^.!?]{0,140}\W*$"
        ),
        (
            r"^\W*(?:are you )?(?:interested in|thinking about|fancy) (?:helping|contributing|making|joining|writing|"
            r"speaking|sponsoring|hosting|organi[sz]ing|advertising|supporting)\b.{0,300}$"
        ),
        (
            r"^\W*(?:did|have) (?:i|we) (?:miss|overlook|forget|missed|overlooked|forgotten|leave out|"
            r"left out)\b.{0,200}$"
        ),
        (
            r"^\W*(?:got|have|found|know(?: of)?|seen|spotted|written|made) (?:something|anything|news|a (?:story|"
            r"link|tip|project|question))\b[^.!?]{0,80}\?.{0,300}$"
        ),
        (
            r"^\W*(?:are you )?(?:trying|looking|want(?:ing)?|planning) to (?:hire|sponsor|advertise|contribute|help|"
            r"get involved)\b[^.!?]{0,80}\?.{0,300}$"
        ),
        r"\badvertise with us\b",
        r"\bcontributors? (?:are )?welcome\W*$",
        (
            r"^\W*(?:please )?(?:also )?(?:submit|send|vote|nominate)(?: in)? (?:your|quotes?|suggestions?|us|me|"
            r"a (?:pull request|pr)|feedback)\b"
        ),
        r"^\W*(?:please )?(?:add|list|share) your\b",
        r"^\W*add an? (?:\w+ ){0,2}(?:event|job|talk|link|meetup)\b.{0,60}$",
        (
            r"^\W*(?:you(?:'re| are)|you) (?:reading|receiving|getting|received|got) this (?:e-?mail|newsletter|"
            r"letter|message|because|issue)\b"
        ),
        r"^\W*you(?:'re| are) (?:reading|receiving|getting) .{0,80}\bbecause\b",
        r"^\W*(?:made|built|written|crafted|sent) with (?:\W+|love|care|coffee).{0,6}\b(?:by|in|from)\b.{0,160}$",
        r"^\W*(?:was this|did (?:someone|a friend|somebody)) .{0,20}forward(?:ed)?\b",
        r"^\W*forwarded this",
        r"^\W*enjoy(?:ed|ing) (?:this|the issue|the newsletter|what you)\b[^.]{0,60}\?",
        r"^\W*(?:your|want your) (?:\w+ ){1,3}here\?",
        r"^\W*(?:not (?:yet )?(?:a )?subscribe[rd]|new here)\b.{0,160}",
        (
            r"^\W*(?:did|have) you (?:made?|built|build|wr[io]te|written|seen|got|have) (?:something|"
            r"anything)\b.{0,160}"
        ),
        r"^\W*(?:write|send) (?:to )?(?:me|us)\b",
        r"^\W*(?:until|till) (?:then|next)\b.{0,80}$",
        (
            r"^\W*(?:please )?(?:subscribe|follow (?:us|me|@|along|our (?:twitter|mastodon|bluesky|linkedin|youtube))|"
            "sign up (?:for|to|here|now)|join (?:us|our|"
            "the (?:discussion|community|conversation|slack|discord|telegram))|support (?:us|me|our|my|this)|"
            "share (?:this|it|us|the newsletter)|forward (?:this|it) to|tell (?:your|a) friends?|spread the word|"
            "become a (?:sponsor|patron|member|supporter)|buy me a (?:coffee|beer)|consider (?:supporting|"
            r"subscribing|sponsoring|becoming|sharing|donating))\b"
        ),
        (
            r"\bsubscrib(?:e|ing) to (?:my|our|this|the) (?:[\w-]+ ){0,2}(?:substack|newsletter|blog|channel|feed|"
            "mailing list|list|podcast|rss|youtube)"
        ),
        r"\bsubscribe (?:here|now|today|via|by|below)\b",
        r"^\W*unsubscribe\b",
        r"\bunsubscribe (?:here|at any time|from)\b",
        r"^\W*(?:please )?(?:tweet|e-?mail|write|ping|contact|message|dm|toot)(?: to)? (?:us|me)\b",
        r"^\W*(?:please )?(?:let (?:us|me) know|get in touch|reach out)(?: (?:to|with) (?:us|me))?\b.{0,160}$",
        r"^\W*reply to this e-?mail",
        r"\bor (?:just |simply )?reply to this (?:e-?mail|newsletter|message)\b",
        (
            r"\b(?:how (?:you|to|we|anyone) (?:can )?help|ways (?:you can |to )help)"
            r"(?: (?:us|out|today|now|with it))?\W*:\W*$"
        ),
        r"^\W*(?:also )?(?:check out|see|(?:have a )?look at) .{0,80}\b(?:good first issues?|help wanted)\b.{0,300}$",
        r"^\W*please help (?:us )?(?:improve|test|review|translate|spread|document)\b.{0,200}$",
        r"^\W*we thank\b.{0,200}$",
        r"^\W*(?:please )?(?:don't|do not) forget to (?:subscribe|follow|share|like|join)\b",
        (
            r"^\W*(?:also,? |and |finally,? |or )(?:please )?(?:subscribe|follow|join) (?:to )?(?:us|our|me|my|"
            r"the)\b.{0,200}$"
        ),
        (
            r"^\W*if you(?: (?:have|know|want|would)|'re new| are new).{0,160}\b(?:make sure|be sure|feel free|"
            "don't forget|hop) (?:to|you|on) (?:add|send|submit|let|mention|leave|ping|comment|tell|write|open|share|"
            r"visit|join|check)\b"
        ),
        r"^\W*that'?s (?:all|it|(?:a|another) wrap)(?:,? folks)?\s*[.!]",
        r"^\W*(?:hit|smash|press|tap) (?:the|that) (?:\W+|like|heart|reply|subscribe)\b",
        (
            r"^\W*(?:until|see you|back) (?:tomorrow|later|soon|monday|tuesday|wednesday|thursday|friday|saturday|"
            r"sunday)\b.{0,60}$"
        ),
        (
            r"^\W*if you(?:'re|'ve|'d| (?:are|have|know|want|would|need|find|found|think|see|spot|run|liked?|"
            r"enjoy(?:ed)?|loved?|write|organi[sz]e|maintain|work|missed))\b.{0,220}?\b(?:please\b.{0,80}\b(?:submit|"
            "add|send|open|file|contact|e-?mail|let (?:us|me)|vote|share|forward|subscribe|consider|tell|reach|drop|"
            "ping|report|remember|reply|respond)|let (?:us|me) know|get in touch|(?:just |simply )?(?:reply|"
            r"respond) to this|(?:submit|send|e-?mail|tell|add) (?:it |them |a |your |the |new )?.{0,30}\b(?:to|with|"
            "for|via|through)? ?(?:us|me|our|my|this (?:newsletter|list|issue|post|week'?s|page)|the (?:newsletter|"
            r"list|editors?|calendar|next issue))|submit (?:a|your|it|them)|open an? (?:issue|pull request|pr)\b|"
            "appear on the (?:above )?list|subscribe|buy me|share (?:it|this)|forward (?:it|this))"
        ),
        (
            r"^\W*(?:do you )?(?:want|like|got|have|know|missing|missed|found|spotted|enjoy(?:ed|ing)?|love|"
            r"interested in (?:sponsoring|contributing|writing))\b[^.!]{0,120}\?\s*(?:\W*(?:please|tweet|tag|file|"
            "send|submit|e-?mail|let|tell|open|share|subscribe|drop|get|reply|forward|support|consider|join|contact|"
            r"follow|we love|add)\b)"
        ),
        r"^.{0,60}\b(?:is|was) (?:edited|curated|compiled|put together) (?:weekly )?by\b.{0,250}$",
        r"^\W*(?:edited|curated|compiled|assembled) (?:with .{1,20} )?by\b.{0,250}$",
        r"^\s*(?:copyright|©|\(c\)) ?\W*(?:\d{4}|by\b)",
        r"\ball rights reserved\b",
        r"^\W*(?:licensed|published|released) under\b",
        r"^\W*discuss(?:ion)?(?: (?:this|it))?(?: (?:issue|post|on|at|in))\b.{0,60}$",
        (
            r"^\W*(?:view|read) (?:this (?:e-?mail|issue|post|newsletter))? ?(?:in (?:your|the) browser|online|"
            r"on the web)\W*$"
        ),
        (
            r"\bthis (?:post|issue|article|newsletter|edition|story) (?:is|was|has been)? ?(?:also|originally|first|"
            r"cross-?)[- ]?(?:been )?(?:published|posted|available|sent|appear(?:s|ed))\b"
        ),
        r"\b(?:is|are) (?:openly|publicly) developed\b",
        r"\bsubmit (?:a|your) (?:pr|pull request)\b.{0,80}$",
        r"\bthank(?:s| you)(?: so much| all| again)? for (?:reading|subscribing|your (?:support|attention|time))\b",
        r"^\W*thanks for (?:being|joining)",
        (
            r"^\W*if you (?:like|liked|enjoy|enjoyed) (?:what you (?:read|see|saw)|"
            r"this (?:issue|newsletter|post|update)|our (?:newsletter|work))\b.{0,250}$"
        ),
        r"^\W*thank(?:s|s again| you),? and see you\b.{0,300}$",
        (
            r"\bto (?:get|have) your (?:job|event|project|post|article|link|talk|crate|story).{0,60}(?:listed|"
            r"featured|included|mentioned|added|published)\b"
        ),
        (
            r"^\W*(?:we|i) (?:love|welcome|accept|appreciate) (?:(?:any|all|new) )*(?:contribut(?:ions|ors)|feedback|"
            r"pull requests|your)\b"
        ),
        (
            r"^\W*(?:contributions?|feedback|suggestions?|submissions?) (?:is |are )?(?:always )?(?:welcome|"
            r"appreciated)\b"
        ),
        (
            r"^\W*(?:see you|until|talk to you|catch you|back)(?: all)? (?:again )?(?:next|in (?:two|the next)|"
            r"on (?:mon|tues|wednes|thurs|fri|satur|sun)day|soon|then|around)\b.{0,80}$"
        ),
        r"^\W*that'?s (?:all|the news|a wrap|it folks|it) (?:for|from) (?:this|today|now|me|us)\b.{0,120}$",
        (
            r"^\W*(?:happy (?:reading|coding|hacking|new year|holidays)|have a (?:great|nice|good|"
            r"lovely) (?:week(?:end)?|day|one))\b.{0,60}$"
        ),
        (
            r"^\W*(?:cheers|best(?: regards| wishes)?|regards|yours|sincerely|take care|stay safe|peace|"
            r"warmly),?\W*(?:\w+\W*){0,3}$"
        ),
        r"^\W*(?:with (?:much )?love|be (?:kind|well|excellent)),\W*(?:\w+\b\W*){0,6}$",
    ),
    "plea_keys": (
        "advertise with",
        "welcome",
        "subscribing",
        "désabonner",
        "cancelar",
        "edited ",
        "curated ",
        "compiled ",
        "put together",
        "reply to this",
        "creative commons",
        "subscribe",
        "rights reserved",
        "this post",
        "this issue",
        "this article",
        "this newsletter",
        "this edition",
        "this story",
        "ly developed",
        "submit ",
        "for reading",
        "for your",
        "to get your",
        "to have your",
        "beim lesen",
        "abonnez",
        "seguici",
        "prossima",
        "help",
    ),
    "addresses": (r"\b(?:you|your|yours)\b",),
    "question": (
        (
            r"^[^.!?]{0,160}\byou(?:r|'re|'d|'ve)?\b[^.!?]{0,120}\?\W+(?:please |just |then |simply )?(?:send|write|"
            r"tell|ask|submit|mail|e-?mail|contact|ping|let|come|call|drop|post|open|file|add)\b(?=.{0,200}\b(?:us|me|"
            r"our|my|issue|pull request|pr|chat|answer|reply|form|newsletter|next)\b).{0,300}$"
        ),
    ),
    "question_keys": ("you",),
    "announces": (
        (
            r"^\W*\d[\d,. ]*(?:\+ )?(?:\w+ ){0,3}(?:pull requests?|prs?|commits|issues|changes|proposals|papers|posts|"
            r"links|articles|items|events|were|people|repos?)\b"
        ),
        r"[:：]\s*$",
        r"\b(?:every|each) (?:week|month|day|issue)\b",
        r"\b(?:these|here|those|below|following|above) (?:are|is|were|you)\b",
        r"\bthe following\b",
        r"\bthis section\b",
        r"\bmerged in the last\b",
        r"\bwe (?:highlight|list|collect|feature)\b",
        r"\b(?:listed|outlined|described|shown|featured|found|summarized|collected) below\b",
        (
            r"^\W*(?:for|to see|to read) (?:all|more|the (?:full|complete|rest)|a (?:full|complete))\b.{0,160}\b(?:see|"
            r"check|visit|read|head|look|go|find)\b"
        ),
    ),
    "announces_keys": (
        "for all",
        "for more",
        "for the ",
        "for a ",
        "to see ",
        "to read ",
        ":",
        "：",
        "every ",
        "each ",
        "these ",
        "here ",
        "those ",
        "below",
        "following",
        "above ",
        "this section",
        "merged in",
        "we highlight",
        "we list",
        "we collect",
        "we feature",
    ),
    "continues": (
        r"^\W*from (?:\S+ ){1,3}\S+:\s*$",
        (
            r"^\W*(?:however|but|yet|still|also|moreover|furthermore|additionally|in addition|besides|thus|therefore|"
            "hence|so|then|and|or|nor|because|while|although|though|this|that|these|those|it|its|it's|they|their|he|"
            "she|his|her|we|you can (?:also|find|read|see|get|try|download|watch|follow|check|learn|review|join|"
            "help)|there|such|as a result|for example|for instance|in fact|in short|finally,|first,|second,|third,|"
            "next,|now,|here,|i'd|i would|i(?: highly| strongly)? (?:recommend|encourage|suggest)|see (?:the|also|"
            "more|here)|read (?:the (?:full|whole|entire|rest)|more|on)|for more|more (?:on|about|details|info)|"
            "if you(?:'re| are) (?:interested|curious)|thanks to|thank you|via|source|credit|hat tip|h/t|"
            r"according to|from the|with this|to (?:be|do|make) )\b"
        ),
        (
            r"^\W*(?:the |its |their )?(?:full |whole |entire |complete |latest )?(?:proposal|paper|post|article|code|"
            "source|video|slides?|recording|details?|thread|discussion|talk|report|documentation|docs|notes|"
            "release notes|changelog|data) (?:can be|is|are) (?:also )?(?:found|available|read|seen|here|online|on|"
            r"at)\b"
        ),
        (
            r"^\W*(?:\w+ )?(?:written|compiled|done|prepared|reported|suggested|reviewed|translated|submitted|"
            r"photographed) by\b"
        ),
        r"^\W*(?:many |big |special )?thank(?:s| you)(?: again| also| so much)?,? (?:to|for|goes)\b",
        r"^\W*(?:full|complete|detailed) (?:report|list|results|changelog|notes|summary|details)\b",
        r"^\s*[–—-]{1,2}\s?",
    ),
    "adds": (
        (
            r"^\W*(?:and )?(?:also|finally|lastly|last but not least|additionally|in addition|moreover|furthermore|"
            r"besides)\b"
        ),
    ),
}
