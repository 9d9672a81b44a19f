"""The sending end of a link and the turns of the writer, on wires that take what a test says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codes import CloseReason
from chat.protocol.entries import Message
from chat.protocol.states import LinkState
from chat.server.net.sender import Flushed, Sender
from tests.support.lone_core import Rung, lone_core
from tests.support.net_service import send, serving
from tests.support.recording_wire import RecordingWire


class Bench:
    """One sender with nothing around it, in an open link."""

    def __init__(self, **settings: float) -> None:
        self.wire = RecordingWire()
        self.rung = Rung()
        self.core = lone_core(self.wire, self.rung, **settings)
        self.touched: list[Sender] = []
        self.sender = Sender(self.core, self.touched.append)
        self.core.state = LinkState.OPEN
        self.core.opened = True

    def turn(self, *shared: bytes) -> Flushed:
        """Do what the writer does in a turn in which so much is shared."""
        collected = self.sender.collect()
        for lines in shared:
            self.sender.stream(lines)
        self.sender.release(collected)
        return self.sender.flush()


@pytest.fixture
def bench() -> Bench:
    """A sender."""
    return Bench()


def test_a_turn_is_one_send(bench: Bench) -> None:
    """What is shared and what is for one alone go out together, the shared first."""
    bench.core.push(b"reply\n")
    assert bench.turn(b"one\n", b"two\n") is Flushed.EMPTY
    assert bench.wire.calls == [b"one\ntwo\nreply\n"]


def test_shared_bytes_are_not_copied(bench: Bench) -> None:
    """All members get the same object."""
    lines = b"x" * 500 + b"\n"
    bench.turn(lines)
    assert bench.wire.given[0] is lines


def test_a_sender_is_touched_once_a_turn(bench: Bench) -> None:
    """However many streams have something for it."""
    bench.sender.collect()
    for _ in range(3):
        bench.sender.stream(b"x\n")
    assert bench.touched == [bench.sender]
    bench.sender.flush()
    bench.sender.stream(b"x\n")
    assert bench.touched == [bench.sender] * 2


def test_what_is_shared_early_goes_behind_the_answer_to_hello() -> None:
    """A client must know who it is before anything happens to it."""
    bench = Bench()
    bench.core.state, bench.core.opened = LinkState.GREETING, False
    bench.core.push(b"welcome\n")
    bench.turn(b"early\n")
    bench.core.push(b"hello_result\n")
    bench.core.state, bench.core.opened = LinkState.OPEN, True
    bench.core.push(b"reply\n")
    bench.turn(b"shared\n")
    assert b"".join(bench.wire.calls) == b"welcome\nhello_result\nearly\nshared\nreply\n"


def test_when_the_wire_takes_less_the_rest_waits_for_it(bench: Bench) -> None:
    """And goes out in order when it can write again."""
    bench.wire.takes = [3, 0]
    assert bench.turn(b"abcdef\n") is Flushed.BLOCKED
    assert bench.sender.stalled_since is not None
    assert bench.core.outgoing == 4
    bench.sender.stream(b"more\n")
    flushed = bench.sender.flush()
    assert b"".join(bench.wire.calls) == b"abcdef\nmore\n"
    assert (flushed, bench.core.outgoing) == (Flushed.EMPTY, 0)


def test_a_wire_that_wants_to_write_is_flushed_first(bench: Bench) -> None:
    """Nothing is sent before it has written what it must, and no byte is lost."""
    bench.wire.owes = 2
    assert bench.turn(b"abc\n") is Flushed.BLOCKED
    assert bench.sender.flush() is Flushed.EMPTY
    assert bench.wire.flushes == 2
    assert b"".join(bench.wire.calls) == b"abc\n"


def test_the_reader_is_told_when_the_wire_has_written_what_it_had_to(bench: Bench) -> None:
    """It paused, since it could not read before."""
    bench.core.paused = True
    bench.wire.owes = 1
    bench.turn()
    assert bench.rung.names == ["reader"]


def test_the_workers_are_told_when_little_waits_again() -> None:
    """A line waited because too much was to be sent first."""
    bench = Bench(park_bytes=10)
    bench.core.inbox.add([b"line"])
    bench.wire.takes = [0, 0]
    assert bench.core.claim()
    bench.turn(b"x" * 20 + b"\n")
    assert not bench.core.keep_claim()
    assert bench.core.waits_for_outbox
    bench.rung.names.clear()
    bench.sender.flush()
    assert bench.rung.names == ["workers"]


def test_what_was_pushed_counts_as_waiting_before_the_writer_has_it() -> None:
    """Or one link could have answers without end made for it."""
    bench = Bench(park_bytes=10)
    bench.core.inbox.add([b"line"])
    bench.core.push(b"x" * 20)
    assert not bench.core.claim()
    bench.rung.names.clear()
    bench.turn()
    assert bench.rung.names == ["workers"]


def test_too_much_that_waits_closes_the_link() -> None:
    """After the wire was tried, so that a large turn alone harms nobody who reads."""
    bench = Bench(outbox_bytes=100)
    bench.turn(b"x" * 1000 + b"\n")
    reasons = [bench.core.reason]
    bench.wire.takes = [0, 0]
    bench.turn(b"x" * 1000 + b"\n")
    reasons.append(bench.core.reason)
    assert reasons == [None, CloseReason.TOO_SLOW]
    bench.turn()
    assert not bench.sender.stream(b"no more\n")


def test_a_wire_that_takes_everything_leaves_the_turn_to_others() -> None:
    """Very much goes out in several turns."""
    bench = Bench(send_bytes=10, sends_a_turn=2)
    assert bench.turn(*[b"123456789\n"] * 8) is Flushed.MORE
    assert bench.sender.scheduled
    assert len(bench.wire.calls) == 3
    flushed = [bench.sender.flush() for _ in range(2)]
    assert flushed == [Flushed.MORE, Flushed.EMPTY]
    assert b"".join(bench.wire.calls) == b"123456789\n" * 8


def test_last_words_are_the_last(bench: Bench) -> None:
    """Behind everything that was told before, and nothing behind them."""
    bench.core.push(b"reply\n")
    bench.core.end(CloseReason.QUIT, b"goodbye\n")
    bench.core.push(b"late\n")
    assert bench.turn() is Flushed.FINISHED
    assert b"".join(bench.wire.calls) == b"reply\ngoodbye\n"
    assert bench.core.session.closed


def test_what_was_shared_before_comes_before_the_last_words(bench: Bench) -> None:
    """Also when the link was closed before the writer came to hand it out."""
    bench.core.end(CloseReason.STOPPING, b"goodbye\n")
    bench.turn(b"shared\n")
    assert b"".join(bench.wire.calls) == b"shared\ngoodbye\n"
    assert not bench.sender.stream(b"later\n")


def test_a_broken_wire_ends_the_link(bench: Bench) -> None:
    """Nothing is sent any more, and it may be closed at once."""
    bench.wire.broken = True
    assert bench.turn(b"x\n") is Flushed.FINISHED
    assert bench.core.over
    assert bench.turn() is Flushed.FINISHED


@pytest.mark.parametrize("stuck", [{"takes": [0] * 10}, {"owes": 10}])
def test_a_link_that_is_given_up_is_finished_though_bytes_wait(bench: Bench, stuck: dict[str, Any]) -> None:
    """Its last words had time enough, be it that the wire takes nothing or that it can't write its own."""
    for name, value in stuck.items():
        setattr(bench.wire, name, value)
    assert bench.turn(b"x\n") is Flushed.BLOCKED
    bench.core.close(CloseReason.SILENT)
    assert bench.turn() is Flushed.BLOCKED
    bench.core.lose()
    assert bench.turn() is Flushed.FINISHED


