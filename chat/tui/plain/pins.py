"""What is pinned in a conversation, as lines; what is not here yet is fetched first.

Any thread; waits for nothing, the answer is a future.
"""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Protocol

from chat.client.state import ClientState
from chat.protocol import requests
from chat.protocol.asking import Request
from chat.protocol.entries import Message
from chat.tui.asked.answer import Answer
from chat.tui.plain.wording import quoted

NOTHING = "Nothing is pinned here. /pin pins the last message, /pin NUMBER another one."


class Knowing(Protocol):
    """What is asked of the client."""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        """Send a request."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""


def pinned(client: Knowing, here: str) -> Future[Answer]:
    """Tell what is pinned in a conversation, what was pinned last first."""
    with client.reading() as state:
        known = state.conversations.get(here)
        pins = known.record.pins if known else ()
        found = {number: known.timeline.get(number) for number in pins} if known else {}
    answer: Future[Answer] = Future()
    missing = [number for number in pins if found[number] is None]

    def fetch() -> None:
        if missing:
            asked = client.ask(requests.History, target=here, before=missing[-1] + 1, limit=1)
            asked.add_done_callback(fetched)
        else:
            answer.set_result(Answer("\n".join(_lines(found)) if pins else NOTHING))

    def fetched(future: Future[Any]) -> None:
        number = missing.pop()
        entries = () if future.exception() else future.result().entries
        found[number] = next((entry for entry in entries if entry.number == number), None)
        fetch()

    fetch()
    return answer


def _lines(found: dict[int, Any]) -> Iterator[str]:
    for number, entry in reversed(found.items()):
        if isinstance(entry, Message):
            yield f"{number}: {entry.nick}: {quoted(entry)}"
        else:
            yield f"{number}: a message that can't be had now"
