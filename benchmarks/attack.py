"""What attacks cost the others: floods, garbage, misused TLS, silent links, forbidden requests, passwords.

    python -m benchmarks.attack            the figures of docs/performance.md, about a minute
    python -m benchmarks.attack --quick    small and short, to see that it works

Everything stays on this machine: one server with its usual settings on a database of its own, one process
that pings as ten people would and notes how long each answer takes, and the attacker. Nothing is left behind.
Run it in the checkout's folder.
"""

import argparse
import contextlib
import random
import resource
import selectors
import shutil
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.bystanders import Address, Link, line, people
from benchmarks.fanout import Crew, cpu_seconds, memory_mib
from chat.ids import new_token
from chat.server.domain.permissions import RIGHTS, Standing
from chat.transport.tls import unverified_context
from tests.support.server import COMMAND, ServerProcess
from tests.support.waiting import wait_until

LINES_A_SECOND = 10_000
GUESSES_A_SECOND = 1_000
CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus"
RIGHTLESS_FIELDS = {
    "target": "#general",
    "user": "@person1",
    "mask": "person*",
    "ban": "1",
    "text": "x",
    "gate": "staff_only",
    "nick": "mole",
    "password": "correct horse battery staple",
    "admin": True,
}
"""All that any request for those who keep order takes; each takes its own of them."""
FAULTS = (b"a request failed", b"a link failed", b"a job failed", b"died", b"Traceback")
"""What a server logs when something went wrong that must not."""


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
        logged = self.log.read_bytes().count(b"\n")
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
        logged = self.log.read_bytes().count(b"\n") - logged
        print(f"| {name} | {outcome} | {figures} | {logged} |", flush=True)
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


def old_tls(state: Attacked) -> str:
    """Links that offer nothing newer than TLS 1.1, and links that renegotiate where there is `openssl`."""
    context = unverified_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    there = "{}:{}".format(*state.address)
    renegotiates = ["openssl", "s_client", "-connect", there, "-tls1_2", "-legacy_renegotiation"]
    offered = let_in = asked = refused = 0
    for turn, _ in enumerate(state.until()):
        if turn % 50 == 0 and shutil.which("openssl"):
            said = subprocess.run(renegotiates, input=b"R\n", capture_output=True, timeout=20, check=False)
            asked, refused = asked + 1, refused + (b"RENEGOTIATING" in said.stderr and said.returncode == 1)
        offered += 1
        with socket.create_connection(state.address) as sock, contextlib.suppress(OSError):
            let_in += bool(context.wrap_socket(sock).version())
    assert let_in == 0
    assert refused == asked
    return f"{offered:,} old offers, {let_in} let in; {asked} renegotiations, {refused} refused"


def forbidden(state: Attacked) -> str:
    """A guest and an account ask, in turn, all that is for those who keep order, as fast as they may."""
    links = [Link(state.address, nick) for nick in ("mole", "vole")]
    links[1].register("correct horse battery staple")
    kinds = [
        str(kind.__struct_config__.tag) for kind, need in RIGHTS.items() if need.least > Standing.REGISTERED
    ]
    cells: dict[tuple[int, str], str] = {}
    wanted = [(who, kind) for kind in kinds for who in range(len(links))]
    while wanted:
        who, kind = wanted.pop(0)
        answer = links[who].ask(kind, send_id=new_token(), **RIGHTLESS_FIELDS)
        if answer.get("code") == "rate_limited":
            wanted.insert(0, (who, kind))
            time.sleep(answer["retry_after_ms"] / 1000)
        else:
            cells[who, kind] = str(answer.get("code", "granted"))
    told = Counter(cells.values())
    assert set(told) <= {"forbidden", "not_registered"}, cells
    return f"{len(cells)} cells of role and request, {sum(told.values())} refused, 0 granted"


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
    "old TLS": old_tls,
    "idle links": idle,
    "forbidden requests": forbidden,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    columns = "attack|what it came to|others' ping: p50 ms|p99 ms|most ms|CPU|MiB before|after|lines logged"
    print("| " + columns.replace("|", " | ") + " |")
    print("|---|---|---|---|---|---|---|---|---|")
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
