"""Serving: options over the config file, then the server until a signal ends it."""

import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import msgspec

from chat.clock import SystemClock
from chat.config_file import read_settings
from chat.server.app import ServerApp, Stopped
from chat.server.config import ServerConfig, config_path
from chat.server.observe.logs import set_up_logs
from chat.transport.address import Address, parse_address


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What stands on the command line, or in the environment; None leaves it to the config file."""

    listen: tuple[str, ...]
    lan: bool | None
    data: str | None
    name: str | None
    config: Path | None
    log_json: bool | None
    owner_pipe: bool


def serve(options: ServeOptions) -> None:
    """Serve until a signal ends it."""
    settings = read_settings(
        options.config or config_path(), ServerConfig, must_exist=options.config is not None
    )
    given = {
        "listen": options.listen or None,
        "lan": options.lan,
        "data": options.data,
        "name": options.name,
        "log_json": options.log_json,
    }
    settings = msgspec.structs.replace(
        settings, **{key: value for key, value in given.items() if value is not None}
    )
    settings = msgspec.structs.replace(settings, name=settings.name or socket.gethostname())
    set_up_logs(as_json=settings.log_json)
    app = ServerApp(settings, addresses_of(settings), SystemClock())
    run(app, owner_pipe=options.owner_pipe)


def addresses_of(settings: ServerConfig) -> list[Address]:
    """Return the addresses to listen on; without any, this machine alone."""
    if settings.listen:
        return [parse_address(text) for text in settings.listen]
    return [Address("") if settings.lan else Address("localhost")]


def run(app: ServerApp, *, owner_pipe: bool) -> None:
    """Start the server and stop it in order at SIGTERM or SIGINT; a second signal ends it at once."""
    wanted = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        if wanted.is_set():
            _end_at_once(130)
        wanted.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    app.start(wanted.set)
    _announce(app)
    if owner_pipe:
        _stop_with_owner(wanted)
    # an Event that is waited for without a limit would keep Python from running the signal handler
    while not wanted.wait(3600):
        pass
    how = app.stop()
    if how is Stopped.HELD_UP:
        _end_at_once(70)
    if how is Stopped.BY_FAULT:
        sys.exit(70)


def _end_at_once(code: int) -> NoReturn:
    """End the process without waiting for its threads, as `sys.exit` would; what is stored is safe."""
    os._exit(code)


def _announce(app: ServerApp) -> None:
    """Say on standard output that the server is ready, and where; whoever started it may wait for that."""
    for address in app.addresses:
        click.echo(f"listening on {address}")
    if app.open_to_network:
        click.echo("not encrypted: anyone on this network can read along")
    sys.stdout.flush()


def _stop_with_owner(wanted: threading.Event) -> None:
    """Watch standard input, which ends with the process that started this one."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        wanted.set()

    # a daemon: a blocked read of a pipe can't be ended from here, and must not keep the process alive
    threading.Thread(target=watch, name="owner", daemon=True).start()