def test_what_grows_while_the_wire_takes_nothing_closes_the_link() -> None:
    """Though nobody tries the wire before it can write again: too much is noticed by what is added."""
    bench = Bench(outbox_bytes=100)
    bench.wire.takes = [0] * 10
    assert bench.turn(b"x" * 90 + b"\n") is Flushed.BLOCKED
    bench.sender.watched = True
    bench.touched.clear()
    bench.sender.stream(b"x" * 5 + b"\n")
    assert bench.touched == []
    bench.sender.stream(b"x" * 5 + b"\n")
    assert bench.touched == [bench.sender]
    bench.sender.flush()
    assert bench.core.reason is CloseReason.TOO_SLOW


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("share"), st.integers(1, 60)),
        st.tuples(st.just("push"), st.integers(1, 60)),
        st.tuples(st.just("turn"), st.lists(st.integers(0, 40), max_size=4)),
    ),
    max_size=40,
)


@given(STEPS)
def test_every_byte_goes_out_once_and_in_its_order(steps: list[tuple[str, object]]) -> None:
    """Whatever the wire takes: the shared in order, the pushed in order, none before what it must follow."""
    bench = Bench(send_bytes=50)
    shared: list[bytes] = []
    expected: list[bytes] = []
    pushed: list[bytes] = []
    for number, (step, value) in enumerate(steps):
        if step == "share":
            shared.append(b"s%d" % number + b"." * int(str(value)) + b"\n")
        elif step == "push":
            pushed.append(b"p%d" % number + b"." * int(str(value)) + b"\n")
            bench.core.push(pushed[-1])
        else:
            assert isinstance(value, list)
            bench.wire.takes = list(value)
            bench.turn(*shared)
            expected += shared + pushed
            shared, pushed = [], []
    bench.wire.takes = []
    bench.turn(*shared)
    while bench.sender.flush() is not Flushed.EMPTY:
        pass
    assert b"".join(bench.wire.calls) == b"".join(expected + shared + pushed)


def test_a_reply_waits_for_all_that_was_shared_before_it_though_it_takes_many_turns() -> None:
    """More than the writer hands out in one turn is published, and then somebody is answered."""
    with serving() as served, served.member("ann") as ann:
        for _ in range(5):
            for _ in range(200):
                served.commands.publish("x" * 4000)
            ann.ask(send(ann, "mine"))
            numbers = [frame.number for frame in ann.frames if isinstance(frame, Message)]
            assert numbers == list(range(1, served.commands.last + 1))
