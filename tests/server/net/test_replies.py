"""Rule 5 over real sockets: replies in order, entries before replies, waiting parks the link."""

import threading
from collections.abc import Iterator

import msgspec
import pytest
from structlog.testing import capture_logs

from chat.protocol.answering import Reply
from chat.protocol.codec import encode
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.replies import (
    Error,
    HelloResult,
    MembersResult,
    PingResult,
    SendResult,
    SyncResult,
    TypingResult,
)
from chat.protocol.requests import AnyRequest, Hello, Join, Members, Ping, Send, Sync, Typing, Whois
from tests.support.frames import LIMITS
from tests.support.net_service import Served, scaled, send, serving
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient


@pytest.fixture
def served() -> Iterator[Served]:
    """A running service."""
    with serving() as served:
        yield served


def replies(client: WireClient, count: int) -> list[str | None]:
    """The ids of the next replies."""
    ids: list[str | None] = []
    while len(ids) < count:
        frame = client.read()
        if isinstance(frame, Reply):
            ids.append(frame.id)
    return ids


def test_one_is_answered_under_the_id_of_ones_request(served: Served) -> None:
    """And an entry comes to everybody in the channel."""
    with served.member("ann") as ann, served.member("bob") as bob:
        request = send(ann, "hello bob")
        reply = ann.ask(request)
        assert isinstance(reply, SendResult)
        assert reply.number == 1
        assert bob.expect(Message).text == "hello bob"


def test_an_entry_comes_before_the_reply_to_its_send(served: Served) -> None:
    """Whoever has the reply has seen everything up to it."""
    with served.member("ann") as ann:
        for text in ("one", "two", "three"):
            ann.send(send(ann, text))
        ann.barrier()
        seen: set[int] = set()
        for frame in ann.frames:
            if isinstance(frame, Message):
                seen.add(frame.number)
            if isinstance(frame, SendResult):
                assert frame.number in seen
        assert seen == {1, 2, 3}
        assert isinstance(ann.frames[-1], PingResult)


def test_everything_asked_in_one_breath_is_answered_in_order(served: Served) -> None:
    """Hello, sync, sends and ping need not wait for each other's replies."""
    with served.client() as client:
        hello = Hello(id="a", version_min=1, version_max=1, nick="ann", token="0" * 64, new=True)
        sends = [Send(id=f"s{n}", send_id=f"send-{n:0>8}", target="#general", text="x") for n in range(100)]
        last = Join(id="d", send_id="0" * 8, target="#x")
        requests: list[AnyRequest] = [hello, Sync(id="b"), *sends, Ping(id="c"), last]
        client.send_bytes(b"".join(map(encode, requests)))
        assert replies(client, len(requests)) == [request.id for request in requests]
        numbers = [frame.number for frame in client.frames if isinstance(frame, Message)]
        assert numbers == list(range(1, 101))


def test_so_many_sends_are_in_flight_and_no_more(served: Served) -> None:
    """The next one is begun when one of them is answered."""
    served.commands.flows.clear()
    with served.member("ann") as ann:
        for n in range(LIMITS.sends_in_flight + 5):
            ann.send(send(ann, f"text {n}"))
        wait_until(lambda: served.commands.count(Send) == LIMITS.sends_in_flight, what="a full flight")
        assert served.commands.count(Send) == LIMITS.sends_in_flight
        served.commands.flows.set()
        ann.barrier()
        assert served.commands.count(Send) == LIMITS.sends_in_flight + 5


def test_another_request_waits_for_what_is_in_flight(served: Served) -> None:
    """So a `ping` is a barrier: it is not even begun before all sends are answered."""
    served.commands.flows.clear()
    with served.member("ann") as ann, served.member("bob") as bob:
        ann.send(send(ann, "one"))
        wait_until(lambda: served.commands.count(Send) == 1, what="the send")
        pings = served.commands.count(Ping)
        ann.send(Ping(id="barrier"))
        bob.barrier()
        bob.barrier()
        assert served.commands.count(Ping) == pings + 2
        served.commands.flows.set()
        assert [type(ann.read()) for _ in range(3)] == [Message, SendResult, PingResult]


def test_a_line_that_waits_parks_its_link_and_no_worker(served: Served) -> None:
    """With more waiting links than workers everybody else is served."""
    served.commands.flows.clear()
    waiting = [served.member(f"w{n}") for n in range(12)]
    for client in waiting:
        client.send(send(client, "x"))
        client.send(Ping(id="after"))
    wait_until(lambda: served.commands.count(Send) == 12, what="all sends")
    with served.member("ann") as ann:
        ann.barrier()
    served.commands.flows.set()
    for client in waiting:
        client.reply_to("after")
        client.close()


def test_a_bad_line_is_answered_in_its_place(served: Served) -> None:
    """The error comes behind the replies to what was asked before."""
    served.commands.flows.clear()
    with served.member("ann") as ann:
        first = send(ann, "one")
        ann.send(first)
        ann.send_line(b'{"type":"nonsense","id":"bad"}')
        ann.send(Ping(id="last"))
        wait_until(lambda: served.commands.count(Send) == 1, what="the send")
        served.commands.flows.set()
        assert replies(ann, 3) == [first.id, "bad", "last"]


