"""Rule 11: the queue is bounded, tells when there is room, and gives back what waits too long."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from chat.ids import DeviceId, SendId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.server.domain.model import Decision
from chat.server.state.journal.change import Change, Origin, Outcome, Place
from chat.server.state.journal.queue import BATCH_ITEMS, MOST_BYTES, MOST_ITEMS, TOO_OLD, JournalQueue
from chat.server.state.locks import Rank, RankedLock
from chat.server.state.session import SendOrder
from tests.support.clock import FakeClock
from tests.support.waiting import wait_until


class _Asked:
    """Changes of one asker, with the answers they got."""

    def __init__(self) -> None:
        self.answers: list[Outcome | Refused] = []

    def change(self, size: int = 1, origin: Origin | None = None) -> Change:
        return Change(decide=lambda _: Decision(), answer=self.answers.append, size=size, origin=origin)

    @property
    def codes(self) -> list[ErrorCode]:
        return [answer.code for answer in self.answers if isinstance(answer, Refused)]


def _no_room() -> None:
    raise AssertionError("nobody waits for room")


def test_changes_are_taken_in_the_order_they_were_offered() -> None:
    """Those of the server's own among them; a batch is all that waits."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    changes = [asked.change() for _ in range(3)]
    assert queue.offer(changes[0], _no_room)
    queue.put(changes[1])
    assert queue.offer(changes[2], _no_room)
    assert queue.waiting == 3
    assert queue.take() == changes
    assert queue.waiting == 0


def test_a_batch_has_an_end() -> None:
    """So that nobody waits for the last of thousands."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    for _ in range(BATCH_ITEMS + 1):
        queue.put(asked.change())
    assert len(queue.take()) == BATCH_ITEMS
    assert len(queue.take()) == 1


def test_a_full_queue_refuses_an_item_more_and_tells_when_there_is_room() -> None:
    """Once, as soon as a batch was taken; the change must be offered again."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    told: list[str] = []
    for _ in range(MOST_ITEMS):
        assert queue.offer(asked.change(), _no_room)
    assert not queue.offer(asked.change(), lambda: told.append("room"))
    assert told == []
    queue.take()
    assert told == ["room"]
    queue.take()
    assert told == ["room"]
    assert queue.offer(asked.change(), _no_room)


def test_a_queue_is_full_by_bytes_too() -> None:
    """To the byte; what is taken gives its bytes back."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    assert queue.offer(asked.change(MOST_BYTES - 10), _no_room)
    assert not queue.offer(asked.change(11), lambda: None)
    assert queue.offer(asked.change(10), _no_room)
    queue.take()
    assert queue.offer(asked.change(MOST_BYTES), _no_room)


def test_the_servers_own_changes_always_find_room() -> None:
    """They can't be asked to come again."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    queue.put(asked.change(MOST_BYTES))
    queue.put(asked.change(MOST_BYTES))
    assert queue.waiting == 2


def test_what_waits_too_long_is_given_back_and_refused_retryably() -> None:
    """The oldest first, only those that are too old, each answered once; and there is room again."""
    clock = FakeClock()
    queue, old, young = JournalQueue(clock), _Asked(), _Asked()
    told: list[str] = []
    for _ in range(MOST_ITEMS - 1):
        queue.put(old.change())
    clock.advance(TOO_OLD)
    queue.put(young.change())
    assert not queue.offer(young.change(), lambda: told.append("room"))
    assert queue.take_back() == 0
    clock.advance(0.001)
    assert queue.take_back() == MOST_ITEMS - 1
    assert set(old.codes) == {ErrorCode.OVERLOADED}
    assert len(old.answers) == MOST_ITEMS - 1
    assert young.answers == []
    assert told == ["room"]
    assert len(queue.take()) == 1


def test_what_the_journal_has_taken_is_not_given_back() -> None:
    """It is answered by its commit alone."""
    clock = FakeClock()
    queue, asked = JournalQueue(clock), _Asked()
    queue.put(asked.change())
    queue.take()
    clock.advance(TOO_OLD * 2)
    assert queue.take_back() == 0
    assert asked.answers == []


