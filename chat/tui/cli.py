"""The command `chat-tui`: finds out where to go, as whom and on what kind of terminal, and goes there.

What it imports at the top is needed by every start; Textual, which takes longer to import than all the rest
together, comes last and only for the full screen, while the connection is being made already.
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import msgspec

from chat import __version__
from chat.client.hosting import HostedServer, HostOptions, host
from chat.client.identity_stores import FileIdentities, Keep
from chat.client.secured import Security
from chat.client.trust import read_fingerprint
from chat.client.trust_stores import FileTrust
from chat.config_file import read_settings
from chat.errors import BadConfig, ChatError, UsageError
from chat.names import BadName, parse_nick
from chat.transport.address import Address, parse_address, parse_addresses
from chat.transport.own_address import reachable_address
from chat.tui.config import ClientConfig, config_path
from chat.tui.plain.run import run_plain
from chat.tui.receiver import Receiver
from chat.tui.session import Begun, Session, proposed_nick
from chat.tui.welcome import LINE_KEYS, SCREEN_KEYS, others_join, others_join_hosted, welcome

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it."""

_FRAMES_A_SECOND = "120"  # half of Textual's delay between a key and its echo


@dataclass(frozen=True, slots=True)
class Options:
    """What stands on the command line, or in the environment."""

    address: str | None
    server: str | None
    host: bool
    local: bool
    lan: bool
    """What `local` is not; it is what happens anyway."""
    listen: tuple[str, ...]
    keep: bool
    unencrypted: bool
    fingerprint: str | None
    nick: str | None
    code: str = field(repr=False)
    plain: bool
    config: Path | None
    theme: str | None
    no_mouse: bool


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CHAT_TUI"},
    epilog="Options can be set in the environment too, as CHAT_TUI_NICK=maria.",
)
@click.argument("address", required=False)
@click.option("--server", metavar="ADDRESS", help="The server to join, the same as ADDRESS.")
@click.option("--host", is_flag=True, help="Start a server on this machine, or join the one that runs.")
@click.option("--local", is_flag=True, help="With --host: let nobody join but this machine.")
@click.option("--lan", is_flag=True, hidden=True)
@click.option("--listen", multiple=True, metavar="ADDRESS", help="With --host: listen on host:port.")
@click.option("--keep", is_flag=True, help="With --host: leave the server running at the end.")
@click.option("--fingerprint", metavar="HEX", help="Join no server but the one that has this fingerprint.")
@click.option("--unencrypted", is_flag=True, help="Join a server that has no encryption.")
@click.option("--nick", help="Who to be; otherwise as last time, or by the login name.")
@click.option(
    "--code", default="", help="Be who you are on another device, where /adddevice shows this code."
)
@click.option("--plain", is_flag=True, help="Work line by line, as it does without a terminal.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Another config file.")
@click.option("--theme", type=click.Choice(["chat-dark", "chat-light"]), help="The colours.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(__version__, prog_name="chat-tui")
def command(**given: Any) -> None:
    """Chat on the server at ADDRESS, host or host:port. Without one, choose a server.

    Several addresses with commas between them, as a:7420,b:7420, are tried in order: they are those of one
    server and of what stands in for it.
    """
    options = Options(**given)
    config = settings_of(options)
    place = place_of(options)
    hosting = Hosting(HostOptions(listen=options.listen, local=options.local, keep=options.keep))
    try:
        if options.plain or not has_screen():
            code = run_lines(options, config, place, hosting)
        else:
            code = run_screen(options, config, place, hosting)
    finally:
        hosting.stop()
    sys.exit(code)


class Hosting:
    """The server on this machine, once it is wanted."""

    def __init__(self, options: HostOptions) -> None:
        self._options = options
        self._server: HostedServer | None = None

    def start(self) -> Address:
        """Start it, or find the one that runs; takes seconds, any one thread."""
        self._server = host(self._options)
        return self._server.address

    @property
    def is_ours(self) -> bool:
        """Whether it ends with this process."""
        return self._server is not None and self._server.is_ours

    def joining(self, address: Address) -> str:
        """Say how others join the server at an address."""
        if self._server is None or self._server.address != address:
            return others_join(address)
        return others_join_hosted(reachable_address(address.port), self._server.fingerprint)

    def stop(self) -> None:
        """Stop it if it ends with this process."""
        if self._server is not None:
            self._server.stop()


def settings_of(options: Options) -> ClientConfig:
    """Return the settings of the file, with the options over them.

    Raises:
        BadConfig: the file can't be used.
    """
    path = options.config or config_path()
    config = read_settings(path, ClientConfig, must_exist=options.config is not None)
    if config.nick:
        try:
            parse_nick(config.nick)
        except BadName as problem:
            raise BadConfig(f"{path}: the value of 'nick' does not fit: {problem}") from None
    theme = {"theme": options.theme} if options.theme else {}
    return msgspec.structs.replace(config, mouse=config.mouse and not options.no_mouse, **theme)


def place_of(options: Options) -> tuple[Address, ...]:
    """Return the addresses that were given; none for the server of this machine, or when none was given.

    Raises:
        UsageError: the options contradict one another, or an address is none.
    """
    for listen in options.listen:
        parse_address(listen)
    for_hosts = ("local", "lan", "listen", "keep")
    strays = [f"--{name}" for name in for_hosts if _stands_here(name) and not options.host]
    if strays:
        raise UsageError(f"{' and '.join(strays)} can only be used with --host.")
    if options.local and (options.listen or options.lan):
        raise UsageError("--local lets nobody join but this machine: leave away it, or --listen and --lan.")
    if options.address and _stands_here("server"):
        raise UsageError("Name the server once: as ADDRESS or with --server.")
    place = options.address or options.server
    if place and options.host and _stands_here("host"):
        if options.address or _stands_here("server"):
            raise UsageError("--host joins the server of this machine: leave away either it or the address.")
        return ()
    return parse_addresses(place) if place else ()


def _stands_here(name: str) -> bool:
    """Whether an option stands on the command line itself, not in the environment."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def has_screen() -> bool:
    """Return whether there is a terminal that can show more than lines."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return False
    return os.name == "nt" or os.environ.get("TERM", "") not in {"", "dumb"}


def security_of(options: Options, config: ClientConfig, *, asks: bool) -> Security:
    """Return how to be protected; `asks` tells whether there is a person who can decide.

    Raises:
        UsageError: the fingerprint is none, or is demanded of a server without encryption.
    """
    if options.fingerprint and options.unencrypted:
        raise UsageError("A server without encryption shows no fingerprint: leave one of the two away.")
    return Security(
        FileTrust(),
        encrypts=bool(options.fingerprint) or not (options.unencrypted or config.unencrypted),
        asks=asks,
        expected=read_fingerprint(options.fingerprint) if options.fingerprint else "",
    )


def session_of(options: Options, config: ClientConfig, place: Sequence[Address], *, asks: bool) -> Session:
    """Return where to go and as whom.

    Raises:
        UsageError: the nick that was asked for is not legal, or what is said of encryption is not.
    """
    session = Session(
        "",
        bool(options.nick),
        code=options.code,
        identities=FileIdentities(keep=Keep.KEYRING if config.keyring == "auto" else Keep.FILE),
        security=security_of(options, config, asks=asks),
        tell_read=config.tell_read,
    ).at(place)
    if options.nick is None:
        return replace(session, nick=proposed_nick(config.nick, session.place, session.known_servers()))
    try:
        return replace(session, nick=parse_nick(options.nick).text)
    except BadName as problem:
        raise UsageError(f"--nick {options.nick!r}: {problem}") from None


def run_lines(options: Options, config: ClientConfig, place: Sequence[Address], hosting: Hosting) -> int:
    """Run the line mode; without an address it joins the server that was joined last."""
    session = session_of(options, config, place, asks=False)
    if options.host and not place:
        session = session.at([hosting.start()])
    elif not place:
        known = session.known_servers()
        if not known:
            raise UsageError("Name a server: chat-tui ADDRESS joins one, chat-tui --host starts one here.")
        session = session.at(parse_addresses(known[0].address))
    assert session.address is not None
    words = welcome(LINE_KEYS, hosting.joining(session.address))
    run_plain(session, words, ends_server=hosting.is_ours)
    return 0


def run_screen(options: Options, config: ClientConfig, place: Sequence[Address], hosting: Hosting) -> int:
    """Run the full screen; without an address it asks for one."""
    wanted = session_of(options, config, place, asks=True)

    def begin() -> tuple[Session, Begun | None]:
        session = wanted.at([hosting.start()]) if options.host and not place else wanted
        if not session.addresses:
            return session, None
        receiver = Receiver()
        client = session.client(receiver)
        client.start()
        return session, Begun(client, receiver)

    def words(there: Address) -> str:
        return welcome(SCREEN_KEYS, hosting.joining(there))

    os.environ.setdefault("TEXTUAL_FPS", _FRAMES_A_SECOND)
    with ThreadPoolExecutor(1, "beginning") as elsewhere:
        beginning = elsewhere.submit(begin)
        try:
            # here, not at the top: it takes longer than a server needs to answer
            from chat.tui.app import ChatApp, run_full_screen  # noqa: PLC0415

            session, begun = beginning.result()
            app = ChatApp(
                session, config, begun, words=words, host=hosting.start, owns_server=lambda: hosting.is_ours
            )
            return run_full_screen(app, mouse=config.mouse)
        finally:
            if beginning.exception() is None and (started := beginning.result()[1]):
                started.client.stop()


def main() -> None:
    """Run the command; errors end it with a sentence and their exit code."""
    try:
        command.main(standalone_mode=False)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(UsageError.exit_code)
    except ChatError as error:
        click.echo(f"chat-tui: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
