"""Catching up: the state of one's conversations, and entries by number."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import encode
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation
from chat.protocol.replies import Error
from chat.protocol.requests import History, Join, MarkRead, OpenDirect, Part, Send, SetTopic, Sync
from chat.server.commands import history as commands
from chat.server.commands import lookup
from chat.server.state.session import Session
from tests.support.faulty_store import Fault
from tests.support.hub import Hub


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def _numbers(hub: Hub, session: Session, **fields: object) -> list[int]:
    reply = hub.ask(session, History, target="#general", **fields)
    assert not isinstance(reply, Error), reply
    return [entry.number for entry in reply.entries]


def _pages(hub: Hub, session: Session) -> list[list[Conversation]]:
    """Return the pages of a whole sync."""
    pages, after = [], ""
    while True:
        reply = hub.ask(session, Sync, after=after)
        pages.append(list(reply.conversations))
        after = reply.next
        if not after:
            return pages


# ---------------------------------------------------------------------- sync


def test_sync_tells_each_of_ones_conversations_as_it_is() -> None:
    """With topic, counts, read position and the person of a direct one; nobody else's conversations."""
    hub = Hub()
    ann, bob, eve = (hub.guest(nick) for nick in ("ann", "bob", "eve"))
    hub.ask(bob, SetTopic, target="#general", topic="all and nothing")
    for text in ("hello", "@ann look", "ann: here too"):
        hub.ask(bob, Send, target="#general", text=text)
    hub.ask(bob, Send, target="@ann", text="psst")
    hub.ask(bob, Send, target="@eve", text="not for ann")
    hub.ask(eve, Join, target="#elsewhere")
    hub.ask(ann, MarkRead, target="#general", number=6)
    ((general, direct),) = _pages(hub, ann)
    assert (general.name, general.topic, general.members) == ("#general", "all and nothing", 3)
    assert (general.first, general.last, general.read) == (1, 8, 6)
    assert (general.unread, general.mentions) == (2, 2)
    assert direct.peer is not None
    assert (direct.peer.nick, direct.last, direct.read, direct.unread) == ("bob", 2, 0, 1)


def test_ones_own_messages_are_never_unread() -> None:
    """Nor do they mention oneself."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Send, target="#general", text="@ann note to self")
    ((general,),) = _pages(hub, ann)
    assert (general.unread, general.mentions) == (0, 0)


def test_counting_stops_at_999() -> None:
    """Nobody counts further, and neither should the store."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for _ in range(1001):
        hub.submit(bob, Send, target="#general", text="@ann")
    ((general,),) = _pages(hub, ann)
    assert (general.unread, general.mentions, general.last) == (999, 999, 1004)


