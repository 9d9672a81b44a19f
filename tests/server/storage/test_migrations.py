"""The way of an older database to this code: it ends where a new one begins."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chat.errors import BadConfig
from chat.ids import SendId
from chat.protocol.entries import Edited, Message
from chat.protocol.records import ChannelMode, Gate, UserKind
from chat.server.domain.model import (
    ChannelRules,
    Erasure,
    MemberState,
    PasswordHash,
    ReadMove,
    Trim,
    conversation_id,
    user_id,
)
from chat.server.ports import Batch, Unread
from chat.server.storage import open_store, schema
from chat.server.storage.connections import for_writing, one_connection
from chat.server.storage.upgrade import UnknownRevision, settings, upgrade
from chat.server.storage.writes import entry_key
from tests.support.batches import (
    MOMENT,
    change,
    channel,
    created,
    device,
    direct,
    message,
    send_row,
    user,
    whole_log,
)
from tests.support.clock import FakeClock

LATER = MOMENT + timedelta(hours=1)


def _migrated(path: Path) -> Connection:
    """Return a database that went all the way from nothing."""
    connection = one_connection(for_writing(path))
    connection.exec_driver_sql("begin immediate")
    upgrade(connection, None)
    connection.exec_driver_sql("commit")
    return connection


def _described(connection: Connection) -> dict[str, Any]:
    """Return all that SQLite knows of the tables: columns, keys, indexes, conditions."""

    def ask(pragma: str, name: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(f"pragma {pragma}({name})")]

    tables = connection.exec_driver_sql(
        "select name, sql from sqlite_master where type = 'table' and name <> 'alembic_version'"
    ).all()
    described: dict[str, Any] = {}
    for name, sql in tables:
        indexes = {row[1]: (row[2:], ask("index_xinfo", row[1])) for row in ask("index_list", name)}
        keys = sorted(row[2:] for row in ask("foreign_key_list", name))
        words = sql.lower()
        described[name] = (
            ask("table_xinfo", name),
            indexes,
            keys,
            "without rowid" in words,
            sorted(part.split(")")[0] for part in words.split("check (")[1:]),
        )
    described["conditions"] = sorted(
        row.sql.split(" WHERE ")[1]
        for row in connection.exec_driver_sql("select sql from sqlite_master where type = 'index'")
        if row.sql and " WHERE " in row.sql
    )
    return described


def test_the_migrations_end_where_a_new_database_begins(tmp_path: Path) -> None:
    """Both have the same tables, columns, keys, indexes and conditions."""
    open_store(tmp_path / "new", FakeClock()).close()
    new = one_connection(for_writing(tmp_path / "new" / "chat.db"))
    migrated = _migrated(tmp_path / "migrated.db")
    assert _described(migrated) == _described(new)
    assert len(_described(new)) == 14
    for connection in (new, migrated):
        assert connection.exec_driver_sql("select version_num from alembic_version").all() == [(schema.HEAD,)]
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        connection.close()


def test_the_newest_migration_is_what_the_code_writes() -> None:
    """`schema.HEAD` names it, and there is one way to it."""
    scripts = ScriptDirectory.from_config(settings())
    assert scripts.get_heads() == [schema.HEAD]
    assert scripts.get_bases() == ["0001"]


def test_an_older_database_is_led_on_when_it_is_opened(tmp_path: Path) -> None:
    """One that was stamped before its first migration gets all of them, in one transaction."""
    raw = sqlite3.connect(tmp_path / "chat.db")
    raw.execute("create table alembic_version (version_num text not null)")
    raw.commit()
    raw.close()
    open_store(tmp_path, FakeClock()).close()
    raw = sqlite3.connect(tmp_path / "chat.db")
    assert raw.execute("select version_num from alembic_version").fetchall() == [(schema.HEAD,)]
    assert raw.execute("select count(*) from users").fetchone() == (0,)
    raw.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """The older version can still open its database."""
    raw = sqlite3.connect(tmp_path / "chat.db")
    raw.execute("create table alembic_version (version_num text not null)")
    raw.execute("create table sends (in_the_way text)")
    raw.commit()
    before = raw.execute("select name, sql from sqlite_master").fetchall()
    with pytest.raises(BadConfig, match="already exists"):
        open_store(tmp_path, FakeClock())
    assert raw.execute("select name, sql from sqlite_master").fetchall() == before
    raw.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Going back is not possible; the sentence says what is."""
    open_store(tmp_path, FakeClock()).close()
    raw = sqlite3.connect(tmp_path / "chat.db")
    raw.execute("update alembic_version set version_num = '9999'")
    raw.commit()
    with pytest.raises(BadConfig, match=r"newer version of chat-server: install that one again"):
        open_store(tmp_path, FakeClock())
    assert raw.execute("select version_num from alembic_version").fetchall() == [("9999",)]
    raw.close()


