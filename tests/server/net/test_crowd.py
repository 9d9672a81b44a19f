"""Links that connect and do not log in: counted after a moment, of each address, and the oldest go."""

from contextlib import ExitStack

import pytest

from chat.protocol.codes import CloseReason
from chat.server.net.settings import NetSettings
from tests.support.clock import FakeClock
from tests.support.net_service import Served, scaled, serving
from tests.support.sweeps import SWEEP_SECONDS, Sweeps
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient


@pytest.fixture
def clock() -> FakeClock:
    """Time as the test tells it."""
    return FakeClock()


@pytest.fixture
def sweeps(clock: FakeClock) -> Sweeps:
    """Lets that time pass."""
    return Sweeps(clock)


def counting(**fields: object) -> NetSettings:
    """Settings under which this machine is counted like any other."""
    return scaled(sweep_seconds=SWEEP_SECONDS, greet_seconds=0.01, exempt=(), **fields)  # type: ignore[arg-type]


def silent(served: Served, links: ExitStack, count: int) -> list[WireClient]:
    """Links that were greeted and say nothing."""
    clients = [links.enter_context(served.client()) for _ in range(count)]
    for client in clients:
        wait_until(client.has_more, what="the welcome")
    return clients


def test_of_too_many_the_one_who_waits_longest_goes(clock: FakeClock, sweeps: Sweeps) -> None:
    """With a reason that lets it come again; the others may go on."""
    with (
        serving(counting(links_before_login=3), clock=clock, ticks=sweeps.ticks) as served,
        ExitStack() as links,
    ):
        old = silent(served, links, 2)
        sweeps.advance(1)
        new = silent(served, links, 3)
        sweeps.advance(2.5)
        for client in old:
            goodbye = client.goodbye()
            assert (goodbye.reason, goodbye.reconnect) == (CloseReason.TOO_MANY_LINKS, True)
        for number, client in enumerate(new):
            client.hello(f"n{number}")


def test_forty_people_behind_one_address_are_all_let_in(clock: FakeClock, sweeps: Sweeps) -> None:
    """As after the server was started again: who says hello soon is never counted."""
    with serving(counting(), clock=clock, ticks=sweeps.ticks) as served, ExitStack() as links:
        clients = [links.enter_context(served.client()) for _ in range(40)]
        sweeps.advance(1.5)
        for number, client in enumerate(clients):
            client.hello(f"n{number}")
        sweeps.advance(5)
        for client in clients:
            client.barrier()


def test_a_link_that_flaps_fifty_times_a_minute_is_never_locked_out(clock: FakeClock, sweeps: Sweeps) -> None:
    """Each break leaves a dead link behind that nobody ends; the newest gets in all the same."""
    with serving(counting(), clock=clock, ticks=sweeps.ticks) as served, ExitStack() as links:
        for number in range(50):
            silent(served, links, 1)
            client = links.enter_context(served.client())
            client.hello(f"n{number}")
            client.close()
            sweeps.advance(1.2)
        assert served.service.open_links < 20


def test_who_is_exempt_may_stay_silent(clock: FakeClock, sweeps: Sweeps) -> None:
    """Until the time to log in is over."""
    settings = scaled(sweep_seconds=SWEEP_SECONDS, greet_seconds=0.01, links_before_login=1)
    with serving(settings, clock=clock, ticks=sweeps.ticks) as served, ExitStack() as links:
        clients = silent(served, links, 5)
        sweeps.advance(5)
        for number, client in enumerate(clients):
            client.hello(f"n{number}")


def test_as_many_links_as_there_may_be() -> None:
    """One more waits to be accepted until there is a place, and is lost to nobody."""
    settings = scaled(links=2, accept_pause_seconds=0.01)
    with serving(settings) as served, served.member("ann") as ann, served.member("ben"):
        late = served.client(patience=5.0)
        ann.barrier()
        assert not late.has_more()
        ann.close()
        with late:
            late.hello("late")
        wait_until(lambda: served.service.open_links == 1, what="the others to end")
