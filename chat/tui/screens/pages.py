"""Fetching pages of history that somebody wants to read: older ones, and what is missing between.

What comes arrives as a change like any other. The screen's thread; answers are awaited in Textual's loop.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from textual.screen import Screen

from chat.client.client import ChatClient
from chat.client.requester import NoAnswer, Offline
from chat.protocol.codes import ERRORS, Refused
from chat.tui.carrying import failure
from chat.tui.desk.talk import Talk
from chat.tui.render.log_model import Older

RETRY_SECONDS = 2.0
"""How long to wait after a page could not be had, unless the server says."""


class Pages:
    """Fetches pages for a screen, and tries again those that could not be had at once.

    Args:
        screen: whose timers and workers are used.
        client: who is asked.
        take: has what arrived put on the desk.
    """

    def __init__(self, screen: Screen[Any], client: ChatClient, take: Callable[[], None]) -> None:
        self._screen = screen
        self._client = client
        self._take = take
        self._waiting: set[Talk] = set()

    def fetch(self, talk: Talk, before: int) -> None:
        """Fetch the page of entries below a number."""
        older = before <= talk.first
        if older:
            talk.model.older = Older.ASKED
        future = self._client.fill(talk.id, before=before)
        self._screen.run_worker(self._fetched(future, talk, older=older))

    def connected(self) -> None:
        """Offer again the older pages that could not be had without a connection."""
        for talk in self._waiting:
            self._offer(talk)
        self._waiting.clear()

    async def _fetched(self, future: Future[Any], talk: Talk, *, older: bool) -> None:
        """See how a page was answered.

        An older one that failed is not offered again at once: the log would ask for it again and again. A
        wish for what is missing has its answer in words, and can be repeated by who had it.
        """
        try:
            await asyncio.wrap_future(future)
            self._take()
            if older and talk.model.older is Older.ASKED:  # nothing came of it, so there is nothing
                talk.model.older = Older.NONE
        except (Refused, Offline, NoAnswer) as error:
            if not older:
                talk.tell(f"What is missing could not be fetched. {failure(error).sentence}", failed=True)
            elif isinstance(error, Offline):
                self._waiting.add(talk)
            elif isinstance(error, NoAnswer) or ERRORS[error.code].retryable:
                self._screen.set_timer(_wait(error), lambda: self._offer(talk))
            else:
                talk.tell(f"Older messages could not be fetched. {error}", failed=True)

    def _offer(self, talk: Talk) -> None:
        if talk.model.older is Older.ASKED:
            talk.model.offer_older()


def _wait(error: Refused | NoAnswer) -> float:
    wait_ms = error.retry_after_ms if isinstance(error, Refused) else None
    return RETRY_SECONDS if wait_ms is None else wait_ms / 1000
