"""From a connected socket to an encrypted wire, and the last word on whether that is the server one means.

A server that was pinned is recognised by its certificate alone. One that was never met is first asked for a
certificate that this system believes in by name, which takes a connection of its own; what it has instead is
shown to the person. Runs on the link's thread and waits only by the `wait` it is given.
"""

import selectors
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from chat.client.changes import ServerMet
from chat.client.greeting import Hopeless
from chat.client.trust import Seen, TrustStore, Verdict, is_near, judge
from chat.client.trust_stores import MemoryTrust
from chat.deadline import Deadline
from chat.errors import NoConnection
from chat.protocol.events import Welcome
from chat.transport.address import Address
from chat.transport.sockets import Wait
from chat.transport.tls import Handshake, Want, fingerprint, spoken, unverified_context, verifying_context
from chat.transport.wire import Wire

HANDSHAKE_SECONDS = 10.0

_EVENTS = {Want.READ: selectors.EVENT_READ, Want.WRITE: selectors.EVENT_WRITE}


@dataclass(frozen=True)
class Security:
    """How a client protects itself."""

    trust: TrustStore = field(default_factory=MemoryTrust)
    encrypts: bool = True
    """Whether to connect with TLS; without, only to servers that were never met encrypted."""
    asks: bool = False
    """Whether a person is asked before a server is believed for the first time; else it is told only."""
    expected: str = ""
    """The fingerprint that the server must have, 64 hexadecimal digits; empty when none was demanded."""


class Secured(NamedTuple):
    """A wire, and what is known of its other end."""

    wire: Wire
    fingerprint: str = ""
    """Of the server's certificate; empty when the wire is not encrypted."""
    verified: bool = False
    """Whether an authority that this system believes in vouches for the server's name."""


class Untrusted(Hopeless):
    """The server is not believed; nothing was told to it.

    Attributes:
        met: what it showed of itself, and why it is not believed.
    """

    def __init__(self, met: ServerMet) -> None:
        super().__init__(met.sentence)
        self.met = met


class NoEncryption(NoConnection):
    """What answers there does not speak TLS."""


def secured(address: Address, trust: TrustStore, connect: Callable[[], socket.socket], wait: Wait) -> Secured:
    """Return an encrypted wire to an address.

    Args:
        address: where to.
        trust: what is known of servers.
        connect: connects, each time it is called.
        wait: how to wait for a socket.

    Raises:
        NoConnection: there is no connection, or it broke.
        NoEncryption: there is no TLS.
    """
    met = trust.last_at(str(address))
    may_be_verified = (met is None or met[1].verified) and not is_near(address.host)
    try:
        if may_be_verified:
            with suppress(ssl.SSLCertVerificationError):  # it has one of its own, as most have on a LAN
                shaken = _shake(connect(), verifying_context(), wait, address.host)
                return Secured(shaken.wire(), fingerprint(shaken.certificate), verified=True)
        shaken = _shake(connect(), unverified_context(), wait)
    except ssl.SSLError:
        raise NoEncryption(
            f"{address} does not encrypt. If it is the right server and that is meant, add --unencrypted."
        ) from None
    return Secured(shaken.wire(), fingerprint(shaken.certificate))


def check_trust(
    security: Security | None, secured: Secured, address: Address, welcome: Welcome
) -> ServerMet | None:
    """See whether the server is the one that is meant; returns what to tell of one that is new.

    Raises:
        Untrusted: it is not, or a person has to say so first.
        BadConfig: what is known of servers can't be read or kept.
    """
    if security is None:
        return None
    seen = Seen(
        server_id=welcome.server_id,
        name=welcome.name,
        address=str(address),
        fingerprint=secured.fingerprint,
        verified=secured.verified,
        near=is_near(address.host),
    )
    pin = security.trust.pin_of(welcome.server_id)
    met = security.trust.last_at(str(address))
    known_as = met[1].name if met is not None and met[0] != welcome.server_id else ""
    verdict = judge(seen, pin, security.expected)
    if verdict is Verdict.TRUSTED or (verdict is Verdict.NEW and not security.asks and not known_as):
        if pin is None or met is None or met[0] != welcome.server_id or pin.fingerprint != seen.fingerprint:
            security.trust.keep(seen)
        return ServerMet(seen, verdict, believed=True) if verdict is Verdict.NEW else None
    sentence = _sentence(verdict, seen, known_as)
    raise Untrusted(ServerMet(seen, verdict, believed=False, known_as=known_as, sentence=sentence))


def first_contact(met: ServerMet) -> str:
    """Say, in one line, that a server is believed from now on, and by what it can be recognised."""
    shown = f"fingerprint {spoken(met.seen.fingerprint)}" if met.seen.fingerprint else "not encrypted"
    return f"first contact with {met.seen.name}: {shown}"


def _sentence(verdict: Verdict, seen: Seen, known_as: str) -> str:
    if verdict is Verdict.UNEXPECTED:
        return (
            f"{seen.name} at {seen.address} does not have the fingerprint that was demanded. It is another "
            "server, or somebody is in between: it was told nothing."
        )
    if verdict is Verdict.CHANGED:
        return (
            f"{seen.name} at {seen.address} shows another certificate than before. Somebody may be in "
            "between, or its operator made a new one: ask them before you go on."
        )
    if verdict is Verdict.UNENCRYPTED:
        return (
            f"{seen.name} at {seen.address} was met encrypted before and does not encrypt now. Somebody may "
            "be in between: ask its operator before you go on."
        )
    if known_as:
        return (
            f"At {seen.address} there was {known_as} before; now another server, {seen.name}, answers there."
        )
    return f"{seen.name} at {seen.address} was never met from here."


def _shake(sock: socket.socket, context: ssl.SSLContext, wait: Wait, host: str | None = None) -> Handshake:
    """Do a handshake from its beginning to its end; the socket is closed when that fails."""
    deadline = Deadline(HANDSHAKE_SECONDS)
    with ExitStack() as undone:
        undone.callback(sock.close)
        try:
            handshake = Handshake(sock, context, server_side=False, host=host)
            undone.callback(handshake.close)
            _finish(handshake, wait, deadline)
        except ssl.SSLEOFError:
            raise NoConnection("The connection broke during the handshake.") from None
        except ssl.SSLError:
            raise
        except OSError as error:
            raise NoConnection(
                f"The connection broke during the handshake: {error.strerror or error}."
            ) from None
        undone.pop_all()
        return handshake


def _finish(handshake: Handshake, wait: Wait, deadline: Deadline) -> None:
    """Go on with a handshake until it is done."""
    while (want := handshake.step()) is not Want.NOTHING:
        if not wait(handshake.socket, _EVENTS[want], deadline.remaining()):
            raise NoConnection("The server did not finish the encrypted handshake in time.")
