"""The chain of the audit log: whatever is done to it afterwards is found."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.protocol.records import AuditRecord
from chat.server.domain.audit import AuditNote, Tail, broken_at, chained

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NOTES = st.lists(
    st.builds(
        AuditNote, timestamp=st.just(NOON), action=WORDS, user=WORDS, nick=WORDS, subject=WORDS, detail=WORDS
    ),
    min_size=2,
    max_size=6,
)


def log(notes: list[AuditNote]) -> list[AuditRecord]:
    """Return the records of some notes, the oldest first."""
    return list(chained(Tail(), notes))


@given(NOTES, st.integers(0, 5))
def test_a_log_that_grew_batch_by_batch_is_whole(notes: list[AuditNote], cut: int) -> None:
    """Wherever a batch ended; numbers are 1, 2, 3 ..."""
    first = list(chained(Tail(), notes[:cut]))
    tail = Tail(first[-1].number, first[-1].hash) if first else Tail()
    records = first + list(chained(tail, notes[cut:]))
    assert records == log(notes)
    assert [each.number for each in records] == list(range(1, len(notes) + 1))
    assert broken_at(records) is None


@given(NOTES, st.data())
def test_one_changed_field_is_found(notes: list[AuditNote], data: st.DataObject) -> None:
    """At the record in which it is."""
    records = log(notes)
    at = data.draw(st.integers(0, len(records) - 1))
    field = data.draw(st.sampled_from(("action", "user", "nick", "subject", "detail", "hash")))
    records[at] = replace(records[at], **{field: getattr(records[at], field) + "!"})
    assert broken_at(records) == records[at].number


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_record_that_was_taken_away_is_found(taken: int) -> None:
    """But for the newest ones: nothing behind them tells of them."""
    records = log([AuditNote(timestamp=NOON, action=word) for word in ("one", "two", "three", "four")])
    del records[taken]
    assert broken_at(records) == taken + 2


def test_a_record_that_was_put_in_is_found() -> None:
    """Even when it is chained on well: the one behind it does not follow any more."""
    one, two = log([AuditNote(timestamp=NOON, action=word) for word in ("one", "two")])
    (forged,) = chained(Tail(one.number, one.hash), [AuditNote(timestamp=NOON, action="forged")])
    assert broken_at([one, forged, replace(two, number=3)]) == 3


def test_an_empty_log_is_whole() -> None:
    """Nothing happened yet."""
    assert broken_at([]) is None
