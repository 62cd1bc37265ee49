"""English: headings, links and labels."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "highlights_title": ("(?:key |top |main |this week'?s |weekly |quick )?highlights?",),
    "roundup_title": (
        (
            "(?:(?:some |a few )?(?:noteworthy|notable|honou?rable|special|quick|short|other|small)"
            " (?:mentions?|hits|bits|notes|takes|items|links|news|stories|updates|stuff))"
        ),
        "odds (?:and|&) ends",
        "bits (?:and|&) (?:bobs|pieces)",
        "(?:news )?(?:briefs|shorts)",
        "miscellan(?:y|eous)",
    ),
    "contents_title": (
        "(?:table of )?contents?",
        "toc",
        "index",
        "outline",
        "in (?:this|today'?s|this week'?s) (?:issue|edition|newsletter|week|email)",
        "(?:what'?s |also )?(?:in(?:side)?|covered) (?:this|today'?s|the) (?:issue|edition|newsletter|episode)",
        "what'?s inside",
        "(?:key |top |main |this week'?s |weekly |quick )?(?:highlights?|takeaways|summary|overview)",
        "at a glance",
        "(?:the )?tl;?dr",
        "highlights (?:of|from) (?:the|this) (?:week|month|issue)",
        "in brief: what'?s new",
        "quick links",
        "jump to",
    ),
    "boilerplate_title": (
        "(?:the )?(?:next|upcoming|future) (?:issues?|newsletters?|editions?)",
        r"newsletter (?:submissions?|translations?|archives?)|translations? of (?:the|this|our) newsletter",
        r".{0,40}\bfor (?:the|our) next (?:issue|newsletter|edition)\W*",
        "(?:with )?contributions (?:from|by)",
        "wrapping up(?: (?:and|&) feedback)?",
        "(?:attendees|attendance|in attendance|participants|present)",
        "(?:how to |please |why )?(?:un)?subscri(?:be|ptions?)(?: (?:now|today|here|for free|to .{0,40}))?",
        "sign ?up(?: .{0,30})?",
        "(?:follow|contact|support|join|find|reach)(?:ing)?(?: (?:us|me|along|the .{0,20}))(?: on .{0,40})?",
        "contact",
        "(?:funded|supported|made possible) by",
        "get in touch",
        "(?:connect|keep in touch)(?: with us)?",
        "(?:our|where to find|find) (?:us|contacts?|channels)(?: (?:online|elsewhere))?",
        r"(?:want|wanna|like) to (?:contribute|help|join|sponsor|get involved).{0,30}\??",
        "(?:social(?: media)?|our) (?:links|channels|accounts)",
        "(?:please |(?:request|call|appeal) for )?(?:donat(?:e|ing|ions?)|fundrais(?:er|ing))(?: to .{0,40})?",
        "how (?:to|you can|can you|can i|i can) (?:help|contribute|support).{0,40}",
        "(?:what to )?(?:read|hear) next time",
        "stay (?:connected|in touch|tuned|up to date).{0,30}",
        "spread the word",
        "share(?: (?:this|us|the love|it)(?: .{0,30})?)?",
        "contribut(?:e|ing|ions?)(?: to .{0,40})?",
        "how to (?:contribute|submit)",
        "submissions?",
        "submit .{0,40}",
        "get involved",
        r"(?:please )?help us(?: out)?\W*",
        "about(?: (?:this|the|us|me|our)(?: .{0,40})?)?",
        "colophon",
        "(?:comments|discuss(?:ion)?(?: (?:this|it))?(?: on .{1,30})?)",
        "credits",
        "imprint",
        "licen[cs]e",
        "disclaimer",
        "copyright",
        "footer",
        "archives?",
        (
            "(?:our |this week'?s |today'?s |(?:a )?(?:word |message )?from our |(?:a )?(?:word|"
            "message) from )?(?:sponsors?|sponsorships?|partners?|advertise(?:ment|ments|rs?)?)"
        ),
        "(?:sponsored|presented|supported|brought to you)(?: by.{0,60})?",
        "advertise with us",
        "promoted",
        "become a (?:sponsor|patron).{0,30}",
        "thanks?",
        "acknowledge?ments?",
        "thanks? (?:you )?(?:for reading|everyone|you all|to .{1,40})",
        "that'?s (?:all|it|(?:a|another) wrap)(?: .{0,40})?",
        "unsubscribe.{0,40}",
        "disclosures?",
        "see you (?:next|soon).{0,20}",
        "(?:closing|parting) (?:notes?|words?|remarks?)",
        "farewell",
        "goodbye",
        "until next (?:time|week)",
        "sign(?:ing)? off",
        "previous issues?",
        "past issues",
        r"(?:got|have) (?:a |any )?(?:questions?|suggestions?|feedback|tips?|news)\?.{0,40}",
        "feedback(?: geben)?",
        "sponsor(?:en)?",
    ),
    "support_title": ("(?:please )?(?:support|sponsor|fund|back)(?:ing)? .{1,40}",),
    "gives": (
        r"\b(?:donat|sponsor|patreon|open ?collective|crowdfund|liberapay|ko-fi|buy me a coffee|fund)",
        r"\bgive to\b",
        r"\bmembership\b",
    ),
    "platforms": (
        "(?:apple|google|amazon|youtube|samsung) (?:podcasts?|music)",
        "itunes",
        "spotify",
        "overcast",
        "pocket ?casts?",
        "stitcher",
        "castbox",
        "deezer",
        "soundcloud",
        "youtube",
        "podcast ?addict",
        "tunein",
        "iheart(?:radio)?",
        "player ?fm",
        "breaker",
        "rss(?:[ -]feed)?",
        "feed",
        "atom",
        "castro",
        "e-?mail",
        "telegram",
    ),
    "greeting_title": (
        r"welcome(?: (?:to|back)\b.{0,60})?",
        "hello(?:,? (?:all|everyone|there|friends?|readers?|again))?",
        "hi(?:,? (?:all|everyone|there|friends?))?",
        "hey(?:,? (?:you|all|everyone|there|friends?|folks))?",
        "greetings",
        "(?:the )?editorial",
        "editor'?s (?:note|letter|words?)",
        "(?:a )?(?:note|letter|word|message) from the editors?",
        "from the editors?",
        "intro(?:duction)?",
        "foreword",
        "preface",
        "opening(?: words)?",
    ),
    "people_title": (
        (
            "(?:(?:welcom(?:e|ing)(?: to)?|thank(?:s|ing)(?: to)?|meet|introducing|the|our|this (?:week|month)'?s|"
            r"all|new|first[ -]time|top|\d+) )*(?:contributors?|committers?|maintainers?|sponsors?|supporters?|"
            "donors?|backers?|patrons?|hosts?|guests?|panell?ists?|presenters?)"
            "(?: (?:shout-?outs?|spotlight|this (?:week|month)|of (?:the|this) .{1,20}|"
            "to this .{1,20}))?"
        ),
    ),
    "sponsor": (
        (
            r"^\W*(?:this (?:week'?s )?(?:issue|edition|newsletter|post|episode) (?:is|was) (?:kindly )?(?:sponsored|"
            "supported|brought to you|presented) by)"
        ),
        (
            r"^\W*(?:thanks? (?:to|you) (?:to )?our sponsors?|today'?s sponsor|brought to you by|together with our|"
            "a (?:message|word) from our sponsor)"
        ),
        r"^\W*(?:this|today'?s|our|the) (?:week'?s |month'?s )?(?:sponsor|partner)\b.{0,80}$",
        "(?:hosting|newsletter|issue) is (?:kindly )?(?:sponsored|provided) by",
    ),
    "sponsor_keys": (
        "sponsor",
        "partner",
        "ad)",
        "ad]",
        "advertis",
        "promoted",
        "pr)",
        "pr]",
        "provided by",
        "ad）",
        "ad】",
        "pr）",
        "pr】",
    ),
    "downloads_title": ("(?:try it out|downloads?)",),
    "essay_title": (
        "(?:(?:in|some) )?conclusions?(?: and .{1,30})?",
        "summary",
        "wrap(?:ping)?[- ]?up",
        "(?:final|closing|concluding|last) (?:thoughts|words|remarks)",
        "next steps",
        "what'?s next",
        "future (?:work|plans)",
        "references",
        "further reading",
        "learn more",
        "acknowledge?ments?",
        "introduction",
        "background",
        "context",
        "motivation",
        "overview",
        "the problem",
    ),
    "facet_title": (
        r"(?:step|phase|stage) (?:\d+|one|two|three|four|five|i{1,3}|iv|v)\b.{0,80}",
        "getting started(?: with .{1,40})?",
        "technical (?:details|highlights|overview)",
        "problems? (?:to solve|statement)",
        "prerequisites?",
        "configuration",
        "wrap(?:ping)?[- ]?up",
        "final (?:thoughts|words|remarks)",
        "closing (?:thoughts|remarks)",
        "(?:future|related) work",
        "acknowledge?ments?",
        "appendix",
        "epilogue",
        "plans for .{1,30}",
        (
            "(?:the |key |main |core |our |potential |current |future |some )*(?:problems?|challenges?|objectives?|"
            "goals?|motivations?|background|context|approach(?:es)?|methods?|methodology|innovations?|contributions?|"
            "findings?|results?|fix(?:es)?|solutions?|lessons(?: learned)?|"
            "takeaways?|features?|highlights?|insights?|ideas?|limitations?|drawbacks?|caveats?|"
            "conclusions?|summary|discussion|introduction|overview|details?|examples?|usage|installation|"
            "implementation|architecture|benchmarks?|evaluation|experiments?|impact|implications?|applications?|"
            "use cases?|advantages?|disadvantages?|benefits?|pros|cons|pros and cons|next steps?|further reading|"
            "references?|sources?|links?|resources|notes?|changes?|what changed|setup|steps?|timeline|analysis|"
            "my (?:take|thoughts|view|opinion)|thoughts|verdict|tl;?dr|why(?: it matters| this matters)?|"
            "how to .{1,30}|"
            r"how it works|how does it work\??|what'?s (?:new|different|next|changed)|how (?:we|they) .{1,30}|"
            r"what (?:is it|it is|it does|happened|it means|this means|is new|to know)\??|bottom line|the bottom line|"
            "in short|in brief|the (?:details|news|story|big picture|takeaway|catch|intrigue)|behind the news|"
            "between the lines|(?:we'?re|what we'?re) (?:thinking|watching|reading)|yes,? but|go deeper|zoom (?:in|"
            "out)|by the numbers|driving the news|state of play|what to watch|what they'?re saying|catch up quick|"
            "reality check|our take|quick take|key (?:facts|points|numbers|figures)|read (?:the )?(?:more|paper|"
            "code)|get the (?:code|spec|paper|data|model|weights)|migrati(?:on|ng)(?: guide)?|upgrad(?:e|"
            "ing)(?: guide| notes)?|compatibility|performance|requirements?|question|answer|try it|demo|screenshots?|"
            "things that inspired this story|abstract|authors?|venue|tasks?|datasets?|metrics?|strengths?|weaknesses|"
            "novelty|tags?|previously|people|dates?|location|where|when|who|what|how|price|license|status|type|"
            "language)"
        ),
        "contexte",
        "contexto",
    ),
    "generic_link": (
        "breaking(?: changes?)?|heads[- ]up|important|notes?|psa|fyi|warning",
        "links? (?:to|for) .{1,40}",
        (
            "(?:the )?(?:full|complete|weekly|detailed) (?:report|list|changelog|details|notes|summary|"
            "results)(?: (?:is |are )?(?:available )?here)?"
        ),
        (
            "(?:buy|order|get|download|install|play|watch|listen|read|find) (?:it |this |them |now )?(?:on|from|at|"
            "via|in) .{1,25}"
        ),
        (
            "(?:buy|order|get|try|book|shop|join|sign up|register|apply|subscribe|download|install)(?: it| them|"
            " yours)?(?: now| today| here| free)?"
        ),
        (
            "(?:click |read |see |more |check it out |look |watch |listen |download |available |get it |"
            "try it )*(?:here|more|now|on|this|it|details?)"
        ),
        (
            "(?:the |original |full |official |project |source |live |research |blog |news |forum |hn |lobsters |"
            "reddit |new |latest |our |my )*(?:links?|urls?|pdf|papers?|preprint|tweet|thread|code|github|gitlab|"
            "repo(?:sitory)?|articles?|posts?|blog|news|video|talk|slides?|demo|docs?|documentation|web ?site|"
            "web ?page|page|site|home ?page|source(?: code)?|project|models?|weights|dataset|data|story|report|"
            "announcement|release|release notes|notes|readme|playground|changelog|reddit|hn|hacker news|comments?|"
            "discussion|discuss|twitter|x|mastodon|youtube|arxiv|hugging ?face|colab|notebook|podcast|audio|"
            "transcript|interview|recording|images?|photo|book|course|tutorial|guide|wiki|spec|summary|poster|"
            "abstract|abs|bluesky|linkedin|episode|apply|register|tickets?|rsvp|event)"
        ),
        "(?:buy|get|order|listen|watch|stream)(?: it)? (?:on|at|from|via) .{1,20}",
        (
            "(?:read|learn|see|find out|continue|view|watch|listen)(?: .{0,20})?(?: more| on| reading| article| post|"
            r" online| here| now)?(?: \.{3}|…)?"
        ),
        "via",
        "permalink",
        "mirror",
        "rfc",
        "pr",
        "issue",
        "(?:new |latest )?blog post",
        "read the (?:full )?(?:article|post|story|paper)",
    ),
    "references_label": (
        (
            "(?:see also|further reading|more|read more|references?|sources?|links?|related(?: links| reading)?|"
            "resources|learn more|also|additional (?:links|reading|resources)|useful links)"
        ),
    ),
    "issue_name": (
        r"#\s?\d+",
        r"\b20\d\d\b",
    ),
    "publication": (
        r"\b(?:weekly|monthly|newsletters?|digests?|round-?ups?|news|updates?|recaps?|bulletins?|issue|episode|podcast|vol)\b",
        r"\b(?:weeknotes?|gazette|dispatch|press review|(?:reading|link) ?(?:list|log|post|dump|pack)s?)\b",
        r"\b(?:this|last) (?:week|month|year) (?:in|with|at)\b|\b(?:weeks?|months?) in\b",
    ),
}
