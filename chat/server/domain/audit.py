"""The audit log: what those did who keep order, each record chained to the one before it. Pure.

A record's hash covers its content and the hash before it, so that nobody changes, inserts or takes away one
without all later hashes being wrong. It never has what people said.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from chat.protocol.records import AuditRecord


class AuditNote(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is to be kept in the audit log; the store gives it a number and its hash."""

    timestamp: datetime
    """UTC, in whole milliseconds."""
    action: str
    """A word, as `kick` or `login_locked`."""
    user: str = ""
    """Id of who did it; empty for the server and its operator at the console."""
    nick: str = ""
    """Their nick then."""
    subject: str = ""
    """To whom or what: a nick, a channel, an address."""
    detail: str = ""


class Tail(msgspec.Struct, frozen=True):
    """The end of the log, where the next record is chained on."""

    number: int = 0
    hash: str = ""


def chained(tail: Tail, notes: Sequence[AuditNote]) -> Iterator[AuditRecord]:
    """Yield the records of new notes, in order, behind the end of the log."""
    for number, note in enumerate(notes, tail.number + 1):
        record = AuditRecord(**msgspec.structs.asdict(note), number=number, hash="")
        tail = Tail(number, _hash(tail.hash, record))
        yield msgspec.structs.replace(record, hash=tail.hash)


def broken_at(records: Iterable[AuditRecord]) -> int | None:
    """Return the number of the first record that is not as it was written; None when all of them are.

    Args:
        records: all there are, the oldest first. That the newest were cut off can't be told from them alone:
            keep the last hash elsewhere for that.
    """
    tail = Tail()
    for record in records:
        expected = msgspec.structs.replace(record, hash="")
        if record.number != tail.number + 1 or record.hash != _hash(tail.hash, expected):
            return record.number
        tail = Tail(record.number, record.hash)
    return None


def _hash(before: str, record: AuditRecord) -> str:
    """Return the SHA-256 over the hash before and the record in JSON: names sorted, no spaces, hash empty."""
    content = msgspec.json.encode(record, order="sorted")
    return sha256(before.encode() + content).hexdigest()
