"""A session with a peer that records, for tests of single parts of the server's state."""

from itertools import count

from chat.ids import DeviceId, UserId
from chat.server.state.session import Session
from tests.support.recording_peer import RecordingPeer

_devices = count(1)


def session_of(user: str = "u1", device: str = "") -> Session:
    """Return a session that said hello, of a new device unless one is given."""
    session = unnamed_session()
    session.identify(UserId(user), DeviceId(device or f"d{next(_devices)}"))
    return session


def unnamed_session() -> Session:
    """Return a session that said nothing yet."""
    peer = RecordingPeer()
    session = peer.session = Session(peer)
    return session


def lines_to(session: Session) -> list[bytes]:
    """Return what was streamed to a session since the last look."""
    assert isinstance(session.peer, RecordingPeer)
    return session.peer.take()
