"""Every refusal that is over by itself tells the wait: all there are, each by the way that leads to it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from chat.ids import new_token
from chat.protocol.accounts import Register
from chat.protocol.asking import Request
from chat.protocol.codec import BadLine, error_frame
from chat.protocol.codes import CLOSES, ERRORS, CloseReason, ErrorCode, Refused
from chat.protocol.order import SetMode
from chat.protocol.replies import Error
from chat.protocol.requests import CreateChannel, Hello, History, Join, Ping, Send, SetStatus
from chat.server.domain.attempts import FREE
from chat.server.domain.rate import Rate, Rates
from chat.server.passwords import WAITING_MOST
from chat.server.state.session import Session
from tests.support.faulty_store import Fault
from tests.support.hub import Hub, hello_fields
from tests.support.passwords import GOOD, HERE, OTHER, quick_pool
from tests.support.recording_peer import RecordingPeer

SHORT = Rates(guest_sends=Rate(1, 0.5), joins=Rate(1, 0.5), requests=Rate(3, 1), history_bytes=Rate(100, 10))
SAID = {"target": "#general", "text": "hello"}


class Way(NamedTuple):
    """How a refusal is met, and how long it may ask to wait."""

    code: ErrorCode
    meet: Callable[[], Error]
    least_ms: int
    most_ms: int


def refused(reply: object) -> Error:
    """The reply, which must be a refusal."""
    assert isinstance(reply, Error), reply
    return reply


def too_hasty(*kinds: tuple[type[Request], Mapping[str, object]]) -> Error:
    """What the last of these is refused with before it runs, on a server with small budgets."""
    hub = Hub(rates=SHORT)
    ann = hub.guest("ann", sync=False)
    for kind, fields in kinds:
        request = hub.request(kind, **fields)
        hasty = hub.dispatcher.too_hasty(ann, request)
        if hasty is None:
            hub.ask_again(ann, request)
    assert hasty is not None
    return error_frame(request.id, hasty)


def with_too_many_lines_of_garbage() -> Error:
    """Lines that are no requests cost as much."""
    hub = Hub(rates=SHORT)
    ann = hub.guest("ann", sync=False)
    hasty = [hub.dispatcher.too_hasty(ann, None) for _ in range(9)][-1]
    assert hasty is not None
    return error_frame(None, hasty)


def from_afar(hub: Hub, host: str = "192.168.3.4") -> Session:
    """A link from an address that is counted."""
    peer = RecordingPeer()
    hub.peers.append(peer)
    peer.session = Session(peer, host, encrypted=True)
    return peer.session


def guess(hub: Hub, nick: str, session: Session) -> Error:
    """Try a wrong password."""
    fields = hello_fields(nick, new_token())
    return refused(hub.ask(session, Hello, **fields, new=True, password=OTHER))


def after_guesses_on_an_account() -> Error:
    """From wherever they come."""
    hub = Hub()
    return [guess(hub, "ann", from_afar(hub, f"192.168.3.{number}")) for number in range(FREE + 1)][-1]


def after_guesses_from_an_address() -> Error:
    """On whomever."""
    hub = Hub()
    return [guess(hub, f"n{number}", from_afar(hub)) for number in range(FREE + 1)][-1]


def while_others_try_the_same() -> Error:
    """What is being compared may still turn out to be wrong."""
    hub = Hub()
    fields = {"new": True, "password": OTHER}
    for _ in range(FREE):
        hub.submit(from_afar(hub), Hello, **hello_fields("ann", new_token()), **fields)
    return refused(hub.submit(from_afar(hub), Hello, **hello_fields("ann", new_token()), **fields).reply)


def with_too_many_new_devices() -> Error:
    """From one address, each on a link of its own."""
    hub = Hub()
    for number in range(65):
        reply = hub.ask(from_afar(hub), Hello, **hello_fields(f"n{number}", new_token()), new=True)
    return refused(reply)


def while_too_many_passwords_wait() -> Error:
    """The pool answers for itself."""
    pool = quick_pool()
    answers: list[str | Refused] = []
    for _ in range(WAITING_MOST + 1):
        pool.make(GOOD, "ann", HERE, answers.append)
    (busy,) = answers
    assert isinstance(busy, Refused)
    return error_frame("1", busy)


def with_a_full_queue_behind_a_password() -> Error:
    """Nobody can park the link there."""
    hub = Hub()
    ann = hub.guest("ann")
    answer = hub.submit(ann, Register, password=GOOD)
    while hub.submit(ann, SetStatus, status="away").accepted:
        pass
    hub.passwords.work()
    return refused(answer.reply)


def after_two_seconds_in_the_queue() -> Error:
    """The watchdog takes it back."""
    hub = Hub()
    answer = hub.submit(hub.guest("ann"), Send, **SAID)
    hub.fake_clock.advance(60)
    hub.queue.take_back()
    return refused(answer.reply)


def behind_a_refused_send() -> Error:
    """It waits for that one, not for the clock."""
    return too_hasty((Send, SAID), (Send, SAID), (Send, SAID))


def with_a_full_disk() -> Error:
    """When it is written."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.refuse_writes()
    return refused(hub.ask(ann, Send, **SAID))


