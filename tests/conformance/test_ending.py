"""How links end: every close reason is really said, as the last word, with its advice."""

import socket
import threading
from collections.abc import Callable

import pytest

from chat.protocol.accounts import RevokeDevice, RevokeDeviceResult
from chat.protocol.codes import CLOSES, CloseReason, ErrorCode
from chat.protocol.events import Goodbye, PresenceChanged
from chat.protocol.records import Presence
from chat.protocol.replies import Error, ListChannelsResult, PingResult, QuitResult, SendResult, WatchResult
from chat.protocol.requests import ListChannels, Ping, Quit, Send, Watch
from chat.protocol.staff import Disconnect, DisconnectResult
from chat.server.net.settings import NetSettings
from chat.server.storage import MemoryStore
from tests.support.clock import HastyClock
from tests.support.faulty_store import FaultyStore
from tests.support.people import People
from tests.support.server import running_server
from tests.support.staff import StaffedServer, staffed_server
from tests.support.tls import certificates
from tests.support.waiting import wait_until

NET = NetSettings(
    outbox_bytes=64 * 1024, stall_seconds=300.0, sweep_seconds=0.05, links_before_login=1, exempt=()
)


class House:
    """A server that a test may hurry on and stop, and Ann on it."""

    def __init__(
        self, staffed: StaffedServer, clock: HastyClock, people: People, patch: pytest.MonkeyPatch
    ) -> None:
        self.staffed = staffed
        self.server = staffed.server
        self.clock = clock
        self.people = people
        self.patch = patch
        self.ann = people.come("ann")


def quits(house: House) -> None:
    """Leave."""
    house.ann.get(QuitResult, Quit)


def comes_again(house: House) -> None:
    """Say hello with the same token elsewhere."""
    house.people.come("ann", house.ann.token)


def stops(house: House) -> None:
    """Stop the server."""
    house.server.stop()


def stops_reading(house: House) -> None:
    """Let others say more than one takes."""
    ben = house.people.come("ben")
    ben.get(WatchResult, Watch, targets=["#general"])
    for _ in range(1000):
        changes = [event for event in ben.news() if isinstance(event, PresenceChanged)]
        if [change.presence for change in changes] == [Presence.OFFLINE]:
            return
        for _ in range(32):
            ben.say(Send, target="#general", text="x" * 4000)
    raise AssertionError("the slow reader was never told to be gone")


def says_nothing(house: House) -> None:
    """Be silent for longer than heartbeat and grace."""
    house.clock.advance(46)


def never_says_hello(house: House) -> None:
    """Be slower than the server waits."""
    house.ann.link = house.people.link()
    house.ann.link.barrier()
    house.clock.advance(21)


def leaves_links_unused(house: House) -> None:
    """Dial, say no hello, and dial again."""
    house.ann.link = house.people.link()
    house.ann.link.barrier()
    house.clock.advance(1)
    house.people.link().barrier()
    house.clock.advance(3)


def speaks_something_else(house: House) -> None:
    """Say three lines that are none."""
    house.ann.link.send_bytes(b"EHLO\nMAIL\nQUIT\n")


def says_too_much_before_hello(house: House) -> None:
    """Try what can be tried."""
    house.ann.link = house.people.link()
    for _ in range(21):
        house.ann.link.send(Ping(id="p"))


def comes_unencrypted_from_elsewhere(house: House) -> None:
    """Talk plain to a server that takes that from its own machine alone, as if from another."""
    house.patch.setattr("chat.server.net.entrance.is_loopback", lambda _: False)
    house.ann.link = house.people.link()


def is_sent_off(house: House) -> None:
    """Let an administrator end it."""
    ben = house.people.come("ben")
    house.staffed.make_admin(ben.link, "ben")
    ben.get(DisconnectResult, Disconnect, user="@ann", reason="flood")


def is_logged_out(house: House) -> None:
    """Be a device that another one of the same user wants no more."""
    other = house.people.second_device(house.ann)
    other.get(RevokeDeviceResult, RevokeDevice, device=house.ann.hello.device)


def meets_a_fault(house: House) -> None:
    """Say what the server fails on."""

    def fail(line: bytes) -> None:
        raise RuntimeError(f"can't read {line!r}, as the test wants")

    house.patch.setattr("chat.server.net.runner.decode_request", fail)
    house.ann.link.send(Ping(id="p"))


