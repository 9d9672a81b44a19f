"""A bot in a few lines: it joins channels and is given every message of others, in order, none skipped.

    with Bot("localhost", "echo", channels=["#general"]) as bot:
        for message in bot.messages():
            bot.say(message.conversation, f"You said: {message.text}")

It begins with what is said once it is there. After a lost connection it fetches what was said meanwhile, and
only then goes on. Messages wait in a queue, so a slow bot holds up nobody but itself. `messages` runs on one
thread, the bot's own; `say` on any.
"""

import logging
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from types import TracebackType

from chat.client.catch_up import Forwards
from chat.client.changes import (
    Change,
    ConversationAdded,
    ConversationRemoved,
    EntriesAdded,
    LinkChanged,
    Phase,
    ServerMet,
)
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore
from chat.client.identity_stores import FileIdentities
from chat.client.secured import Security, first_contact
from chat.client.trust_stores import FileTrust
from chat.errors import NoConnection
from chat.protocol.entries import AnyEntry, Message
from chat.transport.address import parse_address

log = logging.getLogger(__name__)

_KEPT = 1000
"""How many entries of a conversation stay in memory."""


class Bot:
    """A client whose messages come one by one.

    Args:
        address: where the server is, `host` or `host:port`.
        nick: who to be; another one when that is in use.
        channels: what to join; they are made when missing.
        identities: where it is kept who the bot is.
        security: how it protects itself; it encrypts and believes who it meets first when not given.
    """

    def __init__(
        self,
        address: str,
        nick: str,
        channels: Iterable[str] = (),
        identities: IdentityStore | None = None,
        security: Security | None = None,
    ) -> None:
        settings = ClientSettings(
            identities=identities or FileIdentities(),
            policy=Forwards(),
            security=security or Security(FileTrust()),
            client_name=f"bot {nick}",
        )
        self.client = ChatClient([parse_address(address)], nick, self._hear, settings)
        self._channels = tuple(channels)
        self._my_id = ""
        self._positions: dict[str, int] = {}
        self._heard: SimpleQueue[Message | LinkChanged | None] = SimpleQueue()

    def __enter__(self) -> "Bot":
        self.client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the server; `messages` comes to its end. Any thread but the client's own."""
        self._heard.put(None)
        self.client.stop()

    def messages(self) -> Iterator[Message]:
        """Give messages of others as they come, over all connections, until the bot is stopped.

        Raises:
            NoConnection: there is no connection and none will be tried; the text says why.
        """
        while (heard := self._heard.get()) is not None:
            if isinstance(heard, LinkChanged):
                raise NoConnection(heard.cause)
            yield heard

    def say(self, target: str, text: str) -> None:
        """Say something in a conversation, by id, `#channel` or `@nick`; it goes out when it can."""
        self.client.say(target, text)

    def _hear(self, change: Change) -> None:
        """Take note of what changed; on the client's thread."""
        if isinstance(change, LinkChanged):
            self._link_changed(change)
        elif isinstance(change, ServerMet):
            log.warning(first_contact(change) if change.believed else change.sentence)
        elif isinstance(change, ConversationAdded):
            self._read_on(change.conversation.conversation)
        elif isinstance(change, ConversationRemoved):
            self._positions.pop(change.conversation.conversation, None)
        elif isinstance(change, EntriesAdded):
            self._read_on(change.conversation)

    def _link_changed(self, link: LinkChanged) -> None:
        if link.phase is Phase.OPEN:
            for channel in self._channels:
                self.client.join(channel)
        elif link.phase is Phase.ENDED:
            self._heard.put(link)

    def _read_on(self, key: str) -> None:
        """Take all that follows without a hole on what was taken before."""
        for entry in self._next_entries(key):
            if isinstance(entry, Message) and entry.user != self._my_id:
                self._heard.put(entry)

    def _next_entries(self, key: str) -> list[AnyEntry]:
        with self.client.reading() as state:
            conversation = state.conversations.get(key)
            if conversation is None:
                return []
            self._my_id = state.people.my_id
            timeline = conversation.timeline
            position = max(self._positions.get(key, conversation.anchor), timeline.first - 1)
            reached = timeline.reaches(position)
            self._positions[key] = reached
            entries = list(timeline.between(position + 1, reached))
            if len(timeline) > 2 * _KEPT:
                conversation.forget_below(reached - _KEPT)
            return entries