@pytest.mark.parametrize("by", ["rows", "bytes"])
def test_many_conversations_come_in_pages(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order they were made, each once; the last page says so, also when it is just full."""
    monkeypatch.setattr(commands, "SYNC_PAGE", 4 if by == "rows" else 200)
    monkeypatch.setattr(lookup, "LIST_BYTES", 48 * 1024 if by == "rows" else 600)
    hub = Hub()
    ann = hub.guest("ann")
    names = ["#general", *(f"#channel-{number}" for number in range(7))]
    for name in names[1:]:
        hub.ask(ann, Join, target=name)
    pages = _pages(hub, ann)
    assert len(pages) > 1
    assert [record.name for page in pages for record in page] == names


def test_a_session_is_let_in_only_where_a_page_told_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens in the others before their page comes is counted by their `last`, not told live."""
    monkeypatch.setattr(lookup, "LIST_BYTES", 1)
    hub = Hub()
    ann, bob = hub.guest("ann", "a" * 64), hub.guest("bob")
    for session in (ann, bob):
        hub.ask(session, Join, target="#tea")
    again = hub.guest("ann", "a" * 64, sync=False)
    first = hub.ask(again, Sync)
    hub.ask(bob, Send, target="#tea", text="between the pages")
    second = hub.ask(again, Sync, after=first.next)
    hub.ask(bob, Send, target="#tea", text="behind")
    assert [record.name for record in (*first.conversations, *second.conversations)] == ["#general", "#tea"]
    live = [event.number for event in hub.events(again)]  # type: ignore[union-attr]
    assert live == [second.conversations[0].last + 1]


def test_a_cursor_that_is_none_is_refused() -> None:
    """At its field."""
    hub = Hub()
    assert _refused(hub.ask(hub.guest("ann"), Sync, after="next page")) == (
        ErrorCode.INVALID_REQUEST,
        "after",
    )


def test_who_is_in_nothing_is_told_so() -> None:
    """By one empty page."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Part, target="#general")
    assert _pages(hub, ann) == [[]]


def test_a_position_read_while_sync_counts_is_not_mixed_with_the_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The record's `read` is the one that its counts belong to."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for text in ("one", "two"):
        hub.ask(bob, Send, target="#general", text=text)
    unread = hub.store.unread

    def read_meanwhile(*arguments: Any) -> Any:
        monkeypatch.undo()
        counted = unread(*arguments)
        hub.submit(ann, MarkRead, target="#general", number=5)
        hub.work()
        return counted

    monkeypatch.setattr(hub.store, "unread", read_meanwhile)
    ((general,),) = _pages(hub, ann)
    assert (general.read, general.unread) == (2, 2)


# ---------------------------------------------------------------------- history


def test_history_is_read_backwards_forwards_and_around() -> None:
    """Always ascending; what is asked for around a number has it in the middle."""
    hub = Hub()
    ann = hub.guest("ann")
    for number in range(3, 21):
        hub.submit(ann, Send, target="#general", text=f"{number}")
    assert _numbers(hub, ann) == list(range(1, 21))
    assert _numbers(hub, ann, limit=3) == [18, 19, 20]
    assert _numbers(hub, ann, before=10, limit=3) == [7, 8, 9]
    assert _numbers(hub, ann, after=10, limit=3) == [11, 12, 13]
    assert _numbers(hub, ann, around=10, limit=4) == [9, 10, 11, 12]
    assert _numbers(hub, ann, around=10, limit=5) == [8, 9, 10, 11, 12]
    assert _numbers(hub, ann, around=10, limit=1) == [10]


def test_history_beyond_both_ends_is_empty_or_cut() -> None:
    """Numbers that do not exist are no error."""
    hub = Hub()
    ann = hub.guest("ann")
    assert _numbers(hub, ann, before=0) == []
    assert _numbers(hub, ann, before=1) == []
    assert _numbers(hub, ann, before=4_000_000_000) == [1, 2]
    assert _numbers(hub, ann, after=0) == [1, 2]
    assert _numbers(hub, ann, after=2) == []
    assert _numbers(hub, ann, after=4_000_000_000) == []
    assert _numbers(hub, ann, around=0) == [1, 2]
    assert _numbers(hub, ann, around=4_000_000_000) == [1, 2]
    assert _numbers(hub, ann, around=0, limit=1) == [1]


HISTORY = Hub()
READER = HISTORY.guest("reader")
for _number in range(3, 41):
    HISTORY.submit(READER, Send, target="#general", text=f"{_number}")
HISTORY.settle()


@given(
    side=st.sampled_from(["before", "after", "around", "none"]),
    number=st.integers(0, 45),
    limit=st.integers(1, 45),
)
def test_a_page_is_dense_and_lies_where_it_was_asked_for(side: str, number: int, limit: int) -> None:
    """At most so many, without a hole, as near to the number as can be."""
    fields = {} if side == "none" else {side: number}
    page = _numbers(HISTORY, READER, limit=limit, **fields)
    assert len(page) <= limit
    assert page == list(range(page[0], page[-1] + 1)) if page else True
    expected: dict[str, Callable[[], bool]] = {
        "before": lambda: page == list(range(1, min(number, 41)))[-limit:],
        "after": lambda: page == list(range(number + 1, 41))[:limit],
        "around": lambda: not 1 <= number <= 40 or number in page,
        "none": lambda: page == list(range(1, 41))[-limit:],
    }
    assert expected[side]()


def test_a_page_has_a_bound_in_entries_and_in_bytes() -> None:
    """Its line fits the limit of lines, whatever people wrote; one entry always fits."""
    hub = Hub()
    ann = hub.guest("ann")
    limits = hub.services.limits
    for _ in range(10):
        hub.submit(ann, Send, target="#general", text='"' * limits.text_characters)
    for fields in ({}, {"after": 0}, {"around": 6}, {"limit": 10_000}):
        reply = hub.ask(ann, History, target="#general", **fields)
        assert len(encode(reply)) <= limits.line_bytes
        assert 1 <= len(reply.entries) < 12
    for _ in range(limits.page_entries):
        hub.submit(ann, Send, target="#general", text="x")
    assert len(_numbers(hub, ann, limit=10_000)) <= limits.page_entries


def test_history_tells_the_bounds_of_the_log() -> None:
    """So a client knows what there is still to fetch."""
    hub = Hub()
    ann = hub.guest("ann")
    reply = hub.ask(ann, History, target="#general", limit=1)
    assert (reply.first, reply.last) == (1, 2)


def test_members_read_what_was_said_before_they_came() -> None:
    """From the first entry on."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    hub.ask(ann, Send, target="#tea", text="early")
    hub.ask(bob, Join, target="#tea")
    entries: tuple[AnyEntry, ...] = hub.ask(bob, History, target="#tea").entries
    assert [entry.number for entry in entries] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("c99", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.UNKNOWN_CONVERSATION),
        ("@bob", ErrorCode.UNKNOWN_CONVERSATION),
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("#", ErrorCode.INVALID_NAME),
    ],
)
def test_nobody_else_reads(target: str, code: ErrorCode) -> None:
    """Neither in a channel one is not in, nor where there is nothing."""
    hub = Hub()
    hub.ask(hub.guest("ann"), Join, target="#tea")
    assert _refused(hub.ask(hub.guest("bob"), History, target=target)) == (code, "target")


