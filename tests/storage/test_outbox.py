from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest

from digest.model import Issue
from storage.archive import Archive
from storage.database import Database
from storage.layouts import Layout, OnRemoved
from storage.outbox import Outbox
from storage.records import Action, Delivery, Gate, State, StoredIssue, Subscription
from storage.reposting import IssuePart
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ALL = Scope.everything()

HOUR = dt.timedelta(hours=1)
CHANNEL, OTHER = 700, 800


@dataclass
class Channels:
    """Takes what the outbox hands out, as Discord would, and remembers what each channel shows."""

    outbox: Outbox
    subscriptions: Subscriptions
    archive: Archive
    now: dt.datetime
    shown: dict[int, list[tuple[int, int | None]]] = field(default_factory=dict)  # channel -> (message, item)
    marked: set[int] = field(default_factory=set)
    last_id: int = 9000

    async def follow(self, channel: int = CHANNEL, **values: object) -> Subscription:
        kinds = {"layout": Layout, "on_removed": OnRemoved}
        values = {name: kinds[name](value) if name in kinds else value for name, value in values.items()}
        wish = Follow(newsletter="Tech Beats", channel=channel, **values)  # type: ignore[arg-type]
        return await self.subscriptions.add(wish, now=self.now, guild_id=1)

    async def publish(self, issue: Issue) -> StoredIssue:
        [found] = await self.put(issue)
        await self.outbox.plan(found.id, now=self.now)
        return found

    async def put(self, *issues: Issue, **values: object) -> list[StoredIssue]:
        arrivals = [(issue, self.now) for issue in issues]
        return await self.archive.store("Tech Beats", arrivals, now=self.now, **values)  # type: ignore[arg-type]

    async def step(self, channel: int = CHANNEL) -> Delivery | None:
        delivery = await self.outbox.claim_next(channel, now=self.now)
        if delivery is not None:
            await self.perform(delivery)
        return delivery

    async def perform(self, delivery: Delivery) -> None:
        here = self.shown.setdefault(delivery.channel_id, [])
        if delivery.action is Action.POST:
            self.last_id += 1
            here.append((self.last_id, delivery.item_id))
            assert await self.outbox.sent(delivery.id, self.last_id, now=self.now, content_hash="h")
            return
        assert delivery.message_id is not None
        if delivery.action is Action.DELETE:
            here.remove((delivery.message_id, delivery.item_id))
        elif delivery.action is Action.WITHDRAW:
            self.marked.add(delivery.message_id)
        assert await self.outbox.sent(delivery.id, now=self.now, content_hash="h")

    async def drain(self, channel: int = CHANNEL) -> list[Delivery]:
        done: list[Delivery] = []
        while (delivery := await self.step(channel)) is not None:
            done.append(delivery)
        return done

    def items(self, channel: int = CHANNEL) -> list[int | None]:
        return [item for _, item in self.shown.get(channel, [])]


@pytest.fixture
def channels(outbox: Outbox, subscriptions: Subscriptions, archive: Archive, now: dt.datetime) -> Channels:
    return Channels(outbox, subscriptions, archive, now)


def did(done: list[Delivery]) -> list[tuple[str, int | None]]:
    return [(delivery.action.value, delivery.item_id) for delivery in done]


# planning


async def test_the_header_comes_first_then_the_items_in_order(channels: Channels, make) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b", "c"))
    await channels.drain()
    assert channels.items() == [None, *issue.added]


async def test_planning_releases_the_issue_and_is_done_once(channels: Channels, make, now) -> None:
    await channels.follow()
    [found] = await channels.put(make.issue("a", "b"))
    assert await channels.outbox.plan(found.id, now=now) == 3
    assert await channels.outbox.plan(found.id, now=now + HOUR) == 0
    record = await channels.archive.issue(ALL, found.id)
    assert record is not None
    assert (record.gate, record.released_at) == (Gate.RELEASED, now)
    assert await channels.archive.due("Tech Beats", now=now) == []
    assert await channels.outbox.plan(999, now=now) == 0


