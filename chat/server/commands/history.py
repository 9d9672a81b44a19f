"""Catching up: the state of one's conversations, and entries by number."""

from chat.ids import ConversationId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation
from chat.protocol.replies import HistoryResult, SyncResult
from chat.protocol.requests import History, Sync
from chat.server.commands.lookup import cursor_row, page_of, slot_for_member
from chat.server.commands.spec import Command, Reply, Services
from chat.server.domain.channel import require_member
from chat.server.domain.model import ConversationState, row_of
from chat.server.ports import Unread
from chat.server.state.session import Session
from chat.server.state.view import conversation_record

SYNC_PAGE = 200
"""Conversations of one page of `sync` at most."""


def handle_sync(services: Services, session: Session, request: Sync, _: Reply) -> SyncResult:
    """Tell a page of conversations and let the session into each audience at exactly the told `last`."""
    session.order.reset()
    world, user = services.world, session.user
    mine = sorted(world.conversations_of(user), key=row_of)
    if request.after:
        mine = [each for each in mine if row_of(each) > cursor_row(request.after)]
    page, more = page_of(_records(services, session, mine[:SYNC_PAGE]))
    told = len(page)
    return SyncResult(
        id=request.id,
        conversations=page,
        next=page[-1].conversation if told and (more or told < len(mine)) else "",
    )


def _records(services: Services, session: Session, page: list[ConversationId]) -> list[Conversation]:
    """Attach the session to conversations and return their records."""
    world, user = services.world, session.user
    states: list[ConversationState] = []
    for each in page:
        slot = world.conversations.slot(each)
        assert slot is not None
        state = slot.attach(session, services.fanout)
        if user in state.members:
            states.append(state)
    positions = {state.id: (world.read_of(user, state.id), state.last) for state in states}
    counts = services.store.unread(user, positions)
    none = Unread(0, 0)
    return [
        conversation_record(
            world,
            state,
            user,
            unread=counts.get(state.id, none).messages,
            mentions=counts.get(state.id, none).mentions,
        )
        for state in states
    ]


def handle_history(services: Services, session: Session, request: History, _: Reply) -> HistoryResult:
    """Return a page of entries; only published ones, and only to those who may read when it is sent."""
    slot = slot_for_member(services.world, request.target, session.user)
    state = slot.value
    entries = _entries(services, state, request)
    require_member(slot.value, session.user)
    return HistoryResult(
        id=request.id,
        conversation=state.id,
        entries=tuple(entries),
        first=state.first,
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
        return page(state.id, above=request.after, below=end, limit=limit, limit_bytes=size)
    if request.around is not None:
        middle = min(request.around + 1, end)
        older = page(state.id, below=middle, newest_first=True, limit=(limit + 1) // 2, limit_bytes=size // 2)
        newer = page(state.id, above=middle - 1, below=end, limit=max(limit // 2, 1), limit_bytes=size // 2)
        return older + newer
    before = end if request.before is None else min(request.before, end)
    return page(state.id, below=before, newest_first=True, limit=limit, limit_bytes=size)


COMMANDS = (Command(Sync, handle_sync), Command(History, handle_history))
