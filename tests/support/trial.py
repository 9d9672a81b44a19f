"""One request on trial: a small world, the request that a fault meets, and what must be true afterwards."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import msgspec
from argon2.exceptions import VerifyMismatchError

from chat.protocol import accounts, requests
from chat.protocol.asking import Request
from chat.protocol.codec import Frame, decode_server_frame
from chat.protocol.entries import AnyEntry, Entry
from chat.protocol.replies import AnyReply, Error
from chat.protocol.requests import AnyRequest
from chat.server.domain.accounts import require_admitted
from chat.server.domain.audit import broken_at
from chat.server.domain.model import PasswordHash
from chat.server.ports import Store
from chat.server.state.session import Session
from tests.support.agreement import WHOLE, assert_published_equals_stored, logged
from tests.support.hub import Answer, Hub, peer_of
from tests.support.passwords import GOOD, OTHER, QUICK
from tests.support.samples import Fields, Sample

_TIME = re.compile(rb'"\d{4}-\d\d-\d\dT[^"]*Z"')


@dataclass
class Trial:
    """Ann, who asks, and Ben, who hears, at one server.

    Attributes:
        hub: the server; another one after `restart`.
        session: whose link the request comes by.
        heard: the entries that Ben was told live, in order.
        given: how often the request came in.
    """

    kind: type[Request]
    sample: Sample
    hub: Hub = field(default_factory=Hub)
    heard: list[AnyEntry] = field(default_factory=list)
    given: int = 0

    def __post_init__(self) -> None:
        hub = self.hub
        ann, self.ben = hub.guest("ann", "a" * 64), hub.guest("ben", "b" * 64)
        steps: list[tuple[Session, type[Request], Fields]] = [
            (ann, requests.CreateChannel, {"name": "#tea"}),
            (self.ben, requests.Join, {"target": "#tea"}),
            (ann, requests.Send, {"target": "#tea", "text": "one"}),
            (self.ben, requests.Send, {"target": "#tea", "text": "two"}),
            (self.ben, requests.CreateChannel, {"name": "#den"}),
        ]
        self._go(steps)
        for prepare in self.sample.prepare:
            prepare(hub, ann, self.ben)
        self._go([(ann, kind, fields) for kind, fields in self.sample.before])
        hub.forget(ann, self.ben)
        self._ann = ann
        self.request = self._written()
        self.session = self._asker()

    # ------------------------------------------------------------------ asking

    def give(self) -> Answer:
        """Let the request come in, and passwords be hashed for it; what it changes waits in the queue."""
        self.given += 1
        answer = self.hub.give(self.session, self.request)
        self.hub.passwords.work()
        return answer

    def ask(self) -> AnyReply:
        """Let the request come in and everything happen; return its one reply.

        What was acknowledged has come to its end then, also where that takes several changes.
        """
        answer = self.give()
        self.hub.settle()
        reply: AnyReply = answer.reply
        assert isinstance(reply, Error) or not self.hub.store.inside.erasures()
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
        """Return what the store holds, but for times and for what tells one server from another.

        What was begun, and goes on after a start or with the hour, has come to its end then.
        """
        if self.hub.store.inside.erasures():
            self.hub.retaining.begin()
            self.hub.settle()
        notes = _notes(self.hub.store.inside)
        return (*_outline(self.hub.store.inside), tuple(dict.fromkeys(notes) if self.sample.anew else notes))

    def check(self) -> None:
        """What is published is what is stored, and Ben heard what is stored, once and in order."""
        self.hub.settle()
        assert_published_equals_stored(self.hub)
        assert broken_at(reversed(self.hub.store.inside.audit(limit=WHOLE))) is None
        self._check_sessions()
        if self.sample.anew:
            notes = _notes(self.hub.store.inside)
            assert all(notes.count(note) <= self.given for note in notes)
        self.listen()
        for conversation in {entry.conversation for entry in self.heard}:
            told = [entry.number for entry in self.heard if entry.conversation == conversation]
            assert told == list(range(told[0], told[0] + len(told)))
            if self.hub.world.conversation(conversation):  # type: ignore[arg-type]
                assert told[-1] <= len(logged(self.hub.store.inside, conversation))  # type: ignore[arg-type]

    def _check_sessions(self) -> None:
        """Nobody stays whose device was logged out or who is let in no more."""
        world = self.hub.world
        for session in world.roster.everyone():
            if not session.closed:
                assert session.device in {device.id for device in world.devices_of(session.user)}
                require_admitted(world.gate(), world.directory.known(session.user))

    def told(self, session: Session) -> list[Frame]:
        """Return what was sent to a session, dead or not, since the last look."""
        self.hub.settle()
        return [decode_server_frame(line) for line in peer_of(session).take()]

    def _go(self, steps: Iterable[tuple[Session, type[Request], Fields]]) -> None:
        for session, kind, fields in steps:
            reply = self.hub.ask(session, kind, **fields)
            assert not isinstance(reply, Error), reply

    def _written(self) -> AnyRequest:
        fields = dict(self.sample.fields)
        if self.sample.by_code:
            fields["code"] = self.hub.ask(self._ann, accounts.AddDevice).code
        return self.hub.request(self.kind, **fields)

    def _asker(self) -> Session:
        return self.hub.connect() if self.kind is requests.Hello else self._ann


@cache
def outcome(kind: type[Request], sample: Sample) -> tuple[object, ...]:
    """Return what is stored when nothing goes wrong."""
    trial = Trial(kind, sample)
    reply = trial.ask()
    assert not isinstance(reply, Error), reply
    return trial.stored()


def _outline(store: Store) -> Iterator[bytes]:
    """Yield all that is stored but the audit log, each in JSON with one time for all."""
    loaded = store.load()
    users = (
        msgspec.structs.replace(user, last_seen=None, password=_named(user.password)) for user in loaded.users
    )
    devices = (msgspec.structs.replace(device, last_used=None) for device in loaded.devices)
    for each in (loaded.gate, *users, *devices, *loaded.conversations, *loaded.reads):
        yield _timeless(each)
    for state in loaded.conversations:
        for entry in logged(store, state.id):
            yield _timeless(entry)


def _notes(store: Store) -> list[bytes]:
    """Return the records of the audit log, the oldest first, without what chains them."""
    records = reversed(store.audit(limit=WHOLE))
    return [_timeless(msgspec.structs.replace(record, number=0, hash="")) for record in records]


def _timeless(value: object) -> bytes:
    return _TIME.sub(b'"a time"', msgspec.json.encode(value, order="deterministic"))


def _named(kept: PasswordHash | None) -> PasswordHash | None:
    """Return the password instead of its hash, which is another one each time."""
    return kept and next(PasswordHash(each) for each in (GOOD, OTHER) if _is(kept, each))


def _is(kept: PasswordHash, password: str) -> bool:
    try:
        return QUICK.verify(kept.value, password)
    except VerifyMismatchError:
        return False
