"""Unsent messages on disk: none is lost or swapped, no server gets another's, trouble is told and heals."""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.client.outbox_store import SqliteOutbox
from tests.support.outbox_stores import ATTIC, CELLAR, Kept, kept_in, rows_in
from tests.support.waiting import wait_until

WHEN = datetime(2024, 5, 17, 9, 0, 0, 123_000, tzinfo=UTC)


def item(number: int, text: str = "") -> OutboxItem:
    """A message whose id tells its place."""
    return OutboxItem(f"send-{number:04}", "#general", text or str(number), said_at=WHEN)


def put_all(kept: Kept, numbers: Iterable[int]) -> None:
    """Put numbered messages."""
    for number in numbers:
        kept.store.put(item(number))


def servers_in(path: Path) -> list[str]:
    """Which servers the messages in a file are for."""
    with closing(sqlite3.connect(path)) as database:
        return [server.decode() for (server,) in database.execute("select server from item")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet, in a folder that is not there yet."""
    return tmp_path / "state" / "outbox.sqlite"


# ---------------------------------------------------------------------- keeping


def test_what_is_put_is_on_disk_at_once(path: Path) -> None:
    """Without closing, and before any server is known: a key press is all it takes."""
    with kept_in(path) as kept:
        put_all(kept, range(3))
        wait_until(lambda: rows_in(path) == ["0", "1", "2"], what="the messages on disk")


def test_the_next_life_finds_what_was_not_removed(path: Path) -> None:
    """In the order of saying, whole, whatever it holds; what failed stays failed with its sentence."""
    hostile = replace(item(1, "a\x00\ud800\n\U0001f44d'; drop table item"), target="@\udfff", action=True)
    with kept_in(path) as kept:
        kept.load()
        put_all(kept, [0, 2])
        kept.store.put(hostile)
        failed = replace(item(2), state=SendState.FAILED, sentence="Join first.")
        kept.store.put(failed)
        kept.store.remove("send-0000")
    with kept_in(path) as kept:
        assert kept.load() == [failed, hostile]


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """It holds what people write."""
    with kept_in(path) as kept:
        put_all(kept, [0])
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


# ---------------------------------------------------------------------- whose it is


def test_an_identity_finds_its_own_messages_only(path: Path) -> None:
    """Two clients of one home share the file and nothing in it."""
    with kept_in(path) as ann, kept_in(path, nick="ben") as ben:
        assert ann.texts(box="ann's") == ben.texts(box="ben's") == []
        put_all(ann, [0, 1])
        put_all(ben, [2, 3])
    with kept_in(path) as ann, kept_in(path, nick="ben") as ben:
        assert ben.texts(box="ben's") == ["2", "3"]
        assert ann.texts(box="ann's") == ["0", "1"]


def test_another_server_gets_nothing(path: Path) -> None:
    """Not even at the same address and with the same identity; the right one gets it later."""
    with kept_in(path) as kept:
        kept.load(ATTIC)
        put_all(kept, [0])
    with kept_in(path) as kept:
        assert kept.texts(CELLAR) == []
    with kept_in(path) as kept:
        assert kept.texts(ATTIC) == ["0"]


def test_what_was_said_before_the_first_welcome_belongs_to_who_answers_there(path: Path) -> None:
    """In this life or, after a kill, in the next; under the same nick, looked for at the same address."""
    with kept_in(path) as kept:
        put_all(kept, [0])
    with kept_in(path, address="cellar:7420") as elsewhere:
        assert elsewhere.texts(CELLAR) == []
    with kept_in(path, nick="ben") as ben:
        assert ben.texts(ATTIC, "ben's") == []
    with kept_in(path) as kept:
        put_all(kept, [1])
        assert kept.texts() == ["0", "1"]
    with kept_in(path, address="10.0.0.7:7420", nick="anna") as moved:
        assert moved.texts() == ["0", "1"]


def test_what_was_said_for_the_server_known_there_goes_to_no_other(path: Path) -> None:
    """Whoever answers at the address now: the message fails, with the reason, and stays failed."""
    with kept_in(path) as kept:
        kept.load(ATTIC)
    with kept_in(path) as earlier:
        put_all(earlier, [0])
    with kept_in(path) as kept:
        put_all(kept, [1])
        (failed,) = kept.load(CELLAR)
        assert (failed.text, failed.state) == ("1", SendState.FAILED)
        assert "Another server" in failed.sentence
    with kept_in(path) as kept:
        waits, failed_then = kept.load(ATTIC)
        assert (waits.text, waits.state) == ("0", SendState.WAITING)
        assert (failed_then.text, failed_then.state) == ("1", SendState.FAILED)


def test_a_look_shows_what_a_load_would_give_and_settles_nothing(path: Path) -> None:
    """Bound or not; what was said for another server is not shown, and whose it is stays open."""
    with kept_in(path) as kept:
        kept.load()
        put_all(kept, [0])
    with kept_in(path) as kept:
        put_all(kept, [1])
        wait_until(lambda: rows_in(path) == ["0", "1"], what="the messages on disk")
    with kept_in(path) as kept:
        assert [each.text for each in kept.store.peek(ATTIC, "ann's")] == ["0", "1"]
        assert kept.store.peek(CELLAR, "ann's") == []
        assert kept.texts() == ["0", "1"]


def test_two_clients_never_send_the_same_message(path: Path) -> None:
    """Said by both before the server came: who comes first takes all, the other is told so."""
    with kept_in(path) as first, kept_in(path) as second:
        put_all(second, [1])
        wait_until(lambda: rows_in(path) == ["1"], what="the message on disk")
        assert first.texts(box="ann's") == ["1"]
        (taken,) = second.load(box="ann2's")
        assert taken.state is SendState.FAILED
        assert "Another client" in taken.sentence


def test_what_could_not_be_loaded_is_still_for_the_server_that_answered(path: Path) -> None:
    """It was said before the first answer; whoever answers at the address in a later life gets nothing."""
    with kept_in(path) as kept:
        put_all(kept, [0])
        wait_until(lambda: rows_in(path) == ["0"], what="the message on disk")
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("begin immediate")
            assert kept.store.load(ATTIC, "ann's") is None
        wait_until(lambda: servers_in(path) == [ATTIC], what="the message to be the server's")
    with kept_in(path) as kept:
        assert kept.load(CELLAR) == []
    with kept_in(path) as kept:
        assert kept.texts(ATTIC) == ["0"]


# ---------------------------------------------------------------------- trouble


def test_a_damaged_file_is_put_aside_and_told(path: Path) -> None:
    """What is said in this life is kept in a new one."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with kept_in(path) as kept:
        put_all(kept, [0])
        wait_until(lambda: rows_in(path) == ["0"], what="the message in a new file")
        assert kept.texts() == ["0"]
        put_all(kept, [1])
        (told,) = kept.told
    assert "damaged" in told
    assert path.with_suffix(".damaged").read_bytes().startswith(b"no database")
    with kept_in(path) as kept:
        assert kept.texts() == ["0", "1"]


def test_a_file_that_is_damaged_later_loses_nothing_of_this_life(path: Path) -> None:
    """All that still waits is written into the new one, in order; nothing of it fails."""
    with kept_in(path) as kept:
        put_all(kept, [0, 1])
        wait_until(lambda: rows_in(path) == ["0", "1"], what="the messages on disk")
        path.write_bytes(b"no database" * 1000)
        loaded = kept.load()
        assert [(each.text, each.state) for each in loaded] == [
            ("0", SendState.WAITING),
            ("1", SendState.WAITING),
        ]
        path.write_bytes(b"no database" * 1000)
        put_all(kept, [2])
        wait_until(lambda: rows_in(path) == ["0", "1", "2"], what="everything in a new file")


def test_a_place_that_can_not_be_written_is_told_once_and_heals(tmp_path: Path) -> None:
    """Saying goes on meanwhile; what could not be written is, once it can."""
    folder = tmp_path / "state"
    folder.write_text("a file, where the folder should be")
    path = folder / "outbox.sqlite"
    with kept_in(path) as kept:
        assert kept.store.load(ATTIC, "ann's") is None
        put_all(kept, [0])
        assert kept.store.load(ATTIC, "ann's") is None
        folder.unlink()
        put_all(kept, [1])
        wait_until(lambda: rows_in(path) == ["0", "1"], what="both messages on disk")
        assert kept.texts() == ["0", "1"]
        (told,) = kept.told
    assert str(path) in told
    assert "still sent" in told


def test_what_happens_while_writing_fails_has_the_last_word(tmp_path: Path) -> None:
    """A message that is dropped or refused just then is not brought back by the next try."""
    folder = tmp_path / "state"
    folder.write_text("a file, where the folder should be")
    path = folder / "outbox.sqlite"
    failed = replace(item(1), state=SendState.FAILED, sentence="Join first.")
    store = SqliteOutbox(path, "attic:7420", "ann")

    def drop_the_first(_: str) -> None:
        store.remove("send-0000")
        store.put(failed)
        folder.unlink()

    store.put(item(0))
    store.put(item(1))
    store.begin(drop_the_first)
    try:
        wait_until(lambda: rows_in(path) == ["1"], what="the other on disk")
        assert store.load(ATTIC, "ann's") == [failed]
    finally:
        store.close()


def test_a_file_that_another_process_holds_is_told_and_tried_again(path: Path) -> None:
    """Nobody waits for it but the thread that writes."""
    with kept_in(path) as kept:
        kept.load()
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("begin immediate")
            put_all(kept, [0])
            wait_until(lambda: bool(kept.told), what="the trouble to be told")
        wait_until(lambda: rows_in(path) == ["0"], what="the message on disk")
    assert "locked" in kept.told[0]


def test_a_full_disk_is_told(path: Path) -> None:
    """As the database says it; the messages stay in memory."""
    with kept_in(path) as kept:
        kept.load()
        with closing(sqlite3.connect(path)) as database:
            database.execute(
                "create trigger full before insert on item begin select raise(abort, 'disk is full'); end"
            )
        put_all(kept, [0])
        wait_until(lambda: bool(kept.told), what="the trouble to be told")
        with closing(sqlite3.connect(path)) as database:
            database.execute("drop trigger full")
        wait_until(lambda: rows_in(path) == ["0"], what="the message on disk")
    assert "disk is full" in kept.told[0]


def test_the_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    """Its meaning is not known here."""
    with kept_in(path) as kept:
        put_all(kept, [0])
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma user_version = 99")
    with kept_in(path) as kept:
        assert kept.store.load(ATTIC, "ann's") is None
        assert "newer version" in kept.told[0]
    assert rows_in(path) == ["0"]


# ---------------------------------------------------------------------- against a model


class Lives(RuleBasedStateMachine):
    """A store over many lives, and a dictionary that should hold the same."""

    @initialize()
    def begin(self) -> None:
        """No file."""
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "outbox.sqlite"
        self.kept = Kept(self.path)
        self.model: dict[str, OutboxItem] = {}
        self.said = 0

    @rule(text=st.text(max_size=5), action=st.booleans())
    def say(self, text: str, action: bool) -> None:
        """A message is said."""
        said = replace(item(self.said, text), action=action)
        self.said += 1
        self.model[said.send_id] = said
        self.kept.store.put(said)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), sentence=st.text(max_size=5))
    def fail(self, data: st.DataObject, sentence: str) -> None:
        """One is refused for good."""
        send_id = data.draw(st.sampled_from(list(self.model)))
        failed = replace(self.model[send_id], state=SendState.FAILED, sentence=sentence)
        self.model[send_id] = failed
        self.kept.store.put(failed)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """One is acknowledged or dropped."""
        send_id = data.draw(st.sampled_from(list(self.model)))
        del self.model[send_id]
        self.kept.store.remove(send_id)

    @rule()
    def load(self) -> None:
        """The server is here, for the first time or again."""
        assert self.kept.load() == list(self.model.values())

    @rule()
    def live_on(self) -> None:
        """The client ends and comes again."""
        self.kept.store.close()
        self.kept = Kept(self.path)

    def teardown(self) -> None:
        """The last life ends like the others."""
        if hasattr(self, "kept"):
            self.live_on()
            self.load()
            self.kept.store.close()
            shutil.rmtree(self.folder)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
