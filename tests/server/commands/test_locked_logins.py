"""What the operator reads of guessed passwords: one line for each time that somebody is locked out."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from chat.ids import new_token
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error
from chat.protocol.requests import Hello
from chat.server.domain.rate import Rate, Rates
from chat.server.state.session import Session
from tests.support.hub import Hub, hello_fields
from tests.support.passwords import OTHER
from tests.support.recording_peer import RecordingPeer

SAID = "too many wrong passwords; who tries must wait"


def guess(hub: Hub, nick: str, host: str) -> ErrorCode:
    """Try a wrong password from an address; returns the code of the refusal."""
    peer = RecordingPeer()
    peer.session = Session(peer, host, encrypted=True)
    reply = hub.ask(peer.session, Hello, **hello_fields(nick, new_token()), new=True, password=OTHER)
    assert isinstance(reply, Error), reply
    return reply.code


def locks(logs: list[Any]) -> list[Any]:
    """The lines about locks."""
    return [each for each in logs if each["event"] == SAID]


def test_each_lock_is_one_line_that_says_who_and_how_long() -> None:
    """With the account that was tried, from where, and what of both is locked."""
    hub = Hub()
    with capture_logs() as logs:
        for _ in range(5):
            guess(hub, "ann", "127.0.0.1")
        hub.fake_clock.advance(1)
        guess(hub, "ann", "127.0.0.1")
        for _ in range(5):
            guess(hub, "ben", "192.168.3.4")
    line = {"event": SAID, "log_level": "warning"}
    near = {**line, "account": "ann", "address": "127.0.0.1", "locked": "account"}
    far = {**line, "account": "ben", "address": "192.168.3.4", "seconds": 1.0}
    assert locks(logs) == [
        {**near, "seconds": 1.0},
        {**near, "seconds": 2.0},
        {**far, "locked": "account"},
        {**far, "locked": "address"},
    ]


def test_a_thousand_guesses_are_a_line_for_each_lock() -> None:
    """Those that are refused meanwhile are none, and the waits grow: it is never more than a few."""
    hub = Hub()
    with capture_logs() as logs:
        codes = [guess(hub, "ann", "127.0.0.1") for _ in range(1000)]
        hub.fake_clock.advance(1)
        codes += [guess(hub, "ann", "127.0.0.1") for _ in range(1000)]
    assert codes.count(ErrorCode.TOO_MANY_ATTEMPTS) == 1994
    assert [each["seconds"] for each in locks(logs)] == [1.0, 2.0]
    assert len(logs) == 2


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12"), st.sampled_from([0, 0.5, 3, 950]))))
def test_the_log_has_as_many_locks_as_the_audit_log(tries: list[tuple[str, str, float]]) -> None:
    """Whoever tries whatever from wherever, and however long they pause."""
    hub = Hub()
    with capture_logs() as logs:
        for nick, host, pause in tries:
            hub.fake_clock.advance(pause)
            guess(hub, nick, f"192.168.3.{host}")
    noted = [(each.subject, each.detail) for each in hub.store.audit(limit=500)[::-1]]
    assert noted == [(each[each["locked"]], each["locked"]) for each in locks(logs)]


def test_what_is_refused_meanwhile_is_summed_up() -> None:
    """As all that is too much at once: requests by nick, tries and new devices by address."""
    hub = Hub(rates=Rates(requests=Rate(1, 1)))
    for _ in range(9):
        guess(hub, "ann", "192.168.3.4")
    ben = hub.guest("ben", sync=False)
    for _ in range(8):
        hub.dispatcher.too_hasty(ben, None)
    for number in range(67):
        peer = RecordingPeer()
        peer.session = Session(peer, "192.168.3.5")
        hub.ask(peer.session, Hello, **hello_fields(f"n{number}", new_token()), new=True)
    with capture_logs() as logs:
        hub.refusals.tell()
    assert {each["what"]: (each["times"], each["mostly"]) for each in logs} == {
        "password tries": (4, "192.168.3.4"),
        "requests": (7, "ben"),
        "new devices": (3, "192.168.3.5"),
    }
