"""People who want nothing but quick answers while others attack the server, and the plain link they use.

For `benchmarks.attack`; `people` runs in a process of its own.
"""

import json
import socket
import time
from multiprocessing.connection import Connection
from typing import Any

from chat.ids import new_token
from chat.protocol.codec import VERSION

PEOPLE = 10
PINGS_A_SECOND = 10
"""Of each of them."""

Address = tuple[str, int]


def people(address: Address, pipe: Connection) -> None:
    """Ping as ten people would; each "begin" starts anew, each "end" is answered with all delays in ms."""
    links = [Link(address, f"person{number}") for number in range(PEOPLE)]
    pipe.send("joined")
    delays: list[float] = []
    next_at = time.monotonic()
    turn = 0
    while True:
        while pipe.poll(max(0.0, next_at - time.monotonic())):
            order = pipe.recv()
            if order == "quit":
                return
            if order == "end":
                pipe.send(delays)
            delays = []
        delays.append(links[turn % PEOPLE].ping() * 1000)
        turn += 1
        next_at = max(next_at + 1 / (PEOPLE * PINGS_A_SECOND), time.monotonic() - 1)


class Link:
    """A plain link that said hello and sync."""

    def __init__(self, address: Address, nick: str, token: str = "", *, new: bool = True) -> None:
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self.socket.makefile("rb")
        hello = {"nick": nick, "token": token or new_token(), "new": new}
        self.socket.sendall(b"\n" + line("hello", version_min=VERSION, version_max=VERSION, **hello))
        self.socket.sendall(line("sync"))
        self._read_to(b'"sync_result"')

    def register(self, password: str) -> None:
        """Put a password on the user."""
        self.socket.sendall(line("register", password=password))
        self._read_to(b'"register_result"')

    def ask(self, kind: str, **fields: object) -> dict[str, Any]:
        """Say a request and return its answer."""
        self.socket.sendall(line(kind, **fields))
        while (said := json.loads(self._lines.readline())).get("id") != "1":
            continue
        return dict(said)

    def ping(self) -> float:
        """Return how many seconds an answer takes."""
        began = time.monotonic()
        self.socket.sendall(line("ping"))
        self._read_to(b'"ping_result"')
        return time.monotonic() - began

    def _read_to(self, wanted: bytes) -> None:
        while wanted not in (said := self._lines.readline()):
            assert said, "the server hung up on one of the others"


def line(kind: str, **fields: object) -> bytes:
    """Return a request."""
    return json.dumps({"type": kind, "id": "1", **fields}).encode() + b"\n"
