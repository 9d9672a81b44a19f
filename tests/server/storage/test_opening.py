"""Opening a data folder: made for its owner only, held by one, and refused with a sentence that helps."""

import sqlite3
import stat
from pathlib import Path

import pytest

from chat.errors import BadConfig
from chat.server.storage import DataInUse, open_store, opening
from chat.server.storage.connections import Opener
from chat.server.storage.folder import DataFolder
from tests.support.batches import founding, message, said, whole_log
from tests.support.clock import FakeClock


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """Also while the server runs, and with its log beside the database."""
    folder = tmp_path / "deep" / "data"
    store = open_store(folder, FakeClock())
    store.commit(founding())
    assert _mode(folder) == 0o700
    assert {path.name: _mode(path) for path in folder.iterdir()} == dict.fromkeys(
        ("chat.db", "chat.db-wal", "chat.db-shm", "server.lock"), 0o600
    )
    store.close()


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """As one that was copied back carelessly."""
    open_store(tmp_path, FakeClock()).close()
    (tmp_path / "chat.db").chmod(0o644)
    open_store(tmp_path, FakeClock()).close()
    assert _mode(tmp_path / "chat.db") == 0o600


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    """It may be somebody's, and hold other things."""
    tmp_path.chmod(0o755)
    open_store(tmp_path, FakeClock()).close()
    assert _mode(tmp_path) == 0o755


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    """Everything, with the server id and the epoch."""
    first = open_store(tmp_path, FakeClock())
    first.commit(founding())
    first.commit(said(2, message(2, send_id="one", mentions=[2])))
    before, log = first.load(), whole_log(first)
    first.close()
    again = open_store(tmp_path, FakeClock())
    assert again.load() == before
    assert whole_log(again) == log
    again.close()


def test_two_new_databases_have_different_names(tmp_path: Path) -> None:
    """Server ids and epochs are never shared."""
    stores = [open_store(tmp_path / name, FakeClock()) for name in "ab"]
    one, other = (store.load() for store in stores)
    assert one.server_id != other.server_id
    assert one.epoch != other.epoch
    for store in stores:
        store.close()


def test_a_database_knows_when_it_was_made(tmp_path: Path) -> None:
    """By the clock that was given, in UTC."""
    clock = FakeClock()
    open_store(tmp_path, clock).close()
    clock.advance(1000)
    open_store(tmp_path, clock).close()
    raw = sqlite3.connect(tmp_path / "chat.db")
    assert raw.execute("select created from meta").fetchall() == [(FakeClock().now().isoformat(),)]
    raw.close()


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Until the first one has closed; its data is untouched."""
    first = open_store(tmp_path, FakeClock())
    with pytest.raises(
        DataInUse, match=r"already runs on the data in .*choose another data folder"
    ) as refused:
        open_store(tmp_path, FakeClock())
    assert refused.value.exit_code == 78
    first.commit(founding())
    first.close()
    second = open_store(tmp_path, FakeClock())
    assert second.last_batch() == 1
    second.close()


def test_a_held_folder_is_let_go_once(tmp_path: Path) -> None:
    """Closing again closes nothing that somebody else opened meanwhile."""
    first = DataFolder(tmp_path)
    first.close()
    second = DataFolder(tmp_path)
    first.close()
    with pytest.raises(DataInUse):
        DataFolder(tmp_path)
    second.close()


def test_a_folder_that_can_not_be_made_is_refused_with_advice(tmp_path: Path) -> None:
    """As where a file stands in the way."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        BadConfig, match=r"data folder .*file/data can't be used \(Not a directory\): choose one"
    ):
        open_store(tmp_path / "file" / "data", FakeClock())


def test_a_folder_in_place_of_the_database_is_refused_with_advice(tmp_path: Path) -> None:
    """And the data folder is let go of."""
    (tmp_path / "chat.db").mkdir()
    with pytest.raises(BadConfig, match=r"chat\.db can't be used \(Is a directory\)"):
        open_store(tmp_path, FakeClock())
    DataFolder(tmp_path).close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Somebody's file is never overwritten."""
    content = b"my diary, which is long enough to be looked at\n" * 50
    (tmp_path / "chat.db").write_bytes(content)
    with pytest.raises(BadConfig, match=r"no database.*restore a backup"):
        open_store(tmp_path, FakeClock())
    assert (tmp_path / "chat.db").read_bytes() == content


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """It has tables, but not ours."""
    raw = sqlite3.connect(tmp_path / "chat.db")
    raw.execute("create table recipes(name)")
    raw.commit()
    with pytest.raises(BadConfig, match="not a database of this server: choose another"):
        open_store(tmp_path, FakeClock())
    assert raw.execute("select name from sqlite_master").fetchall() == [("recipes",)]
    raw.close()


def test_a_database_that_another_program_holds_is_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the patience of every connection."""
    monkeypatch.setattr("chat.server.storage.connections.BUSY_SECONDS", 0.01)
    open_store(tmp_path, FakeClock()).close()
    intruder = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    intruder.execute("begin immediate")
    with pytest.raises(BadConfig, match="Another program holds the database: close it"):
        open_store(tmp_path, FakeClock())
    intruder.close()


def test_a_start_that_died_while_making_the_tables_is_made_good(tmp_path: Path) -> None:
    """An empty file is a new database."""
    (tmp_path / "chat.db").touch()
    store = open_store(tmp_path, FakeClock())
    assert store.load().users == ()
    store.close()


def test_a_disk_that_can_hold_no_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite can't turn on what durability rests on, as on a network disk: said, not ignored."""

    def in_memory(_: Path) -> Opener:
        return lambda: sqlite3.connect(":memory:")  # has no write-ahead log either

    monkeypatch.setattr(opening, "for_writing", in_memory)
    with pytest.raises(BadConfig, match="local disk"):
        open_store(tmp_path, FakeClock())


def test_an_ancient_sqlite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better than an error of syntax."""
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 32, 9))
    with pytest.raises(BadConfig, match=r"3\.33 is needed"):
        open_store(tmp_path, FakeClock())