async def test_only_followers_of_the_newsletter_get_it(channels: Channels, subscriptions, make, now) -> None:
    await channels.follow(CHANNEL)
    await subscriptions.add(Follow(newsletter="Another", channel=OTHER), now=now)
    await channels.publish(make.issue("a"))
    assert await channels.outbox.due_channels(now=now) == [CHANNEL]


async def test_a_backfill_goes_to_one_channel_and_leaves_the_gate(channels: Channels, make, now) -> None:
    await channels.follow(CHANNEL)
    second = await channels.follow(OTHER)
    [found] = await channels.put(make.issue("a"), first_gate=lambda _: Gate.FILED)
    assert await channels.outbox.plan(found.id, [second.id], now=now) == 2
    assert await channels.outbox.plan(found.id, [second.id], now=now) == 0
    record = await channels.archive.issue(ALL, found.id)
    assert record is not None
    assert record.gate is Gate.FILED
    await channels.drain(OTHER)
    assert channels.items(OTHER) == [None, *found.added]
    assert channels.items(CHANNEL) == []


async def test_filters_choose_issues_and_items(channels: Channels, make) -> None:
    await channels.follow(1, sections=("tools",))
    await channels.follow(2, exclude_sections=("TOOLS",))
    await channels.follow(3, tags=("Science",))
    await channels.follow(4, tags=("sports",))
    items = (make.item("a", section=("Tools", "New")), make.item("b", section=("News",)))
    issue = await channels.publish(make.issue(items=items))
    a, b = issue.added
    for channel in (1, 2, 3, 4):
        await channels.drain(channel)
    assert [channels.items(channel) for channel in (1, 2, 3, 4)] == [[None, a], [None, b], [None, a, b], []]


@pytest.mark.both_engines
async def test_a_digest_is_one_message(channels: Channels, make) -> None:
    await channels.follow(layout="digest")
    await channels.publish(make.issue("a", "b"))
    await channels.drain()
    assert channels.items() == [None]
    await channels.put(make.issue("a", "b", "c"))
    assert did(await channels.drain()) == [("edit", None)]
    await channels.put(make.issue("b", "a", "c"))  # it lists them in their order
    assert did(await channels.drain()) == [("edit", None)]


async def test_a_plan_that_was_interrupted_is_planned_to_its_end(channels: Channels, subscriptions, make, now) -> None:
    followed = [await channels.follow(channel) for channel in range(1, 26)]
    [found] = await channels.put(make.issue("a", "b"))
    await channels.outbox.plan(found.id, [each.id for each in followed[:10]], now=now)  # as far as it came
    [record] = await channels.archive.due("Tech Beats", now=now)
    assert await channels.outbox.plan(record.id, now=now) == 15 * 3
    assert await channels.archive.due("Tech Beats", now=now) == []
    assert sorted(await channels.outbox.due_channels(now=now)) == list(range(1, 26))


# claiming


@pytest.mark.both_engines
async def test_a_claim_says_all_that_settling_needs(channels: Channels, db: Database, make, now) -> None:
    await channels.follow(role=55)
    await channels.publish(make.issue("a"))
    first = await channels.outbox.claim_next(CHANNEL, now=now, last_message_id=123)
    assert first is not None
    assert (first.state, first.sending_at, first.last_message_id, first.attempts) == (State.SENDING, now, 123, 1)
    assert first.nonce.startswith(db.instance_id)
    assert (first.role_id, first.guild_id, first.layout, first.newsletter) == (55, 1, "auto", "Tech Beats")
    assert await channels.outbox.unsettled() == [first]
    assert await channels.outbox.unsettled(OTHER) == []
    await channels.perform(first)
    second = await channels.outbox.claim_next(CHANNEL, now=now)
    assert second is not None
    assert second.last_message_id == 9001  # our own last one, if nobody said another
    assert second.nonce != first.nonce
    assert second.mark != first.mark


async def test_nothing_is_claimed_beside_an_unsettled_one(channels: Channels, make, now) -> None:
    await channels.follow()
    await channels.publish(make.issue("a"))
    first = await channels.outbox.claim_next(CHANNEL, now=now)
    assert first is not None
    assert await channels.outbox.claim_next(CHANNEL, now=now) is None
    assert await channels.outbox.due_channels(now=now) == []


