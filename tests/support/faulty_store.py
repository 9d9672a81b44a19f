"""A store that fails when a test says so, around any other."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import AuditRecord
from chat.server.domain.model import Erasure, MessageKey
from chat.server.ports import (
    Answered,
    Batch,
    FlushError,
    Loaded,
    OldSends,
    Store,
    StoreError,
    Unread,
    Written,
    WrittenMessages,
)


class Fault(Enum):
    """What goes wrong with a commit."""

    REFUSED = "the disk is full, as the test wants"
    """Nothing is stored, and it is said so."""
    OUTCOME_UNKNOWN = "the answer was lost, as the test wants"
    """Everything is stored, but an error is told: only `last_batch` knows."""
    FLUSH_FAILED = "the flush failed, as the test wants"
    """Nothing is stored, and nothing can be any more."""


class FaultySwitch:
    """What is wrong at the moment; safe to turn on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._once: list[Fault] = []
        self._lasting = False
        self._flush_failed = False
        self._mute = False

    def fail_next(self, *faults: Fault) -> None:
        """Let the next commits fail, one fault each, in order."""
        with self._lock:
            self._once.extend(faults)

    @property
    def pending(self) -> int:
        """How many faults wait for their commit."""
        with self._lock:
            return len(self._once)

    def forget(self) -> None:
        """Let the commits that were to fail go well."""
        with self._lock:
            self._once.clear()

    def refuse_writes(self) -> None:
        """Refuse every commit and probe until `heal`."""
        with self._lock:
            self._lasting = True

    def refuse_lookups(self) -> None:
        """Let `last_batch`, `answered` and every reading fail until `heal`."""
        with self._lock:
            self._mute = True

    def heal(self) -> None:
        """End what lasts; a failed flush does not heal."""
        with self._lock:
            self._lasting = self._mute = False

    def taken(self) -> Fault | None:
        """Return what is to happen to a commit that begins now; raises what happens before it."""
        with self._lock:
            self._raise_what_lasts()
            fault = self._once.pop(0) if self._once else None
            self._flush_failed = fault is Fault.FLUSH_FAILED
        if fault is Fault.FLUSH_FAILED:
            raise FlushError(fault.value)
        if fault is Fault.REFUSED:
            raise StoreError(fault.value)
        return fault

    def check_writing(self) -> None:
        """Raise what is wrong with writing."""
        with self._lock:
            self._raise_what_lasts()

    def check_lookup(self) -> None:
        """Raise what is wrong with looking something up."""
        with self._lock:
            if self._mute:
                raise StoreError("the database can't be read, as the test wants")

    def _raise_what_lasts(self) -> None:
        if self._flush_failed:
            raise FlushError(Fault.FLUSH_FAILED.value)
        if self._lasting:
            raise StoreError(Fault.REFUSED.value)


class HeldCommit:
    """A commit that stands still before it stores anything."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        """Seconds after which the test is taken to have forgotten it."""
        self.reached = threading.Event()
        """Set once a commit waits."""
        self.release = threading.Event()
        """Set by the test, or at the end of `held`."""


class FaultyStore:
    """Does what the store inside does, unless `switch` or `held` says otherwise."""

    def __init__(self, inside: Store) -> None:
        self.inside = inside
        self.switch = FaultySwitch()
        self._held: HeldCommit | None = None

    @contextmanager
    def held(self, patience: float = 30.0) -> Iterator[HeldCommit]:
        """Let commits wait within, until released or left."""
        self._held = held = HeldCommit(patience)
        try:
            yield held
        finally:
            self._held = None
            held.release.set()

    def commit(self, batch: Batch) -> None:
        held = self._held
        if held is not None:
            held.reached.set()
            assert held.release.wait(held.patience), "the test never released the commit"
        fault = self.switch.taken()
        self.inside.commit(batch)
        if fault is Fault.OUTCOME_UNKNOWN:
            raise StoreError(fault.value)

    def last_batch(self) -> int:
        self.switch.check_lookup()
        return self.inside.last_batch()

    def probe(self) -> None:
        self.switch.check_writing()
        self.inside.probe()

    def answered(self, keys: Sequence[tuple[UserId, SendId]]) -> Mapping[tuple[UserId, SendId], Answered]:
        self.switch.check_lookup()
        return self.inside.answered(keys)

    def messages(self, keys: Collection[MessageKey]) -> Mapping[MessageKey, Message]:
        self.switch.check_lookup()
        return self.inside.messages(keys)

    def page(
        self,
        conversation: ConversationId,
        *,
        above: int = 0,
        below: int | None = None,
        newest_first: bool = False,
        limit: int,
        limit_bytes: int,
    ) -> list[AnyEntry]:
        self.switch.check_lookup()
        return self.inside.page(
            conversation,
            above=above,
            below=below,
            newest_first=newest_first,
            limit=limit,
            limit_bytes=limit_bytes,
        )

    def unread(
        self, user: UserId, positions: Mapping[ConversationId, tuple[int, int]]
    ) -> Mapping[ConversationId, Unread]:
        self.switch.check_lookup()
        return self.inside.unread(user, positions)

    def audit(self, *, below: int | None = None, limit: int) -> list[AuditRecord]:
        """Read as it is."""
        return self.inside.audit(below=below, limit=limit)

    def load(self) -> Loaded:
        return self.inside.load()

    def written(self, user: UserId, *, after: int, rows: int, limit_bytes: int) -> Written:
        self.switch.check_lookup()
        return self.inside.written(user, after=after, rows=rows, limit_bytes=limit_bytes)

    def written_messages(self, user: UserId) -> Mapping[ConversationId, WrittenMessages]:
        self.switch.check_lookup()
        return self.inside.written_messages(user)

    def messages_of(
        self, user: UserId, conversation: ConversationId, *, above: int, below: int, limit: int
    ) -> Sequence[int]:
        self.switch.check_lookup()
        return self.inside.messages_of(user, conversation, above=above, below=below, limit=limit)

    def erasures(self) -> Sequence[Erasure]:
        self.switch.check_lookup()
        return self.inside.erasures()

    def oldest_trim(self) -> date | None:
        self.switch.check_lookup()
        return self.inside.oldest_trim()

    def old_sends(self, before: date, *, after: tuple[SendId, UserId] | None, rows: int) -> OldSends:
        self.switch.check_lookup()
        return self.inside.old_sends(before, after=after, rows=rows)

    def checkpoint(self) -> None:
        self.switch.check_writing()
        self.inside.checkpoint()

    def close(self) -> None:
        self.inside.close()
