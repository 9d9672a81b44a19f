"""One client's presence on the server, from its first byte to its last; knows no socket.

Values that other threads read are replaced whole; what is more than one step has a lock.
"""

from chat.ids import ConversationId, DeviceId, SendId, UserId
from chat.server.domain.addresses import on_this_machine
from chat.server.ports import Peer
from chat.server.state.locks import Rank, RankedLock


class SendOrder:
    """Keeps a link's sends in order across refusals.

    After a retryable refusal later sends are refused too, until the refused one comes again or the link
    syncs. Any thread.
    """

    def __init__(self) -> None:
        self._lock = RankedLock(Rank.SESSION)
        self._asked = 0
        self._awaited: SendId | None = None
        self._awaited_place = 0
        self._held_back: SendId | None = None

    def next_place(self) -> int:
        """Return where the send that is asked now stands among all of this link; a worker at a time calls."""
        self._asked += 1
        return self._asked

    def refused(self, send_id: SendId, place: int) -> None:
        """Note that a send was refused and may be repeated.

        The earliest one is waited for, in whichever order they are refused: the watchdog takes back what
        waits while an earlier one is still being stored, and that one may be refused after it.
        """
        with self._lock:
            if self._awaited is None or place < self._awaited_place:
                self._awaited, self._awaited_place = send_id, place

    def admits(self, send_id: SendId) -> bool:
        """Return whether this send may go on; the awaited one sets the way free."""
        with self._lock:
            if self._awaited == send_id:
                self._awaited = None
            return self._awaited is None

    def hold_back(self, send_id: SendId) -> None:
        """Note that a send was refused before it was asked of the journal, and may be repeated.

        It has no place: what was asked before it goes on.
        """
        with self._lock:
            self._held_back = send_id

    def passes(self, send_id: SendId) -> bool:
        """Return whether this send may be asked of the journal; what is awaited sets the way free.

        A worker calls, for one send of the link after the other.
        """
        with self._lock:
            if send_id in (self._held_back, self._awaited):
                self._held_back = None
            return self._held_back is None

    def reset(self) -> None:
        """Start afresh, as `sync` does."""
        with self._lock:
            self._awaited = None
            self._held_back = None


class Session:
    """A link's place among users: who it is, what it watches, how to reach it."""

    def __init__(self, peer: Peer, host: str = "127.0.0.1", *, encrypted: bool = False) -> None:
        """Begin as nobody at this IP address; `identify` follows when hello was accepted."""
        self.peer = peer
        self.host = host
        self.secret = encrypted or on_this_machine(host)
        """Whether nobody else reads along, so that passwords may be told."""
        self.counted = False
        """Whether this link was counted as one with a new device."""
        self.order = SendOrder()
        self.watching: frozenset[ConversationId] = frozenset()
        self.closed = False
        """Set when the link ended or a newer one of the same device took its place: no line of it runs on."""
        self.takings_out: set[object] = set()
        """One for each taking out by the address that is not decided yet; read nothing before that.

        Any thread puts one in or takes it away, in one step.
        """
        self._identity: tuple[UserId, DeviceId] | None = None

    def identify(self, user: UserId, device: DeviceId) -> None:
        """Say once who this is; the roster does, under its lock."""
        self._identity = (user, device)

    @property
    def identified(self) -> bool:
        """Whether hello was accepted."""
        return self._identity is not None

    @property
    def user(self) -> UserId:
        """The user's id; only after hello."""
        assert self._identity is not None
        return self._identity[0]

    @property
    def device(self) -> DeviceId:
        """The device's id; only after hello."""
        assert self._identity is not None
        return self._identity[1]
