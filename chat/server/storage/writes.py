"""A batch as SQL: few statements, each with all its rows in one JSON array.

Never a statement or a step per row: a thread that gives up the interpreter's lock that often starves beside
busy workers. Values in, values out; knows no connection. No threads.
"""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Table

from chat.protocol.entries import AnyEntry, Message
from chat.server.domain.audit import Tail, chained
from chat.server.domain.model import ConversationState, DeviceState, UserState, row_of
from chat.server.ports import Batch
from chat.server.storage import schema
from chat.server.storage.sequence import last_before, roles_after
from chat.server.storage.statement import Write
from chat.server.storage.trimming import trimming

_encode = msgspec.json.Encoder().encode


def writes(batch: Batch) -> list[Write]:
    """Return the statements that store a batch, in order; raises `StoreError` when it contradicts itself."""
    return [
        _counters(batch),
        *_gate(batch),
        *_people(batch),
        *_conversations(batch),
        *_log(batch),
        *_positions(batch),
        *trimming(batch),
        *_deletions(batch),
    ]


def audit_write(batch: Batch, tail: Tail) -> Write:
    """Return the statement that adds a batch's notes to the audit log, whose end is given."""
    rows = [
        (each.number, each.timestamp, each.action, each.user, each.nick, each.subject, each.detail, each.hash)
        for each in chained(tail, batch.notes)
    ]
    return Write(_AUDIT, (_encode(rows).decode(),))


def entry_key(conversation: str, number: int) -> int:
    """Return the key of an entry's row."""
    return (row_of(conversation) << 32) + number


def _insert(table: Table, also: str = "where true", update: str | None = None) -> str:
    """Return an `insert` whose rows are arrays in one JSON array, their values in the order of the columns.

    Args:
        table: where to.
        also: what follows the rows; sqlite wants at least a `where` before `on conflict`.
        update: the assignments to a row that exists; None refuses it.
    """
    columns = table.columns.keys()
    values = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(columns)))
    head = f"insert into {table.name} ({', '.join(columns)}) select {values} from json_each(?) {also}"
    if update is None:
        return head
    key = ", ".join(column.name for column in table.primary_key)
    return f"{head} on conflict ({key}) do update set {update}"


def _replace(table: Table, only: Sequence[str] = (), also: str = "where true") -> str:
    """Return an `insert` that gives an existing row the new values, all but the key or only some."""
    names = only or [column.name for column in table.columns if not column.primary_key]
    return _insert(table, also, ", ".join(f"{name} = excluded.{name}" for name in names))


_COUNT = (
    "update meta set last_batch = ?1, next_user = max(next_user, ?2), next_device = max(next_device, ?3), "
    "next_conversation = max(next_conversation, ?4) where last_batch < ?1"
)
# claims are given up before any is taken, so that users of one batch can hand a nick over
_GIVE_UP_NICKS = "update users set holds_nick = 0 where id in (select value from json_each(?))"
_USERS = _replace(schema.users)
_REVOKE = "delete from devices where id in (select value from json_each(?))"
_DEVICES = _replace(schema.devices)
_GATE = "update meta set gate = ?"
# Only rows whose stored `last` is what the batch builds on get through; their number is compared. What a
# conversation is never changes, and leaving it out spares every message the writing of two indexes.
_CONVERSATIONS = _replace(
    schema.conversations,
    ("topic", "first", "last", "pins"),
    f"left join conversations as stored on stored.id = json_extract(value, '$[0]') "
    f"where coalesce(stored.last, 0) = json_extract(value, '$[{len(schema.conversations.columns)}]')",
)
# before any name is taken, so that a batch can give the name of a channel that it deletes to another one
_GIVE_UP_NAMES = (
    "update conversations set name = '', name_key = '' where id in (select value from json_each(?))"
)
_RULES = _replace(schema.channel_rules)
_MEMBERS = _replace(schema.members)
_END_MEMBERSHIPS = (
    "delete from members where (conversation_id, user_id) in "
    "(select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(?))"
)
_ENTRIES = _insert(schema.entries)
_MENTIONS = _insert(schema.mentions)
REVISED = (
    "update entries set body = revised.body from "
    "(select json_extract(value, '$[0]') as id, json_extract(value, '$[1]') as body from json_each(?)) "
    "as revised where entries.id = revised.id and entries.kind = 'message'"
)
STRIPPED = (
    "update entries set body = json_remove(body, '$.text') "
    "where id in (select value from json_each(?)) and kind = 'edited'"
)
_READS = _insert(
    schema.read_marks,
    update="number = max(number, excluded.number), told = max(told, excluded.told), "
    "told_at = iif(excluded.told > told, excluded.told_at, told_at)",
)
_SENDS = _insert(schema.sends)
_AUDIT = _insert(schema.audit)
_OF_THE_GONE = "conversation_id in (select value from json_each(?))"
# all but the last entry, the one that says so
_FORGET_LOGS = (
    "delete from entries where kind <> 'channel_deleted' and "
    "id in (select entries.id from json_each(?) as gone cross join entries "
    "on entries.id > gone.value << 32 and entries.id < (gone.value + 1) << 32)"
)
_FORGET_MENTIONS = "delete from mentions where entry_id >> 32 in (select value from json_each(?))"
_FORGET_MARKS = f"delete from read_marks where {_OF_THE_GONE}"
# after all else of the log: what is left says when it went
_TRIMMED_WHOLE = (
    "insert into trimmed (conversation_id, day, below) select gone.value, "
    "substr(json_extract(body, '$.timestamp'), 1, 10), (entries.id & 4294967295) + 1 "
    "from json_each(?) as gone cross join entries "
    "on entries.id > gone.value << 32 and entries.id < (gone.value + 1) << 32 "
    "where true on conflict (conversation_id, day) do update set below = excluded.below"
)
_FORGET_RULES = f"delete from channel_rules where {_OF_THE_GONE}"
_FORGET_MEMBERS = f"delete from members where {_OF_THE_GONE}"
_FORGET_CONVERSATIONS = "delete from conversations where id in (select value from json_each(?))"


