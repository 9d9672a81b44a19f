"""Errors: each code of the table is really met, with what the table says of it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from chat.ids import new_token
from chat.protocol.accounts import ChangePassword, Register, RegisterResult
from chat.protocol.asking import Request
from chat.protocol.codec import VERSION
from chat.protocol.codes import ERRORS, CloseReason, ErrorCode
from chat.protocol.order import ArchiveChannel, BanUsers, Kick, Mute, SetMode
from chat.protocol.records import Gate
from chat.protocol.replies import (
    Error,
    HistoryResult,
    JoinResult,
    ListChannelsResult,
    OpenDirectResult,
    PinResult,
    SendResult,
    SyncResult,
)
from chat.protocol.requests import (
    AnyRequest,
    ChangeNick,
    CreateChannel,
    Delete,
    Edit,
    Hello,
    History,
    Join,
    ListChannels,
    OpenDirect,
    Pin,
    Ping,
    React,
    Send,
    SetTopic,
    Sync,
    Whois,
)
from chat.protocol.staff import DisableUser, DisableUserResult, SetGate, SetGateResult
from chat.server.config import ServerConfig
from chat.server.domain.limits import default_limits
from chat.server.domain.rate import Rate, Rates
from chat.server.storage import MemoryStore
from tests.support.clock import HastyClock
from tests.support.faulty_store import Fault, FaultyStore
from tests.support.people import People, Person
from tests.support.protocol_document import sections
from tests.support.server import running_server
from tests.support.staff import staffed_server
from tests.support.waiting import wait_until

LIMITS = default_limits()
FOR_ALL = {
    ErrorCode.UNKNOWN_REQUEST,
    ErrorCode.INVALID_REQUEST,
    ErrorCode.NOT_ALLOWED_NOW,
    ErrorCode.RATE_LIMITED,
    ErrorCode.STOPPING,
    ErrorCode.INTERNAL_ERROR,
}
"""Codes that any request may get; the document says so once."""


class House:
    """A server whose store and clock are in the test's hands, and who lives on it."""

    def __init__(self, patch: pytest.MonkeyPatch, resources: ExitStack) -> None:
        self.patch = patch
        self.store = FaultyStore(MemoryStore())
        self.clock = HastyClock()
        staffed = resources.enter_context(staffed_server(store=lambda: self.store, clock=self.clock))
        self.server, self._staffed = staffed.server, staffed
        self.people = resources.enter_context(People(self.server.address))
        self.ann = self.people.come("ann")
        self.ben = self.people.come("ben")

    def make_admin(self, person: Person) -> None:
        """Give somebody all rights on the server."""
        self._staffed.make_admin(person.link, person.hello.user.nick)

    def refused(self, kind: type[Request], **fields: object) -> Error:
        """What Ann is refused with."""
        return self.ann.refused(kind, **fields)

    def line(self, line: bytes) -> Error:
        """What Ann is refused with for a line as it is."""
        self.ann.link.send_line(line)
        self.ann.link.read_until(lambda frame: isinstance(frame, Error))
        error = self.ann.link.frames[-1]
        assert isinstance(error, Error)
        return error

    def at_the_door(self, *requests: AnyRequest) -> Error:
        """What a stranger is refused with, in the end."""
        link = self.people.link()
        link.read()
        for request in requests:
            reply = link.ask(request)
        assert isinstance(reply, Error)
        return reply


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house that is left clean."""
    with ExitStack() as resources:
        yield House(monkeypatch, resources)


def hello(nick: str = "eve", *, new: bool = True, version: int = VERSION, code: str = "") -> Hello:
    """A `hello` of a new device."""
    return Hello(
        id="h", version_min=version, version_max=version, nick=nick, token=new_token(), new=new, code=code
    )


def with_a_wrong_password(house: House) -> Error:
    """Log in as an account that there is not."""
    return house.at_the_door(msgspec.structs.replace(hello(), password="seven red boats"))


def while_disabled(house: House) -> Error:
    """Come back after an administrator closed one's account."""
    house.make_admin(house.ben)
    house.ben.get(DisableUserResult, DisableUser, user="@ann")
    assert house.ann.link.goodbye().reason is CloseReason.DISCONNECTED
    return house.at_the_door(msgspec.structs.replace(hello(new=False), token=house.ann.token))


