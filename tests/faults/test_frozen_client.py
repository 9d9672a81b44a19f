"""R1: a client that was frozen, as by a lid that is closed, and thawed when its link is long dead."""

import signal

import pytest

from chat.server.config import ServerConfig
from chat.server.net.settings import NetSettings
from tests.support.commands import Running, said
from tests.support.far_server import SECONDS, far_server
from tests.support.net_service import scaled
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

MESSAGES = 500
"""Said while it is frozen."""

SHORT = scaled(heartbeat_seconds=0.5, grace_seconds=0.25, sweep_seconds=0.05)


@pytest.mark.parametrize(
    ("net", "seconds"),
    [
        (SHORT, 0.0),
        pytest.param(NetSettings(), 180.0, marks=[pytest.mark.soak, pytest.mark.timeout(300)]),
    ],
)
def test_r1_a_frozen_client_shows_all_that_it_missed_once_and_in_order(
    net: NetSettings, seconds: float
) -> None:
    """The server gives it up meanwhile; thawed it notices by itself, comes back and has everything."""
    config = ServerConfig(heartbeat_seconds=1, grace_seconds=1) if net is SHORT else ServerConfig()
    with far_server(config=config, net=net) as far:
        ben = far.come("ben", near=True)
        with Running(str(far.proxy.address), "--nick", "ann", "--unencrypted") as ann:
            ann.wait_said("* ann joined")
            ann.signal(signal.SIGSTOP)
            wait_until(lambda: far.proxy.ended_ways == 1, 60, "the server to give her up")
            texts = [f"missed {number}" for number in range(MESSAGES)]
            for text in texts:
                ben.client.say("#general", text)
            assert ben.client.wait_idle(SECONDS)
            wait_until(lambda: far.clock.monotonic() >= far.began + seconds, seconds + 5, "the lid")
            ann.signal(signal.SIGCONT)
            ann.wait_noted("reconnecting")
            ann.wait_said(texts[-1])
            assert said(ann.talk, "ben") == texts
