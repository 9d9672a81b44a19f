"""The command `chat-server` on a disk that stands still for as long as a file says so; run as a program.

    python -m tests.support.stalling_server --data FOLDER --listen ADDRESS [--patience SECONDS]

Whatever writes to the database hangs while the file `stalled` lies beside the folder.
"""

import argparse
import threading
from pathlib import Path

from chat.clock import SystemClock
from chat.server import app
from chat.server.cli.serving import run
from chat.server.config import ServerConfig
from chat.server.observe.logs import set_up_logs
from chat.server.ports import Batch, Store
from chat.server.storage import open_store
from chat.transport.address import parse_address
from tests.support.faulty_store import FaultyStore


def stall_file(data: Path) -> Path:
    """Return the file that makes the disk of a folder stand still while it exists."""
    return data.parent / "stalled"


def reached_file(data: Path) -> Path:
    """Return the file that is there once a commit hangs."""
    return data.parent / "reached"


class StallingStore(FaultyStore):
    """A store on such a disk."""

    def __init__(self, inside: Store, data: Path) -> None:
        super().__init__(inside)
        self._stalled, self._reached = stall_file(data), reached_file(data)
        self._never = threading.Event()

    def commit(self, batch: Batch) -> None:
        if self._stalled.exists():
            self._reached.touch()
        self._stand_still()
        super().commit(batch)

    def checkpoint(self) -> None:
        self._stand_still()
        super().checkpoint()

    def _stand_still(self) -> None:
        while self._stalled.exists():
            self._never.wait(0.01)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--patience", type=float, help="instead of the seconds that the stop waits")
    options = parser.parse_args()
    if options.patience is not None:
        app.JOURNAL_SECONDS = app.DRAIN_SECONDS = options.patience
        app.STOP_SECONDS = 4 * options.patience
    set_up_logs(as_json=False)
    clock = SystemClock()

    def store() -> Store:
        return StallingStore(open_store(options.data, clock), options.data)

    address = parse_address(options.listen)
    run(app.ServerApp(ServerConfig(name="stalling"), [address], clock, store=store), owner_pipe=False)


if __name__ == "__main__":
    main()
