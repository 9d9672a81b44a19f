"""From the link's thread to the screen: a bounded deque that never skips anything silently."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from chat.client.changes import (
    Change,
    ConversationAdded,
    EntriesAdded,
    EntriesRevised,
    LatencyMeasured,
    MembersChanged,
    OutboxChanged,
    OutboxItem,
    TypingSeen,
)
from chat.tui.messages import Reload
from chat.tui.receiver import Receiver
from tests.support.frames import channel

PRODUCED = 20_000


def members(name: str) -> Change:
    """A change that is about one conversation."""
    return MembersChanged(name)


def test_changes_come_out_in_the_order_they_went_in() -> None:
    """And only once."""
    receiver = Receiver()
    changes = [members("a"), LatencyMeasured(0.1), members("b")]
    for change in changes:
        receiver(change)
    assert receiver.drain() == changes
    assert receiver.drain() == []


def test_what_does_not_fit_is_replaced_by_one_reload_that_names_who_lost_something() -> None:
    """What waited is dropped too, so that nothing is applied twice or out of order."""
    receiver = Receiver(most=3)
    for name in ("a", "b", "a", "c", "d"):
        receiver(members(name))
    assert receiver.drain() == [Reload(frozenset("abcd"))]


def test_after_a_reload_changes_come_one_by_one_again() -> None:
    """The flood is over when the screen has looked."""
    receiver = Receiver(most=1)
    receiver(members("a"))
    receiver(members("b"))
    receiver.drain()
    receiver(members("c"))
    assert receiver.drain() == [members("c")]


def test_as_many_as_fit_are_no_overflow() -> None:
    """The limit itself is still in order."""
    receiver = Receiver(most=2)
    receiver(members("a"))
    receiver(members("b"))
    assert receiver.drain() == [members("a"), members("b")]


def test_every_kind_of_change_tells_its_conversation() -> None:
    """By its id, whether it carries the id or the whole record; some are about none."""
    receiver = Receiver(most=0)
    for change in (
        ConversationAdded(channel("dev")),
        EntriesAdded("c-ops", (), live=True),
        TypingSeen("c-general", "u", "ann", 6.0),
        OutboxChanged(OutboxItem("1", "#x", "hi", conversation="")),
        LatencyMeasured(0.1),
    ):
        receiver(change)
    assert receiver.drain() == [Reload(frozenset({"c-dev", "c-ops", "c-general"}))]


def test_a_reload_tells_where_entries_changed_that_were_shown_already() -> None:
    """Those are not missing, so nobody would look for them."""
    receiver = Receiver(most=1)
    receiver(EntriesRevised("a", ()))
    receiver(members("b"))
    assert receiver.drain() == [Reload(frozenset("ab"), frozenset("a"))]


def test_whoever_waits_is_woken_once_for_all_that_comes_together() -> None:
    """A flood does not wake a thousand times."""
    receiver = Receiver(most=2)
    woken: list[int] = []
    receiver(members("a"))
    receiver.connect(lambda: woken.append(1))
    assert len(woken) == 1
    receiver(members("b"))
    receiver(members("c"))
    assert len(woken) == 1
    receiver.drain()
    receiver(members("d"))
    assert len(woken) == 2


def test_an_overflow_at_the_first_change_wakes_as_well() -> None:
    """Nothing that was dropped stays untold."""
    receiver = Receiver(most=0)
    woken: list[int] = []
    receiver.connect(lambda: woken.append(1))
    receiver(members("a"))
    receiver(members("b"))
    assert len(woken) == 1


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=40), st.integers(0, 5))
def test_no_conversation_is_ever_forgotten(sent: list[str | None], most: int) -> None:
    """Everything that went in comes out, as it was or within a reload, whenever the screen looks."""
    receiver = Receiver(most=most)
    before: list[str] = []
    for name in [*sent, None]:
        if name is not None:
            receiver(members(name))
            before.append(name)
            continue
        drained = receiver.drain()
        reloads = [each for each in drained if isinstance(each, Reload)]
        if reloads:
            assert drained == [Reload(frozenset(before))]
        else:
            assert drained == [members(each) for each in before]
        before = []


def test_it_takes_from_one_thread_while_another_looks() -> None:
    """Between two threads nothing is lost but what a reload tells."""
    receiver = Receiver(most=100)

    def produce() -> None:
        for number in range(PRODUCED):
            receiver(members(str(number)))

    producer = threading.Thread(target=produce)
    producer.start()
    seen: set[str] = set()
    is_last = False
    while not is_last:
        is_last = not producer.is_alive()
        for arrival in receiver.drain():
            if isinstance(arrival, Reload):
                seen.update(arrival.conversations)
            elif isinstance(arrival, MembersChanged):
                seen.add(arrival.conversation)
    producer.join()
    assert seen == set(map(str, range(PRODUCED)))