def test_a_direct_conversation_is_read_by_its_two_alone() -> None:
    """By nick or id; knowing the id opens nothing."""
    hub = Hub()
    ann, bob, eve = (hub.guest(nick) for nick in ("ann", "bob", "eve"))
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    assert hub.ask(ann, History, target="@bob").last == 1
    assert hub.ask(bob, History, target=direct).last == 1
    assert _refused(hub.ask(eve, History, target=direct)) == (ErrorCode.UNKNOWN_CONVERSATION, "target")


def test_the_right_to_read_is_checked_again_when_the_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is out by then gets nothing of it."""
    hub = Hub()
    ann = hub.guest("ann")
    phone = hub.second_device(ann)
    page = hub.store.page

    def part_meanwhile(*arguments: Any, **fields: Any) -> list[AnyEntry]:
        entries = page(*arguments, **fields)
        hub.submit(phone, Part, target="#general")
        hub.work()
        return entries

    monkeypatch.setattr(hub.store, "page", part_meanwhile)
    assert _refused(hub.ask(ann, History, target="#general")) == (ErrorCode.NOT_MEMBER, "target")


def test_the_entries_of_a_join_are_for_members_too() -> None:
    """A reply that is built after one has left again brings none."""
    hub = Hub()
    ann = hub.guest("ann")
    phone = hub.second_device(ann)
    joined = hub.submit(ann, Join, target="#tea")
    hub.work()
    hub.submit(phone, Part, target="#tea")
    hub.work()
    hub.settle()
    assert joined.reply.number == 2
    assert joined.reply.entries == ()


@pytest.mark.parametrize(
    "fields", [{"before": 3, "after": 1}, {"around": 1, "after": 1}, {"before": 1, "around": 1}]
)
def test_history_has_one_side(fields: dict[str, int]) -> None:
    """Two of them contradict each other."""
    hub = Hub()
    reply = hub.ask(hub.guest("ann"), History, target="#general", **fields)
    assert _refused(reply) == (ErrorCode.INVALID_REQUEST, "before")


def test_only_what_is_published_is_read() -> None:
    """Though the store has more: it is not known yet what became of that commit."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    hub.ask(ann, Send, target="#general", text="stored all the same")
    assert _numbers(hub, ann) == [1, 2]
    assert _numbers(hub, ann, after=1) == [2]
    assert _numbers(hub, ann, around=2) == [1, 2]
