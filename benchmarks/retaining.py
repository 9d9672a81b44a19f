"""What people wait for beside a server that lets go of a million old entries.

    python -m benchmarks.retaining             1,000,000 entries, some minutes
    python -m benchmarks.retaining --quick     few, to see that it works

The server is a process of its own. One person sends all the time at a fixed pace, before and meanwhile.
"""

import argparse
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from chat.clock import SystemClock
from chat.ids import new_send_id
from chat.protocol.replies import SendResult
from chat.protocol.requests import Send
from chat.server.storage import open_store
from tests.support.batches import talk
from tests.support.rates import UNLIMITED_TOML
from tests.support.server import COMMAND, ServerProcess
from tests.support.wire_client import WireClient

SENDS_A_SECOND = 100
ALONE_SECONDS = 5.0


def measure(entries: int) -> str:
    """Fill a database, serve it, send, and say how long answers took."""
    with tempfile.TemporaryDirectory() as folder:
        data, config = Path(folder) / "data", Path(folder) / "config.toml"
        with closing(open_store(data, SystemClock())) as store:
            talk(store, entries, text="so it was said, a while ago, by somebody")
        config.write_text(UNLIMITED_TOML)
        with ServerProcess(data, "--config", str(config), program=COMMAND) as server:
            alone = _answers(server.address, lambda passed: passed < ALONE_SECONDS)
            server.terminate()
            # all that was said a while ago is older than a day: it goes at this start
            config.write_text(f"{UNLIMITED_TOML}\n[retention]\ndays = 1\n")
            server.start()
            began = time.monotonic()
            beside = _answers(server.address, lambda _: _old_ones(data))
            seconds = time.monotonic() - began
    return (
        f"{entries:,} entries gone in {seconds:.1f} s; {SENDS_A_SECOND} sends a second answered in p50 / "
        f"p99 / most ms: {_told(alone)} before, {_told(beside)} meanwhile"
    )


def _answers(address: tuple[str, int], goes_on: Callable[[float], bool]) -> list[float]:
    """Send at a fixed pace as long as asked for; return the seconds of each answer."""
    taken: list[float] = []
    with WireClient(address, patience=60) as client:
        client.hello(f"sender-{secrets.token_hex(4)}")
        began = time.monotonic()
        while goes_on(time.monotonic() - began) or not taken:
            time.sleep(max(0, began + len(taken) / SENDS_A_SECOND - time.monotonic()))
            sent = time.monotonic()
            request = Send(
                id=client.new_id(),
                send_id=new_send_id(int(time.time() * 1000)),
                target="#general",
                text="and I go on",
            )
            assert isinstance(client.ask(request), SendResult)
            taken.append(time.monotonic() - sent)
    return taken


def _old_ones(data: Path) -> bool:
    """Whether any is left."""
    with closing(sqlite3.connect(data / "chat.db")) as database:
        found = database.execute("select 1 from entries where id between 1 << 32 and 2 << 32 limit 1")
        return found.fetchone() is not None


def _told(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return " / ".join(f"{each * 1000:.1f}" for each in (cuts[49], cuts[98], max(seconds)))


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few entries")
    print(measure(20_000 if parser.parse_args().quick else 1_000_000))


if __name__ == "__main__":
    main()
