"""A server on this machine that is started from the client, as a process of its own.

One server for a home: a running one is found and used, and only without one another is started. It writes its
log into the state folder, ends when the process that started it ends, whatever ends that (unless it is to be
kept), and is stopped in order, so that nothing it acknowledged is lost. When something else ends it, it is
started again at its address, by the thread `keeper`. Knows the server by its command alone. Everything here
may take seconds: call it on a thread that can wait.
"""

import os
import re
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from chat.backoff import delays
from chat.client.identity_stores import make_private_folder, state_folder, write_private
from chat.client.probe import welcome_at
from chat.deadline import Deadline
from chat.errors import BadConfig, ChatError, UsageError
from chat.file_lock import FileLock
from chat.transport.address import Address, parse_address

READY_SECONDS = 15.0
"""How long a server may take until it listens."""

STOP_SECONDS = 10.0
"""How long a server may take to stop in order."""

SERVER_COMMAND = (sys.executable, "-m", "chat.server.cli")

_LOG_BYTES = 4 * 1024 * 1024
_LISTENING = re.compile(rb"listening on ([^\s\"]+)")
_FINGERPRINT = re.compile(rb"^fingerprint ([0-9a-f ]+)$", re.MULTILINE)
_LOOPBACK_OF = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class HostOptions(Struct, frozen=True):
    """What a server is to be like that is started here."""

    listen: tuple[str, ...] = ()
    """Where to listen, as addresses are written; without any it is all interfaces."""
    local: bool = False
    """Whether to listen for this machine alone."""
    data: str = ""
    """The folder of its database; without one it is the server's own place."""
    keep: bool = False
    """Whether it goes on when this process ends."""


class _Running(Struct, frozen=True):
    """What is written down of a running server, for other clients of this home."""

    address: str
    pid: int
    fingerprint: str = ""


class HostedServer:
    """A running server of this home; made by `host`.

    Attributes:
        address: where clients of this machine find it.
        log: the file that its log goes to.
        fingerprint: the SHA-256 of its certificate, in hexadecimal digits; empty when it has not said that.
    """

    def __init__(
        self,
        address: Address,
        log: Path,
        process: subprocess.Popen[bytes] | None,
        *,
        keep: bool,
        fingerprint: str = "",
    ) -> None:
        self.address = address
        self.fingerprint = fingerprint
        self.log = log
        self._process = process
        self._keep = keep
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None

    def look_after(self, again: Callable[[Address], subprocess.Popen[bytes] | None]) -> None:
        """Start it again whenever it was ended by force, until it is stopped here; once.

        Args:
            again: starts it at its address; None when another client was faster. Called on the thread
                `keeper`.
        """
        if self.is_ours:
            self._keeper = threading.Thread(target=self._look_after, args=(again,), name="keeper")
            self._keeper.start()

    def _look_after(self, again: Callable[[Address], subprocess.Popen[bytes] | None]) -> None:
        for pause in delays():
            process = self._process
            if process is None or process.wait() == 0:  # in order, so somebody wanted it
                return
            if self._stopping.wait(pause):
                return
            _close_pipes(process)
            with suppress(ChatError):  # its log tells why, and it is tried again
                self._process = again(self.address)
            if self._stopping.is_set() and self._process is not None:
                self._process.terminate()
                self.wait(STOP_SECONDS)

    @property
    def is_ours(self) -> bool:
        """Whether it was started here and ends with this process."""
        return self._process is not None and not self._keep

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The server's process; None when it was found running."""
        return self._process

    @property
    def process_id(self) -> int | None:
        """The server's process; None when it was found running."""
        return self._process.pid if self._process else None

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Stop the server in order if it ends with this process; say whether it did so in time.

        One that does not is killed; what it acknowledged is on disk all the same. Without effect on a server
        that was found running or is to be kept.
        """
        self._stopping.set()
        process = self._process
        if process is None or self._keep:
            return True
        process.terminate()
        in_time = self.wait(seconds)
        if self._keeper is not None:
            self._keeper.join()
        return in_time

    def wait(self, seconds: float) -> bool:
        """Wait until the server that was started here has ended; one that has not by then is killed."""
        process = self._process
        if process is None:
            return True
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        finally:
            _close_pipes(process)
        return True


def host(
    options: HostOptions, folder: Path | None = None, command: Sequence[str] = SERVER_COMMAND
) -> HostedServer:
    """Find the running server of this home, or start one and wait until it listens.

    Args:
        options: for a server that is started; one that runs stays as it is.
        folder: where it is written down which server runs; without one the usual place.
        command: what starts a server.

    Raises:
        UsageError: this system can't host one.
        BadConfig: the folder can't be used.
        ChatError: the server did not come to listen; the sentence is its own where it said one.
    """
    if sys.platform == "win32":
        raise UsageError("Windows can't host a chat server; run chat-server in WSL, and join it from here.")
    folder = folder or state_folder()
    try:
        make_private_folder(folder)
        lock = FileLock.wait(folder / "hosted.lock", READY_SECONDS)
    except OSError as error:
        raise BadConfig(f"{folder} can't be used: {error.strerror}. Make it writable.") from None
    if lock is None:
        raise ChatError("Another client is starting a server at this moment; try again.")
    try:
        server = _found(folder) or _started(options, folder, command)
    finally:
        lock.release()

    def again(address: Address) -> subprocess.Popen[bytes] | None:
        return _again(options, folder, command, address)

    server.look_after(again)
    return server


def _again(
    options: HostOptions, folder: Path, command: Sequence[str], address: Address
) -> subprocess.Popen[bytes] | None:
    """Start a server where it was before; None when another client has done so."""
    lock = FileLock.wait(folder / "hosted.lock", READY_SECONDS)
    if lock is None:
        raise ChatError("Another client is starting a server at this moment.")
    try:
        if _found(folder):
            return None
        listen = tuple(_fixed(text, address.port) for text in options.listen)
        return _started(msgspec.structs.replace(options, listen=listen), folder, command).process
    finally:
        lock.release()


def _fixed(listen: str, port: int) -> str:
    """The address to listen on, with the port that was given in place of any free one."""
    wanted = parse_address(listen)
    return listen if wanted.port else str(Address(wanted.host, port))


def _found(folder: Path) -> HostedServer | None:
    """The server that is written down, if one really answers there."""
    try:
        running = msgspec.json.decode((folder / "hosted.json").read_bytes(), type=_Running)
        address = parse_address(running.address)
    except (OSError, msgspec.DecodeError, UsageError):
        return None
    if welcome_at(address) is None:
        return None
    return HostedServer(address, folder / "server.log", None, keep=True, fingerprint=running.fingerprint)


def _started(options: HostOptions, folder: Path, command: Sequence[str]) -> HostedServer:
    """Start a server, wait until it listens, and write it down."""
    log = folder / "server.log"
    with _opened(log) as file:
        begun = file.tell()
        process = subprocess.Popen(
            [*command, *_arguments(options)],
            stdin=subprocess.DEVNULL if options.keep else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            start_new_session=True,  # a Ctrl+C in the client's terminal is not meant for it
        )
    server = HostedServer(Address(""), log, process, keep=options.keep)
    try:
        server.address, server.fingerprint = _introduction(process, log, begun)
        running = _Running(str(server.address), process.pid, server.fingerprint)
        write_private(folder / "hosted.json", msgspec.json.encode(running))
    except BaseException:
        process.kill()
        process.wait()
        server.stop()
        raise
    return server


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _arguments(options: HostOptions) -> list[str]:
    """The options as the server's command takes them."""
    arguments = [word for address in options.listen for word in ("--listen", address)]
    if options.local:
        arguments.append("--local")
    if options.data:
        arguments += ["--data", options.data]
    if not options.keep:
        arguments.append("--owner-pipe")
    return arguments


