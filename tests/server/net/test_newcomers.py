"""Who comes to the door too often, or stands there too long, from one address: others notice nothing."""

import socket
from contextlib import ExitStack

from chat.protocol.codec import decode_server_frame
from chat.protocol.events import Welcome
from chat.server.domain.rate import Rate
from chat.server.net.entrance import Door
from chat.server.net.settings import NetSettings
from chat.transport.tls import unverified_context
from tests.support.clock import FakeClock
from tests.support.net_service import Served, serving
from tests.support.tls import certificates

HALF_A_HANDSHAKE = b"\x16\x03\x01\x02\x00\x01"
NEIGHBOUR = "127.0.0.2"


def settings(**fields: object) -> NetSettings:
    """Settings under which this machine is counted like any other, and nobody is hurried."""
    patient = {"greet_seconds": 30.0, "handshake_seconds": 30.0, "exempt": ()}
    return NetSettings(**{**patient, **fields})  # type: ignore[arg-type]


def door() -> Door:
    """The usual door."""
    return Door(certificates().context)


def dial(served: Served, host: str = "127.0.0.1") -> socket.socket:
    """A connection that has said nothing."""
    return socket.create_connection(served.address, 5, source_address=(host, 0))


def welcomed(sock: socket.socket) -> bool:
    """Whether the handshake and the welcome follow; closes the socket."""
    with sock:
        try:
            with unverified_context().wrap_socket(sock) as encrypted:
                return isinstance(decode_server_frame(encrypted.makefile("rb").readline().rstrip()), Welcome)
        except OSError:
            return False


def test_half_handshakes_of_one_address_send_its_own_away_alone() -> None:
    """Forty of them, four of one address are let stay: who came before them from elsewhere stays too."""
    with (
        serving(settings(newcomers=10, newcomers_each=4), door=door()) as served,
        ExitStack() as crowd,
    ):
        patient = dial(served)
        stalled = [crowd.enter_context(dial(served, NEIGHBOUR)) for _ in range(40)]
        for half in stalled[-4:]:
            half.sendall(HALF_A_HANDSHAKE)
        for sent_away in stalled[:-4]:
            assert sent_away.recv(10) == b""
        assert welcomed(patient)
        assert welcomed(dial(served, NEIGHBOUR))


def test_who_comes_too_fast_is_cut_off_until_the_wait_is_over() -> None:
    """Before any handshake, and counted for the operator; others come in, and so do they a second later."""
    clock = FakeClock()
    with serving(settings(arrivals=Rate(3, 1)), door=door(), clock=clock) as served:
        assert [welcomed(dial(served, NEIGHBOUR)) for _ in range(5)] == [True] * 3 + [False] * 2
        assert welcomed(dial(served))
        clock.advance(1)
        assert [welcomed(dial(served, NEIGHBOUR)) for _ in range(2)] == [True, False]


def test_addresses_that_are_exempt_may_come_as_they_like() -> None:
    """A proxy stands for many: neither its haste nor its places are counted."""
    exempt = settings(arrivals=Rate(1, 0.01), newcomers_each=1, exempt=("127.0.0.0/8",))
    with serving(exempt, door=door(), clock=FakeClock()) as served:
        first = dial(served, NEIGHBOUR)
        assert [welcomed(dial(served, NEIGHBOUR)) for _ in range(3)] == [True] * 3
        assert welcomed(first)
