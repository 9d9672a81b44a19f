"""How far a message has come, as its details show it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chat.client.trace import Trace, trace_of
from tests.support.frames import WHEN, channel, direct, message

LATER = WHEN + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("peer_read", "read", "read_at"), [(0, False, None), (6, False, None), (7, True, LATER), (9, True, LATER)]
)
def test_ones_own_direct_message_is_read_when_the_other_side_read_so_far(
    peer_read: int, read: bool, read_at: object
) -> None:
    """The time is that of reading so far, so it was read then at the latest."""
    conversation = direct("ben", last=9, peer_read=peer_read, peer_read_at=LATER if peer_read else None)
    assert trace_of(message(7), conversation, "u-ann") == Trace(7, WHEN, read, read_at)  # type: ignore[arg-type]


def test_nobody_is_asked_to_have_read_what_they_wrote_or_what_stands_in_a_channel() -> None:
    """There only place and time are known."""
    said = message(7)
    assert trace_of(said, direct("ben", last=9, peer_read=9), "u-ben") == Trace(7, WHEN)
    assert trace_of(said, channel(last=9), "u-ann") == Trace(7, WHEN)


def test_that_it_was_read_may_be_told_without_a_time() -> None:
    """As of what was read long ago."""
    conversation = replace(direct("ben", last=9), peer_read=9)
    assert trace_of(message(7), conversation, "u-ann") == Trace(7, WHEN, read=True)
