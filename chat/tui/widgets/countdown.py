"""Saying, again and again, how long it takes until something may be tried once more.

Called on the screen's thread.
"""

import time
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

from chat.deadline import Deadline
from chat.durations import again_in

LOOK_SECONDS = 0.5
"""How often to look how long one must wait still."""


class Countdown:
    """Counts down one wait at a time.

    Args:
        owner: whose timers are used.
        say: shows what is wrong, with the wait.
        over: is called once the wait is over.
        monotonic: what to count down with.
    """

    def __init__(
        self,
        owner: MessagePump,
        say: Callable[[str], None],
        over: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.monotonic = monotonic
        self._owner = owner
        self._say = say
        self._over = over
        self._sentence = ""
        self._until = Deadline(0.0)
        self._timer: Timer | None = None

    @property
    def runs(self) -> bool:
        """Whether one must wait still."""
        return self._timer is not None and not self._until.expired

    def begin(self, sentence: str, seconds: float) -> None:
        """Say what is wrong, and how long to wait; only that it is wrong where there is no wait."""
        self.stop()
        self._sentence, self._until = sentence, Deadline(seconds, self.monotonic)
        if seconds > 0:
            self._timer = self._owner.set_interval(LOOK_SECONDS, self.look)
            self.look()
        else:
            self._say(sentence)

    def stop(self) -> None:
        """Say no more of it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def look(self) -> None:
        """Say how long to wait still; as the timer does."""
        if not self._until.expired:
            self._say(f"{self._sentence} {again_in(self._until.remaining())}")
        elif self._timer is not None:
            self.stop()
            self._over()
