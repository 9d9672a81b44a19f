"""One request on trial: a small world, the request that a fault will meet, and what must be true afterwards.

There is a sample of every request that changes something; a command without one fails the tests that ask.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from chat.protocol import accounts, requests
from chat.protocol.asking import Request
from chat.protocol.codec import Frame, decode_server_frame
from chat.protocol.entries import AnyEntry, Entry
from chat.protocol.records import Status
from chat.protocol.replies import AnyReply, Error
from chat.protocol.requests import AnyRequest
from chat.server.ports import Store
from chat.server.state.session import Session
from tests.support.agreement import assert_published_equals_stored, logged
from tests.support.hub import Answer, Hub, hello_fields, peer_of

Fields = Mapping[str, Any]
NO_TIME = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """A request that changes something, and what Ann asks before it so that it does."""

    fields: Fields
    before: tuple[tuple[type[Request], Fields], ...] = ()
    by_code: bool = False
    """Whether it takes a code of Ann's `add_device`."""


_ONE = {"target": "#tea", "message": 4}
"""What Ann said before anything else."""
_LIKED = {**_ONE, "emoji": "👍"}

SAMPLES: dict[type[Request], tuple[Sample, ...]] = {
    requests.Hello: (
        Sample({**hello_fields("eve", "e" * 64), "new": True}),
        Sample({**hello_fields("ann", "p" * 64), "new": True}, by_code=True),
    ),
    requests.CreateChannel: (Sample({"name": "#new", "topic": "all new"}),),
    requests.Join: (Sample({"target": "#den"}), Sample({"target": "#new"})),
    requests.Part: (Sample({"target": "#tea", "reason": "bye"}),),
    requests.OpenDirect: (Sample({"target": "@ben"}),),
    requests.Send: (Sample({"target": "#tea", "text": "hi @ben"}), Sample({"target": "@ben", "text": "hi"})),
    requests.Edit: (Sample({**_ONE, "text": "one!"}),),
    requests.Delete: (Sample(_ONE), Sample(_ONE, before=((requests.Edit, {**_ONE, "text": "one!"}),))),
    requests.React: (Sample(_LIKED), Sample({**_LIKED, "remove": True}, before=((requests.React, _LIKED),))),
    requests.Pin: (Sample(_ONE),),
    requests.Unpin: (Sample(_ONE, before=((requests.Pin, _ONE),)),),
    requests.SetTopic: (Sample({"target": "#tea", "topic": "green"}),),
    requests.SetStatus: (Sample({"status": Status.AWAY, "text": "at lunch"}),),
    requests.ChangeNick: (Sample({"nick": "anna"}),),
    requests.MarkRead: (Sample({"target": "#tea", "number": 5}),),
}
"""Every request that waits in the journal's queue."""

READING = {
    requests.Sync,
    requests.ListChannels,
    requests.History,
    requests.Members,
    requests.Watch,
    requests.Whois,
    accounts.AddDevice,
    requests.Typing,
    requests.Ping,
    requests.Quit,
}
"""Requests that change nothing that is stored."""


@dataclass
class Trial:
    """Ann, who asks, and Ben, who hears, at one server.

    Attributes:
        hub: the server; another one after `restart`.
        session: whose link the request comes by.
        heard: the entries that Ben was told live, in order.
    """

    kind: type[Request]
    sample: Sample
    hub: Hub = field(default_factory=Hub)
    heard: list[AnyEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        hub = self.hub
        ann, self.ben = hub.guest("ann", "a" * 64), hub.guest("ben", "b" * 64)
        steps: list[tuple[Session, type[Request], Fields]] = [
            (ann, requests.CreateChannel, {"name": "#tea"}),
            (self.ben, requests.Join, {"target": "#tea"}),
            (ann, requests.Send, {"target": "#tea", "text": "one"}),
            (self.ben, requests.Send, {"target": "#tea", "text": "two"}),
            (self.ben, requests.CreateChannel, {"name": "#den"}),
            *((ann, kind, fields) for kind, fields in self.sample.before),
        ]
        for session, kind, fields in steps:
            reply = hub.ask(session, kind, **fields)
            assert not isinstance(reply, Error), reply
        hub.forget(ann, self.ben)
        self._ann = ann
        self.request = self._written()
        self.session = self._asker()

    # ------------------------------------------------------------------ asking

    def give(self) -> Answer:
        """Let the request come in; what it changes waits in the queue."""
        return self.hub.give(self.session, self.request)

    def ask(self) -> AnyReply:
        """Let the request come in and everything happen; return its one reply."""
        answer = self.give()
        self.hub.settle()
        reply: AnyReply = answer.reply
        return reply

    def come_back(self) -> None:
        """Let the link that asked be lost, and the same device dial again."""
        self.hub.drop(self.session)
        if self.session is self._ann:
            self._ann = self.hub.guest("ann", "a" * 64)
        self.session = self._asker()

    def restart(self) -> None:
        """Let the server be killed and started again on what it has stored; everybody comes back.

        Codes do not live that long: a request that takes one gets a new one.
        """
        self.hub = Hub(self.hub.store.inside)
        self._ann, self.ben = self.hub.guest("ann", "a" * 64), self.hub.guest("ben", "b" * 64)
        self.session = self._asker()
        if self.sample.by_code:
            self.request = self._written()

    def listen(self) -> None:
        """Note what Ben was told, and that what he was told of each conversation has no hole."""
        self.heard += [frame for frame in self.hub.frames(self.ben) if isinstance(frame, Entry)]

    # ------------------------------------------------------------------ what is true

    def stored(self) -> tuple[object, ...]:
        """Return what the store holds, but for times and for what tells one server from another."""
        return tuple(_outline(self.hub.store.inside))

    def check(self) -> None:
        """What is published is what is stored, and Ben heard what is stored, once and in order."""
        self.hub.settle()
        assert_published_equals_stored(self.hub)
        self.listen()
        for conversation in {entry.conversation for entry in self.heard}:
            told = [entry for entry in self.heard if entry.conversation == conversation]
            log = logged(self.hub.store.inside, conversation)  # type: ignore[arg-type]
            numbers = [entry.number for entry in told]
            assert numbers == list(range(numbers[0], numbers[0] + len(told)))
            assert numbers[-1] <= len(log)

    def told(self, session: Session) -> list[Frame]:
        """Return what was sent to a session, dead or not, since the last look."""
        self.hub.settle()
        return [decode_server_frame(line) for line in peer_of(session).take()]

    def _written(self) -> AnyRequest:
        fields = dict(self.sample.fields)
        if self.sample.by_code:
            fields["code"] = self.hub.ask(self._ann, accounts.AddDevice).code
        return self.hub.request(self.kind, **fields)

    def _asker(self) -> Session:
        return self.hub.connect() if self.kind is requests.Hello else self._ann


def outcome(kind: type[Request], sample: Sample) -> tuple[object, ...]:
    """Return what is stored when nothing goes wrong."""
    trial = Trial(kind, sample)
    reply = trial.ask()
    assert not isinstance(reply, Error), reply
    return trial.stored()


def _outline(store: Store) -> Iterator[object]:
    loaded = store.load()
    for user in loaded.users:
        yield msgspec.structs.replace(user, created=NO_TIME, last_seen=None)
    for device in loaded.devices:
        yield msgspec.structs.replace(device, created=NO_TIME)
    for state in loaded.conversations:
        yield state
        for entry in logged(store, state.id):
            yield msgspec.structs.replace(entry, timestamp=NO_TIME)
    yield from loaded.reads