ENDS: dict[CloseReason, Callable[[House], None]] = {
    CloseReason.QUIT: quits,
    CloseReason.REPLACED: comes_again,
    CloseReason.STOPPING: stops,
    CloseReason.TOO_SLOW: stops_reading,
    CloseReason.SILENT: says_nothing,
    CloseReason.TOO_MANY_LINKS: leaves_links_unused,
    CloseReason.LOGIN_TIMEOUT: never_says_hello,
    CloseReason.BAD_FRAMING: speaks_something_else,
    CloseReason.TOO_MANY_REQUESTS: says_too_much_before_hello,
    CloseReason.INTERNAL_ERROR: meets_a_fault,
    CloseReason.NOT_ENCRYPTED: comes_unencrypted_from_elsewhere,
    CloseReason.DISCONNECTED: is_sent_off,
    CloseReason.LOGGED_OUT: is_logged_out,
}


@pytest.mark.parametrize("reason", CloseReason)
def test_a_link_ends_with_a_goodbye(reason: CloseReason, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reason of the table is reached.

    E1: A server that ends a link MUST say `goodbye` with the reason, and nothing after it.
    """
    clock = HastyClock()
    with (
        staffed_server(net=NET, clock=clock, certificates=certificates()) as staffed,
        People(staffed.address) as people,
    ):
        house = House(staffed, clock, people, monkeypatch)
        ENDS[reason](house)
        goodbye = house.ann.link.goodbye()
        rule = CLOSES[reason]
        sentence = "ben ended the connection: flood." if reason is CloseReason.DISCONNECTED else rule.meaning
        assert goodbye == Goodbye(
            reason=reason, message=sentence, reconnect=rule.reconnect, retry_after_ms=rule.wait_ms
        )


def test_quitting_is_answered(people: People) -> None:
    """What was said behind it is not.

    E2: `quit` MUST be answered, then follows `goodbye` with the reason `quit`.
    """
    ann = people.come("ann")
    quit_id = ann.say(Quit)
    ann.say(Send, target="#general", text="wait")
    assert ann.link.expect(QuitResult).id == quit_id
    assert ann.link.expect(Goodbye).reason is CloseReason.QUIT
    assert ann.link.read_to_end() == b""


def test_quitting_needs_no_hello(people: People) -> None:
    """A stranger may leave in good form too."""
    link = people.link()
    link.read()
    assert isinstance(link.ask(Quit(id="q")), QuitResult)
    assert link.goodbye().reason is CloseReason.QUIT


def test_who_closes_only_one_side_hears_the_rest(people: People) -> None:
    """So a script can pipe its lines in.

    E3: A client that closes its sending side MUST still get all its replies before the `goodbye`.
    """
    ann = people.come("ann")
    asked = [ann.say(Send, target="#general", text=f"line {number}") for number in range(200)]
    ann.link.socket.shutdown(socket.SHUT_WR)
    for request_id in asked:
        assert isinstance(ann.link.reply_to(request_id), SendResult)
    assert ann.link.goodbye().reason is CloseReason.QUIT


def test_a_server_stops_in_order() -> None:
    """Nobody is left without an answer.

    E4: A server that stops MUST refuse new requests with `stopping`, answer what it has begun, and end every
    link with the reason `stopping`.
    """
    store = FaultyStore(MemoryStore())
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        stopping = threading.Thread(target=server.stop)
        with store.held() as commit:
            begun = ann.say(Send, target="#general", text="the last word")
            assert commit.reached.wait(5)
            stopping.start()
            wait_until(lambda: not isinstance(ben.ask(ListChannels), ListChannelsResult))
            refused = ben.refused(Send, target="#general", text="too late")
            assert (refused.code, refused.retryable) == (ErrorCode.STOPPING, True)
        assert isinstance(ann.link.reply_to(begun), SendResult)
        for person in (ann, ben):
            goodbye = person.link.goodbye()
            assert (goodbye.reason, goodbye.reconnect) == (CloseReason.STOPPING, True)
        stopping.join(10)
        assert not stopping.is_alive()
        with pytest.raises(ConnectionRefusedError):
            people.link()


def test_errors_of_a_link_that_goes_on_are_no_goodbyes(people: People) -> None:
    """Only what the table of reasons names ends a link."""
    ann = people.come("ann")
    ann.get(Error, Send, target="#nowhere", text="hi")
    ann.get(PingResult, Ping)
    assert not ann.link.has_more()
