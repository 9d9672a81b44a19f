"""The way of an older database to this code: it ends where a new one begins."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chat.errors import BadConfig
from chat.server.storage import open_store, schema
from chat.server.storage.connections import for_writing, one_connection
from chat.server.storage.upgrade import UnknownRevision, settings, upgrade
from tests.support.clock import FakeClock


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
    assert len(_described(new)) == 10
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
