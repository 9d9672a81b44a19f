"""Which requests count on which budget, that sends stay in order behind a refused one, and new devices."""

from typing import Any

import pytest

from chat.ids import new_token
from chat.protocol import order
from chat.protocol.asking import Change, Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.order import Mute, Unmute
from chat.protocol.records import Status
from chat.protocol.replies import Error, HelloResult, HistoryResult
from chat.protocol.requests import Edit, Hello, History, Join, Ping, React, Send, SetStatus, Sync
from chat.server.commands.haste import BUDGETS
from chat.server.commands.table import COMMANDS
from chat.server.domain.rate import Budget, Rate, Rates
from chat.server.state.session import Session
from tests.support.hub import Hub, hello_fields

SENDS, JOINS = Budget.SENDS, Budget.JOINS
RATES = Rates(guest_sends=Rate(2, 1), joins=Rate(1, 1), requests=Rate(5, 1), history_bytes=Rate(1000, 100))


@pytest.fixture
def hub() -> Hub:
    """A server on which two sends are a burst."""
    return Hub(rates=RATES)


def hasty(hub: Hub, session: Session, kind: type[Request] | None, send_id: str = "") -> Refused | None:
    """Count a request; give why it may not run."""
    if kind is None:
        return hub.dispatcher.too_hasty(session, None)
    given = {"send_id": send_id} if send_id else {}
    fields: dict[type[Request], dict[str, Any]] = {
        Send: {"target": "#general", "text": "hi", **given},
        Edit: {"target": "#general", "message": 2, "text": "hi"},
        React: {"target": "#general", "message": 2, "emoji": "+1"},
        Join: {"target": "#tea"},
        History: {"target": "#general"},
        SetStatus: {"status": Status.AWAY},
    }
    return hub.dispatcher.too_hasty(session, hub.request(kind, **fields.get(kind, {})))


def code(refused: Refused | None) -> ErrorCode | None:
    """What it was refused for."""
    return refused.code if refused else None


def test_every_request_that_has_a_budget_of_its_own_exists() -> None:
    """All others count together."""
    assert set(BUDGETS) <= set(COMMANDS)
    assert Ping not in BUDGETS


def test_what_adds_to_a_log_counts_on_no_budget_of_reading() -> None:
    """Each is told to all members and stored, most of all what keeps order: the audit log keeps that too."""
    changes = {kind for kind in COMMANDS if issubclass(kind, Change)}
    assert {kind: BUDGETS.get(kind) for kind in changes if BUDGETS.get(kind) not in (SENDS, JOINS)} == {}
    assert {kind for kind, budget in BUDGETS.items() if budget is JOINS} >= {
        kind for kind in changes if kind.__module__ == order.__name__
    }


def test_an_operator_who_cleans_up_waits_after_a_burst(hub: Hub) -> None:
    """And for nothing else."""
    ann = hub.guest("ann")
    fields = {"target": "#tea", "user": "@ben"}
    codes = [code(hub.dispatcher.too_hasty(ann, hub.request(kind, **fields))) for kind in (Mute, Unmute)]
    assert codes == [None, ErrorCode.RATE_LIMITED]
    assert [code(hasty(hub, ann, kind)) for kind in (Send, Ping)] == [None, None]


def test_changes_to_messages_count_as_messages(hub: Hub) -> None:
    """Everybody is told of them."""
    ann = hub.guest("ann")
    assert [code(hasty(hub, ann, kind)) for kind in (Edit, React, Edit)] == [
        None,
        None,
        ErrorCode.RATE_LIMITED,
    ]


def test_one_budget_used_up_leaves_the_others(hub: Hub) -> None:
    """Who said too much may still join, read and ask."""
    ann = hub.guest("ann")
    for number in range(3):
        refused = hasty(hub, ann, Send, f"send-{number:04}")
    assert code(refused) is ErrorCode.RATE_LIMITED
    assert [code(hasty(hub, ann, kind)) for kind in (Join, History, Ping, None)] == [None] * 4
    assert code(hasty(hub, ann, SetStatus)) is ErrorCode.RATE_LIMITED


def test_all_devices_of_a_user_share_one_budget(hub: Hub) -> None:
    """Many links make nobody faster."""
    ann = hub.guest("ann")
    other = hub.second_device(ann)
    assert not hasty(hub, ann, Send)
    assert not hasty(hub, other, Send)
    assert hasty(hub, other, Send)
    assert hasty(hub, ann, Send)
    assert not hasty(hub, hub.guest("ben"), Send)


def test_lines_that_are_none_count_as_requests(hub: Hub) -> None:
    """Garbage costs its sender what anything else does."""
    ann = hub.guest("ann")
    assert [code(hasty(hub, ann, None)) for _ in range(6)] == [None] * 5 + [ErrorCode.RATE_LIMITED]


