"""Restoring: all of a backup or nothing, under a new epoch, and never over what is not put aside."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chat.errors import BadConfig
from chat.ids import SendId
from chat.server.backup import restoring
from chat.server.backup.archive import BadBackup
from chat.server.backup.making import Origin
from chat.server.backup.restoring import restore
from chat.server.domain.model import user_id
from chat.server.storage import DataInUse, open_store
from chat.server.storage.folder import DataFolder
from tests.support.backups import ask, backup_of, forged, origin, settle_in
from tests.support.batches import founding, message, said, whole_log
from tests.support.clock import FakeClock

CLOCK = FakeClock()
ASIDE = ".before-restore-20240517T093000.000000Z"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a server with a short talk, settings and keys."""
    place = origin(tmp_path / "old")
    settle_in(place)
    return backup_of(place, tmp_path / "b.tar")


@pytest.fixture
def empty(tmp_path: Path) -> Origin:
    """Where there is nothing yet."""
    return Origin(tmp_path / "new" / "data", tmp_path / "new" / "config.toml")


def _texts(place: Origin) -> list[str]:
    """All messages of the talk, as a server finds them."""
    store = open_store(place.data, CLOCK)
    try:
        return [getattr(entry, "text", "") for entry in whole_log(store)[1:]]
    finally:
        store.close()


def _epoch(place: Origin) -> object:
    return ask(place.data / "chat.db", "select epoch from meta")[0][0]


def test_a_backup_is_restored_where_nothing_was(backup: Path, empty: Origin, tmp_path: Path) -> None:
    """Database, settings and keys, for their owner's eyes only; nothing of the work is left."""
    restored = restore(backup, empty, CLOCK)
    keys = empty.data / "tls"
    assert set(restored.placed) == {
        *(empty.data / "chat.db", empty.config, keys / "server.crt", keys / "server.key")
    }
    assert (restored.kept, restored.aside) == ((), ())
    assert empty.config.read_text() == "name = 'attic'\n"
    assert (keys / "server.key").read_text() == "key of attic"
    for path in restored.placed:
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in empty.data.iterdir()) == ["chat.db", "server.lock", "tls"]
    assert _texts(empty) == _texts(Origin(tmp_path / "old" / "data", empty.config))


def test_the_server_keeps_its_id_and_gets_a_new_epoch_each_time(
    backup: Path, empty: Origin, tmp_path: Path
) -> None:
    """Two restores of one backup are two lives: what was said in one is not in the other."""
    old = Origin(tmp_path / "old" / "data", empty.config)
    first = restore(backup, empty, CLOCK).epoch
    assert _epoch(empty) == first != _epoch(old)
    assert ask(empty.data / "chat.db", "select server_id from meta") == ask(
        old.data / "chat.db", "select server_id from meta"
    )
    second = restore(backup, empty, CLOCK, force=True).epoch
    assert _epoch(empty) == second != first


def test_a_message_that_is_repeated_after_a_restore_finds_its_first_answer(tmp_path: Path) -> None:
    """The send ids are part of the database."""
    store = open_store(tmp_path / "old", CLOCK)
    store.commit(founding())
    store.commit(said(2, message(2, send_id="one")))
    key = (user_id(1), SendId("one"))
    answers = store.answered([key])
    backup = backup_of(Origin(tmp_path / "old", tmp_path / "none"), tmp_path / "b.tar")
    store.close()
    restore(backup, Origin(tmp_path / "new", tmp_path / "none"), CLOCK)
    again = open_store(tmp_path / "new", CLOCK)
    assert again.answered([key]) == answers != {}
    again.close()


def test_nothing_is_restored_while_a_server_runs(backup: Path, empty: Origin) -> None:
    """Not even by force."""
    store = open_store(empty.data, CLOCK)
    with pytest.raises(DataInUse, match="A server already runs on the data"):
        restore(backup, empty, CLOCK, force=True)
    store.close()
    assert not empty.config.exists()


def test_a_database_that_is_there_is_a_reason_to_refuse(backup: Path, tmp_path: Path) -> None:
    """The sentence says both ways out; everything stays as it was."""
    place = origin(tmp_path / "new", text="mine")
    with pytest.raises(BadConfig, match=r"database in .* already: name another folder .*aside with --force"):
        restore(backup, place, CLOCK)
    assert _texts(place) == ["mine"] * 20
    assert not place.config.exists()


