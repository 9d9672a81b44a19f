"""The receiving end of a link, on wires that give what a test says."""

import pytest

from chat.protocol.codes import CloseReason
from chat.protocol.states import LinkState
from chat.server.net.core import LinkCore
from chat.server.net.receiver import Reading, Receiver
from tests.support.lone_core import Rung, lone_core
from tests.support.recording_wire import RecordingWire

NOW = 0.0


class Bench:
    """One receiver with nothing around it."""

    def __init__(self, **settings: float) -> None:
        self.wire = RecordingWire()
        self.rung = Rung()
        self.core: LinkCore = lone_core(self.wire, self.rung, **settings)
        self.receiver = Receiver(self.core)

    def receive(self, *pieces: bytes) -> Reading:
        """Let these bytes arrive and be read."""
        self.wire.incoming += pieces
        return self.receiver.receive(NOW)


@pytest.fixture
def bench() -> Bench:
    """A receiver."""
    return Bench()


def test_the_workers_are_told_once_of_many_lines(bench: Bench) -> None:
    """They come back for more by themselves."""
    bench.receiver.greet()
    bench.rung.names.clear()
    assert bench.receive(b"a\nb\n", b"c\n") is Reading.WAIT
    assert bench.rung.names == ["workers"]
    assert [bench.core.take() for _ in range(3)] == [b"a", b"b", b"c"]


def test_half_a_line_tells_nobody(bench: Bench) -> None:
    """There is nothing to run yet."""
    bench.receiver.greet()
    bench.rung.names.clear()
    bench.receive(b"half")
    assert bench.rung.names == []


def test_one_link_is_read_so_often_and_then_the_others_have_their_turn() -> None:
    """There may be more, which is read next time."""
    bench = Bench(receives_a_turn=2)
    assert bench.receive(b"a\n", b"b\n", b"c\n") is Reading.AGAIN
    assert bench.wire.incoming == [b"c\n"]
    assert bench.receive() is Reading.WAIT


def test_a_full_inbox_stops_the_reading_at_once() -> None:
    """And it goes on when there is room, not before."""
    bench = Bench(inbox_lines=4)
    assert bench.receive(b"x\n" * 4, b"more\n") is Reading.PAUSE
    assert bench.wire.incoming == [b"more\n"]
    seen = []
    for _ in range(3):
        seen.append(bench.receiver.may_go_on())
        bench.core.take()
    assert seen == [False, False, True]
    assert not bench.receiver.may_go_on()
    assert bench.receive() is Reading.WAIT


def test_a_wire_that_must_write_first_is_left_to_the_writer(bench: Bench) -> None:
    """It is read again when it has written."""
    bench.wire.owes = 1
    assert bench.receive() is Reading.PAUSE
    assert "writer" in bench.rung.names
    seen = [bench.receiver.may_go_on()]
    bench.wire.flush()
    seen.append(bench.receiver.may_go_on())
    assert seen == [False, True]


def test_a_broken_wire_ends_the_link(bench: Bench) -> None:
    """Nothing can be told any more."""
    bench.wire.broken = True
    assert bench.receive() is Reading.PAUSE
    assert bench.core.over
    assert bench.core.lost
    assert bench.core.reason is None


def test_what_a_link_says_when_it_is_over_is_forgotten(bench: Bench) -> None:
    """It is taken all the same, so that the end comes without a reset."""
    bench.core.close(CloseReason.SILENT)
    assert bench.receive(b"late\n") is Reading.PAUSE
    assert bench.wire.incoming == []
    assert not bench.core.inbox.ready()


def test_what_nobody_took_is_taken_before_the_wire_is_closed(bench: Bench) -> None:
    """Else the system would reset the connection, and last words on their way could be lost."""
    bench.core.close(CloseReason.QUIT)
    bench.wire.incoming = [b"late\n", b"later\n"]
    bench.receiver.shut()
    assert bench.wire.closed
    assert bench.core.state is LinkState.CLOSED


def test_closing_a_broken_wire_is_no_fault(bench: Bench) -> None:
    """It is closed like any other."""
    bench.wire.broken = True
    bench.core.lose()
    bench.receiver.shut()
    assert bench.wire.closed
