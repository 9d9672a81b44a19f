"""Rules 7 and 8: one pending list for all, turns, fences, and what is accounted for."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import DeviceId, UserId
from chat.server.state.fanout import TURN_BYTES, Fanout, Fence, Stream
from chat.server.state.session import Session
from tests.support.hub import peer_of
from tests.support.listening import lines_to, session_of
from tests.support.recording_peer import RecordingPeer


class _Bell:
    """Counts how often the writer was woken."""

    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


def _fanout() -> Fanout:
    return Fanout(lambda: None)


def _line(number: int, size: int = 10) -> bytes:
    return f"{number}".encode().rjust(size - 1, b".") + b"\n"


def _deliver_all(fanout: Fanout) -> None:
    while fanout.deliver():
        pass


def test_every_session_of_the_audience_gets_the_same_bytes_in_one_piece() -> None:
    """However many lines were published since the last turn, each gets them by one hand-over."""
    fanout, stream = _fanout(), Stream()
    sessions = [session_of() for _ in range(3)]
    for session in sessions:
        fanout.fence(stream, session, enters=True)
    for number in range(5):
        fanout.append(stream, _line(number))
    _deliver_all(fanout)
    for session in sessions:
        assert lines_to(session) == [_line(number) for number in range(5)]
        assert peer_of(session).sends == 1


def test_a_fence_is_exact() -> None:
    """A session gets what stands behind its entering and before its leaving, and nothing else."""
    fanout, stream = _fanout(), Stream()
    session = session_of()
    fanout.extend(
        stream,
        [
            _line(1),
            Fence(session, enters=True),
            _line(2),
            _line(3),
            Fence(session, enters=False),
            _line(4),
        ],
    )
    _deliver_all(fanout)
    assert lines_to(session) == [_line(2), _line(3)]


def test_the_line_of_a_fence_reaches_its_session_exactly_there() -> None:
    """Behind what came before, ahead of what follows, and nobody else."""
    fanout, stream = _fanout(), Stream()
    comes, goes = session_of(), session_of()
    fanout.extend(
        stream,
        [
            Fence(goes, enters=True),
            _line(1),
            Fence(comes, enters=True, line=b"welcome\n"),
            Fence(goes, enters=False, line=b"farewell\n"),
            _line(2),
        ],
    )
    _deliver_all(fanout)
    assert lines_to(comes) == [b"welcome\n", _line(2)]
    assert lines_to(goes) == [_line(1), b"farewell\n"]


def test_a_fence_for_a_dead_session_adds_nobody() -> None:
    """Nor does it tell it anything."""
    fanout, stream = _fanout(), Stream()
    session = session_of()
    fanout.extend(stream, [Fence(session, enters=True, line=b"welcome\n"), _line(1)])
    session.closed = True
    _deliver_all(fanout)
    assert stream.audience == {}
    assert lines_to(session) == []


def test_a_session_that_died_is_forgotten_at_the_next_line() -> None:
    """So nothing of it is kept."""
    fanout, stream = _fanout(), Stream()
    session = session_of()
    fanout.fence(stream, session, enters=True)
    _deliver_all(fanout)
    assert list(stream.audience.values()) == [session]
    session.closed = True
    fanout.append(stream, _line(1))
    _deliver_all(fanout)
    assert stream.audience == {}


def test_the_audience_is_by_device() -> None:
    """A new session takes the old one's place; a late fence of the old one takes nobody out."""
    fanout, stream = _fanout(), Stream()
    old, new = session_of("u1", "d1"), session_of("u1", "d1")
    fanout.fence(stream, old, enters=True)
    fanout.fence(stream, new, enters=True)
    fanout.fence(stream, old, enters=False)
    fanout.append(stream, _line(1))
    _deliver_all(fanout)
    assert stream.audience == {"d1": new}
    assert (lines_to(old), lines_to(new)) == ([], [_line(1)])


def test_entering_twice_is_entering_once() -> None:
    """Each line comes once."""
    fanout, stream = _fanout(), Stream()
    session = session_of()
    for _ in range(2):
        fanout.fence(stream, session, enters=True)
    fanout.append(stream, _line(1))
    _deliver_all(fanout)
    assert lines_to(session) == [_line(1)]


def test_a_turn_gives_out_so_much_of_one_stream_and_of_the_others_too() -> None:
    """A stream with a mountain pending goes on in the next turn, behind nobody."""
    fanout, mountain, hill = _fanout(), Stream(), Stream()
    session = session_of()
    fanout.fence(mountain, session, enters=True)
    fanout.fence(hill, session, enters=True)
    for number in range(3):
        fanout.append(mountain, _line(number, TURN_BYTES))
    fanout.append(hill, _line(9))
    assert fanout.deliver() == 2
    assert lines_to(session) == [_line(0, TURN_BYTES), _line(9)]
    assert fanout.deliver() == 1
    assert fanout.deliver() == 0
    assert lines_to(session) == [_line(1, TURN_BYTES), _line(2, TURN_BYTES)]