def test_by_force_everything_that_is_there_is_put_aside(backup: Path, tmp_path: Path) -> None:
    """Nothing is ever deleted: each file has its old content under a new name."""
    place = origin(tmp_path / "new", text="mine")
    settle_in(place, "cellar")
    restored = restore(backup, place, CLOCK, force=True)
    assert {path.name for path in restored.aside} == {
        f"{name}{ASIDE}" for name in ("chat.db", "config.toml", "server.crt", "server.key")
    }
    assert _texts(place) == ["hello"] * 20
    assert place.config.read_text() == "name = 'attic'\n"
    assert place.config.with_name(f"config.toml{ASIDE}").read_text() == "name = 'cellar'\n"
    assert (place.data / "tls" / f"server.key{ASIDE}").read_text() == "key of cellar"
    shutil.copy(place.data / f"chat.db{ASIDE}", tmp_path / "chat.db")
    assert _texts(Origin(tmp_path, place.config)) == ["mine"] * 20


def test_settings_and_keys_that_are_there_stay_without_force(backup: Path, empty: Origin) -> None:
    """A standby has a name and a certificate of its own."""
    settle_in(empty_with_folders(empty), "cellar")
    restored = restore(backup, empty, CLOCK)
    keys = empty.data / "tls"
    assert set(restored.kept) == {empty.config, keys / "server.crt", keys / "server.key"}
    assert restored.placed == (empty.data / "chat.db",)
    assert empty.config.read_text() == "name = 'cellar'\n"
    assert (keys / "server.key").read_text() == "key of cellar"


def empty_with_folders(place: Origin) -> Origin:
    """Make the folder of the settings."""
    place.config.parent.mkdir(parents=True)
    return place


def test_the_log_of_a_killed_server_is_put_aside_with_its_database(backup: Path, tmp_path: Path) -> None:
    """Else its end would be read as part of the restored one; under the new name it is complete."""
    store = open_store(tmp_path / "running", CLOCK)
    store.commit(founding())
    store.commit(said(2, message(2, "only in the log")))
    shutil.copytree(tmp_path / "running", tmp_path / "data", ignore=shutil.ignore_patterns("*.lock"))
    store.close()
    place = Origin(tmp_path / "data", tmp_path / "config.toml")
    restore(backup, place, CLOCK, force=True)
    assert sorted(path.name for path in place.data.iterdir() if ASIDE in path.name) == [
        f"chat.db{ASIDE}",
        f"chat.db{ASIDE}-shm",
        f"chat.db{ASIDE}-wal",
    ]
    assert _texts(place) == ["hello"] * 20
    (tmp_path / "aside").mkdir()
    for end in ("", "-wal"):
        shutil.copy(place.data / f"chat.db{ASIDE}{end}", tmp_path / "aside" / f"chat.db{end}")
    assert _texts(Origin(tmp_path / "aside", place.config)) == ["only in the log"]


def test_a_database_that_is_damaged_can_be_replaced(backup: Path, tmp_path: Path) -> None:
    """That is what a restore is for: nothing of the old one is opened."""
    place = Origin(tmp_path / "data", tmp_path / "config.toml")
    place.data.mkdir()
    (place.data / "chat.db").write_text("a hard disk died here" * 1000)
    restore(backup, place, CLOCK, force=True)
    assert _texts(place) == ["hello"] * 20


def test_a_file_that_is_no_good_changes_nothing(backup: Path, empty: Origin, tmp_path: Path) -> None:
    """No folder is made for what is none; what was unpacked of a damaged one is cleared away."""
    (tmp_path / "diary").write_text("dear diary")
    with pytest.raises(BadBackup, match="is no backup"):
        restore(tmp_path / "diary", empty, CLOCK)
    assert not empty.data.exists()
    content = bytearray(backup.read_bytes())
    content[9000] ^= 1
    backup.write_bytes(content)
    with pytest.raises(BadBackup, match="damaged"):
        restore(backup, empty, CLOCK)
    assert [path.name for path in empty.data.iterdir()] == ["server.lock"]


def test_tables_of_a_later_revision_are_refused_with_both_numbers(empty: Origin, tmp_path: Path) -> None:
    """This program would not know what it reads."""
    place = origin(tmp_path / "old")
    ask_to_change(place.data / "chat.db", "update alembic_version set version_num = '9999'")
    file = forged(tmp_path / "new.tar", place.data / "chat.db")
    with pytest.raises(
        BadBackup, match=r"written by a newer version of chat-server \(revision 9999; this one knows"
    ):
        restore(file, empty, CLOCK)
    assert not (empty.data / "chat.db").exists()


