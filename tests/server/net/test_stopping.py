"""Rule 15 at the TCP port: refuse, drain, stop; and what happens when a thread dies."""

import socket
import threading
from contextlib import ExitStack

import pytest
from structlog.testing import capture_logs

from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import Ping, Send, Whois
from chat.server.state.session import Session
from tests.support.net_service import Served, scaled, send, serving
from tests.support.waiting import wait_until


def chat_threads() -> set[str]:
    """The threads that a service has."""
    return {thread.name for thread in threading.enumerate()} - {"MainThread"}


def test_the_threads_have_names_and_end() -> None:
    """None is left behind."""
    before = chat_threads()
    with serving(scaled(workers=3)):
        assert chat_threads() - before == {"reader", "writer", "worker-1", "worker-2", "worker-3", "journal"}
    assert chat_threads() == before


def test_everybody_is_told_that_the_server_stops() -> None:
    """With the advice to come back."""
    with serving() as served, served.member("ann") as ann, served.client() as stranger:
        stranger.barrier()
        served.service.refuse_new()
        assert served.service.drain(5.0)
        for client in (ann, stranger):
            goodbye = client.goodbye()
            assert goodbye.reason is CloseReason.STOPPING
            assert goodbye.reconnect


def test_nobody_is_accepted_any_more() -> None:
    """The listening sockets are closed."""
    with serving() as served:
        address = served.address
        served.service.refuse_new()

        def refused() -> bool:
            try:
                socket.create_connection(address, 5).close()
            except ConnectionError:
                return True
            return False

        wait_until(refused, what="the listener to close")


def test_new_requests_are_refused_and_what_is_in_flight_is_answered() -> None:
    """In the order in which they were asked, and before the goodbye."""
    with serving() as served, served.member("ann") as ann:
        served.commands.flows.clear()
        in_flight = [send(ann, text) for text in ("one", "two", "three")]
        for request in in_flight:
            ann.send(request)
        wait_until(lambda: served.commands.count(Send) == 3, what="the sends")
        served.service.refuse_new()
        ann.send(Ping(id="late"))
        drained = threading.Thread(target=served.service.drain, args=(5.0,))
        drained.start()
        served.commands.flows.set()
        for request in in_flight:
            assert isinstance(ann.reply_to(request.id), SendResult)
        late = ann.read()
        if isinstance(late, Error):  # it was run before the goodbye
            assert (late.id, late.code) == ("late", ErrorCode.STOPPING)
            late = ann.read()
        assert isinstance(late, Goodbye)
        drained.join()


def test_a_request_is_answered_stopping() -> None:
    """Between the refusal and the goodbye."""
    with serving() as served, served.member("ann") as ann:
        served.service.refuse_new()
        reply = ann.ask(Ping(id="late"))
        assert isinstance(reply, Error)
        assert reply.code is ErrorCode.STOPPING
        assert reply.retryable


def test_what_waits_for_a_client_is_sent_before_the_goodbye() -> None:
    """Everything, also what it takes long to read."""
    with serving() as served, served.member("ann", receive_buffer=4096) as ann:
        for _ in range(100):
            served.commands.publish("x" * 4000)
        drained = threading.Thread(target=served.service.drain, args=(5.0,))
        drained.start()
        ann.goodbye()
        assert len(ann.frames) >= 100
        drained.join()


def test_who_does_not_read_keeps_nobody_from_stopping() -> None:
    """The drain gives up in time and says so; the stop closes what is left."""
    with serving(scaled(outbox_bytes=1 << 30)) as served, served.member("slow", receive_buffer=4096):
        for _ in range(2000):
            served.commands.publish("x" * 4000)
        assert not served.service.drain(0.2)
        assert served.service.open_links == 1


