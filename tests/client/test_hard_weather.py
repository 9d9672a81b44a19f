"""Links that flap, bytes that trickle, wires that are odd, many threads at once: the client holds."""

import socket
import threading

from chat.client.catch_up import Forwards
from chat.client.changes import EntriesAdded, OutboxChanged, SendState
from chat.client.link_thread import Route
from chat.protocol.codec import Frame, encode
from chat.protocol.entries import Message
from chat.protocol.replies import HelloResult, QuitResult, SyncResult
from chat.protocol.requests import Hello, History, Send, Sync
from chat.transport.wire import PlainWire
from tests.support.connecting import Connect, no_pauses
from tests.support.frames import channel, message, user, welcome
from tests.support.scripted_server import ScriptedLink, ScriptedServer


class MaskedWire(PlainWire):
    """Stands for a wire that encrypts: every byte is masked, and its own greeting must be written first."""

    MASK = 0x2A
    GREETING = b"MASKED"

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._greeting = self.GREETING

    @property
    def wants_write(self) -> bool:
        return bool(self._greeting)

    def flush(self) -> None:
        self._greeting = self._greeting[super().send(self._greeting[:1]) :]

    def receive(self, size: int) -> bytes | None:
        data = None if self.wants_write else super().receive(size)
        return None if data is None else masked(data)

    def send(self, data: bytes | memoryview) -> int:
        return 0 if self.wants_write else super().send(masked(bytes(data[:7])))


def masked(data: bytes) -> bytes:
    """Mask or unmask."""
    return bytes(byte ^ MaskedWire.MASK for byte in data)


class StoringServer:
    """Plays a server that stores each message once, by its send id, whatever link it comes on."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.log: list[Message] = []

    def greet(self, link: ScriptedLink) -> None:
        """Get in step with a client that is a member of #general."""
        link.greet(channel("general", last=len(self.log)))

    def play(self, link: ScriptedLink, cut_after: int = 10**9) -> None:
        """Answer what comes; cut the link once it stored so many messages, the last one unanswered."""
        stored = 0
        while True:
            request = link.hear()
            if isinstance(request, Send):
                stored += self._store(request)
                if stored == cut_after:
                    link.cut()
                    return
                link.say(self.log[self.numbers[request.send_id] - 1])
                link.store(request, self.numbers[request.send_id])
            elif isinstance(request, History):
                entries = tuple(self.log[request.after : (request.after or 0) + 10])
                link.give_history(request, entries, last=len(self.log))
            else:
                link.say(QuitResult(id=request.id))
                return

    def _store(self, send: Send) -> bool:
        if send.send_id in self.numbers:
            return False
        self.log.append(message(len(self.log) + 1, send.text, who="ann", send_id=send.send_id))
        self.numbers[send.send_id] = len(self.log)
        return True


def test_fifty_lost_links_lose_double_and_swap_nothing(server: ScriptedServer, connect: Connect) -> None:
    """Each link is cut between storing and answering; every message is stored once and seen once."""
    client, told = connect(policy=Forwards())
    said = [f"message {number}" for number in range(120)]
    for text in said:
        client.say("#general", text)
    threads = threading.active_count()
    storing = StoringServer()
    for _ in range(50):
        link = server.accept()
        storing.greet(link)
        storing.play(link, cut_after=2)
        assert threading.active_count() == threads
    last = server.accept()
    storing.greet(last)
    playing = threading.Thread(target=storing.play, args=(last,))
    playing.start()
    assert client.wait_idle(10)
    stopping = threading.Thread(target=client.stop)
    stopping.start()
    playing.join(5)
    last.close()
    stopping.join(5)
    assert [entry.text for entry in storing.log] == said
    assert sorted(told.texts()) == sorted(said)
    stored = [change.item for change in told.all(OutboxChanged) if change.item.state is SendState.STORED]
    assert [item.text for item in stored] == said
    assert [item.number for item in stored] == list(range(1, 121))


def test_many_threads_may_say_and_ask_at_once(server: ScriptedServer, connect: Connect) -> None:
    """Nothing is lost or doubled, and what one thread says keeps its order."""
    client, told = connect()
    link = server.accept()
    storing = StoringServer()
    storing.greet(link)
    assert client.wait_open(5)
    playing = threading.Thread(target=storing.play, args=(link,))
    playing.start()
    begin = threading.Barrier(8)

    def speak(name: int) -> None:
        begin.wait(5)
        for number in range(50):
            client.say("#general", f"{name} {number}")
            client.fill("c-general", after=0)
            client.unsent()

    speakers = [threading.Thread(target=speak, args=(name,)) for name in range(8)]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join(10)
    assert client.wait_idle(10)
    assert len(told.texts()) == len(set(told.texts())) == 400
    for name in range(8):
        of_one = [entry.text for entry in storing.log if entry.text.startswith(f"{name} ")]
        assert of_one == [f"{name} {number}" for number in range(50)]
    stopping = threading.Thread(target=client.stop)
    stopping.start()
    playing.join(5)
    link.close()
    stopping.join(5)


def test_bytes_that_trickle_in_make_the_same_client(server: ScriptedServer, connect: Connect) -> None:
    """However the network divides what the server says."""
    client, told = connect()
    link = server.accept()
    link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def trickle(*frames: Frame) -> None:
        for byte in b"".join(map(encode, frames)):
            link.say_bytes(bytes((byte,)))

    trickle(welcome())
    trickle(HelloResult(id=link.expect(Hello).id, version=1, user=user("ann"), device="d1"))
    trickle(SyncResult(id=link.expect(Sync).id, conversations=(channel("general", last=0),)))
    assert client.wait_open(5)
    trickle(message(1, "d\u00e9j\u00e0 vu"), message(2, "again"))
    told.wait(EntriesAdded, lambda added: added.entries[-1].number == 2)
    assert told.texts() == ["d\u00e9j\u00e0 vu", "again"]


def test_a_wire_that_must_write_in_order_to_read_carries_the_client(
    server: ScriptedServer, connect: Connect
) -> None:
    """As one that encrypts: the client works over it, and nothing above the wire knows."""
    client, told = connect(route=Route([server.address], wrap=MaskedWire, pauses=no_pauses))
    link = server.accept()
    greeting = b""
    while len(greeting) < len(MaskedWire.GREETING):
        greeting += link.sock.recv(1)
    assert greeting == MaskedWire.GREETING
    link.unmask_by(masked)
    link.greet(channel("general", last=0))
    assert client.wait_open(5)
    client.say("#general", "through the mask")
    send = link.expect(Send)
    assert send.text == "through the mask"
    link.say(message(1, send.text, who="ann"))
    link.store(send, 1)
    assert client.wait_idle(5)
    assert told.texts() == ["through the mask"]
