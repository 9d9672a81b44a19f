"""Two kinds of silence: ours, which a ping ends, and the server's, which ends the link."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.heartbeat import Heartbeat

times = st.floats(0, 200, allow_nan=False)


def test_a_ping_is_due_when_we_were_silent() -> None:
    """Anything we say puts it off."""
    heartbeat = Heartbeat(now=100, seconds=30, grace=15)
    assert not heartbeat.ping_is_due(129.9)
    assert heartbeat.ping_is_due(130)
    heartbeat.said(120)
    assert not heartbeat.ping_is_due(149)
    assert heartbeat.ping_is_due(150)


def test_the_link_is_dead_when_the_server_was_silent_for_longer() -> None:
    """Only bytes that come count, not what we say."""
    heartbeat = Heartbeat(now=100, seconds=30, grace=15)
    heartbeat.said(140)
    assert not heartbeat.is_dead(144.9)
    assert heartbeat.is_dead(145)
    heartbeat.heard(144)
    assert not heartbeat.is_dead(188)
    assert heartbeat.is_dead(189)


@given(said=times, heard=times, now=times)
def test_the_next_look_comes_when_something_is_due_and_not_before(
    said: float, heard: float, now: float
) -> None:
    """So the thread can wait exactly that long."""
    heartbeat = Heartbeat(now=0, seconds=30, grace=15)
    heartbeat.said(said)
    heartbeat.heard(heard)
    something_is_due = heartbeat.ping_is_due(now) or heartbeat.is_dead(now)
    assert something_is_due is (now >= heartbeat.next_look())


def test_silence_is_counted_from_the_last_byte_that_came() -> None:
    """What we say ourselves is no sign of the other side."""
    heartbeat = Heartbeat(100.0, 30, 15)
    heartbeat.heard(110.0)
    heartbeat.said(120.0)
    assert heartbeat.silence(150.0) == 40.0
