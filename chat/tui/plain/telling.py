"""What each change means for the line mode: entries go to the log writer, the rest becomes a line or a note.

Called on the main thread alone.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from chat.client import changes as told
from chat.client.changes import LinkChanged, OutboxItem, Phase, SendState
from chat.client.secured import first_contact
from chat.client.state import ClientState
from chat.durations import briefly
from chat.transport.tls import spoken
from chat.tui.messages import Arrival, Reload
from chat.tui.plain.log_writer import LogWriter
from chat.tui.plain.paper import Paper
from chat.tui.plain.wording import title
from chat.tui.render.order_sentences import announcement, invitation, taken_out
from chat.tui.welcome import restored


class Outgoing(Protocol):
    """What is asked of the client."""

    @property
    def link(self) -> LinkChanged:
        """How it stands with the connection."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Messages that wait, are under way or have failed."""

    def drop(self, send_id: str) -> OutboxItem | None:
        """Keep a message no more."""


class Teller:
    """Writes what changes.

    Args:
        client: what is known.
        paper: where to write.
        log: by which entries are written.
        words: what to say once, when connected.

    Attributes:
        refused: how many messages the server refused for good.
    """

    def __init__(self, client: Outgoing, paper: Paper, log: LogWriter, words: str = "") -> None:
        self.refused = 0
        self._client = client
        self._paper = paper
        self._log = log
        self._words = words
        self._begun = False
        self._is_open = False
        self._seen: set[str] = set()
        self._trouble = ("", "")
        self._waits: set[str] = set()
        self._handlers: dict[type, Callable[[Any], None]] = {
            told.LinkChanged: self._link_changed,
            told.ServerMet: self._server_met,
            told.WelcomeSeen: self._welcome_seen,
            told.MeChanged: self._me_changed,
            told.IdentityLost: self._identity_lost,
            told.ConversationRemoved: self._conversation_removed,
            told.InvitedTo: self._invited,
            told.Announced: self._announced,
            told.EntriesAdded: self._entries_added,
            told.UserChanged: self._user_changed,
            told.OutboxChanged: self._outbox_changed,
            told.OutboxTrouble: self._not_kept,
            told.CacheTrouble: self._not_kept,
            told.KeyringTrouble: self._not_kept,
            Reload: self._reload,
        }

    @property
    def is_open(self) -> bool:
        """Whether the connection was told of as open, the newest there was."""
        return self._is_open

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Write what came of these."""
        for arrival in arrivals:
            if handler := self._handlers.get(type(arrival)):
                handler(arrival)

    def _link_changed(self, link: LinkChanged) -> None:
        was_open, self._is_open = self._is_open, link.phase is Phase.OPEN
        if self._is_open:
            self._trouble = ("", "")
            if not was_open:
                self._note_connected(link)
            self._log.begin()
            self._note_unread()
        elif link.phase is Phase.WAITING and (link.cause, link.advice) != self._trouble:
            self._trouble = (link.cause, link.advice)
            again = "reconnecting" if self._begun else "trying again"
            causes = " ".join(filter(None, self._trouble))
            self._paper.note(f"{again} in {briefly(link.retry_seconds)}: {causes}")

    def _note_connected(self, link: LinkChanged) -> None:
        with self._client.reading() as state:
            server = state.welcome.name if state.welcome else ""
            nick = state.me.nick if state.me else ""
        secrecy = "encrypted" if link.encrypted else "not encrypted"
        detour = f". {link.detour}" if link.detour else ""
        self._paper.note(f"connected to {server} ({link.address}) as {nick}, {secrecy}{detour}")
        if self._words:
            self._paper.note(self._words)
            self._words = ""

    def _note_unread(self) -> None:
        """Tell, once, where something waits to be read."""
        if self._begun:
            return
        self._begun = True
        elsewhere = [record for record in self._log.conversations() if record.conversation != self._log.front]
        unread = [f"{record.unread} in {title(record)}" for record in elsewhere if record.unread]
        if unread:
            self._paper.note(f"unread: {', '.join(unread)}; /switch NAME shows what was said last")

    def _server_met(self, met: told.ServerMet) -> None:
        """Tell by what a server can be recognised; where it is not believed, what to do."""
        if met.believed:
            self._paper.note(first_contact(met))
        elif met.seen.fingerprint:
            self._paper.note(f"{met.seen.name} shows the fingerprint {spoken(met.seen.fingerprint)}")
            self._paper.note("when its operator says that this is theirs: --fingerprint and these digits")
        else:
            self._paper.note("when its operator says that this is meant: take it out of known_servers.json")

    def _welcome_seen(self, change: told.WelcomeSeen) -> None:
        if change.new_epoch:
            self._paper.note(restored(change.welcome.name))
            self._log.begin_anew()
        elif not self._begun and change.welcome.message_of_the_day:
            self._paper.note(change.welcome.message_of_the_day)

    def _me_changed(self, change: told.MeChanged) -> None:
        if change.asked_nick:
            nicks = f"Somebody else is called {change.asked_nick}; you are {change.user.nick}."
            self._paper.note(f"{nicks} /nick changes that.")

    def _identity_lost(self, change: told.IdentityLost) -> None:
        self._paper.note(change.sentence)

    def _conversation_removed(self, change: told.ConversationRemoved) -> None:
        self._log.remove(change.conversation, taken_out(change))

    def _invited(self, change: told.InvitedTo) -> None:
        self._paper.note(invitation(change))

    def _announced(self, change: told.Announced) -> None:
        for line in announcement(change.nick, change.text).splitlines():
            self._paper.note(line)

    def _entries_added(self, change: told.EntriesAdded) -> None:
        self._seen.update(entry.user for entry in change.entries)
        self._log.write_new(change.conversation, change.entries[-1].number)

    def _user_changed(self, change: told.UserChanged) -> None:
        with self._client.reading() as state:
            is_me = state.me is not None and state.me.id == change.user.id
        if change.old_nick and (is_me or change.user.id in self._seen):
            self._log.write_event(f"{change.old_nick} is now called {change.user.nick}")

    def _outbox_changed(self, change: told.OutboxChanged) -> None:
        self._message_moved(change.item)

    def _not_kept(self, change: told.OutboxTrouble | told.CacheTrouble | told.KeyringTrouble) -> None:
        self._paper.note(change.sentence)

    def _message_moved(self, item: OutboxItem) -> None:
        """Tell when a message of one's own was refused, or waits for more than its turn."""
        if item.state is SendState.FAILED:
            if self._client.drop(item.send_id) is not None:
                self.refused += 1
                self._paper.complain(f"Your message was not sent: {item.sentence} It was: {item.text}")
        elif item.state is SendState.WAITING and item.sentence and item.send_id not in self._waits:
            self._waits.add(item.send_id)
            wait = f" It goes out in {briefly(item.wait_seconds)}." if item.wait_seconds > 0 else ""
            self._paper.note(f"Your message waits: {item.sentence}{wait}")
        elif item.state is SendState.STORED:
            self._waits.discard(item.send_id)

    def _reload(self, _: Reload) -> None:
        """Changes were dropped, since the reader is slow; entries are written by their numbers anyway."""
        for item in self._client.unsent():
            self._message_moved(item)
        self._link_changed(self._client.link)