def test_a_send_given_back_holds_up_the_later_ones_of_its_link() -> None:
    """Before any of them can be taken: it is noted under the queue's lock."""
    clock = FakeClock()
    queue, asked, order = JournalQueue(clock), _Asked(), SendOrder()

    def send(name: str) -> Change:
        place = Place(order, order.next_place())
        return asked.change(origin=Origin(UserId("u1"), DeviceId("d1"), SendId(name), b"", place))

    queue.put(send("first-send"))
    clock.advance(TOO_OLD + 1)
    queue.put(send("later-send"))
    assert queue.take_back() == 1
    assert not order.admits(SendId("later-send"))
    assert order.admits(SendId("first-send"))


def test_telling_of_room_and_refusing_hold_no_lock() -> None:
    """They go to links, which have locks of their own."""
    clock = FakeClock()
    queue = JournalQueue(clock)
    told: list[str] = []

    def take_outermost(what: str) -> None:
        with RankedLock(Rank.CONVERSATION):
            told.append(what)

    for _ in range(MOST_ITEMS):
        queue.put(Change(decide=lambda _: Decision(), answer=lambda _: take_outermost("refused")))
    queue.offer(_Asked().change(), lambda: take_outermost("room"))
    clock.advance(TOO_OLD + 1)
    queue.take_back()
    assert told[-1] == "room"
    assert told.count("refused") == MOST_ITEMS


def test_taking_waits_for_the_first_change() -> None:
    """And returns with it."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    taken: list[list[Change]] = []
    thread = threading.Thread(target=lambda: taken.append(queue.take()))
    thread.start()
    change = asked.change()
    queue.put(change)
    thread.join()
    assert taken == [[change]]


def test_a_closed_queue_is_drained_and_then_ends() -> None:
    """Whoever waits in it wakes up."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    taken: list[list[Change]] = []

    def drain() -> None:
        while batch := queue.take():
            taken.append(batch)

    thread = threading.Thread(target=drain)
    thread.start()
    queue.put(asked.change())
    wait_until(lambda: len(taken) == 1)
    queue.close()
    thread.join()
    queue.close()
    assert queue.take() == []


def test_what_is_offered_to_a_queue_that_ended_is_told_that_the_server_stops() -> None:
    """Nobody would ever take it; those who waited for room ask again and hear the same."""
    queue, asked = JournalQueue(FakeClock()), _Asked()
    queue.put(asked.change())
    queue.close()
    assert queue.offer(asked.change(), _no_room)
    assert len(queue.take()) == 2
    assert asked.answers == []
    assert queue.take() == []
    assert queue.offer(asked.change(), _no_room)
    assert asked.codes == [ErrorCode.STOPPING]


@given(
    plan=st.lists(
        st.one_of(
            st.integers(1, MOST_BYTES // 3).map(lambda size: ("offer", size)),
            st.sampled_from([("take", 0), ("back", 0), ("pass", 0)]),
        ),
        max_size=60,
    )
)
def test_every_change_ends_in_one_place(plan: list[tuple[str, int]]) -> None:
    """Taken, given back, or told to come again; the bounds hold, and room is told to who waits."""
    clock = FakeClock()
    queue, asked = JournalQueue(clock), _Asked()
    accepted, taken, waiting, told = 0, 0, 0, [0]
    for what, size in plan:
        if what == "offer":

            def on_room() -> None:
                told[0] += 1

            if queue.offer(asked.change(size), on_room):
                accepted += 1
            else:
                waiting += 1
        elif what == "take" and queue.waiting:
            taken += len(queue.take())
            assert told[0] == waiting
        elif what == "back" and queue.take_back():
            assert told[0] == waiting
        elif what == "pass":
            clock.advance(TOO_OLD)
        assert queue.waiting == accepted - taken - len(asked.answers)