def test_before_hello_nothing_is_counted(hub: Hub) -> None:
    """There is no user yet, and another bound."""
    assert [hasty(hub, hub.connect(), Ping) for _ in range(20)] == [None] * 20


def test_behind_a_refused_send_none_goes_on(hub: Hub) -> None:
    """Until it comes again. Those that stay behind cost no sends, or waiting would never help."""
    ann = hub.guest("ann")
    sends = [f"send-{number:04}" for number in range(5)]
    codes = [code(hasty(hub, ann, Send, each)) for each in sends]
    late = [ErrorCode.OUT_OF_ORDER] * 2
    assert codes == [None, None, ErrorCode.RATE_LIMITED, *late]
    hub.fake_clock.advance(1)
    assert [code(hasty(hub, ann, Send, each)) for each in sends[3:]] == late
    assert hasty(hub, ann, Send, sends[2]) is None
    hub.fake_clock.advance(1)
    assert hasty(hub, ann, Send, sends[3]) is None


def test_out_of_order_for_ever_is_too_much_as_well(hub: Hub) -> None:
    """Who heeds no refusal is held up by the budget of requests."""
    ann = hub.guest("ann")
    codes = [code(hasty(hub, ann, Send, f"send-{number:04}")) for number in range(9)]
    assert codes[3:] == [ErrorCode.OUT_OF_ORDER] * 5 + [ErrorCode.RATE_LIMITED]
    hub.fake_clock.advance(1)
    assert hasty(hub, ann, Send, "send-0002") is None, "it is still the first one that is awaited"


def test_sync_lets_sends_begin_afresh(hub: Hub) -> None:
    """As after a refusal by the journal."""
    ann = hub.guest("ann")
    for number in range(3):
        hasty(hub, ann, Send, f"send-{number:04}")
    hub.ask(ann, Sync)
    hub.fake_clock.advance(1)
    assert hasty(hub, ann, Send, "send-0009") is None


def test_history_is_paid_by_its_bytes(hub: Hub) -> None:
    """A large page has to be waited for before the next one; the wait is told."""
    ann = hub.guest("ann")
    for _ in range(4):
        hub.ask(ann, Send, target="#general", text="x" * 1000)
    assert hasty(hub, ann, History) is None
    assert isinstance(hub.ask(ann, History, target="#general"), HistoryResult)
    refused = hasty(hub, ann, History)
    assert code(refused) is ErrorCode.RATE_LIMITED
    assert refused is not None
    hub.fake_clock.advance((refused.retry_after_ms or 0) / 1000)
    assert hasty(hub, ann, History) is None


class TestNewDevices:
    """Many from one address."""

    @staticmethod
    def comes(hub: Hub, number: int, token: str = "", host: str = "192.0.2.1") -> HelloResult | Error:
        """Say hello from there as somebody new."""
        session = hub.connect()
        session.host = host
        fields = hello_fields(f"n{number}", token or new_token())
        reply: HelloResult | Error = hub.ask(session, Hello, **fields, new=True)
        return reply

    def test_the_sixty_fifth_in_ten_minutes_has_to_wait(self, hub: Hub) -> None:
        """It is told how long; others and known devices are let in."""
        tokens = [new_token() for _ in range(64)]
        assert all(isinstance(self.comes(hub, n, token), HelloResult) for n, token in enumerate(tokens))
        refused = self.comes(hub, 64)
        assert isinstance(refused, Error)
        assert (refused.code, refused.retry_after_ms) == (ErrorCode.TOO_MANY_ATTEMPTS, 9376)
        assert isinstance(self.comes(hub, 65, host="192.0.2.2"), HelloResult)
        assert isinstance(self.comes(hub, 7, tokens[7]), HelloResult)
        hub.fake_clock.advance(9.4)
        assert isinstance(self.comes(hub, 66), HelloResult)

    def test_forty_people_behind_one_address_are_never_locked_out(self, hub: Hub) -> None:
        """Each may come again as often as the link breaks: their devices are known."""
        tokens = [new_token() for _ in range(40)]
        for _ in range(5):
            for number, token in enumerate(tokens):
                assert isinstance(self.comes(hub, number, token), HelloResult)

    def test_a_link_that_flaps_is_one_new_device(self, hub: Hub) -> None:
        """Fifty times a minute, with the same `hello`."""
        token = new_token()
        assert all(isinstance(self.comes(hub, 1, token), HelloResult) for _ in range(200))

    def test_choosing_another_nick_counts_nothing(self, hub: Hub) -> None:
        """On the same link the same newcomer tries again."""
        hub.guest("ann")
        session = hub.connect()
        session.host = "192.0.2.9"
        for _ in range(70):
            refused = hub.ask(session, Hello, **hello_fields("ann", new_token()), new=True)
            assert refused.code is ErrorCode.NICK_TAKEN
        assert isinstance(hub.ask(session, Hello, **hello_fields("bob", new_token()), new=True), HelloResult)
