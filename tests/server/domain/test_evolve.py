"""The fold that makes every conversation."""

from datetime import UTC, datetime

import pytest

from chat.ids import ConversationId, UserId
from chat.protocol.entries import (
    AnyEntry,
    Created,
    Deleted,
    Edited,
    Joined,
    Left,
    Message,
    Pinned,
    Reacted,
    TopicChanged,
    Unpinned,
)
from chat.protocol.records import ConversationKind, Role
from chat.server.domain.evolve import evolve, pair_of
from chat.server.domain.model import ConversationState, MemberState

ANN, BOB = UserId("u1"), UserId("u2")


def _head(number: int, who: UserId = ANN) -> dict[str, object]:
    return {
        "conversation": "c1",
        "number": number,
        "user": who,
        "nick": "nick",
        "timestamp": datetime(2024, 5, 17, tzinfo=UTC),
    }


def _entry(kind: type[AnyEntry], number: int, who: UserId = ANN, /, **fields: object) -> AnyEntry:
    made: AnyEntry = kind(**_head(number, who), **fields)  # type: ignore[arg-type]
    return made


def _folded(*entries: AnyEntry) -> ConversationState:
    state: ConversationState | None = None
    for entry in entries:
        state = evolve(state, entry)
    assert state is not None
    return state


CHANNEL = _entry(Created, 1, kind=ConversationKind.CHANNEL, name="#Tea")
DIRECT = _entry(Created, 1, BOB, kind=ConversationKind.DIRECT, peer=ANN)


def test_a_channel_begins_empty_with_its_name_and_the_key_of_it() -> None:
    """`created` brings no member; equal names share the key."""
    state = _folded(CHANNEL)
    assert (state.id, state.name, state.name_key, state.last) == ("c1", "#Tea", "#tea", 1)
    assert state.members == {}
    assert state.pair is None


def test_a_direct_conversation_begins_with_its_maker_alone() -> None:
    """The pair stands in a fixed order; it has appeared to the maker only."""
    state = _folded(DIRECT)
    assert state.pair == (ANN, BOB)
    assert state.members.keys() == {BOB}
    assert state.name_key == ""


def test_the_first_message_makes_a_direct_conversation_appear_to_both() -> None:
    """Whoever of the two says it; later messages change nothing but `last`."""
    first = _folded(DIRECT, _entry(Message, 2, BOB, text="hi"))
    assert first.members.keys() == {ANN, BOB}
    second = evolve(first, _entry(Message, 3, ANN, text="hello"))
    assert second.members is first.members
    assert second.last == 3


def test_joining_leaving_and_topics_change_what_they_say() -> None:
    """Each kind of entry has its own effect, and counts."""
    state = _folded(
        CHANNEL,
        _entry(Joined, 2, ANN, role=Role.OPERATOR),
        _entry(Joined, 3, BOB),
        _entry(TopicChanged, 4, BOB, topic="green"),
        _entry(Left, 5, ANN),
    )
    assert state.members == {BOB: MemberState(Role.MEMBER)}
    assert (state.topic, state.last) == ("green", 5)


def test_a_message_shares_everything_with_the_state_before_but_last() -> None:
    """Nothing is copied that did not change: the members are the very same mapping."""
    before = _folded(CHANNEL, _entry(Joined, 2))
    after = evolve(before, _entry(Message, 3, text="hi"))
    assert after.members is before.members
    assert before.last == 2


def test_the_state_before_is_never_changed() -> None:
    """A join makes a new mapping; who holds the old state sees the old members."""
    before = _folded(CHANNEL, _entry(Joined, 2, ANN))
    evolve(before, _entry(Joined, 3, BOB))
    assert before.members.keys() == {ANN}


@pytest.mark.parametrize("number", [2, 4])
def test_an_entry_out_of_its_number_is_a_fault(number: int) -> None:
    """Neither a repeated nor a skipped number gets through."""
    state = _folded(CHANNEL, _entry(Joined, 2))
    with pytest.raises(AssertionError):
        evolve(state, _entry(Message, number, text="hi"))


def test_a_conversation_begins_only_once() -> None:
    """`created` on something that is there is a fault, and so is anything else on nothing."""
    with pytest.raises(AssertionError):
        evolve(_folded(CHANNEL), CHANNEL)
    with pytest.raises(AssertionError):
        evolve(None, _entry(Joined, 1))


def test_a_pair_has_one_order() -> None:
    """Whoever asks for whom."""
    assert pair_of(ANN, BOB) == pair_of(BOB, ANN)
    assert ConversationId("c1") == _folded(DIRECT).id


def test_who_may_read_a_channel_and_a_direct_conversation() -> None:
    """Members read a channel; the two read a direct conversation before it has appeared to them."""
    assert not _folded(CHANNEL).may_read(ANN)
    assert _folded(CHANNEL, _entry(Joined, 2)).may_read(ANN)
    direct = _folded(DIRECT)
    assert direct.may_read(ANN)
    assert not direct.may_read(UserId("u3"))
    assert (direct.peer_of(ANN), direct.peer_of(BOB)) == (BOB, ANN)


def test_pins_come_and_go_in_their_order() -> None:
    """A deletion unpins; an edit and a reaction change the message alone."""
    state = _folded(
        CHANNEL,
        *(_entry(Message, number, text="hi") for number in (2, 3, 4)),
        _entry(Pinned, 5, message=3),
        _entry(Pinned, 6, message=2),
        _entry(Pinned, 7, message=4),
    )
    assert state.pins == (3, 2, 4)
    for change in (
        _entry(Edited, 8, message=3, text="ho"),
        _entry(Reacted, 8, message=3, emoji="👍"),
        _entry(TopicChanged, 8, topic="tea"),
    ):
        assert evolve(state, change).pins is state.pins
    assert evolve(state, _entry(Unpinned, 8, message=2)).pins == (3, 4)
    assert evolve(state, _entry(Deleted, 8, message=4)).pins == (3, 2)
