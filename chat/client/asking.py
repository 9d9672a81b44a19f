"""What can be asked of a server, as typed methods: each gives a future of the answer.

A future fails with `Refused` (the server's sentence and code), `Offline` (there is no connection, or it was
lost) or `NoAnswer`. Any thread may ask. Never wait for a future inside a listener: the thread that would
settle it is the one that calls the listener. Knows no socket.
"""

from concurrent.futures import Future
from typing import Any

from chat.client.core import ClientCore
from chat.protocol import replies, requests
from chat.protocol.asking import Request
from chat.protocol.records import Status


class Asking:
    """The requests of the protocol; what they change comes to the listener as changes too.

    A `target` is a conversation's id, `#channel` or `@nick`.

    Args:
        core: what asks.
        tell_read: whether the other side of a direct conversation may know how far one has read.
    """

    def __init__(self, core: ClientCore, *, tell_read: bool = True) -> None:
        self._core = core
        self._tell_read = tell_read

    def ask(self, request: type[Request], **fields: Any) -> Future[Any]:
        """Send any request, with its fields but without `id` and `send_id`."""
        return self._core.ask(request, **fields)

    def list_channels(self, after: str = "") -> Future[replies.ListChannelsResult]:
        """A page of the channels there are; `after` is `next` of the page before."""
        return self.ask(requests.ListChannels, after=after)

    def create_channel(self, name: str, topic: str = "") -> Future[replies.CreateChannelResult]:
        """Make a channel that must not exist yet."""
        return self.ask(requests.CreateChannel, name=name, topic=topic)

    def join(self, target: str) -> Future[replies.JoinResult]:
        """Become a member of a channel; made when missing."""
        return self.ask(requests.Join, target=target)

    def decline(self, conversation: str) -> None:
        """Forget an invitation to a channel, by id; asks nothing of the server, and nobody is told."""
        self._core.decline(conversation)

    def part(self, target: str, reason: str = "") -> Future[replies.PartResult]:
        """Leave a channel."""
        return self.ask(requests.Part, target=target, reason=reason)

    def open_direct(self, target: str) -> Future[replies.OpenDirectResult]:
        """Get the direct conversation with somebody, `@nick` or a user id."""
        return self.ask(requests.OpenDirect, target=target)

    def members(self, target: str, after: str = "") -> Future[replies.MembersResult]:
        """A page of members; for what is shown the client asks for all by itself."""
        return self.ask(requests.Members, target=target, after=after)

    def fill(
        self, target: str, *, before: int | None = None, after: int | None = None, limit: int | None = None
    ) -> Future[replies.HistoryResult]:
        """Fetch a page of history below `before` or above `after`; its entries come to the listener too."""
        return self.ask(requests.History, target=target, before=before, after=after, limit=limit)

    def set_topic(self, target: str, topic: str) -> Future[replies.SetTopicResult]:
        """Set a channel's topic; empty takes it away."""
        return self.ask(requests.SetTopic, target=target, topic=topic)

    def set_status(self, status: Status, text: str = "") -> Future[replies.SetStatusResult]:
        """Say that one is online, away or busy."""
        return self.ask(requests.SetStatus, status=status, text=text)

    def change_nick(self, nick: str) -> Future[replies.ChangeNickResult]:
        """Take another nick."""
        return self.ask(requests.ChangeNick, nick=nick)

    def whois(self, target: str) -> Future[replies.WhoisResult]:
        """What everybody may know of somebody, `@nick` or a user id."""
        return self.ask(requests.Whois, target=target)

    def mark_read(self, target: str, number: int) -> Future[replies.MarkReadResult]:
        """Say up to which number one has read; one's own devices hear of it, the other side if it may."""
        return self.ask(requests.MarkRead, target=target, number=number, private=not self._tell_read)

    def typing(self, target: str) -> Future[replies.TypingResult]:
        """Tell those who look at the conversation that one is typing."""
        return self.ask(requests.Typing, target=target)

    def ping(self) -> Future[replies.PingResult]:
        """A barrier: when it is answered, all that was asked before is, and every entry before is here."""
        return self.ask(requests.Ping)
