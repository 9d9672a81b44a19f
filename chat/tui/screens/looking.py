"""What somebody looks at, and what the server is told of it: what is shown, and what was read.

Knows no widget; the screen's thread.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from chat.client.client import ChatClient
from chat.protocol.codes import ERRORS, Refused
from chat.tui.desk.desk import Desk


class Looking:
    """Follows the eyes.

    Args:
        client: who is told.
        desk: where the talks lie.
        in_view: gives the conversations that are on the screen.
        is_awake: tells whether somebody looks at the screen at all.
    """

    def __init__(
        self,
        client: ChatClient,
        desk: Desk,
        in_view: Callable[[], Sequence[str]],
        is_awake: Callable[[], bool],
    ) -> None:
        self._client = client
        self._desk = desk
        self._in_view = in_view
        self._is_awake = is_awake
        self._shown: tuple[str, ...] = ()
        self._asked_read: dict[str, int] = {}
        self._answers: dict[str, Future[Any]] = {}

    def is_seen(self, conversation: str) -> bool:
        """Return whether somebody looks at the newest row of a conversation right now."""
        talk = self._desk.talks.get(conversation)
        if talk is None or not talk.model.viewport.following or not self._is_awake():
            return False
        return conversation in self._in_view()

    def tell(self) -> None:
        """Tell what is shown now and what was read, each once."""
        shown = tuple(self._in_view())
        if shown != self._shown:
            self._shown = shown
            self._client.show(*shown)
        for conversation in shown:
            self._mark_read(conversation)

    def begin(self) -> None:
        """There is a new connection: what was told on the old one may not have come through."""
        self._asked_read.clear()
        self._answers.clear()

    def _mark_read(self, conversation: str) -> None:
        """Tell that a conversation was read, once per number; others of one's own devices hear of it."""
        talk = self._desk.talks.get(conversation)
        if talk is None or not talk.record.unread or not self.is_seen(conversation):
            return
        last = talk.record.last
        if _was_too_much(self._answers.get(conversation)):
            self._asked_read.pop(conversation, None)
        if talk.last >= last > max(talk.record.read, self._asked_read.get(conversation, 0)):
            self._asked_read[conversation] = last
            self._answers[conversation] = self._client.mark_read(conversation, last)


def _was_too_much(answer: Future[Any] | None) -> bool:
    """Return whether something was refused that may be asked again."""
    error = answer.exception() if answer is not None and answer.done() else None
    return isinstance(error, Refused) and ERRORS[error.code].retryable
