"""P5 over real sockets: who reads too slowly is cut with a reason, and harms nobody."""

import socket
from collections.abc import Callable

import pytest

from chat.protocol.codec import encode
from chat.protocol.codes import CloseReason
from chat.protocol.entries import Message
from chat.protocol.replies import PingResult
from chat.transport.wire import PlainWire, Wire
from tests.support.clock import FakeClock
from tests.support.frames import WHEN
from tests.support.net_service import Served, scaled, serving
from tests.support.sweeps import SWEEP_SECONDS, Sweeps
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient

TEXT = "x" * 4000
QUICK = {"sweep_seconds": SWEEP_SECONDS, "greet_seconds": 0.01}


def narrow(sock: socket.socket) -> Wire:
    """A wire of which the system holds little, so that a reader that stops is noticed soon."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return PlainWire(sock)


def publish(served: Served, size: int) -> int:
    """Say about so many bytes in the channel; returns the number of lines."""
    count = size // len(TEXT) + 1
    for _ in range(count):
        served.commands.publish(TEXT)
    return count


def ended(served: Served, nick: str) -> bool:
    """Wait for the next end of a session, which must be theirs; returns whether it was at once."""
    end = served.commands.ended_sessions.get(timeout=5)
    assert end.session.user == f"u-{nick}"
    return end.at_once


def test_who_lets_too_much_wait_is_cut_at_once() -> None:
    """Beyond the bound of its outbox; and it is shown offline at once."""
    with serving(scaled(**QUICK, outbox_bytes=200_000), wrap=narrow) as served, served.member("ann") as ann:
        with served.member("slow", receive_buffer=4096):
            for _ in range(20):
                publish(served, 40_000)
                ann.barrier()
            assert ended(served, "slow")
        assert len([frame for frame in ann.frames if isinstance(frame, Message)]) == served.commands.last


def test_who_takes_nothing_is_cut_in_time() -> None:
    """Even though little waits, and however long the system's own buffers take to fill up."""
    clock = FakeClock()
    sweeps = Sweeps(clock)
    settings = scaled(**QUICK, heartbeat_seconds=1e6)
    with (
        serving(settings, wrap=narrow, clock=clock, ticks=sweeps.ticks) as served,
        served.member("slow", receive_buffer=4096),
    ):
        publish(served, 200_000)
        sender = served.sender("slow")
        wait_until(lambda: sender.stalled_since is not None, what="a full socket")
        sweeps.advance(settings.stall_seconds - 1)
        assert served.commands.ended_sessions.empty()
        for _ in range(20):
            if served.commands.ended_sessions.empty():
                sweeps.advance(settings.stall_seconds + 1)
        assert ended(served, "slow")


def test_who_reads_slowly_but_reads_is_not_cut() -> None:
    """Any progress counts, however long it takes to read everything."""
    clock = FakeClock()
    settings = scaled(**QUICK)
    with serving(settings, wrap=narrow, clock=clock) as served:
        with served.member("slow", receive_buffer=4096) as slow:
            count = publish(served, 200_000)
            assert count > 2 * settings.stall_seconds
            for number in range(1, count + 1):
                clock.advance(1.0)
                slow.send_bytes(b"\n")
                assert slow.expect(Message).number == number
            slow.barrier()
        assert not ended(served, "slow")


def test_a_slow_reader_that_reads_on_is_told_the_reason() -> None:
    """The line that was half sent is finished, what was behind it is dropped, and the goodbye is whole."""
    with (
        serving(scaled(**QUICK, outbox_bytes=100_000), wrap=narrow) as served,
        served.member("slow", receive_buffer=4096) as slow,
    ):
        publish(served, 300_000)
        assert ended(served, "slow")
        goodbye = slow.goodbye()
        assert goodbye.reason is CloseReason.TOO_SLOW
        assert goodbye.reconnect
        assert len(slow.frames) < served.commands.last // 2


def test_a_slow_reader_that_never_reads_on_is_closed_without_its_goodbye() -> None:
    """Its last words have a moment, then descriptor and memory are given back."""
    with (
        serving(scaled(**QUICK, outbox_bytes=100_000, slow_linger_seconds=0.05), wrap=narrow) as served,
        served.member("slow", receive_buffer=4096),
    ):
        publish(served, 300_000)
        assert ended(served, "slow")
        wait_until(lambda: not served.service.open_links, what="the close")


def test_a_slow_reader_that_wakes_up_late_is_told_the_reason() -> None:
    """Long after other links would have been closed; but it holds up no stop."""
    clock = FakeClock()
    sweeps = Sweeps(clock)
    settings = scaled(**QUICK, outbox_bytes=100_000, linger_seconds=2.0, slow_linger_seconds=30.0)
    with (
        serving(settings, wrap=narrow, clock=clock, ticks=sweeps.ticks) as served,
        served.member("slow", receive_buffer=4096) as slow,
        served.member("slower", receive_buffer=4096),
    ):
        publish(served, 300_000)
        for _ in range(2):
            assert served.commands.ended_sessions.get(timeout=5).at_once
        sweeps.advance(29)
        assert slow.goodbye().reason is CloseReason.TOO_SLOW
        wait_until(lambda: served.service.open_links == 1, what="the close of the one that read on")
        served.service.refuse_new()
        sweeps.advance(1)
        wait_until(lambda: not served.service.open_links, what="the close of the other")


def reset(client: WireClient) -> None:
    """Hang up so that the other side gets a reset instead of an end."""
    linger_not = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
    client.close()


@pytest.mark.parametrize("hang_up", [WireClient.close, reset])
def test_who_vanishes_while_lines_wait_is_closed(hang_up: Callable[[WireClient], None]) -> None:
    """Orderly or by a reset."""
    with serving(scaled(**QUICK), wrap=narrow) as served:
        slow = served.member("slow", receive_buffer=4096)
        publish(served, 300_000)
        hang_up(slow)
        assert not ended(served, "slow")
        wait_until(lambda: not served.service.open_links, what="the close")


def test_a_member_with_a_small_window_gets_every_byte() -> None:
    """However the system cuts what is sent, the lines arrive whole and in order."""
    with serving(wrap=narrow) as served, served.member("small", receive_buffer=4096) as small:
        count = publish(served, 600_000)
        for number in range(1, count + 1):
            assert small.expect(Message).number == number
        small.barrier()


def test_a_reply_never_overtakes_what_was_shared_before_it() -> None:
    """Not even behind a full socket."""
    rounds = 10
    with serving(wrap=narrow) as served, served.member("small", receive_buffer=4096) as small:
        for _ in range(rounds):
            publish(served, 30_000)
            pong = PingResult(id=str(served.commands.last), time=WHEN)
            served.commands.session("small").peer.push(encode(pong))
        last, pongs = 0, 0
        while pongs < rounds:
            frame = small.read()
            if isinstance(frame, Message):
                last = frame.number
            elif isinstance(frame, PingResult):
                assert int(str(frame.id)) <= last
                pongs += 1
