"""What one is writing, told to the client now and then, so that the next start finds it.

Knows panes and talks, and no disk; the screen's thread.
"""

from collections.abc import Callable, Iterable

from chat.client.client import ChatClient
from chat.tui.desk.desk import Desk
from chat.tui.widgets.talk_pane import TalkPane

LOOK_SECONDS = 0.5
"""How often to look at the lines."""


class Drafts:
    """Follows what stands in the lines.

    Args:
        client: who keeps it.
        desk: where the talks lie, each with what waits in it.
        panes: gives those on the screen, whose lines may be newer than that.
    """

    def __init__(self, client: ChatClient, desk: Desk, panes: Callable[[], Iterable[TalkPane]]) -> None:
        self._client = client
        self._desk = desk
        self._panes = panes
        self._kept: dict[str, str] = {}

    def keep(self) -> None:
        """Tell what changed since the last look."""
        drafts = {talk.id: talk.draft for talk in self._desk.talks.values()}
        shown = {pane.talk.id: pane.composer.draft for pane in self._panes() if pane.talk is not None}
        for conversation, text in (drafts | shown).items():
            if text != self._kept.get(conversation, ""):
                self._kept[conversation] = text
                self._client.keep_draft(conversation, text)
