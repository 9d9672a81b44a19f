"""Making a backup: of a server that talks, whole or not at all, and every reason why there is none."""

import errno
import os
import shutil
import sqlite3
import stat
from collections import namedtuple
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.errors import BadConfig
from chat.file_lock import FileLock
from chat.server.backup import live_copy, making
from chat.server.backup.checking import check
from chat.server.backup.live_copy import LogGrewTooMuch, copy_database
from chat.server.backup.making import Origin, make_backup
from chat.server.storage import open_store
from chat.transport.address import Address
from tests.support.backups import ask, backup_of, origin
from tests.support.batches import message, said, talk, whole_log
from tests.support.clock import FakeClock
from tests.support.server import running_server
from tests.support.waiting import wait_until

CLOCK = FakeClock()


def _left_beside(file: Path) -> list[str]:
    """What of the work on a file is left in its folder."""
    return [path.name for path in file.parent.iterdir() if path.name.startswith(f".{file.name}")]


def test_a_backup_under_load_is_a_prefix_in_every_conversation(tmp_path: Path) -> None:
    """Three channels are talked in while backups are made; each holds what had been acknowledged before."""
    data, names = tmp_path / "data", ("#general", "#one", "#two")
    with running_server(store=lambda: open_store(data, CLOCK)) as server:
        settings = ClientSettings(identities=MemoryIdentities())
        with ChatClient([Address(*server.address)], "ann", settings=settings) as client:
            assert client.wait_open(5)
            for name in names[1:]:
                client.create_channel(name).result(5)
            acknowledged = list[int]()
            for turn in range(3):
                for number in range(200):
                    client.say(names[number % 3], f"{turn} {number}")
                wait_until(lambda: len(client.unsent()) < 180, what="the server to be under load")
                acknowledged.append(_rows(data / "chat.db"))
                make_backup(Origin(data, tmp_path / "none"), tmp_path / f"{turn}.tar", CLOCK)
            assert client.wait_idle(10)
    for turn, before in enumerate(acknowledged):
        backup = _unpacked(tmp_path / f"{turn}.tar", tmp_path / f"out{turn}")
        assert len(ask(backup, "select * from entries")) >= before
        _require_prefix(backup, data / "chat.db")


def _rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as raw:
        (rows,) = raw.execute("select count(*) from entries").fetchone()
        return int(rows)


def _unpacked(file: Path, folder: Path) -> Path:
    folder.mkdir()
    checked = check(file)
    shutil.unpack_archive(file, folder, "tar", filter="data")
    assert checked.manifest.rows["entries"] == _rows(folder / "chat.db")
    return folder / "chat.db"


def _require_prefix(backup: Path, whole: Path) -> None:
    """All entries up to some number of each conversation, as they are, and its counter is that number."""
    for conversation, last in ask(backup, "select id, last from conversations"):
        question = f"select id, body from entries where id >> 32 = {conversation} order by id"
        kept = ask(backup, question)
        assert len(kept) == last
        assert kept == ask(whole, question)[: len(kept)]


def test_what_is_in_the_log_of_a_server_that_was_killed_is_in_the_backup(tmp_path: Path) -> None:
    """Nothing has moved it into the database yet; the log stays as it is."""
    store = open_store(tmp_path / "data", CLOCK)
    talk(store, 20)
    shutil.copytree(tmp_path / "data", tmp_path / "killed", ignore=shutil.ignore_patterns("*-shm"))
    killed = Origin(tmp_path / "killed", tmp_path / "none")
    store.close()
    assert (killed.data / "chat.db-wal").stat().st_size > 0
    assert check(backup_of(killed, tmp_path / "b.tar")).contents.messages == 20
    assert (killed.data / "chat.db-wal").stat().st_size > 0


def test_a_backup_holds_no_snapshot_afterwards(tmp_path: Path) -> None:
    """The log of a running server can begin anew at once."""
    place = origin(tmp_path)
    store = open_store(place.data, CLOCK)
    backup_of(place, tmp_path / "b.tar")
    store.commit(said(store.last_batch() + 1, message(22)))
    with closing(sqlite3.connect(place.data / "chat.db")) as other:
        assert other.execute("pragma wal_checkpoint(truncate)").fetchone() == (0, 0, 0)
    store.close()


