"""The one fold of messages and pins: whoever folds, from wherever, comes to the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.protocol.entries import (
    AnyEntry,
    Deleted,
    Edited,
    Message,
    MessageChange,
    Pinned,
    Reacted,
    TopicChanged,
    Unpinned,
)
from chat.protocol.folding import fold_message, fold_pins
from chat.protocol.records import Reaction

MOMENT = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)


def _head(number: int, user: str = "u1") -> dict[str, object]:
    return {"conversation": "c1", "number": number, "user": user, "nick": "ann", "timestamp": MOMENT}


def _entry(kind: type[AnyEntry], number: int, user: str = "u1", /, **fields: object) -> AnyEntry:
    made: AnyEntry = kind(**_head(number, user), **fields)  # type: ignore[arg-type]
    return made


def _change(kind: type[AnyEntry], number: int, user: str = "u1", /, **fields: object) -> MessageChange:
    made = _entry(kind, number, user, message=1, **fields)
    assert isinstance(made, MessageChange)
    return made


def _folded(message: Message, changes: Sequence[MessageChange]) -> Message:
    for change in changes:
        message = fold_message(message, change)
    return message


SAID = Message(
    conversation="c1", number=1, user="u1", nick="ann", timestamp=MOMENT, text="hi", mentions=("u2",)
)


def test_an_edit_gives_the_text_and_leaves_the_rest() -> None:
    """What it says of itself is the number of the edit."""
    edited = fold_message(SAID, _change(Edited, 4, text="ho"))
    assert edited == replace(SAID, text="ho", edited=4, revision=4)


def test_an_edit_whose_text_is_gone_only_counts_as_seen() -> None:
    """The text that was there stays until what took its place comes."""
    seen = fold_message(SAID, _change(Edited, 4))
    assert (seen.text, seen.revision) == ("hi", 4)
    assert fold_message(seen, _change(Edited, 5, text="hu")).text == "hu"


def test_a_deletion_leaves_nothing_but_the_place() -> None:
    """Text, edit and reactions are gone; whom it mentioned stays, as what was counted."""
    changes = [_change(Edited, 2, text="ho"), _change(Reacted, 3, emoji="👍"), _change(Deleted, 4)]
    assert _folded(SAID, changes) == replace(SAID, text="", deleted=True, revision=4)


@pytest.mark.parametrize(
    "late", [_change(Edited, 9, text="again"), _change(Reacted, 9, emoji="👍"), _change(Deleted, 9)]
)
def test_nothing_changes_what_is_deleted(late: MessageChange) -> None:
    """No entry follows a deletion; one that does all the same brings nothing back."""
    gone = fold_message(SAID, _change(Deleted, 4))
    assert fold_message(gone, late) == gone


def test_reactions_stand_in_the_order_in_which_they_were_given() -> None:
    """Each emoji once; who takes theirs back and gives it again is last."""
    changes = [
        _change(Reacted, 2, "u1", emoji="👍"),
        _change(Reacted, 3, "u2", emoji="🍵"),
        _change(Reacted, 4, "u2", emoji="👍"),
        _change(Reacted, 5, "u1", emoji="👍", removed=True),
        _change(Reacted, 6, "u1", emoji="👍"),
    ]
    folded = _folded(SAID, changes)
    assert folded.reactions == (Reaction(emoji="👍", users=("u2", "u1")), Reaction(emoji="🍵", users=("u2",)))
    assert folded.revision == 6


def test_a_reaction_that_nobody_gives_any_more_is_gone() -> None:
    """So that none has an empty list; given again it is the last."""
    changes = [
        _change(Reacted, 2, emoji="👍"),
        _change(Reacted, 3, emoji="🍵"),
        _change(Reacted, 4, emoji="👍", removed=True),
    ]
    assert [reaction.emoji for reaction in _folded(SAID, changes).reactions] == ["🍵"]
    again = _folded(SAID, [*changes, _change(Reacted, 5, emoji="👍")])
    assert [reaction.emoji for reaction in again.reactions] == ["🍵", "👍"]


def test_a_pin_does_not_touch_the_message() -> None:
    """It belongs to the conversation."""
    for kind in (Pinned, Unpinned):
        assert fold_message(SAID, _change(kind, 5)) is SAID


def test_pins_stand_in_the_order_in_which_they_were_pinned() -> None:
    """Unpinned or deleted they are gone; other entries do not matter."""
    pins: tuple[int, ...] = ()
    entries = [
        _entry(Pinned, 5, message=2),
        _entry(Pinned, 6, message=1),
        _entry(TopicChanged, 7, topic="tea"),
        _entry(Unpinned, 8, message=2),
        _entry(Pinned, 9, message=3),
        _entry(Pinned, 10, message=2),
        _entry(Deleted, 11, message=3),
        _entry(Deleted, 12, message=4),
    ]
    seen = []
    for entry in entries:
        pins = fold_pins(pins, entry)
        seen.append(pins)
    assert seen == [(2,), (2, 1), (2, 1), (1,), (1, 3), (1, 3, 2), (1, 2), (1, 2)]


USERS, EMOJI = st.sampled_from(["u1", "u2", "u3"]), st.sampled_from(["👍", "🍵", "no"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.just("u1"), st.sampled_from(["a", "b", "c"])),
        st.tuples(st.just("react"), USERS, EMOJI),
        st.tuples(st.just("delete"), st.just("u1"), st.just("")),
        st.tuples(st.just("pin"), USERS, st.just("")),
    ),
    max_size=12,
)


def _made(message: Message, what: str, number: int, user: str, detail: str) -> MessageChange:
    """Return the entry that a server would make of a step."""
    if what == "edit":
        return _change(Edited, number, user, text=detail)
    if what == "delete":
        return _change(Deleted, number, user)
    if what == "pin":
        return _change(Pinned, number, user)
    given = {(each.emoji, one) for each in message.reactions for one in each.users}
    return _change(Reacted, number, user, emoji=detail, removed=(detail, user) in given)


def _possible(steps: list[tuple[str, str, str]]) -> list[MessageChange]:
    """Return the entries of the steps, up to a deletion."""
    message, made = SAID, list[MessageChange]()
    for number, (what, user, detail) in enumerate(steps, 2):
        if not message.deleted:
            made.append(_made(message, what, number, user, detail))
            message = fold_message(message, made[-1])
    return made


@given(steps=STEPS, stale=st.integers(0, 12), again=st.integers(0, 12))
def test_a_stale_message_and_its_entries_are_the_fresh_message(
    steps: list[tuple[str, str, str]], stale: int, again: int
) -> None:
    """From any age, and though some entries come a second time."""
    changes = _possible(steps)
    fresh = _folded(SAID, changes)
    old = _folded(SAID, changes[:stale])
    assert _folded(old, changes[min(stale, again) :]) == fresh
    assert _folded(fresh, changes) == fresh


@given(steps=STEPS, stale=st.integers(0, 12))
def test_it_does_not_matter_that_replaced_texts_are_gone(
    steps: list[tuple[str, str, str]], stale: int
) -> None:
    """History tells the newest edit with its text, the older ones without; after a deletion all without."""
    changes = _possible(steps)
    fresh = _folded(SAID, changes)
    in_history = [
        replace(change, text="") if isinstance(change, Edited) and change.number != fresh.edited else change
        for change in changes
    ]
    assert _folded(_folded(SAID, changes[:stale]), in_history[stale:]) == fresh
