"""What attacks cost the others: floods, garbage, stalled handshakes, silent links, guessed passwords.

    python -m benchmarks.attack            the figures of docs/performance.md, about a minute
    python -m benchmarks.attack --quick    small and short, to see that it works

Everything stays on this machine: one server with its usual settings on a database of its own, one process
that pings as ten people would and notes how long each answer takes, and the attacker. Nothing is left behind.
Run it in the checkout's folder.
"""

import argparse
import contextlib
import json
import random
import resource
import selectors
import socket
import ssl
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fanout import Crew, cpu_seconds, memory_mib
from chat.ids import new_token
from chat.protocol.codec import VERSION
from tests.support.server import COMMAND, ServerProcess
from tests.support.waiting import wait_until

PEOPLE = 10
PINGS_A_SECOND = 10
"""Of each of them."""
LINES_A_SECOND = 10_000
GUESSES_A_SECOND = 1_000
CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus"
FAULTS = (b"a request failed", b"a link failed", b"a job failed", b"died", b"Traceback")
"""What a server logs when something went wrong that must not."""

Address = tuple[str, int]


# ---------------------------------------------------------------------- the others


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


# ---------------------------------------------------------------------- measuring


@dataclass
class Attacked:
    """The server under attack, and the others on it.

    Attributes:
        seconds: how long each attack lasts.
        faults: what went wrong in the server, in words.
    """

    server: ServerProcess
    others: Connection
    log: Path
    seconds: float
    faults: list[str] = field(default_factory=list)

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.server.address

    def measure(self, name: str, attack: Callable[["Attacked"], str]) -> None:
        """Attack for the time, print a row, and see that nothing of it is left in the server."""
        before = self._held()
        memory, cpu, began = memory_mib(self.server.pid), cpu_seconds(self.server.pid), time.monotonic()
        self.others.send("begin")
        outcome = attack(self)
        passed = time.monotonic() - began
        self.others.send("end")
        delays = sorted(self.others.recv())
        used = (cpu_seconds(self.server.pid) - cpu) / passed
        after = memory_mib(self.server.pid)
        p50, p99 = statistics.median(delays), delays[int(0.99 * (len(delays) - 1))]
        figures = f"{p50:.1f} | {p99:.1f} | {delays[-1]:.0f} | {used:.0%} | {memory:.0f} | {after:.0f}"
        print(f"| {name} | {outcome} | {figures} |", flush=True)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self._holds_more(before), 30)
        if self._holds_more(before):
            self.faults.append(f"{name}: descriptors and threads were {before}, are {self._held()}")
        log = self.log.read_bytes()
        self.faults += [f"{name}: the log says {fault!r}" for fault in FAULTS if fault in log]

    def until(self) -> Iterator[float]:
        """Yield how much time is left, again and again."""
        end = time.monotonic() + self.seconds
        while (left := end - time.monotonic()) > 0:
            yield left

    def _holds_more(self, before: tuple[int, int]) -> bool:
        """Return whether the server has more descriptors or threads than it had."""
        return any(now > then for now, then in zip(self._held(), before, strict=True))

    def _held(self) -> tuple[int, int]:
        """Return how many descriptors and threads the server has."""
        process = Path(f"/proc/{self.server.pid}")
        return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


@contextlib.contextmanager
def attacked(seconds: float, settings: str = "") -> Iterator[Attacked]:
    """Run a server of usual settings but for these, and people on it."""
    with tempfile.TemporaryDirectory() as folder:
        data, config = Path(folder) / "data", Path(folder) / "config.toml"
        config.write_text(settings)
        crew = Crew()
        with ServerProcess(data, "--config", str(config), program=COMMAND) as server:
            try:
                others = crew.start(people, server.address)
                yield Attacked(server, others, Path(folder) / "server.log", seconds)
            finally:
                crew.quit()


# ---------------------------------------------------------------------- attacks


def nothing(state: Attacked) -> str:
    """What it is without an attack."""
    for left in state.until():
        time.sleep(left)
    return ""


def flood(state: Attacked) -> str:
    """One client says 10,000 messages a second, and heeds no refusal."""
    link = Link(state.address, "flood")
    link.socket.setblocking(False)
    counts = {b'"send_result"': 0, b'"rate_limited"': 0, b'"out_of_order"': 0}
    wanted = taken = 0
    rest, began = b"", time.monotonic()
    for _ in state.until():
        due = int((time.monotonic() - began) * LINES_A_SECOND) - wanted
        if not rest and due > 0:
            many = range(wanted, wanted + min(due, 500))
            rest = b"".join(
                line("send", send_id=f"flood-{number:012}", target="#general", text="x" * 40)
                for number in many
            )
            taken += len(many)
        wanted += max(due, 0)
        with contextlib.suppress(BlockingIOError):
            rest = rest[link.socket.send(rest) :]
        with contextlib.suppress(BlockingIOError):
            said = link.socket.recv(1 << 20)
            for word in counts:
                counts[word] += said.count(word)
        time.sleep(0.002)
    link.socket.close()
    stored, limited, behind = counts.values()
    return f"{wanted:,} lines tried, {taken:,} taken, {stored} stored, {limited + behind} refused"


