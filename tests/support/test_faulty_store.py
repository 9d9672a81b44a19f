"""The store that fails on demand fails as a test means it, and else does what the one inside does."""

import threading
from collections.abc import Callable

import pytest

from chat.ids import SendId
from chat.server.domain.model import conversation_id, user_id
from chat.server.ports import FlushError, Store, StoreError
from chat.server.storage import MemoryStore
from tests.support.batches import founding, message, said, whole_log
from tests.support.faulty_store import Fault, FaultyStore

C1, U2 = conversation_id(1), user_id(2)


@pytest.fixture
def faulty() -> FaultyStore:
    """A store in memory that holds one channel, healthy still."""
    store = FaultyStore(MemoryStore())
    store.commit(founding())
    return store


def test_without_a_fault_it_does_what_the_store_inside_does(faulty: FaultyStore) -> None:
    """Everything is passed on, and it is a store like any other."""
    store: Store = faulty
    store.commit(said(2, message(2, send_id="one", mentions=[2])))
    store.probe()
    store.checkpoint()
    assert store.last_batch() == 2
    assert whole_log(store) == whole_log(faulty.inside)
    assert store.page(C1, above=1, below=3, newest_first=True, limit=1, limit_bytes=1) == [
        message(2, send_id="one", mentions=[2])
    ]
    assert store.unread(U2, {C1: (0, 2)})[C1].mentions == 1
    key = (user_id(1), SendId("one"))
    assert store.answered([key])[key].key == (C1, 2)
    assert store.load() == faulty.inside.load()
    store.close()


def test_a_refused_commit_is_not_stored(faulty: FaultyStore) -> None:
    """Once; the next one is taken."""
    faulty.switch.fail_next(Fault.REFUSED)
    with pytest.raises(StoreError):
        faulty.commit(said(2, message(2)))
    assert faulty.last_batch() == 1
    faulty.commit(said(2, message(2)))
    assert faulty.last_batch() == 2


def test_a_commit_of_unknown_outcome_is_stored(faulty: FaultyStore) -> None:
    """The error tells nothing; `last_batch` does."""
    faulty.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    with pytest.raises(StoreError):
        faulty.commit(said(2, message(2)))
    assert faulty.last_batch() == 2
    assert whole_log(faulty)[-1] == message(2)


def test_faults_come_in_order(faulty: FaultyStore) -> None:
    """One for each commit."""
    faulty.switch.fail_next(Fault.REFUSED, Fault.OUTCOME_UNKNOWN)
    for stored in (1, 2):
        with pytest.raises(StoreError):
            faulty.commit(said(2, message(2)))
        assert faulty.last_batch() == stored


def test_a_failed_flush_never_heals(faulty: FaultyStore) -> None:
    """Reading goes on."""
    faulty.switch.fail_next(Fault.FLUSH_FAILED)
    writes: list[Callable[[], None]] = [
        lambda: faulty.commit(said(2, message(2))),
        faulty.probe,
        faulty.checkpoint,
    ]
    for refused in writes:
        with pytest.raises(FlushError):
            refused()
        faulty.switch.heal()
    assert faulty.last_batch() == 1
    assert len(whole_log(faulty)) == 1


def test_refused_writes_last_until_it_heals(faulty: FaultyStore) -> None:
    """Commits and probes; reading goes on."""
    faulty.switch.refuse_writes()
    writes: list[Callable[[], None]] = [lambda: faulty.commit(said(2, message(2))), faulty.probe]
    for refused in writes:
        with pytest.raises(StoreError):
            refused()
    assert faulty.last_batch() == 1
    faulty.switch.heal()
    faulty.probe()
    faulty.commit(said(2, message(2)))


@pytest.mark.parametrize(
    "lookup",
    [
        lambda store: store.last_batch(),
        lambda store: store.answered([]),
        whole_log,
        lambda store: store.unread(U2, {}),
    ],
)
def test_refused_lookups_last_until_it_heals(faulty: FaultyStore, lookup: Callable[[Store], object]) -> None:
    """Whatever is asked."""
    faulty.switch.refuse_lookups()
    with pytest.raises(StoreError):
        lookup(faulty)
    faulty.switch.heal()
    lookup(faulty)


def test_a_held_commit_waits_until_it_is_released(faulty: FaultyStore) -> None:
    """What it would store is not there before; reading goes on."""
    with faulty.held() as held:
        writer = threading.Thread(target=faulty.commit, args=[said(2, message(2))])
        writer.start()
        assert held.reached.wait(5)
        assert len(whole_log(faulty)) == 1
        held.release.set()
        writer.join(5)
        assert len(whole_log(faulty)) == 2


def test_leaving_releases_a_held_commit(faulty: FaultyStore) -> None:
    """A test that fails meanwhile does not hang."""
    with faulty.held() as held:
        writer = threading.Thread(target=faulty.commit, args=[said(2, message(2))])
        writer.start()
        assert held.reached.wait(5)
    writer.join(5)
    assert faulty.last_batch() == 2
