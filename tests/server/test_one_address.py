"""Many people, or one bad link, behind one address that counts: over TLS, with the limits that are usual."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from structlog.testing import capture_logs

from chat.ids import new_token
from chat.protocol.accounts import Register, RegisterResult
from chat.protocol.codec import VERSION
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.replies import Error, HelloResult, SendResult
from chat.protocol.requests import Hello, Send
from chat.server.config import ServerConfig
from chat.server.domain.attempts import FREE
from chat.server.domain.rate import Rates
from chat.server.net.settings import NetSettings
from tests.support.clock import HastyClock
from tests.support.passwords import GOOD, OTHER
from tests.support.people import People
from tests.support.server import running_server
from tests.support.tls import certificates
from tests.support.waiting import wait_until

PEOPLE = 40
REFUSED = "too much at once was refused"
FLAPS = 50
"""What is allowed in a minute; the test takes less."""


@pytest.fixture
def people() -> Iterator[People]:
    """Who comes to a server that counts addresses of this machine like all others."""
    settings = ServerConfig(exempt=())
    with (
        running_server(settings, rates=Rates(), certificates=certificates()) as server,
        People(server.address, encrypt=True) as those,
    ):
        yield those


def log_in(people: People, nick: str, password: str) -> HelloResult | Error:
    """What a new device gets for a password."""
    with people.link() as link:
        link.read()
        reply = link.ask(
            Hello(
                id="h",
                version_min=VERSION,
                version_max=VERSION,
                nick=nick,
                token=new_token(),
                new=True,
                password=password,
            )
        )
    assert isinstance(reply, HelloResult | Error)
    return reply


@pytest.mark.parametrize("new", [True, False])
def test_a_link_that_flaps_fifty_times_a_minute_is_let_in_each_time(people: People, new: bool) -> None:
    """Hung up without a word, whether the client got to know before that the server knows it or not."""
    ann = people.come("ann")
    for _ in range(FLAPS):
        again = people.greet("ann", ann.token, new=new)
        assert again.id == ann.id
        again.link.close()
    people.come("ann", ann.token).get(SendResult, Send, target="#general", text="here to stay")


def test_forty_people_behind_one_address_are_let_in_at_once_and_again(people: People) -> None:
    """All dial before anybody says hello; each says something, and comes again when all links have broken."""
    tokens = [new_token() for _ in range(PEOPLE)]
    ids: set[str] = set()
    for text in ("first", "again"):
        with ExitStack() as links:
            dialled = [links.enter_context(people.link()) for _ in tokens]
            for number, (link, token) in enumerate(zip(dialled, tokens, strict=True)):
                ids.add(link.hello(f"guest{number}", token, new=text == "first").user.id)
                said = Send(id="s", send_id=f"{text}-{number:04}", target="#general", text=text)
                assert isinstance(link.ask(said), SendResult)
    assert len(ids) == PEOPLE


def test_links_that_say_nothing_make_room_and_are_one_line_in_the_log() -> None:
    """Of twenty the four that wait longest go and are told when to come back; people get in all the while."""
    clock, net = HastyClock(), NetSettings(exempt=(), sweep_seconds=0.05)
    with (
        capture_logs() as logs,
        running_server(net=net, clock=clock, certificates=certificates()) as server,
        People(server.address, encrypt=True) as people,
    ):
        silent = [people.link() for _ in range(20)]
        for link in silent:
            link.read()
        clock.advance(3)
        for link in silent[:4]:
            goodbye = link.goodbye()
            assert (goodbye.reason, goodbye.retry_after_ms) == (CloseReason.TOO_MANY_LINKS, 2000)
        people.greet("ann")
        clock.advance(61)
        wait_until(lambda: any(each["event"] == REFUSED for each in logs))
    (line,) = [each for each in logs if each["event"] == REFUSED]
    assert (line["what"], line["times"], line["mostly"]) == ("links", 4, "127.0.0.1")


def test_wrong_passwords_lock_out_nobody_whose_device_is_known(people: People) -> None:
    """Account and address are locked, for the right password too; the token of a device opens still."""
    ann = people.come("ann")
    ann.get(RegisterResult, Register, password=GOOD)
    for _ in range(FREE):
        wrong = log_in(people, "ann", OTHER)
        assert isinstance(wrong, Error)
        assert wrong.code is ErrorCode.WRONG_PASSWORD
    for nick in ("ann", "somebody"):
        locked = log_in(people, nick, GOOD)
        assert isinstance(locked, Error)
        assert locked.code is ErrorCode.TOO_MANY_ATTEMPTS
        assert locked.retry_after_ms
    assert people.greet("ann", ann.token, new=False).id == ann.id
    people.greet("a-new-guest")
