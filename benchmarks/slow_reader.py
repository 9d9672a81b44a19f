"""What one client that stops reading costs the others: their delay with it and without, in turns.

    python -m benchmarks.slow_reader            the figures of docs/performance.md, about a minute
    python -m benchmarks.slow_reader --quick    small and short, to see that it works

The system hides megabytes between two sockets of one machine, so the server sends through small buffers and
the slow one receives into one; else nothing would wait for it at all. Run it in the checkout's folder.
"""

import argparse
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fanout import CHANNEL, Crew, Load, memory_mib, run, sender, swarm
from chat.clock import SystemClock
from chat.protocol.events import PresenceChanged
from chat.protocol.records import Presence
from chat.protocol.requests import Join, Watch
from chat.server.app import ServerApp
from chat.server.cli.serving import run as serve
from chat.server.config import ServerConfig
from chat.server.observe.logs import set_up_logs
from chat.transport.address import parse_address
from chat.transport.wire import Wire
from tests.support.rates import UNLIMITED
from tests.support.server import ServerProcess
from tests.support.wire_client import WireClient

SMALL = 4096
SEND_BUFFER = 32 * 1024
MOST_RATIO = 1.25
"""P5: of the others' p99, as the median of the pairs."""
CUT_WITHIN = 15.0 + 5.0
"""Seconds: what is promised, and until the system takes nothing more for the slow one."""


def narrow(wire: Wire) -> Wire:
    """A wire of which the system sends little ahead."""
    with socket.socket(fileno=os.dup(wire.fileno())) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return wire


def serve_narrowly(folder: str, listen: str) -> None:
    """Be a server with such wires, until a signal."""
    set_up_logs(as_json=False)
    settings = ServerConfig(data=folder, heartbeat_seconds=3600, rates=UNLIMITED)
    serve(ServerApp(settings, [parse_address(listen)], SystemClock(), around=narrow), owner_pipe=False)


@contextmanager
def slow_reader(address: tuple[str, int], nick: str) -> Iterator[WireClient]:
    """Join with a client that reads nothing from then on."""
    with WireClient(address, receive_buffer=SMALL, patience=60) as slow:
        slow.hello(nick)
        slow.ask(Join(id="j", send_id=f"{nick}-joins-here", target=CHANNEL))
        yield slow


def pairs(server: ServerProcess, load: Load, count: int) -> None:
    """Measure with and without, in turns, and print each pair."""
    crew = Crew()
    try:
        members = crew.start(swarm, server.address, load.members)
        senders = [crew.start(sender, server.address, number) for number in range(load.senders)]
        run(load, server.pid, members, senders, load.paced_rate)  # warms up
        print("| pair | p99 alone, ms | p99 beside a slow reader, ms | ratio | MiB alone | MiB beside |")
        print("|---|---|---|---|---|---|")
        ratios = []
        for number in range(count):
            alone = run(load, server.pid, members, senders, load.paced_rate).delay(0.99)
            before = memory_mib(server.pid)
            with slow_reader(server.address, f"slow{number}"):
                beside = run(load, server.pid, members, senders, load.paced_rate).delay(0.99)
                after = memory_mib(server.pid)
            ratios.append(beside / alone)
            cells = f"{alone:.1f} | {beside:.1f} | {ratios[-1]:.2f} | {before:.0f} | {after:.0f}"
            print(f"| {number + 1} | {cells} |", flush=True)
        print(f"\nmedian ratio {statistics.median(ratios):.2f}, promised at most {MOST_RATIO}")
        cut(server, load, senders)
    finally:
        crew.quit()


def cut(server: ServerProcess, load: Load, senders: Sequence[Connection]) -> None:
    """See how long a slow reader lives while others talk."""
    with WireClient(server.address, patience=60) as watcher, slow_reader(server.address, "cut"):
        watcher.hello("watcher")
        watcher.ask(Join(id="j", send_id="watcher-joins-here", target=CHANNEL))
        watcher.ask(Watch(id="w", targets=[CHANNEL]))
        began = time.monotonic()
        for pipe in senders:
            pipe.send((CUT_WITHIN + 2, load.paced_rate / len(senders)))
        gone = ("cut", Presence.OFFLINE)
        while ((seen := watcher.wait_for(PresenceChanged)).nick, seen.presence) != gone:
            pass
        passed = time.monotonic() - began
        print(f"seen to be gone {passed:.1f} s after it stopped reading, promised within {CUT_WITHIN:g}")
        for pipe in senders:
            pipe.recv()
    assert passed < CUT_WITHIN


def main() -> None:
    """Print the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument("--data", help=argparse.SUPPRESS)
    parser.add_argument("--listen", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.data:
        serve_narrowly(options.data, options.listen)
        return
    load, count = (Load(1, 10, 1.0), 1) if options.quick else (Load(2, 100, 4.0), 5)
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(Path(folder) / "data", program="benchmarks.slow_reader") as server,
    ):
        pairs(server, load, count)


if __name__ == "__main__":
    main()
