"""Real servers for tests: one in this process, on a free port of loopback, or one in a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from chat.clock import Clock, SystemClock
from chat.server.app import Secrets, ServerApp, Stopped
from chat.server.config import ServerConfig
from chat.server.domain.rate import Rates
from chat.server.net.certificates import Certificates
from chat.server.net.settings import NetSettings
from chat.server.ports import Store
from chat.server.storage import MemoryStore
from chat.transport.address import Address
from chat.transport.wire import Wire
from tests.support.checked_server import off_file
from tests.support.checked_wire import CheckedWire
from tests.support.passwords import quick_pool
from tests.support.rates import UNLIMITED, UNLIMITED_TOML

COMMAND = "chat.server.cli"
CHECKED = "tests.support.checked_server"
"""The same, with every line held against the schema."""

START_SECONDS = 20.0
"""How long a server process may take to say that it listens, on a busy machine."""


class RunningServer:
    """A server in this process.

    Attributes:
        app: the whole server.
        faulted: set when it asked to be stopped.
    """

    def __init__(self, app: ServerApp) -> None:
        self.app = app
        self.faulted = threading.Event()
        self._stopped: Stopped | None = None
        app.start(self.faulted.set)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as sockets take them."""
        address = self.app.addresses[0]
        return address.host, address.port

    def stop(self) -> Stopped:
        """Stop it in order, once; returns how it ended."""
        if self._stopped is None:
            self._stopped = self.app.stop()
        return self._stopped


@contextlib.contextmanager
def running_server(  # noqa: PLR0913 - each is one thing that a test may choose
    settings: ServerConfig | None = None,
    *,
    net: NetSettings | None = None,
    clock: Clock | None = None,
    store: Callable[[], Store] = MemoryStore,
    around: Callable[[Wire], Wire] = lambda wire: wire,
    certificates: Certificates | None = None,
    rates: Rates = UNLIMITED,
    console: Path | None = None,
) -> Iterator[RunningServer]:
    """Run a server on a free port, on a store in memory unless told otherwise; it is stopped at the end.

    Nobody is too hasty for it unless `rates` say so. `console` is the file for the key of its operator.
    Every line on its wires is held against the published schema.
    """
    off_the_schema: list[str] = []
    app = ServerApp(
        msgspec.structs.replace(settings or ServerConfig(name="test-server"), rates=rates),
        [Address("127.0.0.1", 0)],
        clock or SystemClock(),
        store=store,
        around=lambda wire: CheckedWire(around(wire), off_the_schema),
        net=net,
        secrets=Secrets(
            certificates=(lambda: certificates) if certificates else None,
            passwords=quick_pool(),
            console=console,
        ),
    )
    server = RunningServer(app)
    try:
        yield server
    finally:
        server.stop()
    assert not off_the_schema, off_the_schema[0]


class ServerProcess:
    """A server in a process of its own, on a database in a folder; may be killed and started again.

    Args:
        data: the folder.
        options: of the command, besides the folder and where to listen. Without a `--config` among them,
            the settings are the usual ones, but nobody is too hasty for it.
        program: the module that is run.

    Attributes:
        address: host and port; the same after each start.
    """

    def __init__(self, data: Path, *options: str, program: str = CHECKED) -> None:
        self._data = data
        self._program = program
        self._options = options
        if program in {COMMAND, CHECKED} and "--config" not in options:
            config = data.parent / "unlimited.toml"
            config.write_text(UNLIMITED_TOML)
            self._options = (*options, "--config", str(config))
        self.address = ("127.0.0.1", 0)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.kill()
        off = off_file(self._data)
        if kind is None:
            assert not off.exists(), off.read_text()

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process and wait until it listens."""
        listen = f"{self.address[0]}:{self.address[1]}"
        command = [sys.executable, "-m", self._program, "--data", str(self._data), "--listen", listen]
        with (self._data.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        host, port = self._listening().rsplit(":", 1)
        self.address = (host, int(port))

    def kill(self) -> None:
        """End it by SIGKILL, in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """End it by SIGTERM; returns its exit code."""
        return self._end(signal.SIGTERM)

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal and wait for nothing."""
        os.kill(self.pid, number)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Wait for its end; returns its exit code."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        process.stdout.close()
        code = process.wait(seconds)
        self._process = None
        return code

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        return self.wait()

    def _listening(self) -> str:
        """Read the line that says where it listens."""
        assert self._process is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
            watchdog.join()
        log = self._data.parent / "server.log"
        assert line.startswith(b"listening on "), f"the server did not start: {log.read_text()[-2000:]}"
        return line.removeprefix(b"listening on ").decode().strip()