def at_a_closed_gate(house: House) -> Error:
    """Come as a guest where none are let in."""
    house.make_admin(house.ben)
    house.ben.get(SetGateResult, SetGate, gate=Gate.NO_GUESTS)
    return house.at_the_door(hello())


def where_others_read_along(house: House) -> Error:
    """Say a password on a link that is as if it were plain and from elsewhere."""
    house.patch.setattr("chat.server.state.session.on_this_machine", lambda _: False)
    return house.people.come("eve").refused(Register, password="seven red boats")


def registering_twice(house: House) -> Error:
    """Register as who has an account."""
    house.ann.get(RegisterResult, Register, password="seven red boats")
    return house.refused(Register, password="seven red boats")


def repeated_under_the_same_id(house: House) -> Error:
    """Use a `send_id` twice."""
    house.ann.get(SendResult, Send, target="#general", text="one", send_id="the-same")
    return house.refused(Send, target="#general", text="two", send_id="the-same")


def behind_a_refused_one(house: House) -> Error:
    """Go on after a refusal."""
    house.store.switch.fail_next(Fault.REFUSED)
    house.refused(Send, target="#general", text="one")
    return house.refused(Send, target="#general", text="two")


def waiting_too_long(house: House) -> Error:
    """Say something while a commit takes its time."""
    with house.store.held() as commit:
        begun = house.ben.say(Send, target="#general", text="takes long")
        assert commit.reached.wait(5)
        waiting = house.ann.say(Send, target="#general", text="waits")
        house.clock.advance(3)
        error = house.ann.link.reply_to(waiting)
    assert isinstance(house.ben.link.reply_to(begun), SendResult), "what is inside the commit goes on"
    assert isinstance(error, Error)
    return error


def with_a_broken_store(house: House) -> Error:
    """Let a commit fail."""
    house.store.switch.fail_next(Fault.REFUSED)
    return house.refused(Send, target="#general", text="hi")


def after_a_failed_flush(house: House) -> Error:
    """Let a flush fail; reading goes on."""
    house.store.switch.fail_next(Fault.FLUSH_FAILED)
    house.ben.ask(Send, target="#general", text="hi")
    error = house.refused(Send, target="#general", text="hi")
    house.ann.get(HistoryResult, History, target="#general")
    return error


def at_the_end(house: House) -> Error:
    """Ask while the server stops."""
    stopping = threading.Thread(target=house.server.stop)
    with house.store.held() as commit:
        house.ben.say(Send, target="#general", text="holds it up")
        assert commit.reached.wait(5)
        stopping.start()
        wait_until(lambda: not isinstance(house.ann.ask(ListChannels), ListChannelsResult))
        error = house.refused(Send, target="#general", text="too late")
    stopping.join()
    return error


