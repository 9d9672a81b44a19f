"""Haste: who is too fast is told how long to wait, and waits; who is not notices nothing."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error, HelloResult, PingResult, SendResult
from chat.protocol.requests import Ping, Quit, Send
from chat.server.config import ServerConfig
from chat.server.domain.rate import Rate, Rates
from chat.server.net.settings import NetSettings
from tests.support.clock import HastyClock
from tests.support.people import People, Person
from tests.support.server import running_server

RATES = Rates(guest_sends=Rate(2, 0.5))
NET = NetSettings(sweep_seconds=0.05, heartbeat_seconds=1.0, grace_seconds=1.0)


class House(NamedTuple):
    """Ann and Ben on a server of two messages at once."""

    clock: HastyClock
    ann: Person
    ben: Person


@pytest.fixture
def house() -> Iterator[House]:
    """A house that is left clean."""
    clock = HastyClock()
    with running_server(clock=clock, rates=RATES, net=NET) as server, People(server.address) as people:
        yield House(clock, people.come("ann"), people.come("ben"))


def too_much(person: Person) -> Error:
    """Say three messages; give the refusal of the third."""
    for number in range(2):
        person.get(SendResult, Send, target="#general", text=str(number))
    return person.refused(Send, target="#general", text="2", send_id="send-2222")


def test_too_much_at_once_is_refused(house: House) -> None:
    """The wait is for the next one; others have budgets of their own.

    W1: What is too much MUST be refused with `rate_limited`, with the wait in `retry_after_ms`.
    """
    refused = too_much(house.ann)
    assert refused.code is ErrorCode.RATE_LIMITED
    assert refused.retry_after_ms is not None
    assert 1000 < refused.retry_after_ms <= 2001
    house.ben.get(SendResult, Send, target="#general", text="hello")


def test_a_link_that_waits_is_not_run(house: House) -> None:
    """Nothing is lost by it.

    W2: After `rate_limited` a server MUST NOT run anything of that link, `ping` and `quit` included, until
    the wait is over or 5 s have passed; what was said meanwhile is run then, in order.
    """
    too_much(house.ann)
    ping = house.ann.say(Ping)
    house.ann.say(Quit)
    house.ben.link.barrier()
    assert not house.ann.link.has_more()
    house.clock.advance(2.5)
    house.ben.link.barrier()
    assert house.ann.link.wait_for(PingResult).id == ping
    assert house.ann.link.wait_for(Goodbye).reason is CloseReason.QUIT


def test_waiting_is_not_silence() -> None:
    """The server does not take a link for dead that it lets wait itself.

    W3: Time spent waiting so MUST NOT count as silence of the client.
    """
    clock, rates = HastyClock(), Rates(guest_sends=Rate(2, 0.1))
    with running_server(clock=clock, rates=rates, net=NET) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        too_much(ann)
        for _ in range(4):
            clock.advance(1.1)
            ben.link.barrier()
        ann.link.barrier()


def test_sends_behind_a_refused_one_stay_behind_it(house: House) -> None:
    """However long they wait, and they do not use up what flows in.

    W4: A `send` refused with `rate_limited` MUST hold up later `send` of that link as any retryable refusal
    does, and those held up cost no sends.
    """
    too_much(house.ann)
    house.clock.advance(2.1)
    for _ in range(3):
        refused = house.ann.refused(Send, target="#general", text="later")
        assert refused.code is ErrorCode.OUT_OF_ORDER
    stored = house.ann.get(SendResult, Send, target="#general", text="2", send_id="send-2222")
    assert stored.text == "2"


def test_new_devices_of_one_address_are_counted() -> None:
    """A stranger has to wait, and an old acquaintance does not.

    W5: More new devices of one IP address (in IPv6: of one network of 64 bits) than the operator allows MUST
    be refused with `too_many_attempts` and the wait; devices that are known are not counted.
    """
    settings = ServerConfig(new_devices=2, exempt=())
    with running_server(settings) as server, People(server.address) as people:
        ann = people.come("ann")
        people.come("ben")
        with pytest.raises(AssertionError, match="too_many_attempts"):
            people.come("eve")
        again = people.come("ann", ann.token, new=False)
        assert isinstance(again.hello, HelloResult)
