"""People on a server under test, by raw links: asking, being refused, hearing what is told.

Everything goes over sockets and is held against the schema by `WireClient`.
"""

import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from chat.ids import new_send_id, new_token
from chat.protocol.accounts import AddDevice, AddDeviceResult
from chat.protocol.answering import Reply
from chat.protocol.asking import Change, Request
from chat.protocol.entries import Entry
from chat.protocol.events import Event
from chat.protocol.replies import AnyReply, Error, HelloResult
from tests.support.wire_client import WireClient

_R = TypeVar("_R", bound=Reply)
News = Event | Entry


class Person:
    """Somebody with a link that said hello.

    Attributes:
        link: the raw client.
        token: the secret of the device.
        hello: the answer to hello.
    """

    def __init__(self, link: WireClient, nick: str, token: str, *, new: bool, code: str = "") -> None:
        self.link = link
        self.token = token
        self.hello: HelloResult = link.hello(nick, token, new=new, code=code)
        self._heard = len(link.frames)

    @property
    def id(self) -> str:
        """The user's id."""
        return self.hello.user.id

    def make(self, kind: type[Request], **fields: Any) -> Any:
        """Make a request with an id, and with a `send_id` where it takes one, unless they are given."""
        fields.setdefault("id", self.link.new_id())
        if issubclass(kind, Change):
            fields.setdefault("send_id", new_send_id(time.time_ns() // 1_000_000))
        return kind(**fields)

    def say(self, kind: type[Request], **fields: Any) -> str:
        """Say a request without waiting for its reply; returns its id."""
        request = self.make(kind, **fields)
        self.link.send(request)
        return str(request.id)

    def ask(self, kind: type[Request], **fields: Any) -> AnyReply:
        """Say a request and return its reply."""
        return self.link.reply_to(self.say(kind, **fields))

    def get(self, result: type[_R], kind: type[Request], **fields: Any) -> _R:
        """Say a request and return its result, which must be of this type."""
        reply = self.ask(kind, **fields)
        assert isinstance(reply, result), reply
        return reply

    def refused(self, kind: type[Request], **fields: Any) -> Error:
        """Say a request and return the error that it must get."""
        return self.get(Error, kind, **fields)

    def news(self) -> list[News]:
        """Return what was told, other than replies, since the last call, up to this moment."""
        self.link.barrier()
        fresh = self.link.frames[self._heard :]
        self._heard = len(self.link.frames)
        return [frame for frame in fresh if not isinstance(frame, Reply)]

    def numbers(self, conversation: str) -> list[int]:
        """Return the numbers of a conversation's entries among the news."""
        told = (frame for frame in self.news() if isinstance(frame, Entry))
        return [entry.number for entry in told if entry.conversation == conversation]


class People:
    """Makes people and raw links on one server, and hangs up for all of them at the end.

    Args:
        address: host and port of the server.
        encrypt: whether they talk TLS.
    """

    def __init__(self, address: tuple[str, int], *, encrypt: bool = False) -> None:
        self._address = address
        self._encrypt = encrypt
        self._links = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._links.close()

    def link(self, **options: Any) -> WireClient:
        """Dial; nothing but the opening is said."""
        return self._links.enter_context(WireClient(self._address, encrypt=self._encrypt, **options))

    def greet(
        self, nick: str, token: str | None = None, *, new: bool = True, code: str = "", **options: Any
    ) -> Person:
        """Dial and say hello, but not sync."""
        return Person(self.link(**options), nick, token or new_token(), new=new, code=code)

    def come(self, nick: str, token: str | None = None, **options: Any) -> Person:
        """Dial, say hello and sync; the news begin after that."""
        person = self.greet(nick, token, **options)
        person.link.sync()
        person.news()
        return person

    def second_device(self, person: Person) -> Person:
        """Come once more, as another device of somebody who is here."""
        return self.come("", code=person.get(AddDeviceResult, AddDevice).code)
