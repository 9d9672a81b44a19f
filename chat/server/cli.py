"""The command `chat-server`: options over the config file, then the server until a signal ends it."""

import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import click
import msgspec

from chat import __version__
from chat.clock import SystemClock
from chat.config_file import read_settings
from chat.errors import ChatError
from chat.server.app import ServerApp, Stopped
from chat.server.config import ServerConfig, config_path
from chat.server.observe.logs import set_up_logs
from chat.transport.address import Address, parse_address

USAGE = 64
"""Exit code of a wrong use, as `sysexits.h` has it."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CHAT_SERVER"})
@click.option("--listen", multiple=True, metavar="ADDRESS", help="Listen on host:port; may be given again.")
@click.option("--lan", is_flag=True, default=None, help="Listen on all interfaces, so that others can join.")
@click.option("--data", metavar="FOLDER", help="Where the database is kept.")
@click.option("--name", help="The server's name, as clients show it.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Another config file.")
@click.option("--log-json", is_flag=True, default=None, help="Log lines as JSON.")
@click.option("--owner-pipe", is_flag=True, help="Stop when standard input ends, as a hosted server does.")
@click.version_option(__version__, prog_name="chat-server")
def command(
    listen: tuple[str, ...],
    lan: bool | None,
    data: str | None,
    name: str | None,
    config: Path | None,
    log_json: bool | None,
    owner_pipe: bool,
) -> None:
    """Serve a chat to this machine, or with --lan to the network, on port 7420."""
    settings = read_settings(config or config_path(), ServerConfig, must_exist=config is not None)
    given = {"listen": listen or None, "lan": lan, "data": data, "name": name, "log_json": log_json}
    settings = msgspec.structs.replace(
        settings, **{key: value for key, value in given.items() if value is not None}
    )
    set_up_logs(as_json=settings.log_json)
    app = ServerApp(settings, addresses_of(settings), SystemClock(), settings.name or socket.gethostname())
    run(app, owner_pipe=owner_pipe)


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
            sys.exit(130)
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
    if app.stop() is Stopped.BY_FAULT:
        sys.exit(70)


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


def main() -> None:
    """Run the command; errors end it with a sentence and their exit code."""
    try:
        command.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except ChatError as error:
        click.echo(f"chat-server: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
