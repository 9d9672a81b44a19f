"""A client that comes with a code: one more device of somebody, apart from all identities of its home."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore, claim
from chat.client.identity_stores import FileIdentities, MemoryIdentities
from chat.client.link_thread import Route
from chat.errors import NoConnection
from chat.protocol.accounts import AddDevice
from chat.protocol.codes import ErrorCode
from chat.protocol.records import Conversation
from chat.protocol.replies import HelloResult, SyncResult
from chat.protocol.requests import Hello, Join, Send, Sync
from chat.transport.address import Address
from tests.support.connecting import no_pauses
from tests.support.frames import user, welcome
from tests.support.scripted_server import ScriptedServer
from tests.support.server import running_server
from tests.support.waiting import wait_until

CODE = "K7QFM-2X9DB"
SERVER_ID = welcome().server_id
Come = Callable[..., ChatClient]
Coded = Callable[[IdentityStore], ChatClient]


@pytest.fixture
def coded(server: ScriptedServer) -> Iterator[Coded]:
    """A client of the scripted server that comes with a code."""
    clients: list[ChatClient] = []

    def start(home: IdentityStore) -> ChatClient:
        way = Route([server.address], pauses=no_pauses)
        settings = ClientSettings(identities=home, code=CODE)
        clients.append(ChatClient(way.addresses, "phone", settings=settings, route=way))
        clients[-1].start()
        return clients[-1]

    yield start
    server.close()  # nobody waits for a farewell that no test plays
    for client in clients:
        assert client.stop()


@pytest.fixture
def come() -> Iterator[Come]:
    """Clients of one real server, in step with it."""
    clients: list[ChatClient] = []

    def start(nick: str, home: IdentityStore | None = None, code: str = "") -> ChatClient:
        settings = ClientSettings(identities=home or MemoryIdentities(), code=code)
        client = ChatClient([Address(*server.address)], nick, settings=settings)
        clients.append(client)
        client.start()
        assert client.wait_open(10)
        return client

    with running_server() as server:
        yield start
        for client in clients:
            client.stop()


def code_of(client: ChatClient) -> str:
    """A code for one more device."""
    return str(client.ask(AddDevice).result(5).code)


def me(client: ChatClient) -> tuple[str, str]:
    """Id and nick of who a client is."""
    with client.reading() as state:
        assert state.me is not None
        return state.me.id, state.me.nick


def tea(client: ChatClient) -> Conversation | None:
    """What a client knows of the channel; None when it does not yet."""
    with client.reading() as state:
        return next((each.record for each in state.conversations if each.record.name == "#tea"), None)


def unread(client: ChatClient) -> tuple[int, int, int]:
    """Up to where somebody read, how much is unread, and how much of it calls."""
    record = tea(client)
    return (record.read, record.unread, record.mentions) if record else (0, 0, 0)


def place(client: ChatClient) -> tuple[str, int]:
    """The channel's id and its last number."""
    record = tea(client)
    return (record.conversation, record.last) if record else ("", 0)


# ---------------------------------------------------------------------- becoming a device


def test_a_client_with_a_code_is_the_same_user(come: Come) -> None:
    """Whatever nick it proposes; and it is that user again at the next start, without the code."""
    ann, home = come("ann"), MemoryIdentities()
    phone = come("phone", home, code_of(ann))
    assert me(phone) == me(ann)
    phone.stop()
    assert me(come("ann", home)) == me(ann)


def test_a_second_client_of_one_home_is_a_device_of_its_own(come: Come) -> None:
    """The identity that is there already stays what it is; the new one is kept beside it."""
    home = MemoryIdentities()
    ann = come("ann", home)
    beside = come("ann", home, code_of(ann))
    assert me(beside) == me(ann)
    assert ann.wait_idle(5), "the first one was not replaced"
    beside.stop()
    assert me(come("ann2", home)) == me(ann)


