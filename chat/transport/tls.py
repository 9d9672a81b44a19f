"""TLS over a connected socket, without ever waiting: a handshake in steps, and the wire that it ends in.

Knows nothing of who is trusted; that is for those who made the context. One thread at a time, as with any
wire. Source: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), and OpenSSL's rules for repeated writes.
"""

import hashlib
import socket
import ssl
from contextlib import suppress
from enum import Enum, auto

SLICE = 16 * 1024
"""Bytes given to OpenSSL at once, the most that fits one record.

A write that could not go out must be repeated with the same bytes, so each slice is small enough to keep.
"""

MINIMUM = ssl.TLSVersion.TLSv1_2


class Want(Enum):
    """What a handshake waits for."""

    READ = auto()
    WRITE = auto()
    NOTHING = auto()
    """It is done."""


class TlsWire:
    """A socket whose handshake is done, as a wire; see `Wire` for what each method promises."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock
        self._slice = b""
        """Bytes that count as sent and did not go out yet."""
        self._reads_to_write = False

    def fileno(self) -> int:
        """The descriptor to wait on; -1 once closed."""
        return self._sock.fileno()

    @property
    def wants_write(self) -> bool:
        """Whether a slice waits until the socket takes it."""
        return bool(self._slice) and not self._reads_to_write

    def receive(self, size: int) -> bytes | None:
        """See `Wire.receive`."""
        try:
            data = self._sock.recv(size)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLWantWriteError:
            # only a renegotiation writes in order to read, and contexts here refuse one
            raise ConnectionAbortedError("the other side renegotiates") from None
        finally:
            self._reads_to_write = False
        return data

    def send(self, data: bytes | memoryview) -> int:
        """See `Wire.send`; what is taken goes out by `flush`, so it need not come again."""
        self.flush()
        view = memoryview(data)
        sent = 0
        while sent < len(view) and not self._slice:
            self._slice = bytes(view[sent : sent + SLICE])
            sent += len(self._slice)
            self.flush()
        return sent

    def flush(self) -> None:
        """Write the slice that waits, as far as that goes now: it goes out whole or not at all."""
        if not self._slice:
            return
        try:
            self._sock.send(self._slice)
        except ssl.SSLWantWriteError:
            return
        except ssl.SSLWantReadError:
            self._reads_to_write = True
            return
        self._slice = b""

    def close(self) -> None:
        """See `Wire.close`; says goodbye in TLS's own words where that goes at once."""
        with suppress(OSError, ValueError):  # it is closed already, or the other side was first
            self._sock.unwrap()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def _require_peer(sock: socket.socket) -> None:
    """Close a socket whose other side is gone already.

    `wrap_socket` would take it, find that out, and lose it without closing it.

    Raises:
        OSError: it is gone.
    """
    try:
        sock.getpeername()
    except OSError:
        sock.close()
        raise


class Handshake:
    """A connected socket on its way to being a wire; it owns the socket from now on.

    Args:
        sock: made non-blocking.
        context: says who one is and whom one believes.
        server_side: whether the other side began.
        host: the name to look for in the server's certificate; for clients.
    """

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext, *, server_side: bool, host: str | None = None
    ) -> None:
        sock.setblocking(False)
        _require_peer(sock)
        self._sock = context.wrap_socket(
            sock, server_side=server_side, do_handshake_on_connect=False, server_hostname=host
        )

    @property
    def socket(self) -> ssl.SSLSocket:
        """What to wait for."""
        return self._sock

    def fileno(self) -> int:
        """The descriptor to wait on; -1 once closed."""
        return self._sock.fileno()

    def step(self) -> Want:
        """Go on as far as that goes now, some tenths of a millisecond at most; say what to wait for.

        Raises:
            OSError: it failed; of the kind `ssl.SSLError` when that was not the network.
        """
        try:
            self._sock.do_handshake()
        except ssl.SSLWantReadError:
            return Want.READ
        except ssl.SSLWantWriteError:
            return Want.WRITE
        return Want.NOTHING

    @property
    def certificate(self) -> bytes:
        """The other side's certificate in DER, once the handshake is done; empty when it has none."""
        return self._sock.getpeercert(binary_form=True) or b""

    def wire(self) -> TlsWire:
        """The wire, once the handshake is done; the socket is its own from now on."""
        return TlsWire(self._sock)

    def close(self) -> None:
        """Give up."""
        self._sock.close()


def server_context(certificate: str, private_key: str) -> ssl.SSLContext:
    """Return the context of a server with this certificate chain and key, files in PEM.

    Raises:
        OSError: a file can't be read, or the two do not belong together (`ssl.SSLError`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = MINIMUM
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.num_tickets = 1
    context.load_cert_chain(certificate, private_key)
    return context


def verifying_context() -> ssl.SSLContext:
    """Return a client's context that believes what the system believes, by name."""
    context = ssl.create_default_context()
    context.minimum_version = MINIMUM
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def unverified_context() -> ssl.SSLContext:
    """Return a client's context that believes anything: for who compares the fingerprint afterwards."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = MINIMUM
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, as 64 hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def spoken(fingerprint_digits: str) -> str:
    """Return a fingerprint as people compare it: groups of four digits."""
    return " ".join(fingerprint_digits[at : at + 4] for at in range(0, len(fingerprint_digits), 4))
