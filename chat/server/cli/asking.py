"""Asking a server as its operator: one that runs by its port, one that is stopped in this process.

Both take the same requests and give the same replies. The main thread alone.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from chat.clock import SystemClock
from chat.errors import BadConfig, ChatError
from chat.ids import new_token, token_hash
from chat.protocol.answering import Reply, Result
from chat.protocol.codec import VERSION, decode_server_frame, encode
from chat.protocol.codes import CloseReason
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error
from chat.protocol.requests import AnyRequest, Hello
from chat.server.cli.serving import certificates_of
from chat.server.config import ServerConfig
from chat.server.console import Key, key_file, read_key
from chat.server.domain.staff import CONSOLE
from chat.server.net.entrance import is_loopback
from chat.server.offline import Offline
from chat.server.state.session import Session
from chat.server.storage import DataInUse, open_store
from chat.transport.tls import fingerprint, unverified_context

SECONDS = 10.0
"""How long a server may take to answer."""

Ask = Callable[[AnyRequest], Any]
"""Gives the reply to a request; raises `Refusal`."""


class Refusal(ChatError):
    """The server refused."""


@contextmanager
def asking(settings: ServerConfig) -> Iterator[Ask]:
    """Give what asks the server on a data folder, running or not.

    Raises:
        BadConfig: there is no way to it.
    """
    folder = settings.data_folder()
    try:
        store = open_store(folder, SystemClock())
    except DataInUse:
        with _by_port(settings, read_key(key_file(folder))) as ask:
            yield ask
        return
    offline = Offline(store, SystemClock(), guests=settings.guests)
    try:
        with _in_process(offline) as ask:
            yield ask
    finally:
        offline.stop()


@contextmanager
def _by_port(settings: ServerConfig, key: Key) -> Iterator[Ask]:
    """Ask a server that runs, as the console."""
    with _connected(settings, key) as connection, connection.makefile("rb") as lines:

        def ask(request: AnyRequest) -> Any:
            connection.sendall(encode(request))
            for line in lines:
                frame = decode_server_frame(line)
                if isinstance(frame, Reply) and frame.id == request.id:
                    return _taken(frame)
                if isinstance(frame, Goodbye):
                    raise BadConfig(f"The server ended the connection: {frame.message}")
            raise BadConfig("The server ended the connection.")

        ask(_hello(key.token))
        yield ask


def _connected(settings: ServerConfig, key: Key) -> socket.socket:
    """Connect to the server; encrypted where that is no address of this machine alone."""
    try:
        connection = socket.create_connection((key.host, key.port), SECONDS)
        if is_loopback(key.host):
            return connection
        encrypted = unverified_context().wrap_socket(connection)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadConfig(f"The server on {key.host}:{key.port} does not answer ({why}).") from error
    shown = encrypted.getpeercert(binary_form=True) or b""
    if fingerprint(shown) != certificates_of(settings, SystemClock())().fingerprint:
        encrypted.close()
        raise BadConfig(f"What answers on {key.host}:{key.port} is not the server of this folder.")
    return encrypted


@contextmanager
def _in_process(offline: Offline) -> Iterator[Ask]:
    """Ask the commands themselves, over the store."""
    session, token = Session(_Nobody()), new_token()
    offline.seat_console(token_hash(token))

    def ask(request: AnyRequest) -> Any:
        replies: SimpleQueue[Any] = SimpleQueue()
        offline.dispatcher.dispatch(session, request, replies.put)
        try:
            return _taken(replies.get(timeout=SECONDS))
        except Empty:
            raise BadConfig("The database did not answer in time.") from None

    ask(_hello(token))
    yield ask


class _Nobody:
    """A peer that nobody listens to."""

    def push(self, line: bytes) -> None:
        """See `Peer.push`."""

    def stream(self, _: bytes) -> bool:
        """See `Peer.stream`."""
        return True

    def resume(self) -> None:
        """See `Peer.resume`."""

    def close(self, reason: CloseReason, sentence: str = "") -> None:
        """See `Peer.close`."""


def _hello(token: str) -> Hello:
    return Hello(
        id="hello", version_min=VERSION, version_max=VERSION, nick=CONSOLE, token=token, client=CONSOLE
    )


def _taken(frame: object) -> Result:
    if isinstance(frame, Error):
        raise Refusal(frame.message)
    assert isinstance(frame, Result)
    return frame
