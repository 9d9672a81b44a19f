"""Lets go of what is not kept for ever, a little at a time: erased messages, old entries, old send ids.

A worker finds what is next to do, the journal decides it, then a worker finds the next: so no more than one
small change of this kind waits at any time, and people's changes pass between two of them. Whatever was not
done when a server stopped is found again by the next one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import structlog
from msgspec.structs import replace

from chat.clock import Clock
from chat.ids import ConversationId
from chat.protocol.codes import Refused
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision, Erasure, MessageKey
from chat.server.domain.retention import (
    SENDS_OUTLIVE,
    Kept,
    erase,
    first_kept,
    forget_sends,
    forget_trims,
    trim,
)
from chat.server.ports import TRIMMED_AT_ONCE, Reads, StoreError
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.locks import Rank, RankedLock
from chat.server.state.published import Published

ERASED_AT_ONCE = 100
"""How many messages one change takes back at most; everybody who is there is told of each."""
LOOKED_AT_ONCE = 1000
"""How many rows are looked at before others have their turn."""

_PAGE_BYTES = 1 << 20


class _Chore(NamedTuple):
    """One thing to do."""

    decide: Callable[[Draft], Decision]
    touches: Sequence[MessageKey] = ()


class Retaining:
    """Goes through all there is, when told to begin.

    Args:
        world: the published state.
        store: read by workers alone.
        queue: takes what is to be decided.
        clock: the time.
        kept: what the operator wants to be kept.
        defer: has a worker run something.
    """

    def __init__(
        self,
        world: Published,
        store: Reads,
        queue: JournalQueue,
        clock: Clock,
        kept: Kept,
        defer: Callable[[Callable[[], None]], None],
    ) -> None:
        self._world = world
        self._store = store
        self._queue = queue
        self._clock = clock
        self._kept = kept
        self._defer = defer
        self._lock = RankedLock(Rank.RETAINING)
        self._under_way = self._again = False
        self._log = structlog.get_logger("retaining")

    def begin(self) -> None:
        """Go through everything, once more when that is being done already; any thread, never waits."""
        with self._lock:
            self._again = self._under_way
            if self._under_way:
                return
            self._under_way = True
        self._go_on(self._everything())

    @property
    def under_way(self) -> bool:
        """Whether it is going through; any thread."""
        with self._lock:
            return self._under_way

    def _go_on(self, chores: Iterator[_Chore | None]) -> None:
        self._defer(partial(self._next, chores))

    def _next(self, chores: Iterator[_Chore | None]) -> None:
        """Find what is next to do and have it decided; a worker."""
        try:
            chore = next(chores)
        except StopIteration:
            self._end()
        except StoreError as error:
            self._give_up(str(error))
        except Exception:
            self._end()
            raise
        else:
            if chore is None:
                self._go_on(chores)
            else:
                self._put(chore, chores)

    def _put(self, chore: _Chore, chores: Iterator[_Chore | None]) -> None:
        def answer(result: Outcome | Refused) -> None:
            if isinstance(result, Refused):
                self._give_up(str(result))
            else:
                self._go_on(chores)

        self._queue.put(Change(decide=chore.decide, answer=answer, touches_all=chore.touches))

    def _give_up(self, problem: str) -> None:
        """End for now; the next time goes on where this one ended."""
        self._log.warning("what is not kept could not be let go of; tried again later", problem=problem)
        with self._lock:
            self._under_way = self._again = False

    def _end(self) -> None:
        with self._lock:
            again, self._under_way, self._again = self._again, False, False
        if again:
            self.begin()

    def _everything(self) -> Iterator[_Chore | None]:
        """Yield what is to be done, and None where others may have their turn."""
        for erasure in self._store.erasures():
            yield from self._erasing(erasure)
        for conversation in self._world.conversations.everything():
            yield from self._trimming(conversation)
        yield from self._forgetting()

    def _erasing(self, erasure: Erasure) -> Iterator[_Chore]:
        """Yield its parts; the last one ends it."""
        above = 0
        while not erasure.done:
            numbers = self._store.messages_of(
                erasure.user,
                erasure.conversation,
                above=above,
                below=erasure.last + 1,
                limit=ERASED_AT_ONCE,
            )
            keys = [MessageKey(erasure.conversation, number) for number in numbers]
            erasure = replace(erasure, done=len(numbers) < ERASED_AT_ONCE)
            yield _Chore(partial(erase, erasure=erasure, keys=keys), keys)
            above = max(numbers, default=0)

    def _trimming(self, conversation: ConversationId) -> Iterator[_Chore | None]:
        # as it stands at the beginning: what people say meanwhile is for the next time
        now, last = self._clock.now(), 0
        while (state := self._world.conversation(conversation)) is not None:
            keep, first, last = self._kept.of(state), state.first, last or state.last
            if keep.days or keep.messages:
                oldest = self._store.page(
                    conversation,
                    above=first - 1,
                    below=state.last + 1,
                    limit=TRIMMED_AT_ONCE,
                    limit_bytes=_PAGE_BYTES,
                )
                first = first_kept(keep, oldest, first=first, last=last, now=now)
            # what a server that was killed had no time to delete, or the step before
            left = self._store.page(conversation, below=state.first, limit=1, limit_bytes=1)
            if first == state.first and not left:
                break
            yield _Chore(partial(trim, conversation=conversation, first=first))
        yield None

    def _forgetting(self) -> Iterator[_Chore | None]:
        before = (self._clock.now() - SENDS_OUTLIVE).date()
        oldest = self._store.oldest_trim()
        if oldest is None or oldest >= before:
            return
        after = None
        while True:
            found = self._store.old_sends(before, after=after, rows=LOOKED_AT_ONCE)
            yield _Chore(partial(forget_sends, sends=found.keys)) if found.keys else None
            after = found.after
            if after is None:
                break
        yield _Chore(partial(forget_trims, before=before))