def test_stopping_with_everything_under_way_leaves_nothing() -> None:
    """Sends in flight, parked requests, half lines, full sockets, silent strangers."""
    before = chat_threads()
    with ExitStack() as closing, serving() as served:
        served.commands.flows.clear()
        clients = [served.member(f"n{n}", receive_buffer=4096) for n in range(8)]
        clients += [served.client() for _ in range(4)]
        for client in clients:
            closing.enter_context(client)
        # who is connected is not yet accepted, and who never was has no session that ends
        wait_until(lambda: served.service.open_links == len(clients), what="the strangers to be let in")
        for client in clients[:4]:
            client.send(send(client, "in flight"))
            client.send_bytes(b'{"type":"typing","id":"t","target":"#x"}\n{"type":"pi')
        for _ in range(300):
            served.commands.publish("x" * 4000)
    assert chat_threads() == before
    assert served.commands.ended_sessions.qsize() == len(clients)


def test_a_stop_without_a_drain_closes_everything() -> None:
    """Clients see the end of the stream."""
    with serving() as served:
        ann = served.member("ann")
    assert b"goodbye" not in ann.read_to_end()
    ann.close()


def dead(served: Served) -> BaseException:
    """Wait for the death of a thread; returns its cause."""
    return served.deaths.get(timeout=5)


def test_the_death_of_the_reader_is_told() -> None:
    """And its sockets are closed, so that clients go elsewhere."""

    def fail() -> None:
        raise RuntimeError("no more")

    with capture_logs() as logs, serving(ticks=[(0.2, fail)]) as served, served.member("ann") as ann:
        assert str(dead(served)) == "no more"
        ann.read_to_end()
    assert [log["event"] for log in logs] == ["the reader died"]


class BrokenPeer:
    """A peer that breaks the writer."""

    def stream(self, lines: bytes) -> bool:
        raise RuntimeError("no more")


def test_the_death_of_the_writer_is_told() -> None:
    """The service can be stopped all the same."""
    with capture_logs() as logs, serving() as served, served.member("ann"):
        session = Session(BrokenPeer())  # type: ignore[arg-type]
        session.identify("u-x", "d-x")  # type: ignore[arg-type]
        served.commands.fanout.fence(served.commands.channel, session, enters=True)
        served.commands.publish("the last straw")
        assert str(dead(served)) == "no more"
    assert [log["event"] for log in logs] == ["the writer died"]


@pytest.mark.parametrize("how", ["quit", "end", "reset"])
def test_the_end_of_a_session_is_told_once(how: str) -> None:
    """However the client leaves; and not as of a slow one."""
    with serving() as served:
        ann = served.member("ann")
        if how == "quit":
            ann.send_line(b'{"type":"quit","id":"q"}')
            assert ann.goodbye().reason is CloseReason.QUIT
        elif how == "reset":
            ann.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        ann.close()
        end = served.commands.ended_sessions.get(timeout=5)
        assert (end.session.user, end.at_once, end.session.closed) == ("u-ann", False, True)
        wait_until(lambda: not served.service.open_links, what="the close")
    assert served.commands.ended_sessions.empty()


def test_a_replaced_link_hears_no_reply() -> None:
    """Rule 10: what it had queued is carried out, and nobody is told on that link."""
    with serving() as served, served.member("ann") as ann:
        served.commands.flows.clear()
        ann.send(send(ann, "queued"))
        wait_until(lambda: served.commands.count(Send) == 1, what="the send")
        session = served.commands.session("ann")
        session.closed = True
        served.commands.flows.set()
        wait_until(lambda: served.commands.answered == 1, what="the answer")
        session.peer.close(CloseReason.REPLACED)
        assert ann.goodbye().reason is CloseReason.REPLACED
        assert not any(isinstance(frame, SendResult) for frame in ann.frames)


def test_a_replaced_link_runs_nothing_more() -> None:
    """From the moment its session is dead, be it closed by then or not."""
    with serving() as served, served.member("ann") as ann, served.member("bob") as bob:
        served.commands.session("ann").closed = True
        ann.send(Whois(id="late", target="@bob"))
        for _ in range(3):
            bob.barrier()
        assert served.commands.count(Whois) == 0