def garbage(state: Attacked) -> str:
    """Links that say what was picked and found by fuzzing, changed at random, and come again when cut."""
    chance = random.Random(5)
    kept = [file.read_bytes() for file in sorted(CORPUS.glob("*/*"))]
    said = links = 0
    for _ in state.until():
        links += 1
        with socket.create_connection(state.address, timeout=0.02) as sock, contextlib.suppress(OSError):
            if links % 2:
                hello = {"nick": f"g{links}", "token": new_token(), "new": links % 50 == 1}
                sock.sendall(b"\n" + line("hello", version_min=1, version_max=1, **hello))
            for _ in range(40):
                sock.sendall(spoilt(chance, kept))
                said += 1
            while sock.recv(1 << 16):
                continue
    return f"{said:,} lines on {links:,} links"


def spoilt(chance: random.Random, kept: list[bytes]) -> bytes:
    """Return a line that is nearly one."""
    data = bytearray(chance.choice(kept))
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randrange(6)] = chance.choice(
            [b"", b"\x00", b"\xff", b'"', b"}", b"\x16\x03\x01"]
        )
    return bytes(data) + b"\n"


def stalled_handshakes(state: Attacked) -> str:
    """Links that begin to encrypt, and stop half-way."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(into, out, server_hostname="localhost").do_handshake()
    client_hello = out.read()
    with ExitStack() as links:
        count = 0
        for left in state.until():
            if count < 500:
                sock = links.enter_context(socket.create_connection(state.address))
                sock.sendall(client_hello[: len(client_hello) // 2])
                count += 1
            else:
                time.sleep(left)
    return f"{count} links"


def one_byte_a_second(state: Attacked) -> str:
    """Links that say a hello one byte after the other."""
    said = b"\n" + line("hello", nick="slow", token=new_token())
    with ExitStack() as links:
        socks = [links.enter_context(socket.create_connection(state.address)) for _ in range(200)]
        for at, _ in enumerate(state.until()):
            for sock in socks:
                with contextlib.suppress(OSError):
                    sock.sendall(said[at % len(said) : at % len(said) + 1])
            time.sleep(1)
    return f"{len(socks)} links"


def idle(state: Attacked) -> str:
    """Links that say nothing at all: 5,000, or as many as there may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(5000, hard - 500) if state.seconds > 2 else 300
    with ExitStack() as links, selectors.DefaultSelector() as selector:
        for _ in range(wanted):
            sock = links.enter_context(socket.create_connection(state.address))
            selector.register(sock, selectors.EVENT_READ)
        for left in state.until():
            time.sleep(left)
        held = wanted - sum(not key.fileobj.recv(1 << 16) for key, _ in selector.select(0))  # type: ignore[union-attr]
        served = len(list(Path(f"/proc/{state.server.pid}/fd").iterdir()))
    return f"{wanted:,} links dialled, {held:,} still open, {served:,} descriptors"


def guessed_passwords(state: Attacked) -> str:
    """As many wrong passwords as go, up to 1,000 a second, from 200 addresses on one account."""
    token = new_token()
    Link(state.address, "owner", token).register("correct horse battery staple")
    tries = compared = 0
    began = time.monotonic()
    for turn, left in enumerate(state.until()):
        if tries > (time.monotonic() - began) * GUESSES_A_SECOND:
            time.sleep(min(left, 0.02))
            continue
        source = (f"127.0.1.{turn % 200 + 1}", 0)
        hello = {"nick": "owner", "token": new_token(), "new": True, "version_min": 1, "version_max": 1}
        guesses = b"".join(line("hello", password=f"wrong {turn} {each}", **hello) for each in range(15))
        with socket.create_connection(state.address, 5, source) as sock, sock.makefile("rb") as lines:
            sock.sendall(b"\n" + guesses)
            answers = [lines.readline() for _ in range(16)][1:]
        tries += len(answers)
        compared += sum(b'"wrong_password"' in answer for answer in answers)
        assert not any(b"hello_result" in answer for answer in answers)
    Link(state.address, "owner", token, new=False).ping()
    return f"{tries:,} from 200 addresses, {compared} compared, the owner let in by a known device"


ATTACKS: dict[str, Callable[[Attacked], str]] = {
    "none": nothing,
    "flood": flood,
    "garbage": garbage,
    "handshakes stalled half-way": stalled_handshakes,
    "one byte a second": one_byte_a_second,
    "idle links": idle,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("| attack | what it came to | others' ping: p50 ms | p99 ms | most ms | CPU | MiB before | after |")
    print("|---|---|---|---|---|---|---|---|")
    seconds = 1.0 if options.quick else 8.0
    with attacked(seconds) as state:
        for name, attack in ATTACKS.items():
            state.measure(name, attack)
    with attacked(seconds, "exempt = []\n") as counting:
        counting.measure("guessed passwords", guessed_passwords)
    faults = state.faults + counting.faults
    print("\n" + ("\n".join(faults) or "No uncaught exception, no descriptor and no thread too many."))
    assert not faults


if __name__ == "__main__":
    main()