def _opened(log: Path) -> IO[bytes]:
    """Open the log to write on, or anew when it has become long."""
    try:
        is_long = log.exists() and log.stat().st_size > _LOG_BYTES
        file = os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        if is_long:
            file.truncate(0)
    except OSError as error:
        raise BadConfig(f"The log {log} can't be written: {error.strerror}.") from None
    return file


def _introduction(process: subprocess.Popen[bytes], log: Path, begun: int) -> tuple[Address, str]:
    """Wait until the server says where it listens; returns that, and the fingerprint that it says with it."""
    assert process.stdout is not None
    deadline = Deadline(READY_SECONDS)
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(deadline.remaining()):
            data = os.read(process.stdout.fileno(), 4096)
            if not data:
                raise _refusal(process, log, begun)
            said += data
            if b"\n" in said and (found := _LISTENING.search(said)):
                shown = _FINGERPRINT.search(said)
                digits = shown[1].decode().replace(" ", "") if shown else ""
                return _near(parse_address(found[1].decode())), digits
    raise ChatError(f"The server was not ready within {READY_SECONDS:g} s; its log is {log}.")


def _near(address: Address) -> Address:
    """Where clients of this machine reach what listens on an address."""
    return Address(_LOOPBACK_OF.get(address.host, address.host), address.port)


def _refusal(process: subprocess.Popen[bytes], log: Path, begun: int) -> ChatError:
    """Why the server ended instead of listening, of the kind that its exit code stands for."""
    kinds: dict[int, type[ChatError]] = {kind.exit_code: kind for kind in (BadConfig, UsageError)}
    code = process.wait(STOP_SECONDS)
    return kinds.get(code, ChatError)(_last_words(log, begun))


def _last_words(log: Path, begun: int) -> str:
    """The server's own sentence on why it did not start."""
    with suppress(OSError):
        lines = log.read_bytes()[begun:].decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        if said:
            return f"The server did not start. {said[-1].removeprefix('chat-server: ')} (Its log is {log}.)"
    return f"The server did not start, and said nothing; its log is {log}."
