"""The journal's thread: takes changes, decides, commits, publishes, answers; the only writer of the store.

A failed commit drops the drafts and refuses the batch. Before the next one it is looked up whether the
batch was stored all the same, which then is published; a probe tells whether the trouble is over. After a
failed flush nothing is written until the server is started again.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence

import structlog

from chat.clock import Clock
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Message
from chat.server.domain.model import MessageKey, moment
from chat.server.ports import Answered, FlushError, JournalStore, StoreError
from chat.server.state.fanout import Fanout
from chat.server.state.journal.batch import DecidedBatch, SendKey
from chat.server.state.journal.change import Broken, Change, Outcome, hold_up
from chat.server.state.journal.publish import Publisher
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.published import Published

FANOUT_BACKLOG = 16 * 1024 * 1024
"""No batch starts while more bytes than these are pending for the writer."""


class Journal:
    """Decides and publishes every change."""

    def __init__(
        self,
        store: JournalStore,
        world: Published,
        fanout: Fanout,
        queue: JournalQueue,
        clock: Clock,
        last_batch: int,
    ) -> None:
        """`last_batch` is the number of the last stored batch, as the store loaded it."""
        self._store = store
        self._world = world
        self._fanout = fanout
        self._queue = queue
        self._clock = clock
        self._publisher = Publisher(world, fanout)
        self._last_batch = last_batch
        self._uncertain: DecidedBatch | None = None
        self._trouble: StoreError | None = None
        self._log = structlog.get_logger("journal")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal")
        self._on_death: Callable[[BaseException], None] = lambda _: None

    def start(self, on_death: Callable[[BaseException], None]) -> None:
        """Start the thread; `on_death` is called on it should it end by an exception."""
        self._on_death = on_death
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Decide what is queued, then end; returns whether that was done within the seconds."""
        self._stopping.set()
        self._queue.close()
        self._thread.join(seconds)
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether the thread has ended, so that the store may be closed."""
        return not self._thread.is_alive()

    @property
    def may_heal(self) -> bool:
        """Whether the store was in trouble that may be over by now; any thread."""
        return self._trouble is not None and not isinstance(self._trouble, FlushError)

    def _run(self) -> None:
        try:
            while changes := self._next_batch():
                self.work(changes)
        except BaseException as death:
            self._on_death(death)
            raise

    def _next_batch(self) -> list[Change]:
        """Take what waits, but nothing while the writer is far behind, unless the server is stopping.

        What is not taken meanwhile can still be taken back by the watchdog.
        """
        while not self._fanout.wait_for_room(FANOUT_BACKLOG, 0.5):
            if self._stopping.is_set():
                break
        return self._queue.take()

    def work(self, changes: Sequence[Change]) -> None:
        """Take one batch from decision to answers; on the journal's thread, or in tests without one."""
        try:
            self._heal()
            known = self._known(changes)
            messages = self._touched(changes)
        except StoreError as error:
            if isinstance(error, FlushError):
                self._trouble = error
            self._refuse(changes, error)
            return
        batch = DecidedBatch(self._world, moment(self._clock.now()), known, messages, self._fault)
        batch.decide(changes)
        if self._commit(batch, changes):
            for change, result in batch.answers():
                self._answer(change, result)

    def _commit(self, batch: DecidedBatch, changes: Sequence[Change]) -> bool:
        """Store and publish a batch; returns whether it may be answered."""
        rows = batch.to_store(self._last_batch + 1)
        if rows is None:
            return True
        try:
            self._store.commit(rows)
        except StoreError as error:
            self._uncertain, self._trouble = batch, error
            self._log.error("commit failed", error=str(error), changes=len(changes))
            self._refuse(changes, error)
            return False
        self._last_batch = rows.number
        self._publisher.publish(batch.draft, batch.askers)
        return True

    def _heal(self) -> None:
        """Before a batch: find out what became of a failed one, and whether the store can write again.

        Raises `StoreError` while it can not; for ever after a failed flush, of a commit or of the probe.
        """
        if self._trouble is None:
            return
        if isinstance(self._trouble, FlushError):
            raise self._trouble
        stored = self._store.last_batch()
        if self._uncertain is not None and stored == self._last_batch + 1:
            self._last_batch = stored
            # nobody's answer told anything, so everybody is told
            self._publisher.publish(self._uncertain.draft, {})
        self._uncertain = None
        self._store.probe()
        self._log.info("the store can write again", was=str(self._trouble))
        self._trouble = None

    def _known(self, changes: Sequence[Change]) -> Mapping[SendKey, Answered]:
        """Look up all send ids of a batch by one query."""
        keys = [(change.origin.user, change.origin.send_id) for change in changes if change.origin]
        return self._store.answered(keys) if keys else {}

    def _touched(self, changes: Sequence[Change]) -> Mapping[MessageKey, Message]:
        """Look up all messages that a batch touches by one query."""
        keys = {change.touches for change in changes if change.touches}
        keys.update(key for change in changes for key in change.touches_all)
        return self._store.messages(keys) if keys else {}

    def _refuse(self, changes: Sequence[Change], error: StoreError) -> None:
        """Tell the senders of a batch that nothing of it was stored, or that this is not known."""
        code = ErrorCode.READ_ONLY if isinstance(error, FlushError) else ErrorCode.STORAGE_TROUBLE
        for change in changes:
            hold_up(change)
        for change in changes:
            self._answer(change, Refused(code))

    def _answer(self, change: Change, result: Outcome | Refused) -> None:
        """Answer a change; what one answer meets must not keep the others from theirs."""
        try:
            change.answer(result)
        except Exception as fault:  # noqa: BLE001 - as above
            self._fault(fault)

    def _fault(self, fault: Exception) -> Refused:
        """Log what a rule or an answer should never raise."""
        trace = os.urandom(6).hex()
        self._log.error("a change failed", trace=trace, exc_info=fault)
        return Broken(trace)
