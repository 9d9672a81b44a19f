"""How the store in SQLite goes about its work: settings, statements, snapshots, the write-ahead log."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Select
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from chat.protocol.entries import Edited
from chat.server.domain.model import MessageKey, conversation_id, user_id
from chat.server.storage import sql
from chat.server.storage.connections import for_reading
from chat.server.storage.reads import ANSWERED, PAGE, PAGE_FROM_NEWEST, STANDING, UNREAD
from chat.server.storage.writes import REVISED, STRIPPED
from tests.support.batches import change, founding, message, said, talk, whole_log
from tests.support.opened_store import OpenedStore

C1 = conversation_id(1)


def test_every_commit_is_flushed_to_the_disk(opened: OpenedStore) -> None:
    """Both connections that write wait for the disk, also where a plain fsync is not enough."""
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
        "wal_autocheckpoint": 0,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    for raw in (opened.journal, opened.mover):
        assert {name: raw.execute(f"pragma {name}").fetchone()[0] for name in wanted} == wanted


def test_a_reading_connection_can_not_write(opened: OpenedStore) -> None:
    """Neither by mistake nor by a hole in a query."""
    opened.store.commit(founding())
    raw = for_reading(opened.database)()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw.execute("delete from users")
    raw.execute("pragma query_only = off")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        raw.execute("delete from users")
    raw.close()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    """What means something in an address or to SQLite is a name like others here."""
    opened = OpenedStore(tmp_path / "a ?mode=rwc&x#1 %41 ü")
    talk(opened.store, 3)
    assert len(whole_log(opened.store)) == 4
    opened.store.close()


def test_a_commit_takes_as_many_statements_for_many_messages_as_for_one(opened: OpenedStore) -> None:
    """So that the journal does not give up the interpreter's lock once per message."""
    opened.store.commit(founding())
    counts = list[int]()
    for batch, numbers in ((2, range(2, 3)), (3, range(3, 503))):
        opened.journal.statements.clear()
        opened.store.commit(
            said(batch, *(message(number, send_id=f"s{number}", mentions=[2]) for number in numbers))
        )
        counts.append(len(opened.journal.statements))
    assert counts == [7, 7]


def test_a_commit_takes_as_many_statements_for_many_changes_as_for_one(opened: OpenedStore) -> None:
    """Revised messages, and edits that lose their texts, go by one statement each."""
    talk(opened.store, 600)
    counts = list[int]()
    last = 601
    for many in (1, 200):
        edits = [change(Edited, last + at, of=1 + at, text="new") for at in range(1, many + 1)]
        batch = said(opened.store.last_batch() + 1, *edits)
        revised = [message(edit.message, "new") for edit in edits]
        stripped = [MessageKey(C1, edit.number) for edit in edits]
        opened.journal.statements.clear()
        opened.store.commit(msgspec.structs.replace(batch, revised=revised, stripped=stripped))
        counts.append(len(opened.journal.statements))
        last += many
    assert counts == [7, 7]


@pytest.mark.parametrize("query", [STANDING, ANSWERED, REVISED, STRIPPED])
def test_entries_are_found_by_their_keys_alone(opened: OpenedStore, query: str) -> None:
    """Whatever is asked of single ones, no table is walked through."""
    plan = [row[3] for row in opened.journal.execute(f"explain query plan {query}", ("[]",)).fetchall()]
    assert [step for step in plan if "SCAN" in step and "VIRTUAL TABLE" not in step] == []
    assert any("USING INTEGER PRIMARY KEY (rowid=?)" in step for step in plan)


def _log_left_after_moving(opened: OpenedStore) -> tuple[int, int]:
    """Return busy and pages left in the log, as another program finds them; a snapshot would keep some."""
    intruder = opened.intruder()
    busy, pages, _ = intruder.execute("pragma wal_checkpoint(truncate)").fetchone()
    intruder.close()
    return busy, pages


def test_no_snapshot_is_held_after_reading(opened: OpenedStore) -> None:
    """The log can be emptied right after any question, however its page was cut."""
    talk(opened.store, 300)
    opened.store.page(C1, limit=5, limit_bytes=1 << 20)
    opened.store.page(C1, newest_first=True, limit=500, limit_bytes=300)
    opened.store.unread(user_id(2), {C1: (0, 300)})
    opened.store.answered([])
    opened.store.load()
    assert opened.store.last_batch() > 0
    assert _log_left_after_moving(opened) == (0, 0)


def test_a_checkpoint_moves_the_log_into_the_database(opened: OpenedStore) -> None:
    """Afterwards the database alone has everything."""
    talk(opened.store, 300)
    before = opened.database.stat().st_size
    opened.store.checkpoint()
    assert opened.database.stat().st_size > before
    alone = sqlite3.connect(f"{opened.database.as_uri()}?immutable=1", uri=True)
    assert alone.execute("select count(*) from entries").fetchone() == (301,)
    alone.close()


