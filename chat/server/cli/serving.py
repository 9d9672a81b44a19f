"""Serving: options over the config file, then the server until a signal ends it."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import msgspec

from chat.clock import Clock, SystemClock
from chat.config_file import read_settings
from chat.errors import UsageError
from chat.server.app import Secrets, ServerApp, Stopped
from chat.server.config import ServerConfig, config_path
from chat.server.console import key_file
from chat.server.net.certificates import Certificates, KeyPair, make, own_pair
from chat.server.net.descriptors import raise_limit
from chat.server.net.entrance import is_loopback
from chat.server.observe.logs import set_up_logs
from chat.transport.address import Address, as_typed, parse_address
from chat.transport.own_address import own_address
from chat.transport.tls import spoken

_EVERY_INTERFACE = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What stands on the command line, or in the environment; None leaves it to the config file."""

    listen: tuple[str, ...]
    local: bool | None
    lan: bool | None
    """What `local` is not; it is what happens anyway."""
    data: str | None
    name: str | None
    config: Path | None
    log_json: bool | None
    owner_pipe: bool


def serve(options: ServeOptions) -> None:
    """Serve until a signal ends it.

    Raises:
        UsageError: the options contradict one another, or an address is none.
        BadConfig: the settings can't be used.
    """
    settings = settings_of(options)
    set_up_logs(as_json=settings.log_json)
    raise_limit()
    clock = SystemClock()
    certificates = certificates_of(settings, clock)
    app = ServerApp(
        settings,
        addresses_of(settings),
        clock,
        secrets=Secrets(certificates=certificates, console=key_file(settings.data_folder())),
    )
    run(app, owner_pipe=options.owner_pipe, plain_everywhere=settings.plain_everywhere)


def settings_of(options: ServeOptions) -> ServerConfig:
    """Return the settings of the file with the options over them; raises as `serve` does."""
    if options.local and (options.listen or options.lan):
        raise UsageError("--local listens for this machine alone: leave away it, or --listen and --lan.")
    settings = read_settings(
        options.config or config_path(), ServerConfig, must_exist=options.config is not None
    )
    given = {
        "listen": () if options.local else options.listen or None,
        "local": False if options.lan else options.local,
        "data": options.data,
        "name": options.name,
        "log_json": options.log_json,
    }
    settings = msgspec.structs.replace(
        settings, **{key: value for key, value in given.items() if value is not None}
    )
    return msgspec.structs.replace(settings, name=settings.name or socket.gethostname())


def addresses_of(settings: ServerConfig) -> list[Address]:
    """Return the addresses to listen on; without any, all interfaces, or this machine alone."""
    if settings.listen:
        return [parse_address(text) for text in settings.listen]
    return [Address("localhost" if settings.local else "")]


def certificates_of(settings: ServerConfig, clock: Clock) -> Callable[[], Certificates]:
    """Return what gives the certificate: the operator's own, or one that is made where there is none yet.

    Raises:
        BadConfig: only half of the operator's own is named.
    """
    own = settings.own_files()

    def given() -> Certificates:
        pair = KeyPair(*own) if own else own_pair(settings.data_folder())
        if own is None and not pair.certificate.exists():
            make(pair, settings.name, clock)
        return Certificates(pair, clock.monotonic)

    return given


def run(app: ServerApp, *, owner_pipe: bool, plain_everywhere: bool = False) -> None:
    """Start the server and stop it in order at SIGTERM or SIGINT; a second signal ends it at once."""
    wanted = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        if wanted.is_set():
            _end_at_once(130)
        wanted.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    app.start(wanted.set)
    _announce(app, plain_everywhere=plain_everywhere)
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


def _announce(app: ServerApp, *, plain_everywhere: bool) -> None:
    """Say on standard output that the server is ready, where and as what; who started it may wait for that.

    All at once, since whoever waits for the first line may be gone by the last.
    """
    lines = [f"listening on {address}" for address in app.addresses]
    if app.fingerprint:
        lines.append(f"fingerprint {spoken(app.fingerprint)}")
    lines.append(f"join with: chat-tui {as_typed(_reached_at(app.addresses[0]))}")
    if plain_everywhere:
        lines.append("not encrypted for who connects without TLS (plain_everywhere): others can read along")
    click.echo("\n".join(lines))


def _reached_at(address: Address) -> Address:
    """Return where others reach what listens on an address, or this machine where only that can."""
    if address.host in _EVERY_INTERFACE:
        return Address(own_address(), address.port)
    return Address("localhost", address.port) if is_loopback(address.host) else address


def _stop_with_owner(wanted: threading.Event) -> None:
    """Watch standard input, which ends with the process that started this one."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        wanted.set()

    # a daemon: a blocked read of a pipe can't be ended from here, and must not keep the process alive
    threading.Thread(target=watch, name="owner", daemon=True).start()
