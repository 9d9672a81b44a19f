"""The stores that every test of the contract runs over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.server.ports import Store
from chat.server.storage import MemoryStore, open_store
from tests.support.clock import FakeClock
from tests.support.opened_store import OpenedStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store, one after the other of every kind there is."""
    made: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "data", FakeClock())
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedStore]:
    """A new store in SQLite, its connections in the test's hands."""
    made = OpenedStore(tmp_path / "data")
    yield made
    made.store.close()
