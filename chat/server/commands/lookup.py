"""Finding what a request means in the published state, and cutting long lists into pages."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from chat.ids import ConversationId, UserId
from chat.names import BadName, Name, parse_channel, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Conversation
from chat.server.commands.spec import Services
from chat.server.domain.channel import require_member
from chat.server.domain.evolve import pair_of
from chat.server.domain.model import ConversationState, UserState, row_of
from chat.server.domain.permissions import hidden
from chat.server.domain.targets import TargetKind, parse_person, parse_target
from chat.server.state.conversations import Slot
from chat.server.state.published import Published
from chat.server.state.view import conversation_record

LIST_PAGE = 1000
"""Rows of one page of a list at most."""
LIST_BYTES = 48 * 1024
"""About how many bytes of records a page of a list holds."""

_T = TypeVar("_T", bound=msgspec.Struct)


def nick_of(text: str) -> Name:
    """Return a legal nick; raises `Refused`."""
    try:
        return parse_nick(text)
    except BadName as problem:
        raise Refused(ErrorCode.INVALID_NAME, str(problem), field=problem.field) from None


def channel_of(text: str, field: str) -> Name:
    """Return a legal channel name; raises `Refused`."""
    try:
        return parse_channel(text, field)
    except BadName as problem:
        raise Refused(ErrorCode.INVALID_NAME, str(problem), field=problem.field) from None


def user_of(world: Published, text: str, field: str = "target") -> UserState:
    """Return the user that `@nick` or an id names, the server's own too; raises `Refused`."""
    target = parse_person(text, field)
    user_id = world.nick_holder(target.key) if target.kind is TargetKind.NICK else UserId(target.key)
    user = world.user(user_id) if user_id else None
    if user is None:
        raise Refused(ErrorCode.UNKNOWN_USER, f"Nobody here is called {text}.", field=field)
    return user


def channel_slot(world: Published, text: str, user: UserId) -> Slot:
    """Return the place of a channel that a user may know of; raises `Refused`."""
    target = parse_target(text)
    if target.kind is TargetKind.NICK:
        raise Refused(ErrorCode.NOT_A_CHANNEL, f"{text} is a person, not a channel.", field="target")
    named = target.kind is TargetKind.CHANNEL
    found = world.channel_named(target.key) if named else ConversationId(target.key)
    slot = world.conversations.slot(found) if found else None
    if slot is None or not slot.value.visible_to(user):
        raise hidden()
    if slot.value.pair:
        raise Refused(ErrorCode.NOT_A_CHANNEL, field="target")
    return slot


def slot_for_member(world: Published, text: str, user: UserId) -> Slot:
    """Return the place of a conversation that a member asks about; raises `Refused`."""
    target = parse_target(text)
    if target.kind is TargetKind.NICK:
        found = world.direct_of(pair_of(user, user_of(world, text).id))
    elif target.kind is TargetKind.CHANNEL:
        found = world.channel_named(target.key)
    else:
        found = ConversationId(target.key)
    slot = world.conversations.slot(found) if found else None
    if slot is None:
        raise hidden()
    require_member(slot.value, user)
    return slot


def counted_records(
    services: Services, user: UserId, states: Sequence[ConversationState]
) -> list[Conversation]:
    """Return the records of a member's conversations with what is unread in them, counted by one query."""
    world = services.world
    positions = {state.id: (world.read_of(user, state.id), state.last) for state in states}
    counted = {state.id: (max(positions[state.id][0], state.first - 1), state.last) for state in states}
    counts = services.store.unread(user, counted)
    return [
        conversation_record(
            world,
            state,
            user,
            read=positions[state.id][0],
            unread=counts[state.id].messages,
            mentions=counts[state.id].mentions,
        )
        for state in states
    ]


def page_of(records: Iterable[_T]) -> tuple[tuple[_T, ...], bool]:
    """Return as many records as fit a page, at least one if there is any, and whether some are left."""
    page: list[_T] = []
    size = 0
    for record in records:
        size += len(msgspec.json.encode(record)) + 1
        if page and size > LIST_BYTES:
            return tuple(page), True
        page.append(record)
    return tuple(page), False


def cursor_row(after: str) -> int:
    """Return the row in a cursor that is an id, 0 on the first page; raises `Refused` for one not of ours."""
    if not after:
        return 0
    if not after[1:].isdecimal():
        raise Refused(ErrorCode.INVALID_REQUEST, "This is no `next` of an earlier page.", field="after")
    return row_of(after)
