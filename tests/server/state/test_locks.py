"""Locks that may be taken in one order only."""

import threading

import pytest

from chat.server.state.locks import LockOrderError, Rank, RankedCondition, RankedLock
from tests.support.waiting import wait_until


def test_locks_are_taken_from_the_outermost_to_the_innermost() -> None:
    """Each may be skipped."""
    with RankedLock(Rank.CONVERSATION), RankedLock(Rank.DIRECTORY), RankedLock(Rank.SESSION):
        pass


@pytest.mark.parametrize("inner", [Rank.CONVERSATION, Rank.ROSTER])
def test_a_lock_of_the_same_or_a_lower_rank_can_not_be_taken(inner: Rank) -> None:
    """Two conversations at once neither; the error names both."""
    with RankedLock(Rank.ROSTER), pytest.raises(LockOrderError, match=f"{inner.name} .* ROSTER"):
        RankedLock(inner).__enter__()


def test_a_refused_lock_is_not_held_and_the_order_starts_afresh_outside() -> None:
    """What was given back no longer counts."""
    outer, inner = RankedLock(Rank.CONVERSATION), RankedLock(Rank.LINK)
    with inner, pytest.raises(LockOrderError):
        outer.__enter__()
    with outer, inner:
        pass


def test_an_exception_gives_the_lock_back() -> None:
    """To other threads too, and the rank is forgotten."""
    lock = RankedLock(Rank.PENDING)
    with pytest.raises(KeyError), lock:
        raise KeyError
    with lock:
        pass


def test_ranks_are_held_by_threads_not_by_the_process() -> None:
    """What one thread holds forbids nothing to another."""
    taken = threading.Event()

    def take() -> None:
        with RankedLock(Rank.CONVERSATION):
            taken.set()

    with RankedLock(Rank.SESSION):
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert taken.is_set()


def test_a_lock_keeps_others_out() -> None:
    """Two threads that count in it lose nothing."""
    lock, start = RankedLock(Rank.QUEUE), threading.Barrier(4)
    counted = [0]

    def count() -> None:
        start.wait()
        for _ in range(1000):
            with lock:
                counted[0] += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [4000]


def test_who_waits_on_a_condition_lets_others_in() -> None:
    """And holds the lock again when it goes on."""
    condition = RankedCondition(Rank.QUEUE)
    said: list[str] = []

    def wait() -> None:
        with condition:
            said.append("waits")
            assert condition.wait_for(lambda: "done" in said, 30)
            with pytest.raises(LockOrderError):
                RankedLock(Rank.PENDING).__enter__()
            said.append("goes on")

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: bool(said))
    with condition:
        said.append("done")
        condition.notify()
    thread.join()
    assert said == ["waits", "done", "goes on"]


def test_waiting_on_a_condition_has_an_end() -> None:
    """With the answer that it does not hold."""
    condition = RankedCondition(Rank.QUEUE)
    with condition:
        assert not condition.wait_for(lambda: False, 0.001)
