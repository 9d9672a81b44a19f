"""Catching up: the state of one's conversations, and entries by number."""

from collections.abc import Iterator

import msgspec

from chat.ids import ConversationId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation
from chat.protocol.replies import HistoryResult, SyncResult
from chat.protocol.requests import History, Sync
from chat.server.commands.arrival import behind_takings_out
from chat.server.commands.lookup import counted_records, cursor_row, page_of, slot_for_member
from chat.server.commands.spec import Command, Reply, Services
from chat.server.domain.channel import require_member
from chat.server.domain.model import ConversationState, row_of
from chat.server.state.conversations import Slot
from chat.server.state.session import Session
from chat.server.state.view import conversation_record

SYNC_PAGE = 200
"""Conversations of one page of `sync` at most."""


def handle_sync(services: Services, session: Session, request: Sync, _: Reply) -> SyncResult:
    """Tell a page of conversations and let the session into each audience at exactly the told `last`."""
    session.order.reset()
    after = cursor_row(request.after)
    mine = {row_of(each): each for each in services.world.conversations_of(session.user)}
    rows = sorted(row for row in mine if row > after)
    slots = _that_fit(services, session, [mine[row] for row in rows[:SYNC_PAGE]])
    states = [slot.attach(session, services.fanout) for slot in slots]
    records = counted_records(
        services, session.user, [state for state in states if session.user in state.members]
    )
    more = len(slots) < len(rows)
    return SyncResult(id=request.id, conversations=tuple(records), next=slots[-1].value.id if more else "")


def _that_fit(services: Services, session: Session, page: list[ConversationId]) -> list[Slot]:
    """Return the places of as many conversations as fit one page: only these are attached to."""
    world = services.world
    slots = [slot for each in page if (slot := world.conversations.slot(each)) is not None]

    def records() -> Iterator[Conversation]:
        for slot in slots:
            yield conversation_record(world, slot.value, session.user, read=0, unread=999, mentions=999)

    return slots[: len(page_of(records())[0])]


def handle_history(services: Services, session: Session, request: History, _: Reply) -> HistoryResult:
    """Return a page of entries; only published ones, and only to those who may read when it is sent."""
    slot = slot_for_member(services.world, request.target, session.user)
    state = slot.value
    entries = _entries(services, state, request)
    require_member(slot.value, session.user)
    # as it is by now: what was told to be gone before may have been deleted while the page was read
    first = slot.value.first
    entries = [entry for entry in entries if entry.number >= first]
    services.budgets.charge_history(session.user, len(msgspec.json.encode(entries)))
    return HistoryResult(
        id=request.id,
        conversation=state.id,
        entries=tuple(entries),
        first=first,
        last=state.last,
    )


def _entries(services: Services, state: ConversationState, request: History) -> list[AnyEntry]:
    given = [number for number in (request.before, request.after, request.around) if number is not None]
    if len(given) > 1:
        raise Refused(
            ErrorCode.INVALID_REQUEST, "Give one of before, after and around, not several.", field="before"
        )
    limit = min(request.limit or services.limits.page_entries, services.limits.page_entries)
    end, size = state.last + 1, services.limits.page_bytes
    page = services.store.page
    if request.after is not None:
        after = max(request.after, state.first - 1)
        return page(state.id, above=after, below=end, limit=limit, limit_bytes=size)
    if request.around is not None:
        return _around(services, state, request.around, limit)
    before = end if request.before is None else min(request.before, end)
    return page(state.id, below=before, newest_first=True, limit=limit, limit_bytes=size)


def _around(services: Services, state: ConversationState, number: int, limit: int) -> list[AnyEntry]:
    """Return the entry of a number with as many older and newer ones, the half of the page each."""
    page, size = services.store.page, services.limits.page_bytes // 2
    middle = min(number, state.last) + 1
    older = page(state.id, below=middle, newest_first=True, limit=(limit + 1) // 2, limit_bytes=size)
    # one message with many reactions may fill more than its half; then nothing else fits the line
    if older and (limit == 1 or len(msgspec.json.encode(older)) > size + len("[]")):
        return older
    newer = page(state.id, above=middle - 1, below=state.last + 1, limit=max(limit // 2, 1), limit_bytes=size)
    return older + newer


COMMANDS = (
    Command(Sync, behind_takings_out(handle_sync)),
    Command(History, behind_takings_out(handle_history)),
)
