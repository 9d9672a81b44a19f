"""Conversations as published: found by id, name, pair and member; and letting sessions in."""

import threading

import msgspec

from chat.ids import ConversationId, UserId
from chat.protocol.records import ChannelMode, ConversationKind
from chat.server.domain.model import ChannelRules, ConversationState, MemberState, ReadMove
from chat.server.state.conversations import Conversations, Slot
from chat.server.state.fanout import Fanout
from chat.server.state.locks import Rank, RankedLock
from tests.support.listening import lines_to, session_of

ANN, BOB, EVE = UserId("u1"), UserId("u2"), UserId("u3")
TEA = ConversationState(
    id=ConversationId("c1"),
    kind=ConversationKind.CHANNEL,
    name="#Tea",
    name_key="#tea",
    last=7,
    members={ANN: MemberState()},
)
DIRECT = ConversationState(
    id=ConversationId("c2"),
    kind=ConversationKind.DIRECT,
    pair=(ANN, BOB),
    last=1,
    members={ANN: MemberState()},
)


def test_what_was_loaded_is_found() -> None:
    """By each of its marks."""
    known = Conversations([TEA, DIRECT], [ReadMove(ANN, TEA.id, 5)])
    slot = known.slot(TEA.id)
    assert slot is not None
    assert slot.value is TEA
    assert known.channel_named("#tea") == TEA.id
    assert known.direct_of((ANN, BOB)) == DIRECT.id
    assert known.of_user(ANN) == {TEA.id, DIRECT.id}
    assert known.of_user(BOB) == frozenset()
    assert (known.mark_of(ANN, TEA.id), known.mark_of(BOB, TEA.id)) == (ReadMove(ANN, TEA.id, 5), None)
    assert known.slot(ConversationId("c9")) is None


def test_a_person_is_shown_where_others_opened_a_conversation_with_them() -> None:
    """Though it has not appeared to them."""
    known = Conversations([TEA, DIRECT], [])
    assert known.showing(BOB) == {DIRECT.id}
    assert known.showing(ANN) == {TEA.id, DIRECT.id}


def test_memberships_come_and_go() -> None:
    """Each noted for its user alone."""
    known = Conversations([TEA], [])
    known.moved(TEA.id, joined=[BOB], left=[ANN])
    assert known.of_user(ANN) == frozenset()
    assert known.of_user(BOB) == {TEA.id}


def test_channels_are_listed_by_name_from_any_name_on() -> None:
    """In order, so many at most, direct conversations never; a cursor need not exist."""
    known = Conversations([DIRECT], [])
    for row, name in enumerate(("#b", "#d", "#a", "#c"), start=10):
        value = msgspec.structs.replace(TEA, id=ConversationId(f"c{row}"), name=name, name_key=name)
        known.add(Slot(value))
    assert known.channels_for(ANN, "", 10) == [("#a", "c12"), ("#b", "c10"), ("#c", "c13"), ("#d", "c11")]
    assert [key for key, _ in known.channels_for(ANN, "#b", 1)] == ["#c"]
    assert [key for key, _ in known.channels_for(ANN, "#bb", 9)] == ["#c", "#d"]


def test_a_private_channel_is_listed_for_who_may_know_of_it() -> None:
    """For members and the invited, as long as they are; and for all again when it is opened."""
    hidden = ruled(TEA, private=True)
    known = Conversations([hidden], [])
    assert [known.channels_for(user, "", 9) for user in (ANN, BOB)] == [[(TEA.name_key, TEA.id)], []]
    invited = ruled(TEA, private=True, invited=(BOB,))
    publish(known, hidden, invited)
    assert known.channels_for(BOB, "", 9) == [(TEA.name_key, TEA.id)]
    assert known.channels_for(BOB, TEA.name_key, 9) == []
    publish(known, invited, TEA)
    assert known.channels_for(BOB, "", 9) == [(TEA.name_key, TEA.id)]
    publish(known, TEA, hidden)
    assert known.channels_for(BOB, "", 9) == []
    known.forget(hidden)
    assert known.channels_for(ANN, "", 9) == []


def ruled(value: ConversationState, *, private: bool, invited: tuple[UserId, ...] = ()) -> ConversationState:
    """A channel with these rules."""
    rules = ChannelRules(mode=ChannelMode(private=private), invited=invited)
    return msgspec.structs.replace(value, rules=rules)


def publish(known: Conversations, before: ConversationState, after: ConversationState) -> None:
    """Replace the value, as the journal does."""
    known.ruled(before, after)
    slot = known.slot(after.id)
    assert slot is not None
    slot.value = after


def test_a_session_is_let_in_at_the_last_it_is_told() -> None:
    """What is published from then on reaches it, nothing from before."""
    fanout, slot, session = Fanout(lambda: None), Slot(TEA), session_of(ANN)
    fanout.append(slot.stream, b"7\n")
    assert slot.attach(session, fanout).last == 7
    fanout.append(slot.stream, b"8\n")
    fanout.deliver()
    assert lines_to(session) == [b"8\n"]


def test_who_may_not_read_is_not_let_in() -> None:
    """Membership counts at the moment of letting in, not when it was asked for."""
    fanout = Fanout(lambda: None)
    for value, user, enters in (
        (TEA, BOB, False),
        (TEA, ANN, True),
        (DIRECT, BOB, True),
        (DIRECT, EVE, False),
    ):
        slot, session = Slot(value), session_of(user)
        slot.attach(session, fanout)
        fanout.deliver()
        assert (session.device in slot.stream.audience) is enters


def test_the_writer_is_woken_outside_the_conversations_lock() -> None:
    """Waking may be a call of the system: it finds no lock held, so the outermost can be taken."""
    woken: list[bool] = []

    def wake() -> None:
        with RankedLock(Rank.CONVERSATION):
            woken.append(True)

    Slot(TEA).attach(session_of(ANN), Fanout(wake))
    assert woken == [True]


def test_who_syncs_while_a_value_is_replaced_sees_the_old_or_the_new_step() -> None:
    """Never a `last` whose entries are still to come, or came before."""
    fanout, slot, start = Fanout(lambda: None), Slot(TEA), threading.Barrier(2)
    sessions = [session_of(ANN) for _ in range(200)]

    def publish() -> None:
        start.wait()
        for number in range(8, 208):
            with slot.lock:
                fanout.extend(slot.stream, [f"{number}\n".encode()])
                slot.value = msgspec.structs.replace(slot.value, last=number)

    thread = threading.Thread(target=publish)
    thread.start()
    start.wait()
    told = [slot.attach(session, fanout).last for session in sessions]
    thread.join()
    while fanout.deliver():
        pass
    for last, session in zip(told, sessions, strict=True):
        assert lines_to(session) == [f"{number}\n".encode() for number in range(last + 1, 208)]