@given(sizes=st.lists(st.integers(2, TURN_BYTES * 2), max_size=12), fences=st.sets(st.integers(0, 12)))
def test_what_was_pending_is_out_after_as_many_turns_as_were_told(sizes: list[int], fences: set[int]) -> None:
    """Whoever waits for that many turns before an answer keeps entries before replies."""
    fanout, stream = _fanout(), Stream()
    session = session_of()
    fanout.fence(stream, session, enters=True)
    for at, size in enumerate(sizes):
        fanout.append(stream, b"x" * (size - 1) + b"\n")
        if at in fences:
            fanout.fence(stream, session_of(), enters=True)
    turns = fanout.deliver()
    for _ in range(turns):
        fanout.append(stream, b"later\n")
        fanout.deliver()
    delivered = [len(line) for line in lines_to(session) if line != b"later\n"]
    assert delivered == sizes


def test_streams_that_become_dirty_in_a_turn_wait_for_the_next() -> None:
    """So a turn ends, even if each line makes another one; and the writer was woken for them."""
    bell = _Bell()
    fanout, first, second = Fanout(bell), Stream(), Stream()

    class Meddler(RecordingPeer):
        def stream(self, lines: bytes) -> bool:
            fanout.append(second, _line(2))
            return super().stream(lines)

    peer = Meddler()
    session = peer.session = Session(peer)
    session.identify(UserId("u1"), DeviceId("d1"))
    fanout.extend(second, [Fence(session, enters=True)])
    fanout.deliver()
    fanout.extend(first, [Fence(session, enters=True), _line(1)])
    for turn in range(1, 4):
        assert fanout.deliver() == 0
        assert bell.rung == turn
        assert lines_to(session) == [_line(min(turn, 2))]


def test_adding_several_items_wakes_nobody_until_told() -> None:
    """Waking may be a call of the system, which has no place under a conversation's lock."""
    bell = _Bell()
    fanout, stream = Fanout(bell), Stream()
    fanout.extend(stream, [_line(1)])
    assert bell.rung == 0
    fanout.append(stream, _line(2))
    fanout.fence(stream, session_of(), enters=True)
    assert bell.rung == 2


@given(
    plan=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["line", "enter", "leave", "die", "turn"])), max_size=60
    )
)
def test_the_backlog_returns_to_zero(plan: list[tuple[int, str]]) -> None:
    """Whatever comes, goes and dies: once everything is delivered the journal may begin the next batch."""
    fanout, streams = _fanout(), [Stream() for _ in range(3)]
    sessions = [session_of() for _ in range(3)]
    for at, what in plan:
        if what == "line":
            fanout.append(streams[at], _line(1, 100_000))
        elif what == "die":
            sessions[at].closed = True
        elif what == "turn":
            fanout.deliver()
        else:
            fanout.fence(streams[at], sessions[(at * 2) % 3], enters=what == "enter")
    _deliver_all(fanout)
    assert fanout.wait_for_room(1, 0)


def test_the_backlog_is_what_nobody_was_given_yet() -> None:
    """Its limit is met exactly."""
    fanout, stream = _fanout(), Stream()
    fanout.append(stream, _line(1, 100))
    assert not fanout.wait_for_room(100, 0)
    assert fanout.wait_for_room(101, 0)
    _deliver_all(fanout)
    assert fanout.wait_for_room(1, 0)


def test_who_waits_for_room_goes_on_when_the_writer_made_it() -> None:
    """Without waiting for its time to be over."""
    fanout, stream = _fanout(), Stream()
    fanout.append(stream, _line(1, 100))
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(fanout.wait_for_room(1, 30)))
    thread.start()
    _deliver_all(fanout)
    thread.join()
    assert found == [True]


def test_lines_from_several_threads_reach_everybody_in_one_order() -> None:
    """While the writer takes turns, nothing is lost, doubled, or seen in another order by anyone."""
    fanout, stream = _fanout(), Stream()
    sessions = [session_of() for _ in range(2)]
    for session in sessions:
        fanout.fence(stream, session, enters=True)
    start = threading.Barrier(4)

    def publish(thread: int) -> None:
        start.wait()
        for number in range(300):
            fanout.append(stream, f"{thread} {number}\n".encode())

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    start.wait()
    while any(thread.is_alive() for thread in threads):
        fanout.deliver()
    _deliver_all(fanout)
    heard = [lines_to(session) for session in sessions]
    assert heard[0] == heard[1]
    for which in range(3):
        mine = [line for line in heard[0] if line.startswith(f"{which} ".encode())]
        assert mine == [f"{which} {number}\n".encode() for number in range(300)]


@pytest.mark.parametrize("enters", [True, False])
def test_a_fence_alone_is_delivered_too(enters: bool) -> None:
    """A stream without a single line moves its audience."""
    fanout, stream = _fanout(), Stream()
    session: Session = session_of()
    fanout.fence(stream, session, enters=True)
    fanout.fence(stream, session, enters=enters)
    assert fanout.deliver() == 0
    assert (session.device in stream.audience) is enters