def test_an_unknown_revision_is_told_before_anything_is_changed(tmp_path: Path) -> None:
    """Also to whoever runs the upgrade by hand."""
    connection = one_connection(for_writing(tmp_path / "chat.db"))
    with pytest.raises(UnknownRevision):
        upgrade(connection, "9999")
    assert connection.exec_driver_sql("select name from sqlite_master").all() == []
    connection.close()


def _of_revision(revision: str, path: Path) -> sqlite3.Connection:
    """Return a database as an older revision of the tables was, with two people who talked."""
    made = one_connection(for_writing(path))
    made.exec_driver_sql("pragma journal_mode = wal")
    made.exec_driver_sql("begin immediate")
    command.upgrade(settings(made), revision)
    made.exec_driver_sql("commit")
    made.close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("insert into meta values (1, 'server', 'epoch', '2024-05-17T09:30:00+00:00', 7, 4, 1, 3)")
    for row in (1, 2, 3):
        raw.execute(
            "insert into users values (?, 'guest', ?, ?, 1, 'online', '', 1, '2024-05-17T09:30:00Z', null)",
            (row, f"guest-{row}", f"guest-{row}"),
        )
    raw.executemany(
        "insert into conversations (id, kind, name, name_key, topic, first, last, pair_first, pair_second) "
        "values (?, ?, ?, ?, ?, 1, 2, ?, ?)",
        [(1, "channel", "#tea", "#tea", "green", None, None), (2, "direct", "", "", "", 1, 2)],
    )
    raw.executemany("insert into members values (?, ?, 'member')", [(1, 1), (2, 1), (2, 2)])
    raw.executemany(
        "insert into read_marks (user_id, conversation_id, number) values (?, ?, ?)", [(1, 1, 2), (2, 2, 2)]
    )
    for conversation, name in ((1, "#tea"), (2, "")):
        first = created(msgspec.structs.replace(channel(conversation), name=name))
        said = message(2, "hello", conversation=conversation, send_id=f"send-{conversation}")
        for entry in (first, said):
            body = msgspec.json.encode(entry).decode()
            values = (entry_key(entry.conversation, entry.number), entry.__struct_config__.tag, body)
            raw.execute("insert into entries values (?1, ?2, 1, ?2 = 'message', ?3)", values)
    raw.execute("insert into sends values ('send-1', 1, 'AGhhc2j/', ?)", (entry_key("c1", 2),))
    return raw


