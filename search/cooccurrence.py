"""Co-occurrence: words and names that are more frequent beside a topic than elsewhere, in their authors' spelling."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from search.scoped import ScopedConnection
from storage.tokens import FOREIGN_STOP_WORDS, STOP_WORDS, WEAK_WORDS, fold, is_paired, stem, tokenize

CANDIDATES = 40  # best words, which are spelt and joined to names
SHOWN = 8
_READ = 2000  # most frequent words of the texts that are scored
_LEAST = 10.83  # log-likelihood ratio; p = 0.001 for chi-squared with one degree of freedom
_LIFT = 2.0  # lift below which a word is not specific to the topic
_NAME = 1.6  # factor for words written as names: capitalised or with a digit
_TOGETHER, _BOTH = 0.75, 0.4  # shares of the texts with the rarer and the other word above which both are one name
_WORD = re.compile(r"\w[\w+#'.-]*(?<![.'-])|[+#]")
_SIGNS = re.compile(r"[\W_]+")  # "gpt4" and "GPT-4" are one name
# Together with foreign function words that are content words in English.
_FUNCTION_WORDS = STOP_WORDS.union(*FOREIGN_STOP_WORDS.values(), ("die", "war", "hat", "man", "den", "les", "con"))
_NUMBER = re.compile(r"v?[\d.,:/-]+\w?$")
# Words of conversation, of newsletters and event announcements, and of URLs.
_NOISE = frozenset(
    """http https www com org net html new news released release releases update updates updated post posts blog
    video videos week weekly month monthly via one two three first using use used make makes making made add added
    adding support now part parts pull request merged issue issues pr prs here today year years day days time way ways
    like want need work works see get got can't don't let's i'm i've it's we're you're they're youre simple better
    good great many much really still also even well next last read reading learn learning introducing announcing
    thoughts thanks virtual meetup meeting meetings quote reddit suggestion suggested loves looks newsletter
    best anyone anybody someone something anything everything another tried try trying got getting found find finding
    love know question questions help please faster slow fast think thing things put give given right long code
    implement implementing implemented allow allows fix fixes fixed without lets different between various
    done posted wrote written announced shared including working running discussed mentioned created started
    january february march april may june july august september october november december
    大家 同学 使用 提供 本文 通过 进行 支持 需要 一种 本期 作者 文章 这里 目前 很多 非常 如果 已经 没有 介绍
    推荐 免费 英文 中文 项目 内容""".split()  # noqa: SIM905 - a list of words reads best as words
)


class MentionText(NamedTuple):
    """One mention: `words` as in the index, the text as written."""

    written: str
    words: frozenset[str]
    newsletter: str


def co_occurring(
    connection: ScopedConnection, texts: Sequence[MentionText], own: Iterable[str], total: int
) -> tuple[str, ...]:
    """Return the words and names that are more frequent in a topic's `texts` than elsewhere, best first.

    `texts` is a sample of the `total` mentions; too few texts yield (). `own` are the topic's own words, which are
    excluded.
    """
    elsewhere = max(_all_documents(connection, {text.newsletter for text in texts}) - total, 1)
    topic = _stems(own)
    least = 2 if len(texts) < 12 else max(3, len(texts) // 40)
    counts = Counter(word for text in texts for word in text.words if is_telling(word))
    often = {word: here for word, here in counts.most_common(_READ) if here >= least and stem(word) not in topic}
    scores: dict[str, float] = {}
    for word, everywhere in _documents(connection, often):
        share = often[word] / len(texts)
        rate = min(max(everywhere - share * total, 0.5) / elsewhere, 0.999)
        scores[word] = _likelihood_ratio(often[word], len(texts), rate)
    likely = sorted((word for word in scores if scores[word] > _LEAST), key=lambda word: (-scores[word], word))
    written = [text.written for text in texts]
    for word in likely[:CANDIDATES]:
        if _as_written(word, written) != word:
            scores[word] *= _NAME
    return _written(written, sorted(likely[:CANDIDATES], key=lambda word: -scores[word]), topic)


def _all_documents(connection: ScopedConnection, newsletters: set[str]) -> int:
    """Count the documents of these newsletters, so that words of their language do not appear specific to a topic."""
    (items,) = connection.execute(
        "SELECT coalesce(sum(items), 0) FROM search_names WHERE kind = 'newsletter'"
        " AND name IN (SELECT value FROM json_each(?))",
        (json.dumps(list(newsletters)),),
    ).fetchone()
    return int(items)


def _documents(connection: ScopedConnection, words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield how many documents have each word; for scripts without spaces an upper bound, that of its rarest pair."""
    parts = {word: [token.text for token in tokenize(word)[:-1]] if is_paired(word) else [word] for word in words}
    rows = connection.execute(
        "SELECT word, documents FROM search_words WHERE word IN (SELECT value FROM json_each(?))",
        (json.dumps(list({part for each in parts.values() for part in each})),),
    )
    counts: dict[str, int] = dict(rows.fetchall())
    for word, each in parts.items():
        if each and counts.keys() >= set(each):
            yield word, min(counts[part] for part in each)


def _likelihood_ratio(here: int, sample: int, rate: float) -> float:
    """Return the log-likelihood ratio of `here` occurrences in a sample; 0 if its rate is not clearly higher than
    elsewhere.
    """
    share = min(here / sample, 0.999)
    if share < _LIFT * rate:
        return 0.0
    return 2 * (here * math.log(share / rate) + (sample - here) * math.log((1 - share) / (1 - rate)))


def _written(written: Sequence[str], words: Sequence[str], topic: frozenset[str]) -> tuple[str, ...]:
    """Return the words in their most frequent spelling, with adjacent words joined to names."""
    folded = [f" {' '.join(words_of(text))} " for text in written]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for word in words:
        if _stems([word]) <= taken:
            continue
        name = _whole_name(word, [other for other in words if other != word and stem(other) not in taken], folded)
        stems = _stems([name])
        if stems <= topic or stems <= taken:
            continue
        taken |= stems
        found.setdefault(_SIGNS.sub("", fold(name)), _as_written(name, written))
        if len(found) == SHOWN:
            break
    return tuple(found.values())


def _whole_name(word: str, others: Sequence[str], texts: Sequence[str]) -> str:
    """Return `word` with the word that nearly always precedes or follows it; alone if there is none."""
    having = [text for text in texts if f" {word} " in text]
    for other in others:
        for phrase in (f"{word} {other}", f"{other} {word}"):
            together = sum(f" {phrase} " in text for text in having)
            rarer, often = sorted((len(having), sum(f" {other} " in text for text in texts)))
            if together >= max(2, _TOGETHER * rarer, _BOTH * often):
                return phrase
    return word


def _as_written(name: str, texts: Sequence[str]) -> str:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    forms = Counter(match[0] for text in texts for match in pattern.finditer(text))
    if not forms:  # it is written with accents, which `name` lacks
        forms = Counter(word for text in texts for word in _WORD.findall(text) if fold(word) == name)
    return " ".join(forms.most_common(1)[0][0].split()) if forms else name


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, split at spaces and punctuation."""
    return _WORD.findall(fold(text))


def is_telling(word: str) -> bool:
    """Whether a folded word can be a topic's name."""
    return (
        len(word) > 1
        and word not in _FUNCTION_WORDS
        and word not in WEAK_WORDS
        and word not in _NOISE
        and not _NUMBER.match(word)
        and (len(word) > 2 or not word.isalpha() or not word.isascii())
    )


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(part for text in texts for token in tokenize(text) for part in (token.text, *token.spellings))
