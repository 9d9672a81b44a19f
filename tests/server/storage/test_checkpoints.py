"""The thread that moves the write-ahead log: regularly, through trouble, and never in the way of a stop."""

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from chat.server.ports import StoreError
from chat.server.storage import MemoryStore, checkpoints
from chat.server.storage.checkpoints import Checkpoints
from tests.support.waiting import wait_until


class SlowStore(MemoryStore):
    """A store that counts its checkpoints, and lets them hang or fail.

    Attributes:
        count: how many were begun.
        flows: cleared to let them hang.
        trouble: what they raise, if anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.flows = threading.Event()
        self.flows.set()
        self.trouble = ""

    def checkpoint(self) -> None:
        self.count += 1
        assert self.flows.wait(10)
        if self.trouble:
            raise StoreError(self.trouble)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowStore]:
    """Such a store, looked after every millisecond."""
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.001)
    slow = SlowStore()
    yield slow
    slow.flows.set()


def begun(store: SlowStore) -> Checkpoints:
    """Start the thread and see its first checkpoint."""
    thread = Checkpoints(store)
    thread.start()
    wait_until(lambda: store.count > 0, what="a checkpoint")
    return thread


def test_it_goes_on_until_it_is_stopped(store: SlowStore) -> None:
    """Again and again."""
    thread = begun(store)
    wait_until(lambda: store.count > 2, what="more of them")
    assert thread.stop(5)


def test_trouble_is_told_once_and_does_not_end_it(store: SlowStore) -> None:
    """Until it is another trouble; the next checkpoint may do better."""
    with capture_logs() as logs:
        store.trouble = "full"
        thread = begun(store)
        wait_until(lambda: store.count > 2, what="more of them")
        store.trouble = "locked"
        wait_until(lambda: len(logs) == 2, what="the other trouble")
        assert thread.stop(5)
    assert [log["error"] for log in logs] == ["full", "locked"]


def test_a_disk_that_stalls_holds_up_no_stop(store: SlowStore) -> None:
    """The owner is told in time that the thread has not ended, so that the store stays open."""
    store.flows.clear()
    thread = begun(store)
    assert not thread.stop(0.05)
    store.flows.set()
    assert thread.stop(5)
