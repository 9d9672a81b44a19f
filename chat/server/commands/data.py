"""What one wrote: all of it page by page, and taking all of it back."""

import msgspec

from chat.ids import ConversationId, UserId
from chat.protocol.accounts import EraseMessages, EraseMessagesResult, ExportData, ExportDataResult
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message
from chat.server.commands.lookup import user_of
from chat.server.commands.spec import Command, Reply, Services, answering
from chat.server.domain import retention as rules
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session

ROWS_LOOKED_AT = 5000
"""How many entries of all logs one request walks by; a page may hold nothing and still not be the last."""

_DIGITS = 18
"""So many fit into a number that the store knows."""


def handle_export(services: Services, session: Session, request: ExportData, _: Reply) -> ExportDataResult:
    """Return a page of what one wrote; it counts on the budget of history."""
    part = services.store.written(
        session.user,
        after=_place(request.after),
        rows=ROWS_LOOKED_AT,
        limit_bytes=services.limits.page_bytes,
    )
    entries = tuple(_for_author(services, entry) for entry in part.entries if _is_kept(services, entry))
    services.budgets.charge_history(session.user, len(msgspec.json.encode(entries)))
    return ExportDataResult(
        id=request.id,
        user=services.world.directory.known(session.user).record(),
        entries=entries,
        next="" if part.after is None else str(part.after),
    )


def handle_erase(services: Services, session: Session, request: EraseMessages, reply: Reply) -> Change:
    """Begin to take back what one wrote, or, as an administrator, somebody else."""
    user = user_of(services.world, request.user).id if request.user else session.user
    rules.require_eraser(services.world.directory.known(session.user), user)
    # up to what stands there now: what is said after this stays, however long the rest takes
    written = services.store.written_messages(user)
    # an erasure that another administrator asked for ends with their right, so this one is not part of it
    under_way = {
        each.conversation: each.last
        for each in services.store.erasures()
        if each.user == user and each.by in (user, session.user)
    }
    last = {place: each.last for place, each in written.items() if each.last > under_way.get(place, 0)}

    def finish(_: Outcome) -> EraseMessagesResult:
        if written:
            services.retaining.begin()
        return EraseMessagesResult(id=request.id, messages=sum(each.messages for each in written.values()))

    return Change(
        decide=lambda draft: rules.begin_erasure(draft, by=session.user, user=user, last=last),
        answer=answering(request, reply, finish),
    )


def _is_kept(services: Services, entry: AnyEntry) -> bool:
    """Return whether an entry can be read: it may be on its way out, and of a deleted channel one stays."""
    state = services.world.conversation(ConversationId(entry.conversation))
    return state is not None and entry.number >= state.first


def _for_author(services: Services, entry: AnyEntry) -> AnyEntry:
    """Return an entry without what others did to it, where its author may not read that any more."""
    state = services.world.conversation(ConversationId(entry.conversation))
    if not isinstance(entry, Message) or (state is not None and state.may_read(UserId(entry.user))):
        return entry
    return msgspec.structs.replace(entry, reactions=(), revision=entry.edited)


def _place(after: str) -> int:
    """Return the place in a cursor, 0 on the first page; raises `Refused` for one not of ours."""
    if not after:
        return 0
    if not after.isdecimal() or not after.isascii() or len(after) > _DIGITS:
        raise Refused(ErrorCode.INVALID_REQUEST, "This is no `next` of an earlier page.", field="after")
    return int(after)


COMMANDS = (Command(ExportData, handle_export), Command(EraseMessages, handle_erase))
