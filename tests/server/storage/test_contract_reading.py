"""What every store promises those who read: pages, counts of unread messages, first answers."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.ids import SendId
from chat.protocol.entries import AnyEntry, Created, Left, Message, TopicChanged
from chat.protocol.records import ConversationKind, Role
from chat.server.domain.model import (
    MessageKey,
    conversation_id,
    user_id,
)
from chat.server.ports import Answered, Batch, Store, StoreError
from tests.support.batches import (
    MOMENT,
    channel,
    direct,
    founding,
    joined,
    message,
    said,
    send_row,
    user,
    whole_log,
)

C1, U1, U2, U3 = conversation_id(1), user_id(1), user_id(2), user_id(3)


# ------------------------------------------------------------------------------------- pages


@pytest.fixture
def hundred(store: Store) -> Store:
    """A store whose channel 1 has numbers 1 to 100, between channels that are full too."""
    store.commit(founding(channels=3))
    for at, row in enumerate((2, 1, 3)):
        store.commit(said(at + 2, *(message(number, conversation=row) for number in range(2, 101))))
    return store


def _numbers(entries: list[AnyEntry], conversation: int = 1) -> list[int]:
    assert {entry.conversation for entry in entries} <= {conversation_id(conversation)}
    return [entry.number for entry in entries]


@pytest.mark.parametrize(
    ("above", "below", "newest_first", "limit", "numbers"),
    [
        (0, None, False, 500, range(1, 101)),
        (0, None, True, 500, range(1, 101)),
        (0, None, False, 3, range(1, 4)),
        (0, None, True, 3, range(98, 101)),
        (10, 20, False, 500, range(11, 20)),
        (10, 20, True, 4, range(16, 20)),
        (10, 20, False, 4, range(11, 15)),
        (99, None, False, 9, range(100, 101)),
        (100, None, False, 9, range(0)),
        (0, 1, True, 9, range(0)),
        (0, 0, True, 9, range(0)),
        (50, 51, False, 9, range(0)),
        (500, 900, False, 9, range(0)),
    ],
)
def test_a_page_holds_what_lies_between(
    hundred: Store, above: int, below: int | None, newest_first: bool, limit: int, numbers: range
) -> None:
    """Both bounds are left out; the order is ascending from either end; other conversations stay out."""
    page = hundred.page(
        C1, above=above, below=below, newest_first=newest_first, limit=limit, limit_bytes=1 << 20
    )
    assert _numbers(page) == list(numbers)


def test_a_conversation_that_nobody_began_has_empty_pages(hundred: Store) -> None:
    """Asking for it is no error."""
    assert hundred.page(conversation_id(77), limit=9, limit_bytes=1 << 20) == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_ends_where_its_bytes_are_used_up(store: Store, newest_first: bool) -> None:
    """Counted in bytes, not characters, from the end that was asked for."""
    store.commit(founding())
    store.commit(said(2, *(message(number, "ж" * 1000) for number in range(2, 12))))
    one = len(msgspec.json.encode(message(5, "ж" * 1000))) + 1
    assert one > 2000
    page = store.page(C1, above=1, newest_first=newest_first, limit=500, limit_bytes=3 * one + 10)
    assert _numbers(page) == ([9, 10, 11] if newest_first else [2, 3, 4])


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_has_at_least_one_entry(store: Store, newest_first: bool) -> None:
    """However small the budget, so that nobody asks for the same page for ever."""
    store.commit(founding())
    store.commit(said(2, message(2, "x" * 4000), message(3, "y" * 4000)))
    page = store.page(C1, above=1, newest_first=newest_first, limit=500, limit_bytes=1)
    assert _numbers(page) == ([3] if newest_first else [2])


def test_entries_of_every_kind_come_back_as_they_were(store: Store) -> None:
    """All fields of all kinds, defaults and others."""
    store.commit(founding())
    head: dict[str, Any] = {"conversation": C1, "user": U2, "nick": "guest-2", "timestamp": MOMENT}
    entries: list[AnyEntry] = [
        joined(1, 2, who=2, role=Role.OPERATOR),
        Message(**head, number=3, text="waves", action=True, mentions=(U1, U3), revision=9, send_id="s"),
        TopicChanged(**head, number=4, topic=""),
        Left(**head, number=5, reason="tired"),
        joined(1, 6, who=2),
    ]
    store.commit(said(2, *entries))
    assert whole_log(store)[1:] == entries


def test_a_direct_conversation_has_pages_too(store: Store) -> None:
    """One mechanism for both kinds."""
    store.commit(Batch(number=1, users=[user(1), user(2)]))
    pair = direct(1, 1, 2, last=2)
    first = Created(
        conversation=pair.id,
        number=1,
        user=U1,
        nick="guest-1",
        timestamp=MOMENT,
        kind=ConversationKind.DIRECT,
        peer=U2,
    )
    store.commit(Batch(number=2, conversations=[pair], entries=[first, message(2)]))
    assert whole_log(store) == [first, message(2)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    """Quotes, NUL, line separators, what looks like SQL or JSON: the store changes no character."""
    if not store.load().users:
        store.commit(founding())
    number = whole_log(store)[-1].number + 1
    store.commit(said(store.last_batch() + 1, message(number, text)))
    assert whole_log(store)[-1] == message(number, text)


# ------------------------------------------------------------------------------------ unread


def test_unread_are_the_messages_of_others(store: Store) -> None:
    """What one said oneself, and entries that are no messages, don't count."""
    store.commit(founding())
    store.commit(said(2, message(2, by=1), message(3, by=2), joined(1, 4, who=3), message(5, by=3)))
    counts = {row: store.unread(user_id(row), {C1: (0, 5)})[C1].messages for row in (1, 2, 3)}
    assert counts == {1: 2, 2: 2, 3: 2}


