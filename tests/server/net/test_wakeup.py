"""Waking a thread that waits in a selector."""

import selectors
import threading

import pytest

from chat.server.net.wakeup import Wakeup


@pytest.fixture
def bell() -> Wakeup:
    """A doorbell that its test closes."""
    return Wakeup()


def rings(bell: Wakeup, seconds: float = 0.0) -> bool:
    """Whether the owner would be woken now."""
    with selectors.DefaultSelector() as selector:
        selector.register(bell, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def test_a_call_from_another_thread_wakes_the_owner(bell: Wakeup) -> None:
    """The owner waits in a selector and comes back."""
    caller = threading.Thread(target=bell.wake)
    caller.start()
    assert rings(bell, 5.0)
    caller.join()
    bell.close()


def test_many_calls_are_one_byte(bell: Wakeup) -> None:
    """However often it is called, one clearing silences it; so no buffer can fill up."""
    for _ in range(100_000):
        bell.wake()
    bell.clear()
    assert not rings(bell)
    bell.close()


def test_after_clearing_it_wakes_again(bell: Wakeup) -> None:
    """Clearing forgets the past, not the future."""
    bell.wake()
    bell.clear()
    bell.wake()
    assert rings(bell)
    bell.close()


def test_clearing_without_a_call_does_nothing(bell: Wakeup) -> None:
    """An owner that was woken by something else may clear all the same."""
    bell.clear()
    assert not rings(bell)
    bell.wake()
    assert rings(bell)
    bell.close()


def test_a_call_after_the_end_is_harmless(bell: Wakeup) -> None:
    """Threads that end later than the owner need not know."""
    bell.close()
    bell.wake()
    bell.wake()


def test_no_work_is_missed_however_calls_and_clearing_meet(bell: Wakeup) -> None:
    """Work that is put down before calling is found by the owner, from many threads at once."""
    work: list[int] = []
    lock = threading.Lock()
    per_thread, threads = 500, 4

    def produce() -> None:
        for number in range(per_thread):
            with lock:
                work.append(number)
            bell.wake()

    producers = [threading.Thread(target=produce) for _ in range(threads)]
    for producer in producers:
        producer.start()
    found = 0
    while found < per_thread * threads:
        assert rings(bell, 5.0), f"slept while {per_thread * threads - found} were waiting"
        bell.clear()
        with lock:
            found += len(work)
            work.clear()
    for producer in producers:
        producer.join()
    bell.close()
