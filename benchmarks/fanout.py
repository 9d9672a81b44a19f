"""How fast one server hands out messages: 1 and 10 senders to 10, 100 and 1,000 members.

    python benchmarks/fanout.py            the table of docs/performance.md, about two minutes
    python benchmarks/fanout.py --quick    small and short, to see that it works
    python -m benchmarks.encryption        plain beside TLS

The server, the members (one process that reads all sockets by a selector) and the senders are processes of
their own, so that none slows the others by the interpreter's lock. Two figures each: flat out, when every
sender keeps 64 messages in flight, and paced, when deliveries come at a fixed rate and their delay means
something. `beside a flood` is paced too, while one more client sends lines that are refused as fast as the
server takes them.
"""

import argparse
import contextlib
import json
import multiprocessing as mp
import os
import re
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

CHANNEL = "#bench"
PACED_DELIVERIES = 20_000
"""Deliveries a second of the paced runs."""
WINDOW = 64
_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE  # it is our own server
STAMP = re.compile(rb'"text":"(\d+) ')
BODY = " the quick brown fox jumps over the lazy dog, as it has done for a hundred years now"


@dataclass
class Load:
    """One row of the table."""

    senders: int
    members: int
    seconds: float
    flood: bool = False
    encrypt: bool = False

    @property
    def paced_rate(self) -> float:
        """Messages a second of all senders together in the paced run."""
        return max(2.0, min(1000.0, PACED_DELIVERIES / self.members))


class Client:
    """A blocking client that knows just enough to join and send."""

    def __init__(self, address: tuple[str, int], nick: str, *, encrypt: bool = False) -> None:
        self.socket = connected(address, encrypt=encrypt)
        self._rest = b""
        self._number = 0
        self.ask("hello", version_min=1, version_max=1, nick=nick, token=os.urandom(32).hex(), new=True)
        joined = self.ask("join", send_id=f"{nick}-join", target=CHANNEL)
        self.conversation: str = joined["conversation"]["conversation"]  # type: ignore[index]

    def ask(self, kind: str, **fields: object) -> dict[str, object]:
        """Send a request and read on to its reply."""
        self._number += 1
        self.socket.sendall(json.dumps({"type": kind, "id": str(self._number), **fields}).encode() + b"\n")
        while True:
            for line in self.lines():
                frame: dict[str, object] = json.loads(line)
                if frame.get("id") == str(self._number):
                    assert frame["type"] != "error", frame
                    return frame

    def lines(self) -> list[bytes]:
        """Return the whole lines that came."""
        *lines, self._rest = (self._rest + taken(self.socket)).split(b"\n")
        return lines


def connected(address: tuple[str, int], *, encrypt: bool) -> socket.socket:
    """Return a socket that is ready to talk, plain or encrypted."""
    sock = socket.create_connection(address)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if encrypt:
        return _CONTEXT.wrap_socket(sock)
    sock.sendall(b"\n")
    return sock


def taken(sock: socket.socket) -> bytes:
    """Return what came on a socket that is ready; nothing where that is a part of a record."""
    try:
        received = sock.recv(262_144)
    except ssl.SSLWantReadError:
        return b""
    assert received, "the server hung up"
    return received


# ---------------------------------------------------------------------- members


