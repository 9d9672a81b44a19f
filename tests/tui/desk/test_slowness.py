"""How long one must wait in slow mode, as far as this machine can tell."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chat.client.changes import OutboxItem
from chat.protocol.records import ChannelMode
from chat.tui.desk.slowness import Slowness
from tests.support.clock import FakeClock
from tests.support.entries import said
from tests.support.frames import channel

TEA = channel(mode=ChannelMode(slow_seconds=30))
WAITS = OutboxItem("s" * 16, "c-general", "hi", wait_seconds=50.0)


class Setting:
    """A clock, and messages of two people."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.slow = Slowness(self.clock)

    def says(self, who: str, *, ago: float = 0.0, live: bool = True) -> None:
        """Somebody said something, so many seconds ago."""
        entry = replace(said(1, who=who), timestamp=self.clock.now() - timedelta(seconds=ago))
        self.slow.heard([entry], "u-you", live=live)


def test_the_wait_is_counted_from_ones_own_last_message() -> None:
    """Not from those of others; a channel that is not slow has none."""
    setting = Setting()
    setting.says("bob")
    assert setting.slow.left(TEA) == 0
    setting.says("you")
    setting.clock.advance(10)
    assert setting.slow.left(TEA) == 20
    assert setting.slow.left(channel()) == 0
    assert setting.slow.left(replace(TEA, mode=ChannelMode(slow_seconds=300))) == 290
    assert setting.slow.left(TEA, queued=2) == 80
    setting.clock.advance(30)
    assert setting.slow.left(TEA, queued=2) == 0


@pytest.mark.parametrize(("ago", "left"), [(10, 20), (100, 0), (-5, 30)])
def test_what_was_said_before_this_start_counts_by_its_age(ago: float, left: float) -> None:
    """A server whose clock is ahead makes nobody wait longer than the whole time."""
    setting = Setting()
    setting.says("you", ago=ago, live=False)
    assert setting.slow.left(TEA) == left


def test_what_the_server_says_counts_where_it_is_longer() -> None:
    """It knows of what was said on other devices, and its rules may have changed."""
    setting = Setting()
    setting.slow.refused(replace(WAITS, wait_seconds=0.0), "c-general")
    assert setting.slow.left(TEA) == 0
    setting.says("you")
    setting.slow.refused(WAITS, "c-general")
    setting.clock.advance(10)
    assert setting.slow.left(TEA) == 40