def ask_to_change(database: Path, statement: str) -> None:
    """Change a database by hand."""
    with closing(sqlite3.connect(database)) as raw:
        raw.execute(statement)
        raw.commit()


class Killed(BaseException):
    """The process is no more: nothing after this happens, not even clearing away."""


STEPS = 10
"""How many names such a restore changes: the decision, four files aside and in place, and clearing away."""


def _kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the process die before the change of a name with this number; return what it has changed."""
    done = list[str]()

    def dying(name: str, really: Callable[..., Any]) -> Callable[..., Any]:
        def change(path: Any, *arguments: Any, **settings: Any) -> Any:
            if len(done) >= step:
                raise Killed
            done.append(f"{name} {Path(path).name}")
            return really(path, *arguments, **settings)

        return change

    for owner, name in ((Path, "rename"), (Path, "replace"), (shutil, "rmtree"), (Path, "unlink")):
        monkeypatch.setattr(owner, name, dying(name, getattr(owner, name)))
    return done


@pytest.mark.parametrize("step", range(STEPS))
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """At each of its steps; what is undone after the decision is done by the next start, which says so."""
    place = origin(tmp_path / "new", text="mine")
    settle_in(place, "cellar")
    before = _epoch(place)
    with monkeypatch.context() as patch:
        done = _kill_at(step, patch)
        with pytest.raises(Killed):
            restore(backup, place, CLOCK, force=True)
    decided = "rename restore.staged" in done
    if (place.data / "restore.decided").exists():
        with pytest.raises(
            BadConfig, match=r"was cut off before its end. It is complete now: start the server"
        ):
            open_store(place.data, CLOCK)
    assert _texts(place) == (["hello"] if decided else ["mine"]) * 20
    assert (_epoch(place) != before) is decided
    name = "attic" if decided else "cellar"
    assert place.config.read_text() == f"name = {name!r}\n"
    assert (place.data / "tls" / "server.key").read_text() == f"key of {name}"
    assert (place.data / "tls" / "server.crt").read_text() == f"certificate of {name}"
    if decided:
        aside = [path.read_text() for path in (place.data / "tls").glob("server.key.before*")]
        assert aside == ["key of cellar"], "the old one is kept, whatever happened in between"


def test_a_restore_is_killed_at_each_of_its_steps(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no more than the test above tries."""
    place = origin(tmp_path / "new")
    settle_in(place)
    done = _kill_at(1000, monkeypatch)
    restore(backup, place, CLOCK, force=True)
    assert len(done) == STEPS


def test_settings_on_another_disk_are_restored_too(
    backup: Path, empty: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name can't be changed from one disk to another: the file is copied, and then renamed."""
    really = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if path.name == "config.toml":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return really(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    restore(backup, empty, CLOCK)
    assert sorted(path.name for path in empty.config.parent.iterdir()) == ["config.toml", "data"]
    assert empty.config.read_text() == "name = 'attic'\n"
    assert empty.config.stat().st_mode & 0o777 == 0o600


def test_a_place_that_can_not_be_written_is_found_before_anything_changes(
    backup: Path, empty: Origin, tmp_path: Path
) -> None:
    """As a file where the folder of the settings should be."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadConfig, match=r"can't be restored into .*\(File exists.*Nothing was changed"):
        restore(backup, Origin(empty.data, tmp_path / "file" / "config.toml"), CLOCK)
    assert [path.name for path in empty.data.iterdir()] == ["server.lock"]


def test_what_can_not_be_completed_is_told_at_each_start_until_it_can(
    backup: Path, empty: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No server starts on half a restore."""

    def refuse(_: Path, __: Path) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "place")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        for attempt in (lambda: restore(backup, empty, CLOCK), lambda: open_store(empty.data, CLOCK)):
            with pytest.raises(
                BadConfig, match=r"can't be completed \(Permission denied: place\): make that"
            ):
                attempt()
    with pytest.raises(BadConfig, match="It is complete now"):
        open_store(empty.data, CLOCK)
    assert _texts(empty) == ["hello"] * 20


def test_a_new_restore_completes_the_one_before_first(
    backup: Path, empty: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then finds its database, as any other."""
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "finish", lambda _: False)
        restore(backup, empty, CLOCK)
    assert not (empty.data / "chat.db").exists()
    with pytest.raises(BadConfig, match="There is a database in"):
        restore(backup, empty, CLOCK)
    assert _texts(empty) == ["hello"] * 20
    DataFolder(empty.data).close()
