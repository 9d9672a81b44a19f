"""Many clients in one thread: raw links in one selector that come, come back, join, talk and listen.

They behave as ours do where a crowd matters: a lost link is dialled again after the pauses of `chat.backoff`,
with the token of the first time. What they hear is kept as it came. Used by tests and benchmarks; no threads.
"""

import errno
import heapq
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Self

import msgspec

from chat.backoff import delays
from chat.deadline import Deadline
from chat.ids import new_token
from chat.protocol.codec import VERSION
from chat.protocol.connection import OPENING

_BEGUN = {0, errno.EINPROGRESS}
_PIECE = 256 * 1024


class _Head(msgspec.Struct):
    """What is looked at of a line."""

    type: str
    id: str | None = None
    conversation: object = None
    next: str = ""


_head = msgspec.json.Decoder(_Head)


class Sheep:
    """One client.

    Attributes:
        nick: who it is.
        in_step: whether it has said hello and sync on its present link.
        heard: the live entries it was sent, by conversation, as they came.
        errors: the error lines it was sent.
        answers: how many answers it has got, greetings left out.
    """

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.token = new_token()
        self.new = True
        self.in_step = False
        self.heard: dict[str, list[bytes]] = {}
        self.errors: list[bytes] = []
        self.answers = 0
        self.socket: socket.socket | None = None
        self.pauses: Iterator[float] = delays()
        self.rest = b""
        self.outgoing = bytearray()

    def say(self, kind: str, **fields: object) -> None:
        """Put a request behind what waits to go out."""
        self.outgoing += json.dumps({"type": kind, **fields}).encode() + b"\n"

    def hear(self, line: bytes) -> None:
        """Take a line of the server, and go on with the greeting."""
        head = _head.decode(line)
        if head.type == "error":
            self.errors.append(line)
        if head.type == "welcome":
            versions = {"version_min": VERSION, "version_max": VERSION}
            self.say("hello", id="hello", nick=self.nick, token=self.token, new=self.new, **versions)
        elif head.id == "hello" and head.type == "hello_result":
            self.new = False
            self.say("sync", id="sync")
        elif head.type == "sync_result":
            if head.next:
                self.say("sync", id="sync", after=head.next)
            self.in_step = not head.next
        elif head.id is not None:
            self.answers += 1
        elif isinstance(head.conversation, str):
            self.heard.setdefault(head.conversation, []).append(line)


class Herd:
    """All of them.

    Args:
        address: where the server is; may be set anew for later links.
        count: how many.

    Attributes:
        sheep: each of them.
        back_after: seconds after which each was in step, of those that came since `come` was called.
    """

    def __init__(self, address: tuple[str, int], count: int) -> None:
        self.address = address
        self.sheep = [Sheep(f"sheep{number}") for number in range(count)]
        self.back_after: list[float] = []
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int]] = []
        for number in range(count):
            self._dial(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sheep in self.sheep:
            if sheep.socket is not None:
                sheep.socket.close()
        self._selector.close()

    def come(self, seconds: float) -> None:
        """Return when all are in step with the server."""
        began, waiting = time.monotonic(), set(range(len(self.sheep)))
        self.back_after = []

        def all_came() -> bool:
            came = [number for number in waiting if self.sheep[number].in_step]
            self.back_after += [time.monotonic() - began] * len(came)
            waiting.difference_update(came)
            return not waiting

        self.run_until(all_came, seconds, "all to be in step")

    def run_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Do what there is to do until the condition holds; fails when it does not in time."""
        deadline = Deadline(seconds)
        while not condition():
            assert not deadline.expired, f"waited {seconds:g} s in vain for {what}"
            self._turn()

    def push(self) -> None:
        """Let go out what was said."""
        for number, sheep in enumerate(self.sheep):
            if sheep.outgoing and sheep.socket is not None:
                self._write_soon(number)

    def _turn(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            self._dial(heapq.heappop(self._due)[1])
        for key, ready in self._selector.select(0.01):
            if ready & selectors.EVENT_WRITE:
                self._write(key.data)
            if ready & selectors.EVENT_READ:
                self._read(key.data)

    def _dial(self, number: int) -> None:
        sheep = self.sheep[number]
        sheep.socket = dialled = socket.socket()
        dialled.setblocking(False)
        if dialled.connect_ex(self.address) not in _BEGUN:
            self._lost(number)
            return
        sheep.outgoing[:] = OPENING
        self._selector.register(dialled, selectors.EVENT_READ | selectors.EVENT_WRITE, data=number)

    def _write(self, number: int) -> None:
        sheep = self.sheep[number]
        if sheep.socket is None:
            return
        try:
            with suppress(BlockingIOError):
                del sheep.outgoing[: sheep.socket.send(sheep.outgoing)]
        except OSError:
            self._lost(number)
            return
        if not sheep.outgoing:
            self._selector.modify(sheep.socket, selectors.EVENT_READ, data=number)

    def _read(self, number: int) -> None:
        sheep = self.sheep[number]
        if sheep.socket is None:
            return
        try:
            data = sheep.socket.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(number)
            return
        *lines, sheep.rest = (sheep.rest + data).split(b"\n")
        for line in lines:
            sheep.hear(line)
        if sheep.in_step:
            sheep.pauses = delays()
        if sheep.outgoing:
            self._write_soon(number)

    def _write_soon(self, number: int) -> None:
        sheep = self.sheep[number]
        assert sheep.socket is not None
        self._selector.modify(sheep.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, data=number)

    def _lost(self, number: int) -> None:
        """Dial again after a pause, as a client does."""
        sheep = self.sheep[number]
        assert sheep.socket is not None
        with suppress(KeyError):
            self._selector.unregister(sheep.socket)
        sheep.socket.close()
        sheep.socket, sheep.rest, sheep.in_step = None, b"", False
        sheep.outgoing.clear()
        heapq.heappush(self._due, (time.monotonic() + next(sheep.pauses), number))