def test_a_checkpoint_waits_for_nobody_while_the_log_is_short(opened: OpenedStore) -> None:
    """Not even for a program that holds the database."""
    opened.store.checkpoint()
    opened.mover.statements.clear()
    talk(opened.store, 50)
    intruder = opened.intruder()
    intruder.execute("begin immediate")
    opened.store.checkpoint()
    intruder.execute("rollback")
    intruder.close()
    assert [each for each in opened.mover.statements if "checkpoint(" in each] == [
        "pragma wal_checkpoint(passive)"
    ]


def test_a_log_that_grew_too_long_begins_anew(tmp_path: Path) -> None:
    """Else it would grow for as long as messages never pause."""
    opened = OpenedStore(tmp_path / "data", log_pages_most=10)
    opened.store.checkpoint()
    talk(opened.store, 300)
    opened.store.checkpoint()
    assert opened.mover.statements[-1] == "pragma wal_checkpoint(restart)"
    log = opened.database.with_name("chat.db-wal")
    grown = log.stat().st_size
    opened.store.commit(said(opened.store.last_batch() + 1, message(302)))
    assert log.stat().st_size == grown
    opened.store.close()


def test_who_holds_a_snapshot_never_holds_up_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a backup to a slow disk: the log grows, nobody waits for it to begin anew until it can."""
    monkeypatch.setattr(sql, "LEFT_PAGES_MOST", 5)
    opened = OpenedStore(tmp_path / "data", log_pages_most=10)
    opened.store.commit(founding())
    opened.store.checkpoint()
    reader = opened.intruder()
    reader.execute("begin")
    reader.execute("select count(*) from entries").fetchone()
    for batch in range(2, 40):
        opened.store.commit(said(batch, message(batch, "long " * 500)))
    opened.mover.statements.clear()
    for _ in range(3):
        opened.store.checkpoint()
    assert opened.mover.statements == ["pragma wal_checkpoint(passive)"] * 3
    reader.close()
    opened.store.checkpoint()
    assert opened.mover.statements[-1] == "pragma wal_checkpoint(restart)"
    opened.store.close()


def test_who_reads_the_newest_holds_up_the_journal_for_a_moment_only(opened: OpenedStore) -> None:
    """All but nothing is left to move then, so it is tried: for 20 ms, where others wait for a second."""
    assert opened.mover.execute("pragma busy_timeout").fetchone() == (20,)


def test_closing_leaves_one_file_with_everything(opened: OpenedStore) -> None:
    """Whoever copies the database of a stopped server has all of it."""
    talk(opened.store, 300)
    opened.store.close()
    assert sorted(path.name for path in opened.database.parent.iterdir()) == ["chat.db", "server.lock"]
    alone = sqlite3.connect(opened.database)
    assert alone.execute("select count(*) from entries").fetchone() == (301,)
    alone.close()


def test_closing_empties_the_log_while_another_program_looks_on(opened: OpenedStore) -> None:
    """As one that makes a backup; SQLite itself would leave the log to that one."""
    talk(opened.store, 300)
    intruder = opened.intruder()
    assert intruder.execute("select count(*) from entries").fetchone() == (301,)
    opened.store.close()
    assert opened.database.with_name("chat.db-wal").stat().st_size == 0
    intruder.close()


@pytest.mark.parametrize("query", [PAGE, PAGE_FROM_NEWEST])
def test_a_page_is_one_walk_over_the_primary_key(opened: OpenedStore, query: Select[Any]) -> None:
    """No index is looked into, and no row outside of the page."""
    compiled = query.compile(dialect=sqlite_dialect(paramstyle="named"))
    bounds = {**compiled.params, "above": 1, "below": 9, "limit": 5}
    plan = opened.journal.execute(f"explain query plan {compiled}", bounds).fetchall()
    assert [row[3] for row in plan if "entries" in row[3]] == [
        "SEARCH entries USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
    ]


def test_counting_unread_walks_over_primary_keys(opened: OpenedStore) -> None:
    """From the read position on, of messages and of mentions."""
    plan = [row[3] for row in opened.journal.execute(f"explain query plan {UNREAD}", (1, "[]")).fetchall()]
    assert [step for step in plan if "entries" in step] == [
        "SEARCH entries USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
    ]
    assert [step for step in plan if "mentions" in step] == [
        "SEARCH mentions USING PRIMARY KEY (user_id=? AND entry_id>? AND entry_id<?)"
    ]


def test_a_page_of_500_is_read_in_no_time(opened: OpenedStore) -> None:
    """Out of 20,000 messages; the best of ten, for the machine may be busy (1 ms is usual)."""
    talk(opened.store, 20_000)
    best = float("inf")
    for _ in range(10):
        begun = time.perf_counter()
        page = opened.store.page(C1, newest_first=True, limit=500, limit_bytes=1 << 20)
        best = min(best, time.perf_counter() - begun)
        assert len(page) == 500
    assert best < 0.05
