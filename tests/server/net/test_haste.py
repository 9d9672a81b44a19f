"""A link that was too hasty: one refusal, then nothing of it runs until the wait is over."""

import pytest

from chat.protocol.codes import CloseReason, ErrorCode, Refused
from chat.protocol.replies import Error, PingResult, SendResult
from chat.protocol.requests import Ping, Quit
from chat.server.domain.rate import rate_limited
from tests.support.clock import FakeClock
from tests.support.net_service import Served, scaled, send, serving
from tests.support.sweeps import SWEEP_SECONDS, Sweeps
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient

SOON = {"sweep_seconds": SWEEP_SECONDS, "greet_seconds": 0.01}
OUT_OF_ORDER = Refused(ErrorCode.OUT_OF_ORDER, retry_after_ms=0)


@pytest.fixture
def clock() -> FakeClock:
    """Time as the test tells it."""
    return FakeClock()


@pytest.fixture
def sweeps(clock: FakeClock) -> Sweeps:
    """Lets that time pass."""
    return Sweeps(clock)


def is_too_hasty(served: Served, client: WireClient, seconds: float) -> Error:
    """Have the next line of a client refused; give the refusal."""
    served.commands.hasty.append(rate_limited(seconds))
    client.send(send(client, "too much"))
    return client.wait_for(Error)


def test_one_refusal_and_then_nothing_until_the_wait_is_over(clock: FakeClock, sweeps: Sweeps) -> None:
    """What was said meanwhile is neither refused nor lost: it is run then, in order, pings too."""
    with serving(scaled(**SOON), clock=clock, ticks=sweeps.ticks) as served, served.member("ann") as ann:
        refused = is_too_hasty(served, ann, 2.0)
        assert (refused.code, refused.retry_after_ms) == (ErrorCode.RATE_LIMITED, 2001)
        ann.send(send(ann, "later"))
        ann.send(Ping(id="ping"))
        with served.member("ben") as ben:
            sweeps.advance(1.5)
            ben.barrier()
        assert not served.commands.count(type(send(ann, "")))
        assert not ann.has_more()
        sweeps.advance(1.0)
        assert ann.wait_for(SendResult).text == "later"
        assert ann.wait_for(PingResult).id == "ping"


def test_others_are_served_meanwhile(clock: FakeClock) -> None:
    """The wait is of the one link."""
    with serving(clock=clock) as served, served.member("ann") as ann, served.member("ben") as ben:
        is_too_hasty(served, ann, 60.0)
        ben.barrier()
        assert isinstance(ben.ask(send(ben, "hello")), SendResult)


def test_the_time_of_waiting_is_not_silence(clock: FakeClock, sweeps: Sweeps) -> None:
    """A link whose wait is longer than heartbeat and grace is not cut for it, and is for silence after it."""
    settings = scaled(**SOON, wait_seconds=600.0)
    with serving(settings, clock=clock, ticks=sweeps.ticks) as served, served.member("ann") as ann:
        is_too_hasty(served, ann, 300.0)
        for _ in range(5):
            sweeps.advance(40)
        assert served.service.open_links == 1
        for _ in range(6):
            sweeps.advance(40)
        assert ann.goodbye().reason is CloseReason.SILENT


def test_no_link_waits_so_long_that_its_pings_get_no_answer(clock: FakeClock, sweeps: Sweeps) -> None:
    """Whatever the wait that was told: after some seconds a line runs, and may be refused again."""
    with serving(scaled(**SOON), clock=clock, ticks=sweeps.ticks) as served, served.member("ann") as ann:
        is_too_hasty(served, ann, 3600.0)
        ann.send(Ping(id="ping"))
        sweeps.advance(6.0)
        assert ann.wait_for(PingResult).id == "ping"


def test_a_line_that_is_none_counts_as_well(clock: FakeClock) -> None:
    """It is refused under its own id where it has one."""
    with serving(clock=clock) as served, served.member("ann") as ann:
        served.commands.hasty.append(rate_limited(1.0))
        ann.send_line(b'{"type":"dance","id":"x"}')
        refused = ann.wait_for(Error)
        assert (refused.id, refused.code) == ("x", ErrorCode.RATE_LIMITED)


def test_what_found_no_room_is_counted_once(clock: FakeClock) -> None:
    """It is the same request when it comes again."""
    with serving(clock=clock) as served, served.member("ann") as ann:
        served.commands.hasty.extend([None, rate_limited(60.0)])
        ann.send({"type": "typing", "id": "t", "target": "#general"})
        wait_until(lambda: len(served.commands.hasty) == 1, what="the request to be counted")
        served.commands.room.set()
        served.commands.session("ann").peer.resume()
        assert not isinstance(ann.reply_to("t"), Error)
        assert len(served.commands.hasty) == 1


def test_a_refusal_for_the_order_lets_nobody_wait(clock: FakeClock) -> None:
    """Only `rate_limited` does."""
    with serving(clock=clock) as served, served.member("ann") as ann:
        served.commands.hasty.append(OUT_OF_ORDER)
        assert isinstance(ann.ask(send(ann, "one")), Error)
        assert isinstance(ann.ask(send(ann, "two")), SendResult)


def test_who_hangs_up_while_waiting_is_gone_after_it(clock: FakeClock, sweeps: Sweeps) -> None:
    """Nothing is left of it."""
    with serving(scaled(**SOON), clock=clock, ticks=sweeps.ticks) as served:
        ann = served.member("ann")
        is_too_hasty(served, ann, 2.0)
        ann.close()
        sweeps.advance(3.0)
        wait_until(lambda: not served.service.open_links, what="the link to end")


def test_the_end_does_not_wait(clock: FakeClock) -> None:
    """A link that waits is told of the stop at once."""
    with serving(clock=clock) as served, served.member("ann") as ann:
        is_too_hasty(served, ann, 5.0)
        ann.send(Quit(id="q"))
        served.service.refuse_new()
        assert served.service.drain(5.0)
        assert ann.goodbye().reason is CloseReason.STOPPING
