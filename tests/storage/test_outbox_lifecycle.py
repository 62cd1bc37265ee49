from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import lifecycle
from storage.identity import NONCE_LIMIT, Identity, mark_of, nonce_of, read
from storage.lifecycle import Life
from storage.records import Action, State, Wanted

SENT = Life(state=State.SENT, claimed_version=1, done=Wanted.SHOWN, done_version=1)


def step(life: Life, name: str, wanted: Wanted) -> Life:
    """One thing that can happen, where it can."""
    if name in {"want", "change"}:
        return lifecycle.want(life, wanted, is_changed=name == "change")
    if name == "claim" and life.state is State.PENDING:
        return lifecycle.claim(life)
    if life.state is State.SENDING:
        moves = {"succeed": lifecycle.succeed, "park": lifecycle.park, "give back": lifecycle.give_back}
        return moves[name](life) if name in moves else life
    return life


events = st.lists(
    st.tuples(
        st.sampled_from(["want", "change", "claim", "claim", "succeed", "succeed", "park", "give back"]),
        st.sampled_from(list(Wanted)),
    ),
    max_size=30,
)


@given(events)
def test_whatever_happens_the_channel_ends_up_as_wanted(happened: list[tuple[str, Wanted]]) -> None:
    life = Life()
    shown = False  # what a reader of the channel sees, kept next to the delivery's own account
    for name, wanted in happened:
        before, life = life, step(life, name, wanted)
        if before.state is State.SENDING and name == "succeed":
            assert not (before.action is Action.POST and shown), "posted twice"
            shown = before.action is not Action.DELETE
    for _ in range(4):
        if life.state is State.PENDING:
            action = life.action
            assert not (action is Action.POST and shown), "posted twice"
            life = lifecycle.succeed(lifecycle.claim(life))
            shown = action is not Action.DELETE
        elif life.state is State.SENDING:
            assert not (life.action is Action.POST and shown), "posted twice"
            shown = life.action is not Action.DELETE
            life = lifecycle.succeed(life)
    assert life.state in {State.SENT, State.FAILED, State.SKIPPED}
    if life.state is State.SENT:
        assert life.done is life.wanted or (life.done is Wanted.DELETED and life.wanted is Wanted.WITHDRAWN)
        assert life.wanted is not Wanted.SHOWN or life.done_version == life.wanted_version
        assert shown is (life.done is not Wanted.DELETED)
    if life.state is State.SKIPPED:
        assert life.done is None
        assert life.wanted is not Wanted.SHOWN


def test_a_correction_and_its_revocation_send_nothing() -> None:
    gone = lifecycle.want(SENT, Wanted.WITHDRAWN)
    assert (gone.state, gone.action) == (State.PENDING, Action.WITHDRAW)
    assert lifecycle.want(gone, Wanted.SHOWN).state is State.SENT


def test_a_change_under_way_is_made_afterwards() -> None:
    life = lifecycle.want(lifecycle.claim(Life()), Wanted.SHOWN, is_changed=True)
    assert life.state is State.SENDING
    after = lifecycle.succeed(life)
    assert (after.state, after.action) == (State.PENDING, Action.EDIT)
    assert lifecycle.succeed(lifecycle.claim(after)).state is State.SENT


def test_a_removal_under_way_is_made_afterwards() -> None:
    life = lifecycle.succeed(lifecycle.want(lifecycle.claim(Life()), Wanted.DELETED))
    assert (life.state, life.action) == (State.PENDING, Action.DELETE)
    never = lifecycle.give_back(lifecycle.want(lifecycle.claim(Life()), Wanted.DELETED))
    assert never.state is State.SKIPPED


def test_a_deleted_message_that_is_wanted_again_is_posted_anew() -> None:
    deleted = lifecycle.succeed(lifecycle.claim(lifecycle.want(SENT, Wanted.DELETED)))
    assert (deleted.state, deleted.done) == (State.SENT, Wanted.DELETED)
    assert lifecycle.want(deleted, Wanted.WITHDRAWN).state is State.SENT
    again = lifecycle.want(deleted, Wanted.SHOWN)
    assert (again.state, again.action, again.done) == (State.PENDING, Action.POST, None)


def test_a_parked_one_waits_for_a_change() -> None:
    parked = lifecycle.park(lifecycle.claim(Life()))
    assert parked.state is State.FAILED
    assert lifecycle.want(parked, Wanted.SHOWN) == parked
    assert lifecycle.want(parked, Wanted.SHOWN, is_changed=True).state is State.PENDING
    assert lifecycle.want(parked, Wanted.DELETED).state is State.SKIPPED
    assert lifecycle.give_back(parked).state is State.PENDING
    changed_meanwhile = lifecycle.want(lifecycle.claim(Life()), Wanted.SHOWN, is_changed=True)
    assert lifecycle.park(changed_meanwhile).state is State.PENDING


def test_what_was_given_up_stays_so() -> None:
    for life in (Life(), SENT, lifecycle.park(lifecycle.claim(Life()))):
        given_up = lifecycle.dismiss(life)
        for wanted in Wanted:
            after = lifecycle.want(given_up, wanted, is_changed=True)
            assert after.state is State.SKIPPED
            assert lifecycle.want(after, Wanted.SHOWN, is_changed=True).state is State.SKIPPED


def test_what_was_skipped_before_it_was_posted_can_come_back() -> None:
    skipped = lifecycle.want(Life(), Wanted.WITHDRAWN)
    assert skipped.state is State.SKIPPED
    assert lifecycle.want(skipped, Wanted.DELETED).state is State.SKIPPED
    assert lifecycle.want(skipped, Wanted.SHOWN).state is State.PENDING


def test_a_withdrawn_message_is_not_touched_by_changes() -> None:
    withdrawn = replace(SENT, wanted=Wanted.WITHDRAWN, done=Wanted.WITHDRAWN)
    assert lifecycle.want(withdrawn, Wanted.WITHDRAWN, is_changed=True).state is State.SENT
    assert lifecycle.want(withdrawn, Wanted.SHOWN).action is Action.EDIT


@given(st.integers(1, 10**12), st.integers(0, 10_000))
def test_identities_are_short_and_can_be_read_back(delivery_id: int, generation: int) -> None:
    identity = Identity(delivery_id, generation)
    nonce, mark = nonce_of("1a2b3c4d", identity), mark_of("1a2b3c4d", identity)
    assert len(nonce) <= NONCE_LIMIT
    assert set(mark) <= set("abcdefghijklmnopqrstuvwxyz0123456789:")
    assert read("1a2b3c4d", nonce) == read("1a2b3c4d", mark) == identity
    assert read("ffffffff", mark) is None


@pytest.mark.parametrize("text", ["", "1a2b3c4d", "1a2b3c4d:", "1a2b3c4d:z", "1a2b3c4d:_:1", "shown", "1a2b3c4d-1.!"])
def test_other_texts_are_no_identity(text: str) -> None:
    assert read("1a2b3c4d", text) is None


def test_a_nonce_that_is_too_long_is_never_sent() -> None:
    with pytest.raises(ValueError, match="a nonce of 30 characters"):
        nonce_of("1a2b3c4d", Identity(36**18, 1))