def test_what_the_journal_has_no_room_for_is_asked_again_when_there_is(served: Served) -> None:
    """The link is parked with everything behind it; nobody else is."""
    with served.member("ann") as ann, served.member("bob") as bob:
        ann.send(Typing(id="parked", target="#general"))
        ann.send(Ping(id="behind"))
        wait_until(lambda: served.commands.count(Typing) == 1, what="the refused request")
        bob.barrier()
        assert not ann.has_more()
        session = served.commands.session("ann")
        session.peer.resume()
        wait_until(lambda: served.commands.count(Typing) == 2, what="the second try")
        served.commands.room.set()
        session.peer.resume()
        assert ann.expect(TypingResult).id == "parked"
        assert ann.expect(PingResult).id == "behind"


def test_a_fault_in_a_command_is_answered_and_the_link_lives_on(served: Served) -> None:
    """The client gets a trace under which the log has the details."""
    with capture_logs() as logs, served.member("ann") as ann:
        reply = ann.ask(Whois(id="w", target="@bob"))
        assert isinstance(reply, Error)
        assert reply.code is ErrorCode.INTERNAL_ERROR
        ann.barrier()
    assert [(log["event"], log["trace"]) for log in logs] == [("a request failed", reply.trace)]


def test_a_request_that_does_not_fit_the_state_is_refused(served: Served) -> None:
    """Nothing but hello, ping and quit before hello, and hello only once."""
    with served.client() as client:
        early = client.ask(Sync(id="early"))
        client.frames.clear()
        client.barrier()
        hello = Hello(id="h1", version_min=1, version_max=1, nick="ann", token="0" * 64, new=True)
        assert isinstance(client.ask(hello), HelloResult)
        again = client.ask(msgspec.structs.replace(hello, id="h2"))
        assert isinstance(early, Error)
        assert isinstance(again, Error)
        assert {early.code, again.code} == {ErrorCode.NOT_ALLOWED_NOW}


def test_longer_lines_are_taken_after_hello(served: Served) -> None:
    """Before it a stranger can't make the server hold much."""
    line = b'{"type":"ping","id":"p","x":"%s"}' % (b"y" * 20_000)
    with served.client() as client:
        client.send_line(line)
        client.hello("ann")
        client.send_line(line)
        client.reply_to("p")
        errors = [frame.code for frame in client.frames if isinstance(frame, Error)]
        assert errors == [ErrorCode.LINE_TOO_LONG]


def test_lines_are_run_only_while_little_waits_to_be_sent() -> None:
    """A client that asks for much and reads nothing makes the server hold little; reading on, it gets all."""
    count = 60
    with serving(scaled(stall_seconds=60.0)) as served, served.member("ann", receive_buffer=4096) as ann:
        ann.send_bytes(b"".join(encode(Members(id=f"m{n}", target="#general")) for n in range(count)))
        wait_until(lambda: served.commands.count(Members) >= 3, what="the first answers")
        with served.member("bob") as bob:
            bob.barrier()
        assert served.commands.count(Members) < count
        for n in range(count):
            assert ann.expect(MembersResult).id == f"m{n}"


def test_a_flood_of_lines_is_not_read_further_than_it_is_run() -> None:
    """TCP slows its sender, and nothing is lost."""
    settings = scaled(inbox_lines=8, receive_bytes=512)
    with serving(settings) as served, served.member("ann") as ann:
        served.commands.flows.clear()
        ann.send(send(ann, "in the way"))
        count = 2000
        flood = b"".join(encode(Ping(id=f"p{n}")) for n in range(count))
        sender = threading.Thread(target=ann.send_bytes, args=(flood,))
        sender.start()
        wait_until(lambda: served.commands.count(Send) == 1, what="the send")
        served.commands.flows.set()
        assert replies(ann, count + 1)[1:] == [f"p{n}" for n in range(count)]
        sender.join()


def test_what_is_shared_waits_until_the_client_knows_who_it_is(served: Served) -> None:
    """A nick "early" is in the channel before hello is answered; the answer comes first all the same."""
    with served.client() as client:
        client.hello("early")
        assert not any(isinstance(frame, Message) for frame in client.frames)
        assert client.expect(Message).text == "you are early"


def test_many_at_once_see_the_same_log(served: Served) -> None:
    """Ten talk at the same time; everybody gets every entry once and in order."""
    people = [served.member(f"p{n}") for n in range(10)]

    def talk(client: WireClient) -> None:
        for n in range(30):
            client.send(send(client, f"text {n}"))
        client.barrier()

    threads = [threading.Thread(target=talk, args=(client,)) for client in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logs = []
    for client in people:
        client.barrier()
        logs.append([frame for frame in client.frames if isinstance(frame, Message)])
        client.close()
    assert [entry.number for entry in logs[0]] == list(range(1, 301))
    assert all(log == logs[0] for log in logs)
    assert not any(isinstance(frame, SyncResult) for frame in logs[0])
