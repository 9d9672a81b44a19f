"""Data folders and backups for tests: with a short talk in them, and made by hand with anything in them."""

import hashlib
import io
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from chat.server.backup.archive import DATABASE_PART, Manifest, Part
from chat.server.backup.contents import contents_of
from chat.server.backup.making import Origin, make_backup
from chat.server.storage import open_store
from tests.support.batches import MOMENT, talk
from tests.support.clock import FakeClock

MESSAGES = 20
"""How many the talk in `origin` has."""


def origin(home: Path, messages: int = MESSAGES, text: str = "hello") -> Origin:
    """Make a data folder with a talk in it, of a server that is stopped; it has no config file."""
    store = open_store(home / "data", FakeClock())
    talk(store, messages, text=text)
    store.close()
    return Origin(home / "data", home / "config.toml")


def settle_in(place: Origin, name: str = "attic") -> None:
    """Give a server settings, a certificate and a key."""
    place.config.write_text(f"name = {name!r}\n")
    keys = place.data / "tls"
    keys.mkdir(parents=True)
    (keys / "server.crt").write_text(f"certificate of {name}")
    (keys / "server.key").write_text(f"key of {name}")


def backup_of(place: Origin, file: Path) -> Path:
    """Back it up into the file; give the file."""
    make_backup(place, file, FakeClock())
    return file


def ask(database: Path, question: str) -> list[tuple[object, ...]]:
    """Return what a database of a stopped server answers."""
    with closing(sqlite3.connect(database)) as raw:
        return raw.execute(question).fetchall()


def forged(file: Path, database: Path, told_of: Path | None = None, **changes: object) -> Path:
    """Write a backup of a database by hand, whose sums are right, with other words in its manifest.

    The manifest tells of another database if one is given.
    """
    content = database.read_bytes()
    found = contents_of(told_of or database)
    manifest = Manifest(
        software="forger",
        server_id=found.server_id,
        epoch=found.epoch,
        revision=found.revision,
        taken=MOMENT,
        rows=found.rows,
        parts={DATABASE_PART: Part(len(content), hashlib.sha256(content).hexdigest())},
    )
    words = {**msgspec.to_builtins(manifest), **changes}
    return tarred(file, {DATABASE_PART: content, "manifest.json": msgspec.json.encode(words)})


def tarred(file: Path, members: Mapping[str, bytes]) -> Path:
    """Write a tar of these members."""
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file
