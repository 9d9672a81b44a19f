"""Links that do not do something in time, with the times scaled down."""

import threading

import pytest

from chat.protocol.codes import CloseReason
from chat.protocol.events import Welcome
from chat.protocol.replies import SendResult
from chat.protocol.requests import Send
from tests.support.clock import FakeClock
from tests.support.frames import LIMITS
from tests.support.net_service import scaled, send, serving
from tests.support.sweeps import SWEEP_SECONDS, Sweeps
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient

SOON = {"sweep_seconds": SWEEP_SECONDS, "greet_seconds": 0.01}


def turns(client: WireClient, count: int) -> None:
    """Return after the reader had so many turns, in each of which it read whoever had said something."""
    for _ in range(count):
        client.barrier()


@pytest.fixture
def clock() -> FakeClock:
    """Time as the test tells it."""
    return FakeClock()


def test_who_never_says_hello_is_sent_away(clock: FakeClock) -> None:
    """However much is said otherwise."""
    with serving(scaled(**SOON), clock=clock) as served, served.client() as client:
        client.wait_for(Welcome)
        clock.advance(LIMITS.login_seconds - 1)
        turns(client, 2)
        clock.advance(1.5)
        assert client.goodbye().reason is CloseReason.LOGIN_TIMEOUT


def test_who_said_hello_may_stay(clock: FakeClock) -> None:
    """The time to log in is over, and nothing happens."""
    with serving(scaled(**SOON), clock=clock) as served, served.member("ann") as ann:
        clock.advance(LIMITS.login_seconds + 1)
        turns(ann, 2)


def test_a_silent_link_is_cut(clock: FakeClock) -> None:
    """After heartbeat and grace together, with a reason and the advice to come back."""
    with serving(scaled(**SOON), clock=clock) as served, served.member("ann") as ann:
        clock.advance(46.0)
        goodbye = ann.goodbye()
        assert goodbye.reason is CloseReason.SILENT
        assert goodbye.reconnect
        assert not served.commands.ended_sessions.get(timeout=5).at_once


@pytest.mark.parametrize("sign_of_life", [b"\n", b'{"type":"ping","id":"p"}\n', b"half a li"])
def test_any_byte_counts_as_a_sign_of_life(clock: FakeClock, sign_of_life: bytes) -> None:
    """An empty line, a request or a part of one."""
    with (
        serving(scaled(**SOON), clock=clock) as served,
        served.member("ann") as ann,
        served.member("bob") as bob,
    ):
        for _ in range(5):
            clock.advance(40.0)
            ann.send_bytes(sign_of_life)
            turns(bob, 2)
        assert served.service.open_links == 2


def test_the_servers_own_silence_is_not_the_clients(clock: FakeClock) -> None:
    """A link that is not read because it must wait is not taken for dead."""
    sweeps = Sweeps(clock)
    settings = scaled(**SOON, inbox_lines=4, receive_bytes=64)
    with serving(settings, clock=clock, ticks=sweeps.ticks) as served, served.member("ann") as ann:
        served.commands.flows.clear()
        for n in range(LIMITS.sends_in_flight + 20):
            ann.send(send(ann, f"text {n}"))
        wait_until(lambda: served.commands.count(Send) == LIMITS.sends_in_flight, what="a full flight")
        with served.member("bob") as bob:
            turns(bob, 20)  # enough to read as much of the others as the reader takes
        sweeps.advance(60.0)
        served.commands.flows.set()
        for _ in range(LIMITS.sends_in_flight + 20):
            ann.wait_for(SendResult)
        ann.barrier()


def test_ticks_are_called_regularly() -> None:
    """By the reader, whatever else it does."""
    calls = threading.Semaphore(0)
    names: set[str] = set()

    def tick() -> None:
        names.add(threading.current_thread().name)
        calls.release()

    with serving(ticks=[(0.01, tick)]):
        for _ in range(3):
            assert calls.acquire(timeout=5)
    assert names == {"reader"}
