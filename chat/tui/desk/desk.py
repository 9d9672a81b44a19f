"""All talks, in the order of the tabs, and which one is in front. Knows no widget; the screen's thread."""

from difflib import get_close_matches

from chat.protocol.records import Conversation
from chat.tui.desk.entry_rows import Reader
from chat.tui.desk.talk import Talk
from chat.tui.render.attention import Attention


class Desk:
    """The conversations one is in."""

    def __init__(self) -> None:
        self.reader = Reader("", "")
        self.talks: dict[str, Talk] = {}
        self.front = ""
        """Id of the talk in front; empty while there is none."""
        self._before = ""
        self._closed: set[str] = set()
        self._round_began = ""

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
        """Take a conversation as it is now; a closed one comes back when somebody wrote."""
        talk = self.talks.get(record.conversation)
        if talk is None:
            talk = self.talks[record.conversation] = Talk(record, self.reader)
        talk.record = record
        if record.unread:
            self._closed.discard(record.conversation)
        return talk

    def remove(self, conversation: str) -> None:
        """Take a talk off the desk; another one comes to the front in its place."""
        tabs = self.tabs()
        place = next((at for at, talk in enumerate(tabs) if talk.id == conversation), 0)
        self.talks.pop(conversation, None)
        if self.front == conversation:
            self._leave_front(place)

    def close(self, conversation: str) -> None:
        """Hide the tab of a direct conversation until somebody writes there or one opens it again."""
        tabs = self.tabs()
        place = next((at for at, talk in enumerate(tabs) if talk.id == conversation), 0)
        self._closed.add(conversation)
        if self.front == conversation:
            self._leave_front(place)

    def tabs(self) -> list[Talk]:
        """Return the talks with a tab, in order: channels first, then people, each as they became known."""
        shown = [talk for talk in self.talks.values() if talk.id not in self._closed]
        return sorted(shown, key=lambda talk: not talk.is_channel)

    def bring(self, conversation: str) -> None:
        """Bring a talk to the front."""
        if conversation in self.talks and conversation != self.front:
            self._before, self.front = self.front, conversation
        self._closed.discard(conversation)

    def step(self, places: int) -> str:
        """Return the id of the talk so many tabs further, around the end."""
        tabs = self.tabs()
        if not tabs:
            return ""
        here = next((at for at, talk in enumerate(tabs) if talk.id == self.front), 0)
        return tabs[(here + places) % len(tabs)].id

    def at(self, position: int) -> str:
        """Return the id of the talk at a position, counted from 1; empty when there is none."""
        tabs = self.tabs()
        return tabs[position - 1].id if 1 <= position <= len(tabs) else ""

    def last_front(self) -> str:
        """Return the id of the talk that was in front before this one; empty when it is gone."""
        return self._before if self._before in self.talks else ""

    def next_calling(self) -> str:
        """Return the id of the talk that calls loudest; when none does, of where the round began."""
        calling = [
            talk for talk in self.tabs() if talk.attention > Attention.NOTHING and talk.id != self.front
        ]
        if calling:
            self._round_began = self._round_began or self.front
            return max(calling, key=lambda talk: talk.attention).id
        began, self._round_began = self._round_began, ""
        return began if began in self.talks else ""

    def find(self, name: str) -> str:
        """Return the id of the talk whose name fits best: equal, beginning so, containing, nearly so."""
        wanted = name.casefold().lstrip("@#")
        titles = {talk.title.casefold().lstrip("@#"): talk.id for talk in reversed(self.talks.values())}
        if wanted in titles:
            return titles[wanted]
        for fits in (str.startswith, str.__contains__):
            if found := sorted((title for title in titles if fits(title, wanted)), key=len):
                return titles[found[0]]
        near = get_close_matches(wanted, titles, n=1)
        return titles[near[0]] if near else ""

    def _leave_front(self, place: int) -> None:
        """Bring a neighbour of a tab that is gone to the front."""
        tabs = self.tabs()
        self.front = tabs[min(place, len(tabs) - 1)].id if tabs else ""
