"""What every store promises about threads: who reads sees whole batches, and nobody stands in the way."""

import threading
from collections.abc import Callable

from chat.ids import ConversationId
from chat.server.domain.model import conversation_id, user_id
from chat.server.ports import Batch, Store
from tests.support.batches import channel, founding, message, talk, user, whole_log

READERS = 4
BATCHES = 60
A_BATCH = 10
C1, C2 = conversation_id(1), conversation_id(2)


def _beside(work: Callable[[], None], look: Callable[[], None]) -> None:
    """Run `work` here while other threads `look` again and again; every failure of theirs is raised."""
    done, failures = threading.Event(), list[BaseException]()

    def reader() -> None:
        try:
            while not done.is_set():
                look()
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)

    threads = [threading.Thread(target=reader) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


def _say_in_both(store: Store) -> None:
    """Commit batches that each add as much to channel 1 as to channel 2."""
    for batch in range(BATCHES):
        numbers = range(2 + batch * A_BATCH, 2 + (batch + 1) * A_BATCH)
        store.commit(
            Batch(
                number=batch + 2,
                conversations=[channel(row, last=numbers[-1]) for row in (1, 2)],
                entries=[message(number, conversation=row) for row in (1, 2) for number in numbers],
            )
        )


def test_who_reads_beside_commits_sees_whole_batches(store: Store) -> None:
    """Pages grow by whole batches and have no hole, on any number of threads."""
    store.commit(founding(channels=2))

    def look() -> None:
        numbers = [entry.number for entry in whole_log(store)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert (len(numbers) - 1) % A_BATCH == 0

    _beside(lambda: _say_in_both(store), look)
    assert len(whole_log(store)) == 1 + BATCHES * A_BATCH


def test_counts_beside_commits_are_of_one_moment(store: Store) -> None:
    """Unread counts of two channels that always grow together are always equal."""
    store.commit(founding(channels=2))
    positions: dict[ConversationId, tuple[int, int]] = {C1: (0, 10_000), C2: (0, 10_000)}

    def look() -> None:
        unread = store.unread(user_id(2), positions)
        assert unread[C1] == unread[C2]

    _beside(lambda: _say_in_both(store), look)
    assert store.unread(user_id(2), positions)[C1].messages == BATCHES * A_BATCH


def test_checkpoints_beside_commits_lose_nothing(store: Store) -> None:
    """They run on a thread of their own all the while."""
    store.commit(founding(channels=2))
    one_at_a_time = threading.Lock()

    def move() -> None:
        with one_at_a_time:
            store.checkpoint()

    _beside(lambda: _say_in_both(store), move)
    assert len(whole_log(store, 2)) == 1 + BATCHES * A_BATCH


def test_threads_that_come_and_go_may_read(store: Store) -> None:
    """A store keeps nothing that belongs to a thread which has ended."""
    talk(store, 20)
    store.commit(Batch(number=store.last_batch() + 1, users=[user(9)]))
    seen = list[int]()
    for _ in range(30):
        thread = threading.Thread(target=lambda: seen.append(len(whole_log(store))))
        thread.start()
        thread.join()
    assert seen == [21] * 30