def by_a_fault_in_a_rule(house: House) -> Error:
    """Let a rule of chat raise what no rule should."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a rule is broken, as the test wants")

    house.patch.setattr("chat.server.domain.channel.set_topic", fail)
    error = house.refused(SetTopic, target="#general", topic="tea")
    assert error.trace
    house.ann.get(SendResult, Send, target="#general", text="the rest goes on")
    return error


def beyond_the_last_pin(house: House) -> Error:
    """Pin as many messages as may be, and then one more."""
    for _ in range(LIMITS.conversation_pins):
        house.ben.get(PinResult, Pin, **_said(house))
    return house.refused(Pin, **_said(house))


def more_than_the_rate(_: House) -> Error:
    """Say two messages where one is allowed."""
    rates = Rates(guest_sends=Rate(1, 0.1))
    with running_server(rates=rates) as server, People(server.address) as people:
        ann = people.come("ann")
        ann.get(SendResult, Send, target="#general", text="one")
        return ann.refused(Send, target="#general", text="two")


def twice_in_slow_mode(house: House) -> Error:
    """Say a second message too soon."""
    house.ben.get(JoinResult, Join, target="#bens")
    house.ann.get(JoinResult, Join, target="#bens")
    house.ben.ask(SetMode, target="#bens", slow_seconds=600)
    house.ann.get(SendResult, Send, target="#bens", text="one")
    return house.refused(Send, target="#bens", text="two")


def one_new_device_more(_: House) -> Error:
    """Come from where nobody new may come any more."""
    settings = ServerConfig(new_devices=1, exempt=())
    with running_server(settings) as server, People(server.address) as people, people.link() as link:
        people.come("ann")
        link.read()
        error = link.ask(hello())
        assert isinstance(error, Error)
        return error


def kept_out(kind: type[Request], **fields: Any) -> Callable[[House], Error]:
    """Ben makes a channel and keeps order in it, when Ann comes to write, or to join."""

    def reach(house: House) -> Error:
        house.ben.get(JoinResult, Join, target="#bens")
        if kind is not SetMode and kind is not BanUsers:
            house.ann.get(JoinResult, Join, target="#bens")
        house.ben.ask(kind, target="#bens", **fields)
        if kind is SetMode or kind is BanUsers:
            return house.refused(Join, target="#bens")
        return house.refused(Send, target="#bens", text="hi")

    return reach


Reach = tuple[type[Request] | None, Callable[[House], Error]]
"""The request that is refused, if it is one, and how to get there."""

REACHED: dict[ErrorCode, Reach] = {
    ErrorCode.LINE_TOO_LONG: (None, lambda house: house.line(b"x" * LIMITS.line_bytes)),
    ErrorCode.INVALID_UTF8: (None, lambda house: house.line(b"\xff")),
    ErrorCode.NESTED_TOO_DEEP: (None, lambda house: house.line(b"[" * 17)),
    ErrorCode.INVALID_JSON: (None, lambda house: house.line(b"hello")),
    ErrorCode.UNKNOWN_REQUEST: (None, lambda house: house.line(b'{"type":"dance","id":"1"}')),
    ErrorCode.INVALID_REQUEST: (Sync, lambda house: house.refused(Sync, after="x")),
    ErrorCode.NOT_ALLOWED_NOW: (Sync, lambda house: house.at_the_door(Sync(id="1"))),
    ErrorCode.UNSUPPORTED_VERSION: (Hello, lambda house: house.at_the_door(hello(version=99))),
    ErrorCode.UNKNOWN_DEVICE: (Hello, lambda house: house.at_the_door(hello(new=False))),
    ErrorCode.WRONG_CODE: (Hello, lambda house: house.at_the_door(hello(code="AAAAA-AAAAA"))),
    ErrorCode.WRONG_PASSWORD: (Hello, with_a_wrong_password),
    ErrorCode.ACCOUNT_DISABLED: (Hello, while_disabled),
    ErrorCode.GATE_CLOSED: (Hello, at_a_closed_gate),
    ErrorCode.NOT_ENCRYPTED: (Register, where_others_read_along),
    ErrorCode.ALREADY_REGISTERED: (Register, registering_twice),
    ErrorCode.WEAK_PASSWORD: (Register, lambda house: house.refused(Register, password="short")),
    ErrorCode.NOT_REGISTERED: (
        ChangePassword,
        lambda house: house.refused(ChangePassword, old="", new="seven red boats"),
    ),
    ErrorCode.TOO_MANY_ATTEMPTS: (Hello, one_new_device_more),
    ErrorCode.TOO_MANY_REQUESTS: (
        Hello,
        lambda house: _pipelined(house, [Ping(id="p")] * LIMITS.requests_before_hello + [hello()]),
    ),
    ErrorCode.INVALID_NAME: (ChangeNick, lambda house: house.refused(ChangeNick, nick="two words")),
    ErrorCode.NICK_TAKEN: (ChangeNick, lambda house: house.refused(ChangeNick, nick="Ben")),
    ErrorCode.CHANNEL_EXISTS: (CreateChannel, lambda house: house.refused(CreateChannel, name="#general")),
    ErrorCode.UNKNOWN_CONVERSATION: (Join, lambda house: house.refused(Join, target="c99")),
    ErrorCode.UNKNOWN_USER: (Whois, lambda house: house.refused(Whois, target="@nobody")),
    ErrorCode.NOT_MEMBER: (Send, lambda house: house.refused(Send, target=_closed_to_ann(house), text="hi")),
    ErrorCode.NOT_A_CHANNEL: (SetTopic, lambda house: house.refused(SetTopic, target="@ben", topic="tea")),
    ErrorCode.FORBIDDEN: (Kick, lambda house: house.refused(Kick, target="#general", user="@ben")),
    ErrorCode.INVITE_ONLY: (Join, kept_out(SetMode, private=True)),
    ErrorCode.BANNED: (Join, kept_out(BanUsers, mask="@ann")),
    ErrorCode.MUTED: (Send, kept_out(Mute, user="@ann")),
    ErrorCode.ARCHIVED: (Send, kept_out(ArchiveChannel)),
    ErrorCode.SLOW_MODE: (Send, twice_in_slow_mode),
    ErrorCode.RATE_LIMITED: (Send, more_than_the_rate),
    ErrorCode.EMPTY_TEXT: (Send, lambda house: house.refused(Send, target="#general", text=" \u202e\n")),
    ErrorCode.TEXT_TOO_LONG: (
        Send,
        lambda house: house.refused(Send, target="#general", text="x" * (LIMITS.text_characters + 1)),
    ),
    ErrorCode.INVALID_REACTION: (React, lambda house: house.refused(React, **_said(house), emoji="not one")),
    ErrorCode.TOO_MANY: (Pin, beyond_the_last_pin),
    ErrorCode.UNKNOWN_MESSAGE: (
        Edit,
        lambda house: house.refused(Edit, target="#general", message=1, text="x"),
    ),
    ErrorCode.NOT_YOUR_MESSAGE: (Delete, lambda house: house.refused(Delete, **_said(house))),
    ErrorCode.CONFLICT: (Send, repeated_under_the_same_id),
    ErrorCode.OUT_OF_ORDER: (Send, behind_a_refused_one),
    ErrorCode.OVERLOADED: (Send, waiting_too_long),
    ErrorCode.STORAGE_TROUBLE: (Send, with_a_broken_store),
    ErrorCode.READ_ONLY: (Send, after_a_failed_flush),
    ErrorCode.STOPPING: (Send, at_the_end),
    ErrorCode.INTERNAL_ERROR: (SetTopic, by_a_fault_in_a_rule),
}


def _said(house: House) -> dict[str, Any]:
    """Something that Ben says, as a request names it."""
    said = house.ben.get(SendResult, Send, target="#general", text="look")
    return {"target": "#general", "message": said.number}


def _closed_to_ann(house: House) -> str:
    return house.ben.get(JoinResult, Join, target="#bens").conversation.conversation


def _pipelined(house: House, requests: Sequence[AnyRequest]) -> Error:
    link = house.people.link()
    for request in requests:
        link.send(request)
    return link.wait_for(Error)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_is_met_as_documented(code: ErrorCode, house: House) -> None:
    """A code without a way to it here fails, and so does one that its request does not list.

    E5: `retryable` of an `error` MUST be as in this table.

    W6: Every `retryable` error, and `slow_mode`, MUST tell the wait in `retry_after_ms`.
    """
    request, reach = REACHED[code]
    error = reach(house)
    assert error.code is code
    assert error.message.endswith(".")
    assert error.retryable is ERRORS[code].retryable
    assert (error.retry_after_ms is not None) is (error.retryable or code is ErrorCode.SLOW_MODE)
    if request is not None and code not in FOR_ALL:
        assert code.value in sections()[str(request.__struct_config__.tag)].codes()


def test_what_is_worth_a_retry_succeeds_when_the_trouble_is_over(house: House) -> None:
    """Nothing was stored by the first try, and the second is as good as if it were the first."""
    for reach in (with_a_broken_store, waiting_too_long):
        error = reach(house)
        assert error.retry_after_ms
        house.ann.link.sync()
    numbers = [entry.number for entry in house.ben.get(HistoryResult, History, target="#general").entries]
    again = house.ann.get(SendResult, Send, target="#general", text="waits")
    assert again.number == numbers[-1] + 1


def test_reading_trouble_is_told_too(house: House) -> None:
    """A store that can not be read refuses what reads it, and heals by itself."""
    house.store.switch.refuse_lookups()
    for kind, fields in ((Sync, {}), (History, {"target": "#general"}), (Join, {"target": "#general"})):
        assert house.refused(kind, **fields).code is ErrorCode.STORAGE_TROUBLE
    house.store.switch.heal()
    house.ann.get(SyncResult, Sync)
    house.ann.get(JoinResult, Join, target="#general")
    house.ann.get(OpenDirectResult, OpenDirect, target="@ben")


def test_an_error_costs_nothing_else(house: House) -> None:
    """Between two good requests it leaves no trace but itself.

    E6: An `error` MUST come alone: what else the link asked is answered as if the refused request had not
    been.
    """
    house.ben.news()
    for number, (_, reach) in enumerate(list(REACHED.values())[4:6]):
        before = house.ann.get(SendResult, Send, target="#general", text=f"before {number}").number
        reach(house)
        after = house.ann.get(SendResult, Send, target="#general", text=f"after {number}").number
        assert after == before + 1
    assert len(house.ben.news()) == 4