def with_a_disk_that_can_not_be_read() -> Error:
    """When it is read."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.refuse_lookups()
    return refused(hub.ask(ann, History, target="#general"))


def after_a_failed_flush() -> Error:
    """Until its operator starts the server again."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.FLUSH_FAILED)
    return refused(hub.ask(ann, Send, **SAID))


def in_slow_mode() -> Error:
    """Too soon behind the last message."""
    hub = Hub()
    ann, ben = hub.guest("ann"), hub.guest("ben")
    hub.ask(ann, CreateChannel, name="#tea")
    hub.ask(ann, SetMode, target="#tea", slow_seconds=30)
    hub.ask(ben, Join, target="#tea")
    hub.ask(ben, Send, target="#tea", text="one")
    return refused(hub.ask(ben, Send, target="#tea", text="two"))


def while_the_server_stops() -> Error:
    """What came behind the last batch."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.queue.close()
    hub.queue.take()
    return refused(hub.submit(ann, Send, **SAID).reply)


def before_hello() -> Error:
    """Too many requests; the link is closed too, and says the same."""
    return error_frame("1", BadLine(ErrorCode.TOO_MANY_REQUESTS))


RATE, TRIES, BUSY = ErrorCode.RATE_LIMITED, ErrorCode.TOO_MANY_ATTEMPTS, ErrorCode.OVERLOADED
STATUS = {"status": "away"}
WAYS = {
    "sends": Way(RATE, lambda: too_hasty((Send, SAID), (Send, SAID)), 1900, 2001),
    "joins": Way(RATE, lambda: too_hasty((Join, {"target": "#a"}), (SetStatus, STATUS)), 1900, 2001),
    "history": Way(RATE, lambda: too_hasty(*[(History, {"target": "#general"})] * 2), 1, 60_000),
    "requests": Way(RATE, lambda: too_hasty(*[(Ping, {})] * 4), 900, 1001),
    "garbage": Way(RATE, with_too_many_lines_of_garbage, 900, 1001),
    "account": Way(TRIES, after_guesses_on_an_account, 900, 1001),
    "address": Way(TRIES, after_guesses_from_an_address, 900, 1001),
    "others": Way(TRIES, while_others_try_the_same, 900, 1001),
    "devices": Way(TRIES, with_too_many_new_devices, 9000, 9400),
    "passwords": Way(BUSY, while_too_many_passwords_wait, 2000, 2000),
    "hash": Way(BUSY, with_a_full_queue_behind_a_password, 1000, 1000),
    "journal": Way(BUSY, after_two_seconds_in_the_queue, 1000, 1000),
    "order": Way(ErrorCode.OUT_OF_ORDER, behind_a_refused_send, 0, 0),
    "writing": Way(ErrorCode.STORAGE_TROUBLE, with_a_full_disk, 1000, 1000),
    "reading": Way(ErrorCode.STORAGE_TROUBLE, with_a_disk_that_can_not_be_read, 1000, 1000),
    "flush": Way(ErrorCode.READ_ONLY, after_a_failed_flush, 1000, 1000),
    "slow": Way(ErrorCode.SLOW_MODE, in_slow_mode, 29_000, 30_001),
    "stop": Way(ErrorCode.STOPPING, while_the_server_stops, 1000, 1000),
    "hello": Way(ErrorCode.TOO_MANY_REQUESTS, before_hello, 1000, 1000),
}
ENDS_BY_ITSELF = {code for code, rule in ERRORS.items() if rule.retryable} | {ErrorCode.SLOW_MODE}
"""What the same request meets no more after some time. The others last until somebody does something: the
gate, closed accounts, bans without an end; bans and mutes that end say when in their sentence."""


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_refusal_that_is_over_by_itself_tells_the_wait(way: Way) -> None:
    """In milliseconds, never less than it takes."""
    error = way.meet()
    assert error.code is way.code
    assert error.retry_after_ms is not None
    assert way.least_ms <= error.retry_after_ms <= way.most_ms


def test_there_is_a_way_to_each_of_them() -> None:
    """A new code that is worth a retry fails here until it is listed."""
    assert {way.code for way in WAYS.values()} == ENDS_BY_ITSELF


@pytest.mark.parametrize("code", ErrorCode)
def test_no_refusal_forgets_the_wait(code: ErrorCode) -> None:
    """Where who refuses knows no better it is a second; what lasts tells none; what is known is told."""
    waits = ERRORS[code].retryable
    assert error_frame("1", Refused(code)).retry_after_ms == (1000 if waits else None)
    assert error_frame("1", Refused(code, retry_after_ms=0)).retry_after_ms == 0


def test_who_was_one_link_too_many_is_told_when_to_come_back() -> None:
    """Other ends are no refusals: a client comes back from them as it does from any broken link."""
    assert {reason for reason, rule in CLOSES.items() if rule.wait_ms} == {
        CloseReason.TOO_MANY_LINKS,
        CloseReason.TOO_MANY_REQUESTS,
    }
    assert all(rule.reconnect for rule in CLOSES.values() if rule.wait_ms)
