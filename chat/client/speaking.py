"""What somebody says: through the outbox to the server, and what is told of each message on its way.

Pure but for the outbox's store and for `tell`, which it is given; a part of the client's core, under whose
lock every call is made. Knows no connection: the core says when there is one.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from chat.client.changes import OutboxChanged, OutboxItem, SendState
from chat.client.outbox import Outbox
from chat.client.requester import Outcome, Requester
from chat.client.state import ClientState
from chat.clock import Clock
from chat.protocol.codes import ERRORS, ErrorCode, Refused
from chat.protocol.records import Role
from chat.protocol.replies import SendResult, SyncResult
from chat.protocol.requests import Send, Sync


class Speaking:
    """Sends what waits in the outbox, as much as may be under way, and takes the answers."""

    def __init__(
        self,
        clock: Clock,
        state: ClientState,
        outbox: Outbox,
        requester: Requester,
        tell: Callable[[OutboxChanged], None],
        stored: Callable[[OutboxItem], None],
    ) -> None:
        """`tell` takes what became of a message, and `stored` one that the server has stored, before that."""
        self._clock = clock
        self._state = state
        self._outbox = outbox
        self._requester = requester
        self._tell = tell
        self._stored = stored
        self._from_before: tuple[OutboxItem, ...] = ()
        """What waits from earlier runs, as long as it is only to be shown."""
        self._paces: dict[str, int] = {}
        """By target that slow mode made wait: the seconds between two messages there, as they were then."""

    def say(self, target: str, text: str, action: bool) -> str:
        """Put a message into the outbox, said now; give its send id."""
        send_id = self._requester.new_send_id()
        item = OutboxItem(send_id, target, text, action, said_at=self._clock.now())
        self._outbox.add(item)
        self._tell(OutboxChanged(item))
        return send_id

    def say_again(self, send_id: str) -> str | None:
        """Say a message that has failed anew, under an id of its own; None when it has not, or is gone."""
        failed = self._outbox.failed(send_id)
        if failed is None:
            return None
        self._outbox.drop(send_id)
        return self.say(failed.target, failed.text, failed.action)

    def drop(self, send_id: str, *, is_open: bool) -> OutboxItem | None:
        """Keep a message no more that waits or has failed; None when it is under way or gone."""
        item = self._outbox.drop(send_id)
        was_refused = item is not None and item.state is SendState.WAITING and item.sentence
        if was_refused and is_open:
            self._sync_anew()  # the server takes no other message before it, unless there is a sync
        return item

    def unsent(self) -> tuple[OutboxItem, ...]:
        """What waits, is under way or has failed, oldest first."""
        here = self._outbox.items()
        known = {item.send_id for item in here}
        return (*(item for item in self._from_before if item.send_id not in known), *here)

    def expect(self, waits: Sequence[OutboxItem]) -> None:
        """Show what waits from earlier runs, until it is known to be of who one is."""
        self._from_before = () if self._outbox.restored else tuple(waits)

    def restore(self, kept: Iterable[OutboxItem]) -> None:
        """Take what waits from earlier runs."""
        self._from_before = ()
        for item in self._outbox.restore(kept):
            self._tell(OutboxChanged(item))

    def begin(self) -> list[tuple[float, Callable[[], None]]]:
        """Connected and in step: give what sends each message, by its place on the last link."""
        for item in self._outbox.expire(self._clock.now()):
            self._tell(OutboxChanged(item))
        return [
            (self._requester.place_of(item.send_id), partial(self._send, item))
            for item in self._take(self._clock.monotonic())
        ]

    def pump(self, now: float) -> None:
        """Send as much as may be under way; `now` is seconds on the monotonic clock."""
        for item in self._take(now):
            self._send(item)

    def _take(self, now: float) -> tuple[OutboxItem, ...]:
        """Give what may be sent now; what slow mode held goes on when the rules are others since."""
        for target, seconds in list(self._paces.items()):
            if self._slow_seconds(target) != seconds:
                del self._paces[target]
                self._outbox.release(target)
        return self._outbox.take(self._sends_in_flight, now, lambda target: self._slow_seconds(target) > 0)

    def _slow_seconds(self, target: str) -> int:
        """How long one must wait between two messages to a target; 0 where one need not, or it is unknown."""
        known, me = self._state.conversations.find(target), self._state.me
        if known is None or known.record.role is Role.OPERATOR or (me is not None and me.admin):
            return 0
        return known.record.mode.slow_seconds

    @property
    def _sends_in_flight(self) -> int:
        """How many messages may be under way at once."""
        return max(1, self._state.limits.sends_in_flight) if self._state.limits else 1

    def _sync_anew(self, after: str = "") -> None:
        """Sync once more, page by page, so that the server waits for no message any more."""
        self._requester.send(Sync, self._synced, {"after": after})

    def _synced(self, outcome: Outcome) -> None:
        if isinstance(outcome, SyncResult) and outcome.next:
            self._sync_anew(outcome.next)

    def _send(self, item: OutboxItem) -> None:
        self._tell(OutboxChanged(item))
        fields = {"send_id": item.send_id, "target": item.target, "text": item.text, "action": item.action}
        self._requester.send(Send, partial(self._answered, item.send_id), fields)

    def _answered(self, send_id: str, outcome: Outcome) -> None:
        """Take the answer to a message; without any the outbox sends it again on the next connection."""
        item = None
        if isinstance(outcome, SendResult):
            item = self._outbox.acknowledge(send_id, outcome.conversation, outcome.number)
            if item is not None:
                self._stored(item)
        elif isinstance(outcome, Refused):
            retryable = ERRORS[outcome.code].retryable
            item = self._outbox.refuse(send_id, outcome, retryable, self._clock.monotonic())
            if item is not None and outcome.code is ErrorCode.SLOW_MODE:
                self._paces[item.target] = self._slow_seconds(item.target)
        if item is not None:
            self._tell(OutboxChanged(item))
