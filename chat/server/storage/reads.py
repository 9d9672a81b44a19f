"""The questions to the database, each answered in one row of JSON.

One row, because a thread gives up the interpreter's lock at every row it fetches, and must then wait for it
again beside busy workers. Knows no connection. No threads.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select

from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import AuditRecord
from chat.server.storage.schema import audit, entries

UNREAD_MOST = 999
"""Where counting of unread messages stops."""


def _page(newest_first: bool) -> Select[Any]:
    """Return the query for a page: a walk over neighbouring rows from one end."""
    walk = (
        select(entries.c.body)
        .where(entries.c.id > bindparam("above"), entries.c.id < bindparam("below"))
        .order_by(entries.c.id.desc() if newest_first else entries.c.id.asc())
        .limit(bindparam("limit"))
        .subquery()
    )
    return select(func.group_concat(walk.c.body, "\n"))


PAGE = _page(newest_first=False)
"""Bodies of at most `limit` entries with keys between `above` and `below`, one a line; oldest first."""
PAGE_FROM_NEWEST = _page(newest_first=True)
"""As `PAGE`, but those nearest to `below`, newest first."""

_MESSAGES = "select 1 from entries where id > low and id <= high and counts and user_id <> ?1"
_MENTIONS = "select 1 from mentions where user_id = ?1 and entry_id > low and entry_id <= high"
UNREAD = (
    "select json_group_array(json_array(conversation, "
    f"(select count(*) from ({_MESSAGES} limit {UNREAD_MOST})), "
    f"(select count(*) from ({_MENTIONS} limit {UNREAD_MOST})))) "
    "from (select conversation, (conversation << 32) + after as low, (conversation << 32) + last as high "
    "from (select json_extract(value, '$[0]') as conversation, json_extract(value, '$[1]') as after, "
    "json_extract(value, '$[2]') as last from json_each(?2)))"
)
"""For a user and an array of conversation and two positions: conversation, messages, mentions between."""

ANSWERED = (
    "select json_group_array(json_array("
    "sends.user_id, sends.send_id, sends.request_hash, json(entries.body), json(message.body), "
    "sends.entry_id, sends.timestamp)) "
    "from (select json_extract(value, '$[0]') as user_id, json_extract(value, '$[1]') as send_id "
    "from json_each(?)) as wanted "
    "cross join sends on sends.send_id = wanted.send_id and sends.user_id = wanted.user_id "
    "left join entries on entries.id = sends.entry_id "
    "left join entries as message on message.id = "
    "(entries.id >> 32 << 32) + json_extract(entries.body, '$.message')"
)
"""For an array of user and send id: those known, with the request's hash, the entry as it is now (null when
it is gone), the message as it is now that the entry changed, and the entry's key and time."""

STANDING = (
    "select json_group_array(json(entries.body)) from json_each(?) as wanted "
    "cross join entries on entries.id = wanted.value and entries.kind = 'message'"
)
"""For an array of keys: the messages among them, as they are now."""

_COLUMNS = ", ".join(f"'{column.name}', {column.name}" for column in audit.columns)
AUDIT = (
    f"select json_group_array(json_object({_COLUMNS})) from "
    "(select * from audit where number < ? order by number desc limit ?)"
)
"""The newest records of the audit log under a number, the newest first."""
AUDIT_TAIL = "select number, hash from audit order by number desc limit 1"

page_of: msgspec.json.Decoder[list[AnyEntry]] = msgspec.json.Decoder(list[AnyEntry])
unread_of: msgspec.json.Decoder[list[tuple[int, int, int]]] = msgspec.json.Decoder(list[tuple[int, int, int]])
standing_of: msgspec.json.Decoder[list[Message]] = msgspec.json.Decoder(list[Message])
_Answer = tuple[int, str, bytes, AnyEntry | None, Message | None, int, datetime]
answered_of: msgspec.json.Decoder[list[_Answer]] = msgspec.json.Decoder(list[_Answer])
written_of: msgspec.json.Decoder[tuple[int | None, int, list[AnyEntry]]] = msgspec.json.Decoder(
    tuple[int | None, int, list[AnyEntry]]
)
numbers_of: msgspec.json.Decoder[list[int]] = msgspec.json.Decoder(list[int])
audit_of: msgspec.json.Decoder[list[AuditRecord]] = msgspec.json.Decoder(list[AuditRecord])
"""Decoders of the answers."""


def how_many_fit(sizes: Iterable[int], limit_bytes: int) -> int:
    """Return how many entries of these sizes make a page: all that are within the limit, the first anyway."""
    used = count = 0
    for size in sizes:
        used += size + 1
        if count and used > limit_bytes:
            break
        count += 1
    return count