def swarm(address: tuple[str, int], members: int, encrypt: bool, pipe: Connection) -> None:
    """Join with so many members; then, from each `begin` on, count what they get and how late.

    A `count` is answered with the lines so far, a `delays` with how late they were.
    """
    with ThreadPoolExecutor(16) as pool:
        clients = list(
            pool.map(lambda number: Client(address, f"member{number}", encrypt=encrypt), range(members))
        )
    with selectors.DefaultSelector() as selector:
        for client in clients:
            client.socket.setblocking(False)
            selector.register(client.socket, selectors.EVENT_READ)
        selector.register(pipe, selectors.EVENT_READ, "pipe")
        pipe.send("joined")
        counted, delays = 0, list[float]()
        rests: dict[socket.socket, bytes] = {}
        while True:
            for key, _ in selector.select():
                if key.data == "pipe":
                    order = pipe.recv()
                    if order == "quit":
                        return
                    if order == "begin":
                        counted, delays = 0, []
                        pipe.send("begun")
                    elif order == "count":
                        pipe.send(counted)
                    else:
                        pipe.send(delays[:: max(1, len(delays) // 100_000)])
                    continue
                received = taken(key.fileobj)  # type: ignore[arg-type]
                data = rests.get(key.fileobj, b"") + received  # type: ignore[arg-type]
                whole, _, rest = data.rpartition(b"\n")
                rests[key.fileobj] = rest  # type: ignore[index]
                now = time.monotonic_ns()
                stamps = STAMP.findall(whole)
                counted += len(stamps)
                delays.extend((now - int(stamp)) / 1e6 for stamp in stamps)


# ---------------------------------------------------------------------- senders


def sender(address: tuple[str, int], number: int, encrypt: bool, pipe: Connection) -> None:
    """Join, then send for so many seconds at each order: flat out, or at a rate."""
    client = Client(address, f"sender{number}", encrypt=encrypt)
    client.socket.setblocking(False)
    pipe.send("joined")
    while (order := pipe.recv()) != "quit":
        seconds, rate = order
        pipe.send(send_for(client, number, seconds, rate))


def send_for(client: Client, number: int, seconds: float, rate: float | None) -> int:
    """Send; returns how many messages were acknowledged."""
    began = time.monotonic()
    sent = acknowledged = 0
    with selectors.DefaultSelector() as selector:
        selector.register(client.socket, selectors.EVENT_READ)
        while True:
            passed = time.monotonic() - began
            if passed >= seconds and acknowledged == sent:
                return acknowledged
            due = sent + WINDOW if rate is None else int(passed * rate) + 1
            room = min(due - sent, WINDOW - (sent - acknowledged)) if passed < seconds else 0
            if room > 0:
                client.socket.setblocking(True)
                client.socket.sendall(
                    b"".join(message(client, number, began, sent + each) for each in range(room))
                )
                client.socket.setblocking(False)
                sent += room
            for _ in selector.select(0.2 if rate is None else min(0.2, 1 / rate)):
                acknowledged += sum(b'"send_result"' in line for line in client.lines())


def message(client: Client, number: int, began: float, count: int) -> bytes:
    """Return a send request whose text begins with the time."""
    text = f"{time.monotonic_ns()} {BODY}"
    send_id = f"{began:.6f}-{number}-{count}".replace(".", "_")
    request = {
        "type": "send",
        "id": str(count),
        "send_id": send_id,
        "target": client.conversation,
        "text": text,
    }
    return json.dumps(request).encode() + b"\n"


def flood(address: tuple[str, int], pipe: Connection) -> None:
    """Send lines that are refused, as fast as the server takes them, until told to quit."""
    client = Client(address, "flooder")
    lines = b'{"type":"history","id":"x","target":"c999999"}\n' * 200
    client.socket.setblocking(False)
    pipe.send("joined")
    refused = 0
    with selectors.DefaultSelector() as selector:
        selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while not pipe.poll():
            for _, ready in selector.select(0.1):
                if ready & selectors.EVENT_READ:
                    refused += len(client.lines())
                if ready & selectors.EVENT_WRITE:
                    with contextlib.suppress(BlockingIOError):
                        client.socket.send(lines)
    pipe.send(refused)


# ---------------------------------------------------------------------- the server and the table


@contextlib.contextmanager
def server() -> Iterator[tuple[tuple[str, int], int]]:
    """Run a server on a new database; gives its address and process id."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        # the members of this benchmark only listen, and nobody is to wait
        budgets = ("guest_sends", "sends", "joins", "history_bytes", "requests")
        rates = "".join(f"{budget} = [1e12, 1e12]\n" for budget in budgets)
        config.write_text(f"heartbeat_seconds = 3600\n[rates]\n{rates}")
        options = ["--listen", "127.0.0.1:0", "--data", f"{folder}/data", "--config", str(config)]
        command = [sys.executable, "-m", "chat.server.cli", *options]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        host, port = process.stdout.readline().decode().split()[-1].rsplit(":", 1)
        try:
            yield (host, int(port)), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


class Crew:
    """Processes of this benchmark, each at the end of a pipe."""

    def __init__(self) -> None:
        self._context = mp.get_context("spawn")
        self._started: list[tuple[mp.process.BaseProcess, Connection]] = []

    def start(self, target: object, *arguments: object) -> Connection:
        """Start a process and wait until it has joined."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=target, args=(*arguments, theirs), daemon=True)  # type: ignore[arg-type]
        process.start()
        self._started.append((process, ours))
        assert ours.poll(120), "a process of the benchmark did not start"
        assert ours.recv() == "joined"
        return ours

    def quit(self) -> None:
        """End all processes."""
        for process, pipe in self._started:
            with contextlib.suppress(OSError):
                pipe.send("quit")
            process.join(10)
            if process.is_alive():
                process.kill()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Run:
    """What one run came to."""

    messages: float
    deliveries: float
    cpu: float
    delays: list[float]

    @property
    def cpu_per_delivery(self) -> float:
        """The server's CPU time for one delivery, in microseconds."""
        return self.cpu / self.deliveries * 1e6

    def delay(self, fraction: float) -> float:
        """Return a percentile of the delays, in milliseconds."""
        ordered = sorted(self.delays)
        return ordered[int(fraction * (len(ordered) - 1))] if ordered else float("nan")


def run(load: Load, pid: int, members: Connection, senders: list[Connection], rate: float | None) -> Run:
    """Let the senders send once, and count."""
    members.send("begin")
    assert members.recv() == "begun"  # or what comes first is not counted
    cpu, began = cpu_seconds(pid), time.monotonic()
    for pipe in senders:
        pipe.send((load.seconds, None if rate is None else rate / len(senders)))
    acknowledged = sum(pipe.recv() for pipe in senders)
    expected = acknowledged * load.members
    counted = 0
    while counted < expected:
        time.sleep(0.05)  # asking costs the members time
        members.send("count")
        counted = members.recv()
        assert time.monotonic() - began < load.seconds + 60, f"only {counted} of {expected} arrived"
    passed = time.monotonic() - began
    used = cpu_seconds(pid) - cpu
    members.send("delays")
    return Run(acknowledged / passed, counted / passed, used / passed, members.recv())


@dataclass
class Measured:
    """What one load came to; `flat` only without a flood."""

    flat: Run | None
    paced: Run
    memory: float
    """MiB of the server at the end."""
    per_connection: float
    """KiB that each member's connection has taken, once all had joined."""


def measure(load: Load) -> Measured:
    """Have a load carried by a server of its own."""
    crew = Crew()
    with server() as (address, pid):
        try:
            crew.start(sender, address, 99, load.encrypt)  # what the first one costs is not a connection's
            before = memory_mib(pid)
            members = crew.start(swarm, address, load.members, load.encrypt)
            per_connection = (memory_mib(pid) - before) * 1024 / load.members
            senders = [crew.start(sender, address, number, load.encrypt) for number in range(load.senders)]
            if load.flood:
                crew.start(flood, address)
            flat = None if load.flood else run(load, pid, members, senders, None)
            paced = run(load, pid, members, senders, load.paced_rate)
            return Measured(flat, paced, memory_mib(pid), per_connection)
        finally:
            crew.quit()


def row(load: Load) -> str:
    """Return a row of the table."""
    measured = measure(load)
    flat, paced, memory = measured.flat, measured.paced, measured.memory
    flat_cells = f"{flat.messages:,.0f} | {flat.deliveries:,.0f} | {flat.cpu:.0%}" if flat else "| |"
    what = f"{load.senders} → {load.members:,}" + (" beside a flood" if load.flood else "")
    delays = f"{paced.delay(0.5):.1f} | {paced.delay(0.99):.1f}"
    return f"| {what} | {flat_cells} | {paced.deliveries:,.0f} | {delays} | {paced.cpu:.0%} | {memory:.0f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run")
    options = parser.parse_args()
    loads = [Load(senders, members, options.seconds) for members in (10, 100, 1000) for senders in (1, 10)]
    loads += [Load(1, members, options.seconds, flood=True) for members in (100, 1000)]
    if options.quick:
        loads = [Load(1, 10, 1.0), Load(2, 10, 1.0, flood=True)]
    flat_out = "messages/s | deliveries/s | CPU"
    print(f"| senders → members | {flat_out} | paced deliveries/s | p50 ms | p99 ms | CPU | MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for load in loads:
        print(row(load), flush=True)


if __name__ == "__main__":
    main()