def _bulk(sql: str, rows: Sequence[object], exactly: bool = False) -> Iterator[Write]:
    """Yield the statement with its rows, or nothing where there are none."""
    if rows:
        yield Write(sql, (_encode(rows).decode(),), len(rows) if exactly else None)


def _counters(batch: Batch) -> Write:
    nexts = (
        max((row_of(each.id) + 1 for each in states), default=1)
        for states in (batch.users, batch.devices, batch.conversations)
    )
    return Write(_COUNT, (batch.number, *nexts), rows=1)


def _gate(batch: Batch) -> Iterator[Write]:
    if batch.gate:
        yield Write(_GATE, (batch.gate.value,), rows=1)


def _people(batch: Batch) -> Iterator[Write]:
    users = {user.id: user for user in batch.users}
    yield from _bulk(_GIVE_UP_NICKS, [row_of(user) for user in users])
    yield from _bulk(_USERS, [_user(user) for user in users.values()])
    yield from _bulk(_REVOKE, [row_of(device.id) for device in batch.revoked])
    devices = {device.id: device for device in batch.devices}
    yield from _bulk(_DEVICES, [_device(device) for device in devices.values()])


def _conversations(batch: Batch) -> Iterator[Write]:
    before = last_before(batch)
    states = {state.id: state for state in batch.conversations}
    yield from _bulk(_GIVE_UP_NAMES, [row_of(each) for each in batch.gone])
    rows = [(*_conversation(state), before[state.id]) for state in states.values()]
    yield from _bulk(_CONVERSATIONS, rows, exactly=True)
    roles = [(row_of(channel), row_of(user), role) for (channel, user), role in roles_after(batch).items()]
    yield from _bulk(_MEMBERS, [row for row in roles if row[2] is not None])
    rules = [(row_of(channel), _encode(value).decode()) for channel, value in dict(batch.rules).items()]
    yield from _bulk(_RULES, rules)
    yield from _bulk(_END_MEMBERSHIPS, [row for row in roles if row[2] is None])


def _log(batch: Batch) -> Iterator[Write]:
    yield from _bulk(_ENTRIES, [_entry(entry) for entry in batch.entries])
    yield from _bulk(_MENTIONS, [row for entry in batch.entries for row in _mentioned(entry)])
    sends = [
        (
            send.send_id,
            row_of(send.user),
            send.request_hash,
            entry_key(send.conversation, send.number),
            send.timestamp,
        )
        for send in batch.sends
    ]
    yield from _bulk(_SENDS, sends)
    revised = {entry_key(each.conversation, each.number): each for each in batch.revised}
    rows = [(key, msgspec.Raw(_encode(message))) for key, message in revised.items()]
    yield from _bulk(REVISED, rows, exactly=True)
    stripped = {entry_key(conversation, number) for conversation, number in batch.stripped}
    yield from _bulk(STRIPPED, sorted(stripped), exactly=True)


def _positions(batch: Batch) -> Iterator[Write]:
    rows = [
        (row_of(move.user), row_of(move.conversation), move.number, move.told, move.told_at)
        for move in batch.reads
    ]
    yield from _bulk(_READS, rows)


def _deletions(batch: Batch) -> Iterator[Write]:
    """Yield what takes deleted conversations away, and all that refers to them first."""
    gone = [row_of(each) for each in batch.gone]
    yield from _bulk(_FORGET_LOGS, gone)
    yield from _bulk(_TRIMMED_WHOLE, gone)
    for sql in (_FORGET_MENTIONS, _FORGET_MARKS, _FORGET_RULES, _FORGET_MEMBERS):
        yield from _bulk(sql, gone)
    yield from _bulk(_FORGET_CONVERSATIONS, gone, exactly=True)


def _user(user: UserState) -> tuple[object, ...]:
    return (
        row_of(user.id),
        user.kind,
        user.nick,
        user.nick_key,
        user.holds_nick,
        user.status,
        user.status_text,
        user.version,
        user.created,
        user.last_seen,
        user.admin,
        user.password.value if user.password else None,
        user.disabled,
    )


def _device(device: DeviceState) -> tuple[object, ...]:
    return (
        row_of(device.id),
        row_of(device.user),
        device.token_hash,
        device.created,
        device.client,
        device.last_used,
    )


def _conversation(state: ConversationState) -> tuple[object, ...]:
    pair = (row_of(state.pair[0]), row_of(state.pair[1])) if state.pair else (None, None)
    return (
        row_of(state.id),
        state.kind,
        state.name,
        state.name_key,
        state.topic,
        state.first,
        state.last,
        *pair,
        state.pins,
    )


def _entry(entry: AnyEntry) -> tuple[object, ...]:
    return (
        entry_key(entry.conversation, entry.number),
        entry.__struct_config__.tag,
        row_of(entry.user),
        isinstance(entry, Message),
        msgspec.Raw(_encode(entry)),
    )


def _mentioned(entry: AnyEntry) -> Iterator[tuple[int, int]]:
    """Yield a row for each other person that a message mentions."""
    if isinstance(entry, Message):
        key = entry_key(entry.conversation, entry.number)
        for user in dict.fromkeys(entry.mentions):
            if user != entry.user:
                yield row_of(user), key
