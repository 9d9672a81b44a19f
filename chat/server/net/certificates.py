"""The server's certificate: made at the first start, or the operator's own, and read anew when it changes.

Files and a context; knows no socket. `Certificates` is used by the thread that begins handshakes; `make` and
the first reading happen at the start.
"""

import os
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import structlog

from chat.clock import Clock
from chat.errors import BadConfig
from chat.transport.tls import fingerprint, server_context

YEARS = 10
"""How long a certificate of our own is good; clients know it by its fingerprint, not by its age."""
LOOK_SECONDS = 5.0
"""How often the files are looked at."""

_log = structlog.get_logger("certificates")


class KeyPair(NamedTuple):
    """Where a certificate chain and its private key stand, both in PEM."""

    certificate: Path
    private_key: Path


class Certificates:
    """The context of the newest good files."""

    def __init__(self, pair: KeyPair, monotonic: Callable[[], float]) -> None:
        """Read the files.

        Raises:
            BadConfig: they can't be used.
        """
        self._pair = pair
        self._monotonic = monotonic
        self._stamp = _stamp(pair)
        self._looked = monotonic()
        try:
            self._context = server_context(str(pair.certificate), str(pair.private_key))
        except OSError as error:
            raise BadConfig(f"The certificate {pair.certificate} can't be used: {_why(error)}.") from None

    def context(self) -> ssl.SSLContext:
        """Return the context for a new handshake; files that changed are read, bad ones are not taken."""
        now = self._monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._renew()
        return self._context

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, as 64 hexadecimal digits."""
        return fingerprint(ssl.PEM_cert_to_DER_cert(_first(self._pair.certificate.read_text())))

    def _renew(self) -> None:
        stamp = _stamp(self._pair)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._context = server_context(str(self._pair.certificate), str(self._pair.private_key))
        except OSError as error:
            _log.error("the new certificate can't be used, the old one stays", error=_why(error))
        else:
            _log.info("a new certificate is in use", file=str(self._pair.certificate))


def own_pair(folder: Path) -> KeyPair:
    """Return where the server's own certificate stands in a data folder."""
    return KeyPair(folder / "tls" / "certificate.pem", folder / "tls" / "private_key.pem")


def make(pair: KeyPair, name: str, clock: Clock) -> None:
    """Make a certificate of our own: ECDSA on P-256, signed by itself. Files are readable for us alone.

    Raises:
        BadConfig: the files can't be written.
    """
    # here, not at the top: they take longer to import than the rest of the server, and are needed once
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64] or "chat-server")])
    hosts = [x509.DNSName(host) for host in dict.fromkeys(("localhost", socket.gethostname()))]
    here = [x509.IPAddress(ip_address(text)) for text in ("127.0.0.1", "::1")]
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([*hosts, *here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        pair.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # the certificate last: where it is, its key is too
        _write(pair.private_key, secret)
        _write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise BadConfig(
            f"The certificate can't be kept in {pair.certificate.parent}: {_why(error)}."
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Put a file there whole, readable for its owner alone, and on disk."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _stamp(pair: KeyPair) -> tuple[tuple[int, int], ...]:
    """Return what changes when one of the files does."""
    stamps = []
    for path in pair:
        try:
            found = path.stat()
        except OSError:
            stamps.append((0, 0))
        else:
            stamps.append((found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def _first(chain: str) -> str:
    """Return the first certificate of a chain in PEM: the server's own."""
    end = "-----END CERTIFICATE-----"
    begin = chain.index("-----BEGIN CERTIFICATE-----")
    return chain[begin : chain.index(end) + len(end)]


def _why(error: OSError) -> str:
    return error.strerror or str(error)
