"""Waiting for what other threads and processes do: for a condition, with a deadline, never for a time."""

import threading
from collections.abc import Callable

from chat.deadline import Deadline

_LOOK_AGAIN_SECONDS = 0.005


def wait_until(condition: Callable[[], bool], seconds: float = 5.0, what: str = "") -> None:
    """Return as soon as the condition holds.

    Args:
        condition: is asked again and again, at least once, on the calling thread.
        seconds: when to give up.
        what: what is waited for, to read in the failure.

    Raises:
        AssertionError: it did not hold in time.
    """
    deadline = Deadline(seconds)
    pause = threading.Event()
    while not condition():
        if deadline.expired:
            raise AssertionError(f"waited {seconds:g} s in vain for {what or 'a condition'}")
        pause.wait(_LOOK_AGAIN_SECONDS)
