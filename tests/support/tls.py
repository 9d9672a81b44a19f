"""Certificates for tests, made once for a run, and sockets that speak TLS as somebody else's client would."""

import functools
import socket
import ssl
import tempfile
from pathlib import Path

from chat.clock import SystemClock
from chat.server.net.certificates import Certificates, KeyPair, make
from chat.transport.tls import unverified_context


def key_pair(name: str = "test") -> KeyPair:
    """A certificate of our own and its key, of one name the same for the whole run."""
    return _made(name)


@functools.cache
def _made(name: str) -> KeyPair:
    folder = Path(tempfile.mkdtemp(prefix="chat-tls-"))
    pair = KeyPair(folder / "certificate.pem", folder / "private_key.pem")
    make(pair, name, SystemClock())
    return pair


def certificates(name: str = "test") -> Certificates:
    """What a server is given."""
    return Certificates(key_pair(name), SystemClock().monotonic)


def tls_socket(address: tuple[str, int], seconds: float = 5.0) -> ssl.SSLSocket:
    """A blocking socket with a finished handshake, which believes anybody."""
    plain = socket.create_connection(address, seconds)
    return unverified_context().wrap_socket(plain)
