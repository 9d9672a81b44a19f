"""Batches as a journal would make them, for tests of stores."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.entries import AnyEntry, ChannelDeleted, Created, Joined, Message, MessageChange
from chat.protocol.records import ConversationKind, Role, UserKind
from chat.server.domain.model import (
    ConversationState,
    DeviceState,
    SendRow,
    UserState,
    conversation_id,
    device_id,
    user_id,
)
from chat.server.ports import Batch, Store

_Change = TypeVar("_Change", bound=MessageChange)

MOMENT = datetime(2024, 5, 17, 9, 30, 0, 123000, tzinfo=UTC)


def user(row: int, nick: str = "", *, holds_nick: bool = True) -> UserState:
    """Return a guest, by default with a nick of their own."""
    name = nick or f"guest-{row}"
    return UserState(
        id=user_id(row), kind=UserKind.GUEST, nick=name, nick_key=name, holds_nick=holds_nick, created=MOMENT
    )


def device(row: int, of: int) -> DeviceState:
    """Return a device of the user in a row."""
    return DeviceState(id=device_id(row), user=user_id(of), token_hash=f"hash-{row}", created=MOMENT)


def channel(row: int, last: int = 0, name: str = "", topic: str = "") -> ConversationState:
    """Return a channel, by default with a name of its own."""
    name = name or f"#channel-{row}"
    return ConversationState(
        id=conversation_id(row),
        kind=ConversationKind.CHANNEL,
        name=name,
        name_key=name,
        topic=topic,
        last=last,
    )


def direct(row: int, one: int, other: int, last: int = 0) -> ConversationState:
    """Return the direct conversation of two users."""
    return ConversationState(
        id=conversation_id(row),
        kind=ConversationKind.DIRECT,
        pair=(user_id(one), user_id(other)),
        last=last,
    )


def created(state: ConversationState, by: int = 1) -> Created:
    """Return the first entry of a conversation."""
    return Created(
        conversation=state.id,
        number=1,
        user=user_id(by),
        nick=f"guest-{by}",
        timestamp=MOMENT,
        kind=state.kind,
        name=state.name,
    )


def joined(conversation: int, number: int, who: int = 1, role: Role = Role.MEMBER) -> Joined:
    """Return the entry of somebody who joined."""
    return Joined(
        conversation=conversation_id(conversation),
        number=number,
        user=user_id(who),
        nick=f"guest-{who}",
        timestamp=MOMENT,
        role=role,
    )


def message(
    number: int,
    text: str = "hello",
    *,
    conversation: int = 1,
    by: int = 1,
    mentions: Sequence[int] = (),
    send_id: str = "",
) -> Message:
    """Return a message."""
    return Message(
        conversation=conversation_id(conversation),
        number=number,
        user=user_id(by),
        nick=f"guest-{by}",
        timestamp=MOMENT,
        text=text,
        mentions=tuple(user_id(row) for row in mentions),
        send_id=send_id,
    )


def change(
    kind: type[_Change], number: int, *, of: int, conversation: int = 1, by: int = 1, **fields: Any
) -> _Change:
    """Return an entry that changes the message `of` that number."""
    return kind(
        conversation=conversation_id(conversation),
        number=number,
        user=user_id(by),
        nick=f"guest-{by}",
        timestamp=MOMENT,
        message=of,
        **fields,
    )


def send_row(entry: AnyEntry, request_hash: bytes = b"\x00hash\xff") -> SendRow:
    """Return what is remembered of the request that made the entry."""
    return SendRow(
        user=UserId(entry.user),
        send_id=SendId(entry.send_id),
        request_hash=request_hash,
        conversation=ConversationId(entry.conversation),
        number=entry.number,
        timestamp=entry.timestamp,
    )


def founding(users: int = 3, channels: int = 1) -> Batch:
    """Return the first batch of a server: users, and channels with one entry each."""
    states = [channel(row, last=1) for row in range(1, channels + 1)]
    return Batch(
        number=1,
        users=[user(row) for row in range(1, users + 1)],
        conversations=states,
        entries=[created(state) for state in states],
        members=[(state.id, user_id(1), Role.OPERATOR.value) for state in states],
    )


def said(batch_number: int, *messages: AnyEntry) -> Batch:
    """Return a batch of entries of one channel, with the send ids of those that have one."""
    last = messages[-1]
    state = msgspec.structs.replace(channel(int(last.conversation[1:])), last=last.number)
    return Batch(
        number=batch_number,
        conversations=[state],
        entries=messages,
        sends=[send_row(entry) for entry in messages if entry.send_id],
    )


def deletion(number: int, last: int) -> Batch:
    """Return the batch that deletes channel 1 by its last entry."""
    entry = ChannelDeleted(
        conversation=conversation_id(1),
        number=last,
        user=user_id(1),
        nick="guest-1",
        timestamp=MOMENT,
        send_id="the-end",
    )
    gone = msgspec.structs.replace(channel(1, last=last), name="", name_key="", first=last, deleted=True)
    return Batch(
        number=number, conversations=[gone], entries=[entry], gone=[gone.id], sends=[send_row(entry)]
    )


def talk(store: Store, messages: int, *, by: int = 1, a_batch: int = 500, text: str = "hello") -> None:
    """Found a server and say so many messages in channel 1, after its first entry."""
    store.commit(founding())
    numbers = range(2, messages + 2)
    for at in range(0, messages, a_batch):
        part = [message(number, text, by=by) for number in numbers[at : at + a_batch]]
        store.commit(said(store.last_batch() + 1, *part))


def whole_log(store: Store, conversation: int = 1) -> list[AnyEntry]:
    """Return all entries of a conversation."""
    return store.page(conversation_id(conversation), limit=1_000_000, limit_bytes=1 << 40)
