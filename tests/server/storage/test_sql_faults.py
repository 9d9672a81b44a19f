"""The store in SQLite in trouble: what is refused is not kept, reading goes on, and it heals by itself."""

import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chat.server.domain.model import conversation_id, user_id
from chat.server.ports import Batch, FlushError, StoreError
from tests.support.batches import founding, message, said, talk, whole_log
from tests.support.opened_store import OpenedStore, fail_with

C1 = conversation_id(1)
BIG = "x" * 4000


def _big_batch(number: int, first: int = 2) -> Batch:
    """Return a batch that needs new pages of the database."""
    return said(number, *(message(first + at, BIG) for at in range(50)))


def _nothing_kept_but_reading_goes_on(opened: OpenedStore) -> None:
    assert opened.store.last_batch() == 1
    assert [entry.number for entry in whole_log(opened.store)] == [1]
    assert opened.store.unread(user_id(2), {C1: (0, 99)})[C1].messages == 0


def _heals(opened: OpenedStore) -> None:
    """Check that the very batch that was refused is taken."""
    opened.store.probe()
    opened.store.commit(_big_batch(2))
    assert len(whole_log(opened.store)) == 51


def test_a_full_disk_refuses_until_there_is_room(opened: OpenedStore) -> None:
    """The sentence says what to do."""
    opened.store.commit(founding())
    (pages,) = opened.journal.execute("pragma page_count").fetchone()
    opened.journal.execute(f"pragma max_page_count = {pages}")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"disk is full: make room.*SQLITE_FULL") as trouble:
            opened.store.commit(_big_batch(2))
        assert not isinstance(trouble.value, FlushError)
    _nothing_kept_but_reading_goes_on(opened)
    opened.journal.execute("pragma max_page_count = 1000000")
    _heals(opened)


def test_a_read_only_database_refuses_until_it_can_be_written(opened: OpenedStore) -> None:
    """A probe finds it out as well as a commit."""
    opened.store.commit(founding())
    opened.journal.execute("pragma query_only = on")
    with pytest.raises(StoreError, match="can't be written"):
        opened.store.probe()
    with pytest.raises(StoreError, match="can't be written"):
        opened.store.commit(_big_batch(2))
    _nothing_kept_but_reading_goes_on(opened)
    opened.journal.execute("pragma query_only = off")
    _heals(opened)


def test_a_database_locked_by_another_program_refuses_until_it_is_free(opened: OpenedStore) -> None:
    """After a second of waiting."""
    opened.store.commit(founding())
    opened.journal.execute("pragma busy_timeout = 10")
    intruder = opened.intruder()
    intruder.execute("begin immediate")
    for refused in (opened.store.probe, lambda: opened.store.commit(_big_batch(2))):
        with pytest.raises(StoreError, match="Another program holds the database"):
            refused()
    _nothing_kept_but_reading_goes_on(opened)
    intruder.execute("rollback")
    intruder.close()
    _heals(opened)


def test_a_second_is_waited_for_a_lock(opened: OpenedStore) -> None:
    """A commit has the patience that every other program may need."""
    assert opened.journal.execute("pragma busy_timeout").fetchone() == (1000,)


@contextmanager
def _no_file_grows_beyond(size: int) -> Iterator[None]:
    """Let writes beyond a size fail, as on a broken disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_after_a_failed_write_to_the_disk_the_store_only_reads(opened: OpenedStore) -> None:
    """It says that a restart is needed, and refuses even when the disk would take it again."""
    opened.store.commit(founding())
    log = opened.database.with_name("chat.db-wal")
    with (
        _no_file_grows_beyond(log.stat().st_size + 8192),
        pytest.raises(FlushError, match=r"then start the server again.*SQLITE_IOERR"),
    ):
        opened.store.commit(_big_batch(2))
    for refused in (opened.store.probe, opened.store.checkpoint, lambda: opened.store.commit(_big_batch(2))):
        with pytest.raises(FlushError, match="only reads from now on"):
            refused()
    _nothing_kept_but_reading_goes_on(opened)


def test_after_a_failed_flush_a_restart_writes_again(opened: OpenedStore) -> None:
    """What was stored before is there; what the flush was for may be sent again."""
    opened.store.commit(founding())
    opened.journal.before_commit = fail_with("SQLITE_IOERR_FSYNC", sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(FlushError):
        opened.store.commit(_big_batch(2))
    opened.store.close()
    again = OpenedStore(opened.database.parent)
    _nothing_kept_but_reading_goes_on(again)
    _heals(again)
    again.store.close()


def test_a_checkpoint_that_fails_to_flush_ends_writing_too(opened: OpenedStore) -> None:
    """Nobody may build on a database whose flush failed, whichever thread noticed."""
    talk(opened.store, 200, text=BIG)
    with _no_file_grows_beyond(8192), pytest.raises(FlushError):
        opened.store.checkpoint()
    with pytest.raises(FlushError):
        opened.store.probe()
    assert len(whole_log(opened.store)) == 201


def test_a_commit_whose_answer_was_lost_is_found_by_its_number(opened: OpenedStore) -> None:
    """An error after the database had it: `last_batch` tells, and the entries are there."""
    opened.store.commit(founding())
    opened.journal.after_commit = fail_with("SQLITE_BUSY", sqlite3.SQLITE_BUSY)
    with pytest.raises(StoreError):
        opened.store.commit(said(2, message(2)))
    assert opened.store.last_batch() == 2
    assert whole_log(opened.store)[-1] == message(2)


def test_a_commit_that_fails_at_its_end_leaves_no_transaction_open(opened: OpenedStore) -> None:
    """The next one begins as if nothing had been."""
    opened.store.commit(founding())
    opened.journal.before_commit = fail_with("SQLITE_BUSY", sqlite3.SQLITE_BUSY)
    with pytest.raises(StoreError):
        opened.store.commit(_big_batch(2))
    assert not opened.journal.in_transaction
    _nothing_kept_but_reading_goes_on(opened)
    opened.journal.before_commit = lambda: None
    _heals(opened)


def test_reading_does_not_wait_for_a_commit_that_hangs(opened: OpenedStore) -> None:
    """A disk that stalls stops no history, and shows nothing of the batch that it holds."""
    opened.store.commit(founding())
    reached, release = threading.Event(), threading.Event()

    def hang() -> None:
        reached.set()
        assert release.wait(30)

    opened.journal.before_commit = hang
    writer = threading.Thread(target=opened.store.commit, args=[_big_batch(2)])
    writer.start()
    try:
        assert reached.wait(30)
        assert [entry.number for entry in whole_log(opened.store)] == [1]
        assert opened.store.unread(user_id(2), {C1: (0, 99)})[C1].messages == 0
    finally:
        release.set()
        writer.join()
    assert len(whole_log(opened.store)) == 51


@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.page(C1, limit=9, limit_bytes=9),
        lambda store: store.unread(user_id(1), {C1: (0, 9)}),
        lambda store: store.answered([]),
        lambda store: store.last_batch(),
        lambda store: store.load(),
    ],
)
def test_a_damaged_database_is_told_as_such(opened: OpenedStore, read: Callable[..., object]) -> None:
    """Every question raises the port's error with a sentence, never SQLite's own."""
    talk(opened.store, 50)
    intruder = opened.intruder()
    intruder.execute("pragma wal_checkpoint(truncate)")
    intruder.close()
    opened.database.write_bytes(b"no database at all" * 2000)
    with pytest.raises(StoreError, match="restore a backup") as trouble:
        read(opened.store)
    assert not isinstance(trouble.value, FlushError)
