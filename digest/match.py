"""Matches the items of two versions of an issue, and reports what changed.

Items are paired in rounds, most certain criterion first, and within a round by similarity; each item is paired once. An
item keeps its ID as long as one of these applies:

1. nothing changed; the same first link and the same title;
2. the same first link, if no other item has it;
3. the same first link as several items, and a similar title;
4. more than half of its links, or one of them and a similar title;
5. the same title, in order;
6. the same body under another title;
7. the nearest title: nearly the same if both have links, similar if one has none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item

_ALIKE = 55.0  # minimum title similarity, out of 100, of versions of an item
_NEARLY_SAME = 80.0
_COMMON = 20  # a link shared by more items than this does not identify any of them
_WINDOW = 1_000  # old items around an item's position that are searched for a similar title


@dataclass(frozen=True, slots=True)
class Matching:
    """The new version's items under the IDs of the old version, and the IDs of items that differ.

    `changed` items look different to a reader (white space is ignored); `moved` is the smallest set of items that
    explains the new order; an item may be in both. `removed` IDs are in the old order, all others in the new one.
    """

    items: tuple[Item, ...]
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def match(old: Sequence[Item], new: Sequence[Item]) -> Matching:
    """Match the `new` items to the `old` ones."""
    partner = _Pairing(old, new).partner
    taken = {item.id for item in old}
    items: list[Item] = []
    added: list[str] = []
    changed: list[str] = []
    for place, item in enumerate(new):
        before = partner.get(place)
        if before is None:
            identity = _free_id(item.id, taken)
            taken.add(identity)
            added.append(identity)
        else:
            identity = old[before].id
            if visible(old[before]) != visible(item):
                changed.append(identity)
        items.append(item if item.id == identity else replace(item, id=identity))
    kept = set(partner.values())
    moved = _moved([(partner[place], items[place].id) for place in range(len(new)) if place in partner])
    removed = tuple(item.id for place, item in enumerate(old) if place not in kept)
    return Matching(tuple(items), tuple(changed), tuple(added), removed, moved)


def visible(item: Item) -> tuple[object, ...]:
    """Return what a reader sees of an item, with normalised white space."""
    return (
        _squeezed(item.title),
        _squeezed(item.body or item.text),
        tuple((_squeezed(link.text), link.url) for link in item.links),
        item.image,
        tuple(_squeezed(part) for part in item.section),
    )


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _free_id(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, with a numeric suffix if another item, even a removed one, has that ID."""
    identity, number = wanted, 2
    while identity in taken:
        identity, number = f"{wanted}-{number}", number + 1
    return identity