def test_unread_are_counted_between_the_two_positions(store: Store) -> None:
    """Above what was read, up to the last that is shown."""
    store.commit(founding())
    store.commit(said(2, *(message(number, by=2, mentions=[1]) for number in range(2, 12))))
    for read, last, count in ((1, 11, 10), (4, 11, 7), (4, 9, 5), (11, 11, 0), (9, 4, 0), (0, 2, 1)):
        unread = store.unread(U1, {C1: (read, last)})[C1]
        assert (unread.messages, unread.mentions) == (count, count), (read, last)


def test_mentions_count_for_those_they_name(store: Store) -> None:
    """One message counts once, and nobody is mentioned by themself."""
    store.commit(founding())
    store.commit(said(2, message(2, mentions=[1, 2, 2]), message(3), message(4, by=2, mentions=[2])))
    assert store.unread(U1, {C1: (0, 4)})[C1].mentions == 0
    assert store.unread(U2, {C1: (0, 4)})[C1].mentions == 1
    assert store.unread(U3, {C1: (0, 4)})[C1].mentions == 0


def test_unread_of_several_conversations_are_told_at_once(store: Store) -> None:
    """Each for itself; an unknown one has none."""
    store.commit(founding(channels=2))
    store.commit(said(2, message(2), message(3)))
    store.commit(said(3, message(2, conversation=2, mentions=[3])))
    unread = store.unread(U3, {C1: (0, 3), conversation_id(2): (0, 2), conversation_id(9): (0, 5)})
    assert {key: (count.messages, count.mentions) for key, count in unread.items()} == {
        C1: (2, 0),
        conversation_id(2): (1, 1),
        conversation_id(9): (0, 0),
    }
    assert store.unread(U3, {}) == {}


def test_counting_stops_at_999(store: Store) -> None:
    """Whoever was away for long is told "many"."""
    store.commit(founding())
    store.commit(said(2, *(message(number, mentions=[2]) for number in range(2, 1302))))
    unread = store.unread(U2, {C1: (0, 1301)})[C1]
    assert (unread.messages, unread.mentions) == (999, 999)
    near = store.unread(U2, {C1: (303, 1301)})[C1]
    assert (near.messages, near.mentions) == (998, 998)


# ---------------------------------------------------------------------------------- send ids


def test_a_known_send_id_gives_its_first_answer(store: Store) -> None:
    """With the hash of the request, byte for byte, and the entry."""
    store.commit(founding())
    entry = message(2, send_id="0190-one")
    store.commit(
        Batch(
            number=2,
            conversations=[channel(1, last=2)],
            entries=[entry],
            sends=[send_row(entry, bytes(range(32)))],
        )
    )
    key = (U1, SendId("0190-one"))
    assert store.answered([key]) == {
        key: Answered(bytes(range(32)), entry, key=MessageKey(C1, 2), timestamp=MOMENT)
    }


def test_only_known_send_ids_are_answered(store: Store) -> None:
    """A send id is its user's own: of another one, or unknown, it is left out."""
    store.commit(founding())
    store.commit(said(2, message(2, send_id="one"), message(3, by=2, send_id="one"), message(4)))
    one, two = (U1, SendId("one")), (U2, SendId("one"))
    found = store.answered([one, two, (U3, SendId("one")), (U1, SendId("other"))])
    assert {key: answer.key for key, answer in found.items()} == {one: (C1, 2), two: (C1, 3)}
    assert store.answered([]) == {}


def test_what_was_refused_has_no_answer(store: Store) -> None:
    """The send id of a batch that was not stored is free."""
    store.commit(founding())
    with pytest.raises(StoreError):
        store.commit(said(2, message(9, send_id="one")))
    assert store.answered([(U1, SendId("one"))]) == {}
