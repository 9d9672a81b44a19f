"""The hub with its threads: a journal, a writer and a worker for what is deferred, as in the server.

Any thread may ask; each asker waits for its reply.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from chat.protocol.answering import Reply
from chat.protocol.codec import decode_server_frame, encode
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest
from chat.server.state.session import Session
from tests.support.hub import Hub, peer_of
from tests.support.waiting import wait_until

PATIENCE = 30.0


class RunningHub:
    """A hub at work; see `running`."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.deaths: list[BaseException] = []
        self._bell = threading.Event()
        self._stopping = False
        self._deferred: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._write, name="writer"),
            threading.Thread(target=self._run_deferred, name="worker"),
        ]

    def ask(self, session: Session, request: AnyRequest) -> AnyReply:
        """Dispatch a request and wait for the reply."""
        replies: list[AnyReply] = []
        answered = threading.Event()

        def reply(frame: AnyReply) -> None:
            session.peer.push(encode(frame))
            replies.append(frame)
            self._bell.set()
            answered.set()

        assert self.hub.dispatcher.dispatch(session, request, reply), "the queue is full"
        assert answered.wait(PATIENCE), f"no reply to {request}"
        return replies[0]

    def hear_up_to(self, session: Session, reply: AnyReply) -> list[Any]:
        """Return what a session was sent, up to a reply."""
        frames: list[Any] = []

        def has_come() -> bool:
            frames.extend(decode_server_frame(line) for line in peer_of(session).take())
            return any(isinstance(frame, Reply) and frame.id == reply.id for frame in frames)

        wait_until(has_come, PATIENCE, f"the reply {reply.id}")
        return frames

    def start(self) -> None:
        """Start the threads."""
        self.hub.running(self._bell.set, self._deferred.put)
        for thread in self._threads:
            thread.start()
        self.hub.journal.start(self.deaths.append)

    def stop(self) -> None:
        """Let everything be decided and sent, and join the threads."""
        assert self.hub.journal.stop(PATIENCE)
        self._deferred.put(None)
        self._threads[1].join()
        self._stopping = True
        self._bell.set()
        self._threads[0].join()

    def _write(self) -> None:
        while not self._stopping:
            self._bell.wait()
            self._bell.clear()
            self.hub.write()
        self.hub.write()

    def _run_deferred(self) -> None:
        while (call := self._deferred.get()) is not None:
            call()


@contextmanager
def running(hub: Hub) -> Iterator[RunningHub]:
    """Let a hub work on threads; afterwards everything has settled."""
    at_work = RunningHub(hub)
    at_work.start()
    try:
        yield at_work
    finally:
        at_work.stop()
        assert at_work.deaths == []
