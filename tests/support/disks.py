"""Disks in trouble: ways in which the database of a running server can not be written, and their end.

Each begins when a test enters it and heals when it leaves, while nothing is being written.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.support.opened_store import OpenedStore

Trouble = Callable[[OpenedStore], AbstractContextManager[None]]

_HOLD_THE_LOCK = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None)
raw.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def full_disk(opened: OpenedStore) -> Iterator[None]:
    """The database may not grow by a single page."""
    (pages,) = opened.journal.execute("pragma page_count").fetchone()
    opened.journal.execute(f"pragma max_page_count = {pages}")
    try:
        yield
    finally:
        opened.journal.execute("pragma max_page_count = 1000000")


@contextmanager
def read_only_database(opened: OpenedStore) -> Iterator[None]:
    """Nothing can be written at all."""
    opened.journal.execute("pragma query_only = on")
    try:
        yield
    finally:
        opened.journal.execute("pragma query_only = off")


@contextmanager
def locked_by_another_process(opened: OpenedStore) -> Iterator[None]:
    """A process that is none of ours holds the lock for writing."""
    command = [sys.executable, "-c", _HOLD_THE_LOCK, str(opened.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            assert holder.stdin is not None
            holder.stdin.close()
            holder.wait(10)


@contextmanager
def small_disk(at: Path, kibibytes: int) -> Iterator[bool]:
    """Mount a disk of this size; gives whether that is allowed here."""
    at.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(at)]
    try:
        mounted = subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(at)], check=True)