async def test_a_failed_attempt_keeps_its_place_and_its_nonce(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b"))
    await channels.step()
    first = await channels.outbox.claim_next(CHANNEL, now=now)
    assert first is not None
    await channels.outbox.released(first.id, not_before=now + HOUR, reason="HTTP 503")
    assert await channels.outbox.claim_next(CHANNEL, now=now) is None
    assert await channels.outbox.due_channels(now=now) == []
    assert await channels.outbox.next_due_at(now=now) == now + HOUR
    again = await channels.outbox.claim_next(CHANNEL, now=now + HOUR)
    assert again is not None
    assert (again.id, again.nonce, again.attempts, again.is_late) == (first.id, first.nonce, 2, False)
    await channels.perform(again)
    await channels.drain()
    assert channels.items() == [None, *issue.added]


@pytest.mark.both_engines
async def test_a_parked_one_lets_the_others_pass_and_comes_late(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b", "c"))
    a, b, c = issue.added
    await channels.step()
    parked = await channels.outbox.claim_next(CHANNEL, now=now)
    assert parked is not None
    await channels.outbox.failed(parked.id, "HTTP 400")
    await channels.drain()
    assert channels.items() == [None, b, c]
    [told] = await channels.outbox.parked(CHANNEL)
    assert (told.item_id, told.error) == (a, "HTTP 400")
    await channels.outbox.retry(parked.id)
    [late] = await channels.drain()
    assert (late.item_id, late.is_late) == (a, True)
    assert await channels.outbox.parked() == []


async def test_a_parked_one_is_tried_again_when_its_author_mends_it(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.step()
    parked = await channels.outbox.claim_next(CHANNEL, now=now)
    assert parked is not None
    await channels.outbox.failed(parked.id, "HTTP 400")
    await channels.put(replace(issue, summary="Another."))
    assert [each.item_id for each in await channels.drain()] == [None]  # the header's edit alone
    await channels.put(replace(issue, items=(replace(issue.items[0], body="Mended."),)))
    assert ("post", parked.item_id) in did(await channels.drain())


async def test_channels_do_not_wait_for_each_other(channels: Channels, make, now) -> None:
    await channels.follow(CHANNEL)
    await channels.follow(OTHER)
    await channels.publish(make.issue("a", "b"))
    assert await channels.outbox.due_channels(now=now) == [CHANNEL, OTHER]
    assert await channels.outbox.claim_next(CHANNEL, now=now) is not None
    await channels.drain(OTHER)
    assert len(channels.items(OTHER)) == 3


async def test_earlier_issues_come_first(channels: Channels, make) -> None:
    await channels.follow()
    first = await channels.publish(make.issue("a", path="1.md"))
    second = await channels.publish(make.issue("b", path="2.md"))
    await channels.drain()
    assert channels.items() == [None, *first.added, None, *second.added]


# the outcome


@pytest.mark.both_engines
async def test_saying_the_same_twice_is_harmless_and_a_double_is_noticed(channels: Channels, make, now) -> None:
    await channels.follow()
    await channels.publish(make.issue("a"))
    delivery = await channels.outbox.claim_next(CHANNEL, now=now)
    assert delivery is not None
    assert await channels.outbox.sent(delivery.id, 5, now=now)
    assert await channels.outbox.sent(delivery.id, 5, now=now)
    assert not await channels.outbox.sent(delivery.id, 6, now=now)
    found = await channels.outbox.by_message(5)
    assert found is not None
    assert (found.id, found.message_id) == (delivery.id, 5)


async def test_the_echo_settles_sooner_than_the_answer(channels: Channels, db: Database, make, now) -> None:
    await channels.follow()
    await channels.publish(make.issue("a"))
    delivery = await channels.outbox.claim_next(CHANNEL, now=now)
    assert delivery is not None
    assert not await channels.outbox.echoed("another-1.0", 5, now=now)
    assert not await channels.outbox.echoed(f"{db.instance_id}-zz.0", 5, now=now)
    assert await channels.outbox.echoed(delivery.nonce, 5, now=now)
    assert not await channels.outbox.echoed(delivery.mark, 5, now=now)
    assert await channels.outbox.sent(delivery.id, 5, now=now, content_hash="h")
    found = await channels.outbox.by_mark(delivery.mark)
    assert found is not None
    assert (found.state, found.message_id, found.content_hash) == (State.SENT, 5, "h")
    await channels.outbox.released(delivery.id)  # too late: it is known already
    await channels.outbox.failed(delivery.id, "too late")
    again = await channels.outbox.delivery(delivery.id)
    assert again is not None
    assert again.state is State.SENT


async def test_a_message_that_a_person_deleted_is_not_posted_again(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = make.issue("a", "b")
    found = await channels.publish(issue)
    await channels.drain()
    changed = replace(issue, items=(replace(issue.items[0], body="New."), issue.items[1]))
    await channels.put(changed)
    header = await channels.step()
    edit = await channels.outbox.claim_next(CHANNEL, now=now)
    assert header is not None
    assert edit is not None
    assert (edit.action, edit.item_id) == (Action.EDIT, found.added[0])
    await channels.outbox.lost(edit.id, now=now)
    await channels.put(replace(changed, items=(replace(issue.items[0], body="Newer."), issue.items[1])))
    assert did(await channels.drain()) == [("edit", None)]


# changes of the issue


async def test_corrections_edit_late_items_are_posted_removed_ones_marked(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = make.issue("a", "b", "c")
    first = await channels.publish(issue)
    await channels.drain()
    a, b, c = first.added
    new = make.issue("a", "d", "c")
    [second] = await channels.put(replace(new, items=(replace(new.items[0], body="Other."), *new.items[1:])))
    [d] = second.added
    assert second.deliveries == 4
    done = await channels.drain()
    assert did(done) == [("post", d), ("edit", None), ("edit", a), ("withdraw", b)]
    assert done[0].is_late
    assert len(channels.marked) == 1
    assert channels.items() == [None, a, b, c, d]


async def test_new_posts_go_before_edits(channels: Channels, make) -> None:
    await channels.follow()
    issue = make.issue("a", path="1.md")
    await channels.publish(issue)
    await channels.drain()
    await channels.put(replace(issue, summary="Another."))
    await channels.publish(make.issue("b", path="2.md"))
    assert [each.action.value for each in await channels.drain()] == ["post", "post", "edit"]


async def test_edits_wait_until_their_time_and_join(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.drain()
    for word in ("One.", "Two.", "Three."):
        await channels.put(replace(issue, items=(replace(issue.items[0], body=word),)), edits_at=now + HOUR)
    assert await channels.drain() == []
    assert await channels.outbox.next_due_at(now=now) == now + HOUR
    channels.now = now + HOUR
    assert [each.action.value for each in await channels.drain()] == ["edit", "edit"]


async def test_a_change_before_the_post_needs_no_edit(channels: Channels, make) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.put(replace(issue, items=(replace(issue.items[0], body="Mended."),)))
    assert [each.action.value for each in await channels.drain()] == ["post", "post"]


async def test_a_change_while_it_is_being_posted_is_made_afterwards(channels: Channels, make, now) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.step()
    under_way = await channels.outbox.claim_next(CHANNEL, now=now)
    assert under_way is not None
    await channels.put(replace(issue, items=(replace(issue.items[0], body="Mended."),)))
    await channels.perform(under_way)
    assert sorted(did(await channels.drain()), key=str) == [("edit", under_way.item_id), ("edit", None)]


async def test_a_late_item_takes_its_place_while_the_issue_is_being_posted(channels: Channels, make) -> None:
    await channels.follow()
    first = await channels.publish(make.issue("a", "c"))
    await channels.step()
    [second] = await channels.put(make.issue("a", "b", "c"))
    done = await channels.drain()
    a, c = first.added
    assert channels.items() == [None, a, *second.added, c]
    assert not any(each.is_late for each in done)


async def test_what_only_changes_its_place_is_not_late(channels: Channels, make) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b", "c", "d"))
    for _ in range(3):
        await channels.step()
    await channels.put(make.issue("a", "c", "d", "b"))  # b is out, c and d are to come
    done = [each for each in await channels.drain() if each.action is Action.POST]
    assert [each.item_id for each in done] == list(issue.added[2:])
    assert not any(each.is_late for each in done)


@pytest.mark.both_engines
async def test_what_moves_before_a_post_under_way_is_not_late_but_what_comes_or_comes_back_is(
    channels: Channels, make, now
) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b", "c", "gone"))
    await channels.step()
    await channels.step()
    under_way = await channels.outbox.claim_next(CHANNEL, now=now)
    assert under_way is not None
    await channels.put(make.issue("a", "b", "c"))
    channels.now = now + HOUR
    [changed] = await channels.put(make.issue("a", "c", "new", "gone", "b"))
    await channels.perform(under_way)
    late = {each.item_id: each.is_late for each in await channels.drain() if each.action is Action.POST}
    _, b, c, gone = issue.added
    [new] = (item for item in changed.added if item != gone)
    assert under_way.item_id == b
    assert late == {c: False, new: True, gone: True}


async def test_what_comes_or_comes_back_before_what_is_out_is_late(channels: Channels, make) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b"))
    await channels.step()
    await channels.put(make.issue("b"))  # a is taken back before it was posted
    assert did(await channels.drain())[0] == ("post", issue.added[1])
    [changed] = await channels.put(make.issue("a", "new", "b", "last"))
    late = {each.item_id: each.is_late for each in await channels.drain() if each.action is Action.POST}
    new, last = (item for item in changed.added if item != issue.added[0])
    assert late == {issue.added[0]: True, new: True, last: False}


async def test_an_item_that_is_removed_before_it_was_posted_is_not(channels: Channels, make) -> None:
    await channels.follow()
    first = await channels.publish(make.issue("a", "b"))
    await channels.put(make.issue("a"))
    await channels.drain()
    assert channels.items() == [None, first.added[0]]
    await channels.put(make.issue("a", "b"))
    await channels.drain()
    assert channels.items() == [None, *first.added]


@pytest.mark.parametrize(
    ("on_removed", "actions", "left"),
    [("mark", ["withdraw", "withdraw"], 2), ("delete", ["delete", "delete"], 0), ("keep", [], 2)],
)
async def test_a_removed_issue_is_withdrawn_as_the_admin_chose(
    channels: Channels, make, now, on_removed: str, actions: list[str], left: int
) -> None:
    await channels.follow(on_removed=on_removed)
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.drain()
    await channels.archive.miss("Tech Beats", [issue.path])
    await channels.archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    assert [each.action.value for each in await channels.drain()] == actions
    assert len(channels.items()) == left


async def test_a_removal_that_is_taken_back_in_time_sends_nothing(channels: Channels, make, now) -> None:
    await channels.follow(on_removed="delete")
    issue = make.issue("a", "b")
    await channels.publish(issue)
    await channels.drain()
    await channels.archive.miss("Tech Beats", [issue.path])
    await channels.archive.held.carry_out("Tech Beats", now=now, edits_at=now + HOUR)
    assert (await channels.outbox.counts())[State.PENDING] == 3
    [back] = await channels.put(issue)
    assert back.is_changed
    assert (await channels.outbox.counts())[State.PENDING] == 0
    assert await channels.drain() == []


async def test_a_deleted_message_comes_back_under_a_new_identity(channels: Channels, make, now) -> None:
    await channels.follow(on_removed="delete")
    issue = make.issue("a", "b")
    first = await channels.publish(issue)
    before = {each.item_id: each for each in await channels.drain()}
    await channels.put(make.issue("a"))
    await channels.drain()
    assert channels.items() == [None, first.added[0]]
    await channels.put(issue)
    back = next(each for each in await channels.drain() if each.action is Action.POST)
    old = before[first.added[1]]
    assert (back.item_id, back.generation) == (old.item_id, old.generation + 1)
    assert back.nonce != old.nonce
    assert sorted(channels.items(), key=str) == sorted([None, *first.added], key=str)
    assert await channels.outbox.plan(first.id, now=now) == 0


@pytest.mark.both_engines
async def test_an_item_that_comes_back_while_it_is_being_deleted_is_posted_anew(channels: Channels, make, now) -> None:
    await channels.follow(on_removed="delete")
    first = await channels.publish(make.issue("a", "b"))
    posted = {each.item_id: each for each in await channels.drain()}
    await channels.put(make.issue("a"))
    await channels.step()  # the header
    deleting = await channels.outbox.claim_next(CHANNEL, now=now)
    assert deleting is not None
    assert deleting.action is Action.DELETE
    await channels.put(make.issue("a", "b"))
    await channels.perform(deleting)
    again = next(each for each in await channels.drain() if each.action is Action.POST)
    assert again.item_id == first.added[1]
    assert again.nonce != posted[again.item_id].nonce
    assert again.message_id is None


@pytest.mark.parametrize("on_removed", ["mark", "delete", "keep"])
async def test_an_item_that_comes_back_with_other_words_shows_them(channels: Channels, make, on_removed: str) -> None:
    """Its removal was never seen in the channel: `done` and `wanted` are as before, the words are not."""
    await channels.follow(on_removed=on_removed)
    first = await channels.publish(make.issue("a", "b"))
    await channels.drain()
    await channels.put(make.issue("a"))
    changed = make.issue("a", "b")
    changed = replace(changed, items=(changed.items[0], replace(changed.items[1], body="Other words.")))
    await channels.put(changed)
    assert ("edit", first.added[1]) in did(await channels.drain())


async def test_white_space_sends_nothing(channels: Channels, make) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    await channels.drain()
    [again] = await channels.put(replace(issue, summary="A  week of\nstories."))
    assert again.deliveries == 0
    assert await channels.drain() == []


async def test_late_items_of_old_issues_are_kept_but_not_posted(channels: Channels, make, now) -> None:
    await channels.follow()
    await channels.publish(make.issue("a"))
    await channels.drain()
    channels.now = now + 1000 * HOUR
    await channels.put(make.issue("a", "b"), late_since=now + HOUR)
    assert [each.action.value for each in await channels.drain()] == ["edit"]


async def test_filed_issues_never_send_anything(channels: Channels, make) -> None:
    await channels.follow()
    await channels.put(make.issue("a"), first_gate=lambda _: Gate.FILED)
    await channels.put(make.issue("a", "b"))
    assert await channels.drain() == []


# threads


@pytest.mark.parametrize("layout", ["thread", "forum"])
async def test_items_go_into_the_thread_that_the_header_opens(channels: Channels, make, now, layout: str) -> None:
    await channels.follow(layout=layout)
    await channels.publish(make.issue("a"))
    header = await channels.outbox.claim_next(CHANNEL, now=now)
    assert header is not None
    assert header.item_id is None
    assert header.thread_id is None
    await channels.outbox.sent(header.id, 77, now=now)
    item = await channels.outbox.claim_next(CHANNEL, now=now)
    assert item is not None
    assert item.thread_id == 77  # a thread has the number of the message that it began with


async def test_items_have_no_place_without_their_thread(channels: Channels, make, now) -> None:
    await channels.follow(layout="forum")
    issue = make.issue("a", path="1.md")
    await channels.publish(issue)
    header = await channels.outbox.claim_next(CHANNEL, now=now)
    assert header is not None
    await channels.outbox.failed(header.id, "the forum asks for a tag")
    assert await channels.outbox.claim_next(CHANNEL, now=now) is None
    assert await channels.outbox.due_channels(now=now) == []
    second = await channels.publish(make.issue("b", path="2.md"))
    await channels.drain()
    assert channels.items() == [None, *second.added]  # another issue is not held up
    await channels.outbox.retry(header.id)
    assert len(await channels.drain()) == 2


async def test_items_find_the_thread_of_a_header_that_came_back(channels: Channels, make, now) -> None:
    """The issue was taken back while its header was on its way, and published again: only the header is posted anew."""
    await channels.follow(layout="thread")
    issue = make.issue("a")
    first = await channels.publish(issue)
    header = await channels.outbox.claim_next(CHANNEL, now=now)
    assert header is not None
    await channels.archive.miss("Tech Beats", [issue.path])
    await channels.archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    await channels.perform(header)
    assert did(await channels.drain()) == [("delete", None)]
    await channels.put(issue)
    assert did(await channels.drain()) == [("post", None), ("post", first.added[0])]


@pytest.mark.both_engines
async def test_a_deleted_thread_ends_what_was_to_come_in_it(channels: Channels, make, now) -> None:
    await channels.follow(layout="thread")
    await channels.publish(make.issue("a", "b"))
    header = await channels.step()
    assert header is not None
    await channels.outbox.lost(header.id, now=now)
    assert await channels.drain() == []
    assert (await channels.outbox.counts())[State.SKIPPED] == 3


# reposts


@pytest.mark.both_engines
async def test_a_repost_is_a_new_generation(channels: Channels, make, now) -> None:
    subscription = await channels.follow()
    issue = await channels.publish(make.issue("a", "b"))
    before = await channels.drain()
    assert (await channels.outbox.repost_effect(IssuePart(issue_id=issue.id), subscription)).posted == 3
    again = await channels.outbox.repost_issue(issue.id, subscription, now=now)
    assert len(again) == 3
    assert {each.nonce for each in again}.isdisjoint({each.nonce for each in before})
    await channels.drain()
    assert channels.items() == [None, *issue.added, None, *issue.added]
    await channels.outbox.repost_item(issue.added[1], subscription, now=now)
    [one] = await channels.drain()
    assert (one.item_id, one.generation) == (issue.added[1], 2)


async def test_a_repost_replaces_what_is_pending_or_parked(channels: Channels, make, now) -> None:
    subscription = await channels.follow()
    issue = await channels.publish(make.issue("a", "b"))
    await channels.step()
    parked = await channels.outbox.claim_next(CHANNEL, now=now)
    assert parked is not None
    await channels.outbox.failed(parked.id, "HTTP 400")
    await channels.outbox.repost_issue(issue.id, subscription, now=now)
    await channels.drain()
    assert channels.items() == [None, None, *issue.added]
    await channels.put(make.issue("a"))
    await channels.put(make.issue("a", "b"))
    await channels.drain()
    assert channels.items() == [None, None, *issue.added]


async def test_a_channel_that_does_not_follow_can_get_something_once(
    channels: Channels, subscriptions, make, now
) -> None:
    await channels.follow()
    issue = make.issue("a")
    found = await channels.publish(issue)
    once = await subscriptions.for_repost("Tech Beats", OTHER, now=now, guild_id=1)
    assert once.origin == "repost"
    await channels.outbox.repost_item(found.added[0], once, now=now)
    await channels.drain(OTHER)
    assert channels.items(OTHER) == list(found.added)
    await channels.publish(make.issue("b", path="2.md"))
    assert await channels.drain(OTHER) == []
    await channels.put(replace(issue, items=(replace(issue.items[0], body="Mended."),)))
    assert did(await channels.drain(OTHER)) == [("edit", found.added[0])]


async def test_a_repost_into_a_forum_brings_its_header(channels: Channels, make, now) -> None:
    subscription = await channels.follow(layout="forum")
    [found] = await channels.put(make.issue("a", "b"), first_gate=lambda _: Gate.FILED)
    await channels.outbox.repost_item(found.added[1], subscription, now=now)
    assert [each.item_id for each in await channels.drain()] == [None, found.added[1]]
    await channels.outbox.repost_item(found.added[0], subscription, now=now)
    [item] = await channels.drain()
    assert (item.item_id, item.thread_id) == (found.added[0], 9001)


# for people


@pytest.mark.both_engines
async def test_messages_are_found_for_jump_links(channels: Channels, make) -> None:
    await channels.follow()
    issue = await channels.publish(make.issue("a", "b"))
    await channels.drain()
    a, b = issue.added
    assert await channels.outbox.messages_of([a, b, 999], 1) == {a: (CHANNEL, 9002), b: (CHANNEL, 9003)}
    assert await channels.outbox.messages_of([a], 2) == {}
    await channels.put(make.issue("a"))
    await channels.drain()
    assert await channels.outbox.messages_of([a, b], 1) == {a: (CHANNEL, 9002)}


async def test_counts_and_ages(channels: Channels, make, now) -> None:
    assert await channels.outbox.oldest_pending_at(now=now) is None
    await channels.follow()
    issue = await channels.publish(make.issue("a"))
    assert await channels.outbox.oldest_pending_at(now=now + HOUR) == now
    await channels.drain()
    counts = await channels.outbox.counts()
    assert counts == {**dict.fromkeys(State, 0), State.SENT: 2}
    assert len(await channels.outbox.of_issue(issue.id)) == 2


# what comes to an issue of which a channel got nothing


@pytest.mark.both_engines
async def test_an_issue_begins_where_its_filter_left_all_of_it_out_once_something_passes(
    channels: Channels, make, now
) -> None:
    await channels.follow(words_none=("ferns",))
    await channels.follow(OTHER)
    ferns = make.issue("ferns")
    await channels.publish(ferns)
    assert await channels.drain() == []
    [changed] = await channels.put(make.issue("ferns", "moss"), edits_at=now + HOUR)
    assert await channels.drain() == []
    channels.now = now + HOUR
    assert did(await channels.drain()) == [("post", None), ("post", changed.added[0])]
    await channels.put(make.issue("ferns", "moss", "more ferns", "lichen"))
    assert [each.action for each in await channels.drain()] == [Action.POST, Action.EDIT]  # lichen, and the header


async def test_an_issue_begins_where_its_author_adds_the_tag_that_is_followed(channels: Channels, make) -> None:
    await channels.follow(tags=("rust",))
    issue = make.issue("a", "b")
    found = await channels.publish(issue)
    assert await channels.drain() == []
    await channels.put(replace(issue, summary="Corrected."))
    assert await channels.drain() == []
    await channels.put(replace(issue, tags=(*issue.tags, "rust")))
    assert did(await channels.drain()) == [("post", None), *(("post", item) for item in found.added)]


async def test_what_was_left_out_stays_out_when_the_filter_or_another_story_changes(channels: Channels, make) -> None:
    await channels.follow(words_none=("ferns",))
    issue = make.issue("ferns", "more ferns")
    await channels.publish(issue)
    await channels.follow(words_none=("granite",))
    await channels.put(replace(issue, summary="Corrected."))
    assert await channels.drain() == []
    [changed] = await channels.put(make.issue("ferns", "more ferns", "moss"))
    assert did(await channels.drain()) == [("post", None), ("post", changed.added[0])]


async def test_nothing_begins_long_after_the_issue_was_posted(channels: Channels, make, now) -> None:
    await channels.follow(words_none=("ferns",))
    await channels.publish(make.issue("ferns"))
    await channels.put(make.issue("ferns", "moss"), late_since=now + HOUR)
    assert await channels.drain() == []


async def test_an_edit_that_nobody_recorded_leaves_unknown_what_the_message_shows(
    channels: Channels, make, now
) -> None:
    await channels.follow()
    issue = make.issue("a")
    await channels.publish(issue)
    for _ in range(2):
        posted = await channels.outbox.claim_next(CHANNEL, now=now)
        assert posted is not None
        await channels.outbox.sent(posted.id, 9000 + posted.id, now=now, content_hash="old")
    await channels.put(replace(issue, items=(replace(issue.items[0], body="Other."),)))
    under_way = await channels.outbox.claim_next(CHANNEL, now=now)
    assert under_way is not None
    assert (under_way.action, under_way.content_hash) == (Action.EDIT, "old")
    await channels.outbox.released(under_way.id)
    await channels.put(issue)
    again = await channels.outbox.claim_next(CHANNEL, now=now)
    assert again is not None
    assert (again.id, again.content_hash) == (under_way.id, None)
