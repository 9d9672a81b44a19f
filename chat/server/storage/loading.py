"""Reads everything that the server keeps in memory, once at its start.

Knows the tables; no transaction. Runs on the thread that opens the server.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from chat.ids import UserId
from chat.protocol.records import ConversationKind, Gate, Role, Status, UserKind
from chat.server.domain.model import (
    ChannelRules,
    ConversationState,
    DeviceState,
    MemberState,
    PasswordHash,
    ReadMove,
    UserState,
    conversation_id,
    device_id,
    user_id,
)
from chat.server.ports import Loaded
from chat.server.storage import schema

_rules_of: msgspec.json.Decoder[ChannelRules] = msgspec.json.Decoder(ChannelRules)
_pins_of: msgspec.json.Decoder[tuple[int, ...]] = msgspec.json.Decoder(tuple[int, ...])


def load(connection: Connection) -> Loaded:
    """Return everything but the log."""
    meta = connection.execute(select(schema.meta)).one()
    return Loaded(
        server_id=meta.server_id,
        epoch=meta.epoch,
        users=tuple(_users(connection)),
        devices=tuple(_devices(connection)),
        conversations=tuple(_conversations(connection)),
        reads=tuple(_reads(connection)),
        next_user=meta.next_user,
        next_device=meta.next_device,
        next_conversation=meta.next_conversation,
        last_batch=meta.last_batch,
        gate=Gate(meta.gate),
    )


def _users(connection: Connection) -> Iterator[UserState]:
    for row in connection.execute(select(schema.users).order_by(schema.users.c.id)):
        yield UserState(
            id=user_id(row.id),
            kind=UserKind(row.kind),
            nick=row.nick,
            nick_key=row.nick_key,
            holds_nick=row.holds_nick,
            status=Status(row.status),
            status_text=row.status_text,
            version=row.version,
            created=datetime.fromisoformat(row.created),
            last_seen=datetime.fromisoformat(row.last_seen) if row.last_seen else None,
            admin=row.admin,
            password=PasswordHash(row.password) if row.password else None,
            disabled=row.disabled,
        )


def _devices(connection: Connection) -> Iterator[DeviceState]:
    for row in connection.execute(select(schema.devices).order_by(schema.devices.c.id)):
        yield DeviceState(
            id=device_id(row.id),
            user=user_id(row.user_id),
            token_hash=row.token_hash,
            created=datetime.fromisoformat(row.created),
            client=row.client,
            last_used=datetime.fromisoformat(row.last_used) if row.last_used else None,
        )


def _conversations(connection: Connection) -> Iterator[ConversationState]:
    members = _members(connection)
    rules = {
        row.conversation_id: _rules_of.decode(row.rules)
        for row in connection.execute(select(schema.channel_rules))
    }
    for row in connection.execute(select(schema.conversations).order_by(schema.conversations.c.id)):
        yield ConversationState(
            id=conversation_id(row.id),
            kind=ConversationKind(row.kind),
            name=row.name,
            name_key=row.name_key,
            topic=row.topic,
            first=row.first,
            last=row.last,
            members=members.get(row.id, {}),
            pair=(user_id(row.pair_first), user_id(row.pair_second)) if row.pair_first else None,
            pins=_pins_of.decode(row.pins),
            rules=rules.get(row.id, ChannelRules()),
        )


def _members(connection: Connection) -> Mapping[int, Mapping[UserId, MemberState]]:
    """Return all memberships by conversation."""
    by_role = {role.value: MemberState(role) for role in Role}
    found: dict[int, dict[UserId, MemberState]] = defaultdict(dict)
    for conversation, user, role in connection.execute(select(schema.members)):
        found[conversation][user_id(user)] = by_role[role]
    return found


def _reads(connection: Connection) -> Iterator[ReadMove]:
    table = schema.read_marks
    ordered = select(table).order_by(table.c.user_id, table.c.conversation_id)
    for user, conversation, number, told, told_at in connection.execute(ordered):
        when = datetime.fromisoformat(told_at) if told_at else None
        yield ReadMove(user_id(user), conversation_id(conversation), number, told, when)
