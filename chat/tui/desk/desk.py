"""All talks, in the order of the tabs, and which one is in front. Knows no widget; the screen's thread."""

from chat.protocol.records import Conversation
from chat.tui.desk.entry_rows import Reader
from chat.tui.desk.talk import Talk
from chat.tui.render.attention import Attention
from chat.tui.slash.fitting import best_fit


class Desk:
    """The conversations one is in."""

    def __init__(self) -> None:
        self.reader = Reader("", "")
        self.talks: dict[str, Talk] = {}
        self.drafts: dict[str, str] = {}
        """What an earlier run left in lines, by conversation, for talks that are not here yet."""
        self.front = ""
        """Id of the talk in front; empty while there is none."""
        self._silent: frozenset[str] = frozenset()
        self._before = ""
        self._closed: set[str] = set()
        self._left: dict[str, Talk] = {}
        self._round_began = ""
        self._round_at = ""

    @property
    def talk(self) -> Talk | None:
        """The talk in front."""
        return self.talks.get(self.front)

    def be(self, reader: Reader) -> None:
        """Say who reads; known once the server told."""
        self.reader = reader
        for talk in self.talks.values():
            talk.reader = reader

    def put(self, record: Conversation) -> Talk:
        """Take a conversation as it is now; a closed one comes back when somebody wrote.

        One that was left before comes back without its rows, but with what one was writing there.
        """
        key = record.conversation
        talk = self.talks.get(key)
        if talk is None:
            talk = self._left.pop(key, None) or Talk(record, self.reader)
            talk.draft = talk.draft or self.drafts.pop(key, "")
            self.talks[key] = talk
            talk.reader = self.reader
            talk.silent = key in self._silent
        talk.record = record
        if record.unread:
            self._closed.discard(key)
        return talk

    def silence(self, conversations: frozenset[str]) -> None:
        """Say which channels call only when one is mentioned; all others call as ever."""
        self._silent = conversations
        for talk in self.talks.values():
            talk.silent = talk.id in conversations

    def remove(self, conversation: str) -> None:
        """Take a talk off the desk; another one comes to the front in its place."""
        talk = self.talks.get(conversation)
        if talk is None:
            return
        place = self._place(conversation)
        talk.forget()
        self._left[conversation] = self.talks.pop(conversation)
        self._closed.discard(conversation)
        if self.front == conversation:
            self._leave_front(place)

    def close(self, conversation: str) -> None:
        """Hide the tab of a direct conversation until somebody writes there or one opens it again."""
        place = self._place(conversation)
        self._closed.add(conversation)
        if self.front == conversation:
            self._leave_front(place)

    def reopen(self, conversation: str) -> None:
        """Show the tab of a closed conversation again."""
        self._closed.discard(conversation)

    def tabs(self) -> list[Talk]:
        """Return the talks with a tab, in order: channels first, then people, each as they became known."""
        shown = [talk for talk in self.talks.values() if talk.id not in self._closed]
        return sorted(shown, key=lambda talk: not talk.is_channel)

    def bring(self, conversation: str) -> None:
        """Bring a talk to the front."""
        if conversation in self.talks and conversation != self.front:
            self._before, self.front = self.front, conversation
        self.reopen(conversation)

    def step(self, places: int) -> str:
        """Return the id of the talk so many tabs further, around the end."""
        tabs = self.tabs()
        return tabs[(self._place(self.front) + places) % len(tabs)].id if tabs else ""

    def at(self, position: int) -> str:
        """Return the id of the talk at a position, counted from 1; empty when there is none."""
        tabs = self.tabs()
        return tabs[position - 1].id if 1 <= position <= len(tabs) else ""

    def last_front(self) -> str:
        """Return the id of the talk that was in front before this one; empty when it is gone."""
        return self._before if self._before in self.talks else ""

    def next_calling(self) -> str:
        """Return the id of the talk that calls loudest; when none does, of where the round began.

        A round begins with the first such step and ends when one goes anywhere else.
        """
        if self.front != self._round_at:
            self._round_began = ""
        others = [talk for talk in self.tabs() if talk.id != self.front]
        loudest = max(others, key=lambda talk: talk.attention, default=None)
        if loudest is None or loudest.attention is Attention.NOTHING:
            began, self._round_began = self._round_began, ""
            return began if began in self.talks else ""
        self._round_began = self._round_began or self.front
        self._round_at = loudest.id
        return loudest.id

    def find(self, name: str) -> str:
        """Return the id of the talk whose title fits best to a name, or a part of one; empty for none."""
        title = best_fit(name, [talk.title for talk in self.talks.values()])
        return next((talk.id for talk in self.talks.values() if talk.title == title), "")

    def _place(self, conversation: str) -> int:
        """Return the place of a talk among the tabs, from 0; of one without a tab that is 0."""
        return next((at for at, talk in enumerate(self.tabs()) if talk.id == conversation), 0)

    def _leave_front(self, place: int) -> None:
        """Bring a neighbour of a tab that is gone to the front."""
        tabs = self.tabs()
        self.front = tabs[min(place, len(tabs) - 1)].id if tabs else ""