def test_a_database_of_the_first_revision_is_led_on_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Nothing is pinned yet; what was read of direct conversations was told, nobody knows when."""
    _of_revision("0001", tmp_path / "chat.db").close()
    store = open_store(tmp_path, FakeClock())
    loaded = store.load()
    assert [(state.name, state.topic, state.last, state.pins) for state in loaded.conversations] == [
        ("#tea", "green", 2, ()),
        ("", "", 2, ()),
    ]
    assert loaded.reads == (
        ReadMove(user_id(1), conversation_id(1), 2),
        ReadMove(user_id(2), conversation_id(2), 2, told=2),
    )
    key = (user_id(1), SendId("send-1"))
    assert store.answered([key])[key].entry == message(2, "hello", send_id="send-1")
    state = msgspec.structs.replace(loaded.conversations[0], last=3, pins=(2,))
    edit = change(Edited, 3, of=2, text="new")
    new = msgspec.structs.replace(message(2, "new", send_id="send-1"), edited=3, revision=3)
    store.commit(Batch(number=8, conversations=[state], entries=[edit], revised=[new]))
    assert whole_log(store)[1:] == [new, edit]
    assert store.load().conversations[0].pins == (2,)
    store.close()


def _of_the_second_revision(path: Path) -> tuple[Message, Edited]:
    """Make such a database, with all that one can hold; return the message that was edited, and its edit."""
    raw = _of_revision("0002", path)
    raw.execute("update conversations set pins = '[2]', last = 3 where id = 1")
    raw.execute("update read_marks set told = 1, told_at = ? where user_id = 2", (MOMENT.isoformat(),))
    raw.execute("update users set kind = 'bot', last_seen = ? where id = 3", (MOMENT.isoformat(),))
    raw.execute("update meta set next_device = 5")
    raw.execute("insert into devices values (4, 1, 'hash-4', ?)", (MOMENT.isoformat(),))
    raw.execute("insert into mentions values (2, ?)", (entry_key("c1", 2),))
    edit = change(Edited, 3, of=2, text="new", send_id="send-3")
    new = msgspec.structs.replace(message(2, "new", send_id="send-1"), edited=3, revision=3)
    body = msgspec.json.encode(edit).decode()
    raw.execute("insert into entries values (?, 'edited', 1, 0, ?)", (entry_key("c1", 3), body))
    raw.execute(
        "update entries set body = ? where id = ?", (msgspec.json.encode(new).decode(), entry_key("c1", 2))
    )
    later = msgspec.json.encode(LATER).decode()[1:-1]
    raw.execute(
        "update entries set body = json_replace(body, '$.timestamp', ?) where id = ?",
        (later, entry_key("c1", 3)),
    )
    raw.executemany(
        "insert into sends values (?, 1, 'AGhhc2j/', ?)",
        [("send-3", entry_key("c1", 3)), ("send-2", entry_key("c2", 2)), ("lost", entry_key("c1", 99))],
    )
    raw.close()
    return new, msgspec.structs.replace(edit, timestamp=LATER)


def test_a_database_of_the_second_revision_is_led_on_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Nobody has an account, keeps order or was erased so far; each send id has the time of its entry."""
    new, edit = _of_the_second_revision(tmp_path / "chat.db")
    with closing(open_store(tmp_path, FakeClock())) as store:
        loaded = store.load()
        people = [user(1), user(2), msgspec.structs.replace(user(3), kind=UserKind.BOT, last_seen=MOMENT)]
        began = MOMENT.replace(microsecond=0)
        assert list(loaded.users) == [msgspec.structs.replace(each, created=began) for each in people]
        assert loaded.devices == (device(4, of=1),)
        members = {1: (1,), 2: (1, 2)}
        tea = msgspec.structs.replace(channel(1, last=3, name="#tea", topic="green"), pins=(2,))
        assert list(loaded.conversations) == [
            msgspec.structs.replace(state, members={user_id(each): MemberState() for each in members[row]})
            for row, state in ((1, tea), (2, direct(2, 1, 2, last=2)))
        ]
        assert loaded.reads == (
            ReadMove(user_id(1), conversation_id(1), 2),
            ReadMove(user_id(2), conversation_id(2), 2, told=1, told_at=MOMENT),
        )
        nexts = (loaded.next_user, loaded.next_device, loaded.next_conversation)
        assert (loaded.last_batch, nexts) == (7, (4, 5, 3))
        assert (loaded.server_id, loaded.epoch, loaded.gate) == ("server", "epoch", Gate.OPEN)
        assert (store.erasures(), store.audit(limit=9)) == ([], [])
        assert whole_log(store)[1:] == [new, edit]
        assert [entry.number for entry in whole_log(store, 2)] == [1, 2]
        assert store.unread(user_id(2), {conversation_id(1): (0, 3)})[conversation_id(1)] == Unread(1, 1)
        keys = [(user_id(1), SendId(each)) for each in ("send-1", "send-2", "send-3", "lost")]
        answered = store.answered(keys)
        assert [(answered[key].entry, answered[key].timestamp) for key in keys] == [
            (new, MOMENT),
            (message(2, conversation=2, send_id="send-2"), MOMENT),
            (edit, LATER),
            (None, began),
        ]


def test_a_database_that_was_led_on_is_as_good_as_a_new_one(tmp_path: Path) -> None:
    """It takes all that only the newest revision knows, and gives it back."""
    new, edit = _of_the_second_revision(tmp_path / "chat.db")
    with closing(open_store(tmp_path, FakeClock())) as store:
        tea = store.load().conversations[0]
        registered = msgspec.structs.replace(user(1), password=PasswordHash("hash"), admin=True)
        used = msgspec.structs.replace(device(4, of=1), client="tui", last_used=LATER)
        rules = ChannelRules(mode=ChannelMode(private=True))
        begun = Erasure(user_id(2), conversation_id(2), 2, user_id(1))
        batch = Batch(
            number=8,
            users=[registered],
            devices=[used],
            conversations=[msgspec.structs.replace(tea, first=3, pins=())],
            rules=[(conversation_id(1), rules)],
            gate=Gate.NO_GUESTS,
            trims=[Trim(conversation_id(1), 3, below=1, when=LATER)],
            erasures=[begun],
            sends=[send_row(msgspec.structs.replace(new, send_id="new"))],
        )
        store.commit(batch)
        loaded = store.load()
        assert (loaded.users[0], loaded.devices, loaded.gate) == (registered, (used,), Gate.NO_GUESTS)
        assert (loaded.conversations[0].rules, loaded.conversations[0].first) == (rules, 3)
        assert store.erasures() == [begun]
        assert whole_log(store)[-1] == msgspec.structs.replace(edit, text="")
