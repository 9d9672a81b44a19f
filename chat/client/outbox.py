"""Messages of one's own from being said until the server has stored them, in the order they were said.

What was sent and not acknowledged is sent again, unchanged and under its own id, so that the server stores it
once. After a refusal that may be retried nothing more goes out until all that is under way is answered; then
everything waiting goes out again from the oldest, so that the order stays; one by one at first where it was
too much at once. What came too soon for slow mode waits too, and holds up its channel alone. Pure: times are
given; the client's core owns it and guards it. Where messages are kept beyond this process is the store's
matter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.protocol.codes import ErrorCode, Refused

RETRY_SECONDS = 1.0
"""How long to wait after a refusal that names no wait."""

OLDEST = timedelta(days=30)
"""What is older is not sent any more: no server has to know its id so long after."""

_NO_BOUND = 1_000_000

_TOO_OLD = "It was said more than 30 days ago and could not be sent since. Say it again if it still matters."


class OutboxStore(Protocol):
    """Keeps messages beyond this process."""

    def begin(self, tell: Callable[[str], None]) -> None:
        """Begin to keep; once, before anything but `put` and `remove`.

        `tell` is called with a sentence, on any thread, when messages can't be kept for now.
        """

    def load(self, server_id: str, box: str) -> Sequence[OutboxItem] | None:
        """Give what is kept for an identity on a server, which all that is put from now on belongs to.

        What was put before belongs to it too, unless it was said for another server: that is given as failed.

        Returns:
            Oldest first; None when it can't be read for now, which was told.
        """

    def peek(self, server_id: str, box: str) -> Sequence[OutboxItem]:
        """Give what `load` would, for showing it before the server answers; nothing when it can't be read.

        Changes nothing: to whom it belongs is settled by `load` alone.
        """

    def put(self, item: OutboxItem) -> None:
        """Keep a message; one that is kept already has failed and keeps its place. Never waits."""

    def remove(self, send_id: str) -> None:
        """Keep a message no more. Never waits."""

    def close(self) -> None:
        """Finish what is to be written, and end."""


class NothingKept:
    """A store for those who keep nothing beyond their process: bots, tests."""

    def begin(self, tell: Callable[[str], None]) -> None:
        """Nothing ever goes wrong here."""

    def load(self, server_id: str, box: str) -> Sequence[OutboxItem]:
        """Nothing was kept."""
        return ()

    def peek(self, server_id: str, box: str) -> Sequence[OutboxItem]:
        """Nothing was kept."""
        return ()

    def put(self, item: OutboxItem) -> None:
        """Not kept."""

    def remove(self, send_id: str) -> None:
        """It was not kept."""

    def close(self) -> None:
        """There is nothing to end."""


class Outbox:
    """The messages that wait, are under way or failed.

    Attributes:
        store: where they are kept beyond this process.
        restored: whether what an earlier process kept is here too.
    """

    def __init__(self, store: OutboxStore | None = None) -> None:
        self.store = store or NothingKept()
        self.restored = False
        self._items: dict[str, OutboxItem] = {}
        self._counts: Counter[SendState] = Counter()
        self._gone: set[str] = set()
        self._settling = False
        self._not_before = 0.0
        self._most_under_way = _NO_BOUND
        """Small after it was too much at once, and growing with each message that is stored."""
        self._why = ""
        """Why the messages were refused behind which others are out of order."""
        self._held: dict[str, float] = {}
        """Targets that take nothing more before a time, on the monotonic clock."""

    def items(self) -> tuple[OutboxItem, ...]:
        """All messages here, oldest first."""
        return tuple(self._items.values())

    @property
    def unfinished(self) -> int:
        """How many messages wait or are under way."""
        return self._counts[SendState.WAITING] + self._counts[SendState.SENT]

    def add(self, item: OutboxItem) -> None:
        """Take a message that was just said."""
        self.store.put(item)
        self._put(item)

    def restore(self, kept: Iterable[OutboxItem]) -> tuple[OutboxItem, ...]:
        """Take what the store has loaded, before all that was said since; give what that changed.

        What has gone from here while the store was reading stays gone.
        """
        since, self._items = self._items, {}
        self._counts.clear()
        news = []
        for item in kept:
            mine = since.pop(item.send_id, None)
            is_news = mine is None or mine.state is not item.state is SendState.FAILED
            if item.send_id not in self._gone:
                self._put(item if mine is None or is_news else mine)
                news += [item] if is_news else []
        for item in since.values():
            self._put(item)
        self.restored = True
        self._gone.clear()
        return tuple(news)

    def expire(self, now: datetime) -> tuple[OutboxItem, ...]:
        """Let fail what waits for too long; give it. `now` is aware."""
        old = [
            item for item in self._items.values() if item.state is SendState.WAITING and _is_old(item, now)
        ]
        failed = tuple(self._set(item, SendState.FAILED, _TOO_OLD) for item in old)
        for item in failed:
            self.store.put(item)
        return failed

    def take(
        self, limit: int, now: float, is_slow: Callable[[str], bool] = lambda _: False
    ) -> tuple[OutboxItem, ...]:
        """Give the messages to send now, oldest first; they count as sent.

        Args:
            limit: how many may be under way at once, those sent before included.
            now: seconds on the monotonic clock.
            is_slow: whether only one message to a target may be under way, or a later one could be stored
                where one before it came too soon.
        """
        self._held = {target: end for target, end in self._held.items() if end > now}
        under_way = self._counts[SendState.SENT]
        if (self._settling and under_way) or now < self._not_before:
            return ()
        self._settling = False
        self._not_before = 0.0
        room = max(0, min(limit, self._most_under_way) - under_way)
        taken = tuple(islice(self._ready(is_slow), room))
        return tuple(self._set(item, SendState.SENT) for item in taken)

    def _ready(self, is_slow: Callable[[str], bool]) -> Iterator[OutboxItem]:
        """Give what waits for nothing but its turn, oldest first."""
        busy: set[str] | None = None
        for item in self._items.values():
            if item.state is not SendState.WAITING or item.target in self._held:
                continue
            if is_slow(item.target):
                if busy is None:
                    busy = {each.target for each in self._items.values() if each.state is SendState.SENT}
                if item.target in busy:
                    continue
                busy.add(item.target)
            yield item

    def next_try(self) -> float | None:
        """When to call `take` again for what waits because of a refusal, on the monotonic clock."""
        if not self._counts[SendState.WAITING]:
            return None
        times = list(self._held.values())
        if self._not_before and not self._counts[SendState.SENT]:
            times.append(self._not_before)
        return min(times, default=None)

    def release(self, target: str) -> None:
        """Let messages to a target go out that wait for slow mode, as its rules have changed."""
        self._held.pop(target, None)

    def acknowledge(self, send_id: str, conversation: str, number: int) -> OutboxItem | None:
        """The server has stored a message: give its last state and keep it no more."""
        item = self._remove(send_id)
        if item is None:
            return None
        self._not_before = 0.0
        self._most_under_way += 1
        return replace(item, state=SendState.STORED, conversation=conversation, number=number)

    def refuse(self, send_id: str, refused: Refused, retryable: bool, now: float) -> OutboxItem | None:
        """The server refused a message: it waits for another try, or has failed.

        In slow mode it waits too, with all others to the same target: the server holds up nothing else.
        """
        item = self._items.get(send_id)
        if item is None:
            return None
        if refused.code is ErrorCode.SLOW_MODE:
            wait = RETRY_SECONDS if refused.retry_after_ms is None else refused.retry_after_ms / 1000
            self._held[item.target] = max(self._held.get(item.target, 0.0), now + wait)
            return self._set(item, SendState.WAITING, refused.message, wait_seconds=wait)
        if not retryable:
            failed = self._set(item, SendState.FAILED, refused.message)
            self.store.put(failed)
            return failed
        seconds = RETRY_SECONDS if refused.retry_after_ms is None else refused.retry_after_ms / 1000
        self._settling = True
        self._not_before = max(self._not_before, now + seconds)
        if refused.code is ErrorCode.RATE_LIMITED:
            self._most_under_way = 1
        if refused.code is not ErrorCode.OUT_OF_ORDER:
            self._why = refused.message
        sentence = self._why or refused.message
        return self._set(item, SendState.WAITING, sentence, wait_seconds=self._not_before - now)

    def link_lost(self) -> None:
        """Nothing is under way any more: what was sent and not acknowledged waits again, at once."""
        self._settling = False
        self._not_before = 0.0
        for item in self.items():
            if item.state is SendState.SENT:
                self._set(item, SendState.WAITING)

    def failed(self, send_id: str) -> OutboxItem | None:
        """Give a message that has failed; None when it has not, or is gone."""
        item = self._items.get(send_id)
        return item if item is not None and item.state is SendState.FAILED else None

    def drop(self, send_id: str) -> OutboxItem | None:
        """Keep a message no more that is not under way; give it, to be said anew or forgotten."""
        item = self._items.get(send_id)
        if item is None or item.state is SendState.SENT:
            return None
        return self._remove(send_id)

    def _set(
        self, item: OutboxItem, state: SendState, sentence: str = "", *, wait_seconds: float = 0.0
    ) -> OutboxItem:
        changed = replace(item, state=state, sentence=sentence, wait_seconds=wait_seconds)
        self._put(changed)
        return changed

    def _put(self, item: OutboxItem) -> None:
        before = self._items.get(item.send_id)
        if before is not None:
            self._counts[before.state] -= 1
        self._counts[item.state] += 1
        self._items[item.send_id] = item

    def _remove(self, send_id: str) -> OutboxItem | None:
        item = self._items.pop(send_id, None)
        if item is not None:
            self._counts[item.state] -= 1
            self.store.remove(send_id)
            if not self.restored:
                self._gone.add(send_id)
        return item


def _is_old(item: OutboxItem, now: datetime) -> bool:
    return item.said_at is not None and now - item.said_at > OLDEST