def test_the_code_is_said_once_and_kept_nowhere(server: ScriptedServer, coded: Coded, tmp_path: Path) -> None:
    """A client that lost the reply says it again with the same token; then it is forgotten."""
    client = coded(FileIdentities(tmp_path))
    first = server.accept()
    first.say(welcome())
    one = first.expect(Hello)
    assert (one.code, one.new) == (CODE, True)
    first.cut()
    second = server.accept()
    second.say(welcome())
    two = second.expect(Hello)
    assert (two.code, two.new, two.token) == (CODE, True, one.token)
    second.say(HelloResult(id=two.id, version=1, user=user("ann"), device="d2"))
    second.say(SyncResult(id=second.expect(Sync).id, conversations=()))
    assert client.wait_open(5)
    second.cut()
    third = server.accept()
    three = third.greet()
    assert (three.code, three.new, three.token) == ("", False, one.token)
    kept = [path.read_text() for path in tmp_path.rglob("*.json")]
    assert kept
    assert not any(CODE in text for text in kept)


def test_a_wrong_code_ends_with_the_servers_sentence(server: ScriptedServer, coded: Coded) -> None:
    """Nothing is tried again, and nothing is kept of who was never made."""
    home = MemoryIdentities()
    client = coded(home)
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), ErrorCode.WRONG_CODE)
    with pytest.raises(NoConnection, match="make a new one on the other device"):
        client.wait_open(5)
    server.expect_nobody(0.05)
    assert home.read((SERVER_ID, "phone")) is None


def test_an_identity_that_no_server_ever_accepted_gives_way(server: ScriptedServer, coded: Coded) -> None:
    """As where somebody first tried the nick, and was told that it is taken."""
    home = MemoryIdentities()
    tried = claim(home, SERVER_ID, "ann")
    assert tried is not None
    tried.release()
    client = coded(home)
    hello = server.accept().greet(me=user("ann"))
    assert client.wait_open(5)
    kept = home.read((SERVER_ID, "ann"))
    assert kept is not None
    assert (kept.token, kept.known) == (hello.token, True)


def test_settings_do_not_show_the_code() -> None:
    """What is written into a log of faults has none of it."""
    assert CODE not in repr(ClientSettings(code=CODE))


# ---------------------------------------------------------------------- unread, on both and later


def test_what_is_unread_is_the_same_after_a_restart_and_on_a_second_device(come: Come) -> None:
    """Read up to a message, restart, open a second client: one position and one count on both."""
    home = MemoryIdentities()
    bob, ann = come("bob"), come("ann", home)
    for client in (ann, bob):
        client.ask(Join, target="#tea").result(5)
    for text in ("one", "two", "three, @ann", "four"):
        bob.say("#tea", text)
    assert bob.wait_idle(5)
    wait_until(lambda: unread(ann)[1] == 4)
    channel, last = place(ann)
    second = last - 2
    ann.mark_read(channel, second)
    wait_until(lambda: unread(ann)[0] == second)
    ann.stop()
    again = come("ann", home)
    phone = come("phone", None, code_of(again))
    assert unread(again) == unread(phone) == (second, 2, 1)
    phone.mark_read(channel, second + 1)
    wait_until(lambda: unread(again) == unread(phone) == (second + 1, 1, 0))


def test_own_messages_are_never_unread_on_another_device(come: Come) -> None:
    """Whoever said them was there."""
    ann = come("ann")
    phone = come("phone", None, code_of(ann))
    ann.ask(Join, target="#tea").result(5)
    ann.say("#tea", "from the laptop")
    assert ann.wait_idle(5)
    wait_until(lambda: place(phone) == place(ann))
    assert unread(phone)[1:] == unread(ann)[1:] == (0, 0)
    tablet = come("tablet", None, code_of(phone))
    assert unread(tablet)[1:] == (0, 0)


def test_an_old_mark_never_reopens_what_was_read(come: Come) -> None:
    """Neither on the device that says it late nor on the other."""
    bob, ann = come("bob"), come("ann")
    phone = come("phone", None, code_of(ann))
    for client in (ann, bob):
        client.ask(Join, target="#tea").result(5)
    for text in ("one", "two"):
        bob.ask(Send, target="#tea", text=text).result(5)
    wait_until(lambda: unread(phone)[1] == unread(ann)[1] == 2)
    channel, last = place(ann)
    ann.mark_read(channel, last)
    wait_until(lambda: unread(phone) == unread(ann) == (last, 0, 0))
    phone.mark_read(channel, last - 1)
    assert phone.wait_idle(5)
    assert ann.wait_idle(5)
    assert unread(phone) == unread(ann) == (last, 0, 0)
