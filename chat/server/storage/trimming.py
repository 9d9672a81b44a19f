"""What is not kept, as SQL: the beginnings of logs, send ids of what is long gone, and erasures on their way.

Values in, values out; knows no connection. No threads.
"""

from collections.abc import Iterator

import msgspec

from chat.server.domain.model import row_of
from chat.server.ports import TRIMMED_AT_ONCE, Batch
from chat.server.storage.statement import Write

_OLDEST = (
    f"select id from entries where id > ?1 << 32 and id < (?1 << 32) + ?2 order by id limit {TRIMMED_AT_ONCE}"
)
# by their keys, for mentions are found by who is mentioned
_UNMENTION = (
    "delete from mentions where (user_id, entry_id) in ("
    "select cast(substr(mentioned.value, 2) as integer), entries.id "
    f"from entries, json_each(entries.body, '$.mentions') as mentioned where entries.id in ({_OLDEST}))"
)
# an edit stands above its message, and may well be kept longer
_STRIP_EDITS = (
    "update entries set body = json_remove(body, '$.text') where kind = 'edited' and id in ("
    "select (?1 << 32) + json_extract(body, '$.edited') from entries "
    "where id >= (?1 << 32) + ?2 and id < (?1 << 32) + ?3 and kind = 'message')"
)
_TRIM = f"delete from entries where id in ({_OLDEST})"
_TRIMMED = (
    "insert into trimmed (conversation_id, day, below) "
    f"select ?1, ?3, max(id) - (?1 << 32) + 1 from ({_OLDEST}) having max(id) is not null "
    "on conflict (conversation_id, day) do update set below = excluded.below"
)
_FORGET = (
    "delete from sends where (send_id, user_id) in "
    "(select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(?))"
)
_BEGIN = (
    "insert into erasures (user_id, by_id) values (?1, ?2) "
    "on conflict (user_id) do update set by_id = excluded.by_id"
)
_END = "delete from erasures where user_id = ?1"

WRITTEN = (
    "select json_array(max(id), count(*), json_group_array(json(body)) filter (where user_id = ?1)) "
    "from (select id, user_id, body from entries where id > ?2 order by id limit ?3)"
)
"""For a user, a key and a number of rows: the last key of these rows, how many, and what the user wrote."""
WRITTEN_MESSAGES = (
    "select count(*) from entries where kind = 'message' and user_id = ? "
    "and json_extract(body, '$.deleted') is null"
)
ERASURES = "select user_id, by_id from erasures order by user_id"
OLD_SENDS = (
    "select send_id, user_id, exists (select 1 from trimmed where conversation_id = entry_id >> 32 "
    "and day < ?4 and below > (entry_id & 4294967295)) "
    "from (select * from sends where (send_id, user_id) > (?1, ?2) "
    "and exists (select 1 from trimmed where day < ?4) order by send_id, user_id limit ?3)"
)
"""For a send id, a user, a number of rows and a day: these rows, each with whether it may be forgotten."""


def trimming(batch: Batch) -> Iterator[Write]:
    """Yield what takes away that is not kept any more."""
    for trim in batch.trims:
        row = row_of(trim.conversation)
        yield Write(_TRIMMED, (row, trim.below, trim.when.date().isoformat()))
        yield Write(_STRIP_EDITS, (row, trim.below, trim.first))
        yield Write(_UNMENTION, (row, trim.below))
        yield Write(_TRIM, (row, trim.below))
    if batch.forgotten:
        keys = [(send_id, row_of(user)) for user, send_id in batch.forgotten]
        yield Write(_FORGET, (msgspec.json.encode(keys).decode(),))
    for erasure in batch.erasures:
        if erasure.done:
            yield Write(_END, (row_of(erasure.user),))
        else:
            yield Write(_BEGIN, (row_of(erasure.user), row_of(erasure.by)))
