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
_LAST_OF_GONE = (
    "delete from entries where id in (select (conversation_id << 32) + below - 1 from trimmed "
    "where day < ? and conversation_id not in (select id from conversations))"
)
_FORGET_TRIMS = "delete from trimmed where day < ?"
_BEGIN = (
    "insert into erasures (user_id, conversation_id, last, by_id) select json_extract(value, '$[0]'), "
    "json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]') "
    "from json_each(?) where true on conflict (user_id, conversation_id) "
    "do update set last = max(last, excluded.last), by_id = excluded.by_id"
)
# but not what was asked for meanwhile, or by another one
_END = (
    "delete from erasures where (user_id, conversation_id) in (select json_extract(value, '$[0]'), "
    "json_extract(value, '$[1]') from json_each(?) "
    "where json_extract(value, '$[2]') >= erasures.last and json_extract(value, '$[3]') = erasures.by_id)"
)

WRITTEN = (
    "select json_array(max(id), count(*), json_group_array(json(body)) filter (where user_id = ?1)) "
    "from (select id, user_id, body from entries where id > ?2 order by id limit ?3)"
)
"""For a user, a key and a number of rows: the last key of these rows, how many, and what the user wrote."""
_HAS_TEXT = "kind = 'message' and user_id = ?1 and json_extract(body, '$.deleted') is null"
WRITTEN_MESSAGES = (
    "select id >> 32 as conversation, count(*), max(id) & 4294967295 "
    f"from entries where {_HAS_TEXT} group by conversation order by conversation"
)
"""For a user: each conversation where messages of theirs have their text, how many, and the last's number."""
MESSAGES_OF = (
    f"select json_group_array(id & 4294967295) from (select id from entries where {_HAS_TEXT} "
    "and id > ?2 and id < ?3 order by id limit ?4)"
)
"""For a user, two keys and a limit: the numbers of the first such messages between the two."""
ERASURES = "select user_id, conversation_id, last, by_id from erasures order by user_id, conversation_id"
OLDEST_TRIM = "select min(day) from trimmed"
OLD_SENDS = (
    "select send_id, user_id, exists (select 1 from trimmed where conversation_id = entry_id >> 32 "
    "and day < ?4 and below > (entry_id & 4294967295)) "
    "from (select * from sends where (send_id, user_id) > (?1, ?2) order by send_id, user_id limit ?3)"
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
    if batch.outlived:
        for sql in (_LAST_OF_GONE, _FORGET_TRIMS):
            yield Write(sql, (batch.outlived.isoformat(),))
    for sql, done in ((_BEGIN, False), (_END, True)):
        rows = [
            (row_of(each.user), row_of(each.conversation), each.last, row_of(each.by))
            for each in batch.erasures
            if each.done is done
        ]
        if rows:
            yield Write(sql, (msgspec.json.encode(rows).decode(),))