def _moved(pairs: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Return the IDs of items outside a longest subsequence that kept its order."""
    tails: list[int] = []  # smallest last old position of a subsequence of each length
    ends: list[int] = []  # index of the pair at that position
    previous: list[int] = []
    for index, (place, _) in enumerate(pairs):
        size = bisect_left(tails, place)
        previous.append(ends[size - 1] if size else -1)
        tails[size : size + 1] = [place]
        ends[size : size + 1] = [index]
    kept: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(index)
        index = previous[index]
    return tuple(identity for index, (_, identity) in enumerate(pairs) if index not in kept)


class _Pairing:
    """Finds the old position for each new position."""

    def __init__(self, old: Sequence[Item], new: Sequence[Item]) -> None:
        self.partner: dict[int, int] = {}
        self._old, self._new = old, new
        self._old_titles = [_squeezed(item.title).casefold() for item in old]
        self._new_titles = [_squeezed(item.title).casefold() for item in new]
        self._old_left = set(range(len(old)))
        self._new_left = set(range(len(new)))
        self._unchanged()
        self._same_first_link()
        self._shared_links()
        self._same_titles()
        self._same_body()
        self._near_titles()

    def _take(self, pairs: Iterable[tuple[float, int, int]]) -> None:
        """Pair (similarity, old position, new position), most similar first, then nearest."""
        shift = len(self._new) - len(self._old)

        def order(pair: tuple[float, int, int]) -> tuple[float, int, int]:
            likeness, before, after = pair
            return -likeness, min(abs(after - before), abs(after - before - shift)), after

        for _, before, after in sorted(pairs, key=order):
            if before in self._old_left and after in self._new_left:
                self.partner[after] = before
                self._old_left.discard(before)
                self._new_left.discard(after)

    def _likeness(self, before: int, after: int) -> float:
        from rapidfuzz import fuzz

        return fuzz.ratio(self._old_titles[before], self._new_titles[after])

    def _unchanged(self) -> None:
        olds: dict[object, list[int]] = defaultdict(list)
        for before in sorted(self._old_left, reverse=True):
            olds[visible(self._old[before])].append(before)
        seen = [(after, visible(item)) for after, item in enumerate(self._new)]
        self._take([(100.0, olds[content].pop(), after) for after, content in seen if olds.get(content)])

    def _same_first_link(self) -> None:
        olds, news = _by_first_link(self._old, self._old_left), _by_first_link(self._new, self._new_left)
        alone: list[tuple[float, int, int]] = []
        several: list[tuple[float, int, int]] = []
        for address, befores in olds.items():
            afters = news.get(address, [])
            if len(befores) == len(afters) == 1:
                alone.append((self._likeness(befores[0], afters[0]), befores[0], afters[0]))
            else:
                several += self._likely(befores, afters)
        self._take(pair for pair in several if pair[0] == 100.0)
        self._take(alone)
        self._take(several)

    def _likely(self, befores: Sequence[int], afters: Sequence[int]) -> Iterator[tuple[float, int, int]]:
        """Yield pairs of similar titles among items with the same link; of equal titles if there are too many."""
        if len(befores) * len(afters) <= _COMMON * _COMMON:
            for before in befores:
                for after in afters:
                    if (likeness := self._likeness(before, after)) >= _ALIKE:
                        yield likeness, before, after
            return
        titles: dict[str, list[int]] = defaultdict(list)
        for before in reversed(befores):
            titles[self._old_titles[before]].append(before)
        for after in afters:
            if same := titles.get(self._new_titles[after]):
                yield 100.0, same.pop(), after

    def _shared_links(self) -> None:
        owners: dict[str, list[int]] = defaultdict(list)
        for before in sorted(self._old_left):
            for address in _addresses(self._old[before]):
                owners[address].append(before)
        pairs: list[tuple[float, int, int]] = []
        for after in self._new_left:
            mine = _addresses(self._new[after])
            near = {
                one for address in mine if len(owners.get(address, ())) <= _COMMON for one in owners.get(address, ())
            }
            for before in near:
                theirs = _addresses(self._old[before])
                share = 2 * len(mine & theirs) / (len(mine) + len(theirs))
                likeness = self._likeness(before, after)
                if share > 0.5 or likeness >= _ALIKE:
                    pairs.append((100 * share + likeness, before, after))
        self._take(pairs)

    def _same_titles(self) -> None:
        olds: dict[str, list[int]] = defaultdict(list)
        for before in sorted(self._old_left, reverse=True):
            olds[self._old_titles[before]].append(before)
        titled = [(after, self._new_titles[after]) for after in sorted(self._new_left) if self._new_titles[after]]
        self._take([(100.0, olds[title].pop(), after) for after, title in titled if olds.get(title)])

    def _same_body(self) -> None:
        bodies: dict[str, list[int]] = defaultdict(list)
        for before in sorted(self._old_left):
            if body := _squeezed(self._old[before].text):
                bodies[body].append(before)
        pairs: list[tuple[float, int, int]] = []
        for after in self._new_left:
            same = bodies.get(_squeezed(self._new[after].text), [])[:_COMMON]
            pairs += ((self._likeness(before, after), before, after) for before in same)
        self._take(pairs)

    def _near_titles(self) -> None:
        from rapidfuzz import fuzz, process

        left = sorted(self._old_left)
        pairs: list[tuple[float, int, int]] = []
        for after in self._new_left:
            title = self._new_titles[after]
            if not title or not left:
                continue
            start = max(0, bisect_left(left, after) - _WINDOW // 2)
            choices = {before: self._old_titles[before] for before in left[start : start + _WINDOW]}
            for _, likeness, before in process.extract(title, choices, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5):
                needed = _NEARLY_SAME if self._old[before].links and self._new[after].links else _ALIKE
                if likeness >= needed:
                    pairs.append((likeness, before, after))
        self._take(pairs)


def _addresses(item: Item) -> set[str]:
    return {_address(link.url) for link in item.links}


def _address(url: str) -> str:
    return url.strip().rstrip("/")


def _by_first_link(items: Sequence[Item], places: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place in sorted(places):
        if items[place].links:
            found[_address(items[place].links[0].url)].append(place)
    return found