def test_what_is_written_while_it_is_copied_is_left_out_and_it_does_not_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One snapshot for all steps: a server that never pauses does not keep a backup from its end."""
    monkeypatch.setattr(live_copy, "_PAGES_A_STEP", 1)
    looks = list[int]()
    place = origin(tmp_path, messages=500)
    store = open_store(place.data, CLOCK)

    def size(path: Path) -> int:
        """Is asked at each step: the server writes meanwhile."""
        if path.suffix == ".db-wal":
            looks.append(len(looks))
            store.commit(said(store.last_batch() + 1, message(501 + len(looks))))
        return 0

    monkeypatch.setattr(live_copy, "_size", size)
    copy_database(place.data / "chat.db", tmp_path / "copy.db")
    pages = (tmp_path / "copy.db").stat().st_size // 4096
    assert len(looks) == pages + 1, "every page was copied once"
    assert _rows(tmp_path / "copy.db") == 502, "what came between the first look and the snapshot is in"
    assert len(whole_log(store)) == 501 + len(looks)
    store.close()


def test_a_copy_for_which_the_log_grows_too_much_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's own disk comes first; nothing is left of the backup."""
    place = origin(tmp_path)
    monkeypatch.setattr(making, "copy_database", lambda source, to: copy_database(source, to, -1))
    with pytest.raises(LogGrewTooMuch, match="back up to a faster disk"):
        backup_of(place, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()
    assert _left_beside(tmp_path / "b.tar") == []


def test_an_older_backup_of_that_name_is_replaced_whole(tmp_path: Path) -> None:
    """By one for its owner's eyes only, whoever could read the older one."""
    place = origin(tmp_path)
    file = tmp_path / "b.tar"
    file.write_text("older")
    file.chmod(0o644)
    backup_of(place, file)
    assert check(file).contents.messages == 20
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _left_beside(file) == []


def test_what_a_killed_backup_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    """Whatever it came to."""
    place = origin(tmp_path)
    work = tmp_path / ".b.tar.partial"
    work.mkdir()
    for name in ("lock", "chat.db", "finished"):
        (work / name).write_text("half")
    assert check(backup_of(place, tmp_path / "b.tar")).contents.messages == 20
    assert not work.exists()


def test_two_backups_under_one_name_do_not_meet(tmp_path: Path) -> None:
    """The second is refused, and the first goes on."""
    place = origin(tmp_path)
    work = tmp_path / ".b.tar.partial"
    work.mkdir()
    lock = FileLock.take(work / "lock")
    assert lock is not None
    (work / "finished").write_text("of the first")
    with pytest.raises(BadConfig, match=r"Another backup is being written under this name .*let it end"):
        backup_of(place, tmp_path / "b.tar")
    assert (work / "finished").exists()
    lock.release()


def test_a_data_folder_without_a_database_is_refused(tmp_path: Path) -> None:
    """It is not made, as a server's start would."""
    with pytest.raises(BadConfig, match=r"no database .*empty/chat\.db: name the server's data folder"):
        backup_of(Origin(tmp_path / "empty", tmp_path), tmp_path / "b.tar")
    assert not (tmp_path / "empty").exists()


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """And what is no database at all."""
    (tmp_path / "chat.db").write_bytes(b"")
    place = Origin(tmp_path, tmp_path / "none")
    with pytest.raises(BadConfig, match="not a database of this server"):
        backup_of(place, tmp_path / "b.tar")
    (tmp_path / "chat.db").write_text("my diary\n" * 1000)
    with pytest.raises(BadConfig, match=r"can't be copied to .*SQLITE_NOTADB"):
        backup_of(place, tmp_path / "b.tar")
    (tmp_path / "chat.db").unlink()
    with closing(sqlite3.connect(tmp_path / "chat.db")) as raw:
        raw.execute("create table alembic_version(version_num)")
    with pytest.raises(BadConfig, match=r"chat\.db can't be backed up. The database is none of chat-server"):
        backup_of(place, tmp_path / "b.tar")


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Also a folder in place of the file; no folder is made for a name that was mistyped."""
    place = origin(tmp_path)
    for target in (tmp_path / "nowhere" / "b.tar", tmp_path / "data"):
        with pytest.raises(BadConfig, match="can't be written: name a file in a folder that is there"):
            backup_of(place, target)
    assert not (tmp_path / "nowhere").exists()


def test_a_disk_without_room_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the server's own, which would have to refuse messages then."""
    place = origin(tmp_path)
    usage = namedtuple("usage", "total used free")  # as shutil's own
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10, 10, 1000))
    with pytest.raises(
        BadConfig, match=r"takes up to \d+ bytes, 1000 are free. Make room, or choose another"
    ):
        backup_of(place, tmp_path / "b.tar")
    assert _left_beside(tmp_path / "b.tar") == []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "There is no room for a backup in"),
        (errno.EDQUOT, "There is no room for a backup in"),
        (errno.EIO, r"backup can't be made in .*Input/output error"),
    ],
)
def test_a_disk_that_refuses_at_the_very_end_leaves_the_older_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    """A flush may be where it shows; the name still means the older file, and nothing else is left."""
    place = origin(tmp_path)
    file = backup_of(place, tmp_path / "b.tar")
    older = file.read_bytes()

    def fail(_: int) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BadConfig, match=sentence):
        backup_of(place, file)
    assert file.read_bytes() == older
    assert _left_beside(file) == []


def test_a_copy_without_room_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says it in its own words."""
    place = origin(tmp_path)

    def small(raw: sqlite3.Connection, *_: str) -> None:
        raw.execute("pragma max_page_count = 3")

    monkeypatch.setattr(live_copy, "set_up", small)
    with pytest.raises(BadConfig, match="no room for a copy of the database"):
        backup_of(place, tmp_path / "b.tar")
