"""What a client keeps from one connection to the next, and what it does with each frame.

State, outbox, requests and what is asked for of its own accord stand here under one lock, `guard`. Any thread
says and asks; the link's thread brings frames, takes what is to be sent and the news to be told. Knows no
socket and waits for nothing: when another thread gave it something to send or to tell, it calls `wake`.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any

from chat.client.cache import Cached, CacheStore, NothingCached
from chat.client.catch_up import CatchUpPolicy
from chat.client.changes import (
    CacheTrouble,
    Change,
    KeyringTrouble,
    LinkChanged,
    OutboxItem,
    OutboxTrouble,
    Phase,
)
from chat.client.following import Following
from chat.client.identity import Owner, Place
from chat.client.outbox import Outbox
from chat.client.requester import NoAnswer, Offline, Outcome, Requester, Then, Unanswered
from chat.client.speaking import Speaking
from chat.client.state import ClientState
from chat.clock import Clock
from chat.protocol.answering import Reply
from chat.protocol.asking import Request
from chat.protocol.codec import BadLine, Frame
from chat.protocol.codes import Refused
from chat.protocol.replies import AnyReply, Error
from chat.protocol.requests import AnyRequest

Settled = tuple[Future[Any], Outcome]
"""A future, and what to settle it with once the lock is free."""

News = Change | Settled

log = logging.getLogger(__name__)


class ClientCore:
    """The memory of a client.

    Attributes:
        guard: the lock over everything here; whoever waits on it is woken whenever something was told.
        state: what is known.
        link: how it stands with the connection.
        token_place: where the token of this device is kept; shared, under the guard.
    """

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        policy: CatchUpPolicy,
        wake: Callable[[], None],
        cache: CacheStore | None = None,
    ) -> None:
        self.guard = threading.Condition()
        self.state = ClientState()
        self.link = LinkChanged(Phase.IDLE)
        self.token_place = Place()
        self._clock = clock
        self._outbox = outbox
        self._cache = cache or NothingCached()
        self._owner: Owner | None = None
        self._box = ""
        self._wake = wake
        self._requester = Requester(clock)
        self._news: deque[News] = deque()
        self._following = Following(self.state, policy, self._ask_myself, self._news.append)
        self._speaking = Speaking(
            clock, self.state, outbox, self._requester, self._news.append, self._following.stored
        )
        self._telling = False

    # ------------------------------------------------------------------ any thread

    def say(self, target: str, text: str, action: bool) -> str:
        """Put a message into the outbox; give its send id."""
        with self.guard:
            send_id = self._speaking.say(target, text, action)
            self._pump()
        self._wake()
        return send_id

    def say_again(self, send_id: str) -> str | None:
        """Say a message that has failed anew, under an id of its own; None when it has not, or is gone."""
        with self.guard:
            new_id = self._speaking.say_again(send_id)
            self._pump()
        self._wake()
        return new_id

    def drop(self, send_id: str) -> OutboxItem | None:
        """Keep a message no more that waits or has failed; None when it is under way or gone."""
        with self.guard:
            item = self._speaking.drop(send_id, is_open=self.link.phase is Phase.OPEN)
        self._wake()
        return item

    def unsent(self) -> tuple[OutboxItem, ...]:
        """What waits, is under way or has failed, oldest first."""
        with self.guard:
            return self._speaking.unsent()

    def keep_draft(self, conversation: str, text: str) -> None:
        """See `CacheStore.keep_draft`."""
        self._cache.keep_draft(conversation, text)

    def ask(self, request: type[Request], *, greeting: bool = False, **fields: Any) -> Future[Any]:
        """Send a request; without a connection the future has failed already.

        Args:
            request: which one.
            greeting: whether it belongs to the greeting, before the connection counts as open.
            fields: those of the request, without its ids.
        """
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self.guard:
            if self.link.phase is not Phase.OPEN and not greeting:
                why = self.link.cause or "The server is not connected yet."
                future.set_exception(Offline(f"This needs a connection. {why}"))
                return future
            self._requester.send(request, _nothing_more, fields, future)
        self._wake()
        return future

    def show(self, conversations: tuple[str, ...]) -> None:
        """See `Following.show`."""
        with self.guard:
            self._following.show(conversations)
            self._pump()
        self._wake()

    def decline(self, conversation: str) -> None:
        """Forget an invitation."""
        with self.guard:
            self.state.decline(conversation)

    @property
    def idle(self) -> bool:
        """Whether all that was said is stored and read back, all that was asked answered, and all told."""
        with self.guard:
            quiet = not self._outbox.unfinished and not self._requester.busy and self._following.idle
            return quiet and not self._news and not self._telling

    # ------------------------------------------------------------------ the link's thread

    def begin(self) -> None:
        """The client begins: what is said is kept from now on."""
        self._outbox.store.begin(lambda sentence: self._not_kept(OutboxTrouble(sentence)))
        self._cache.begin(lambda sentence: self._not_kept(CacheTrouble(sentence)))

    def close(self) -> None:
        """The client ends; waits a little for the disk, so that who comes next finds what was said."""
        self._cache.close()
        self._outbox.store.close()

    def last_server(self) -> str:
        """See `CacheStore.last_server`."""
        return self._cache.last_server()

    def recall(self, owner: Owner | None) -> None:
        """It is known, or to be expected, whose talk this is: begin with what an earlier run knew of it.

        What was shown of anybody else is gone with that. Waits for the disk; without effect for who it is
        already. Nobody is known without an owner.
        """
        if owner == self._owner:
            return
        self._owner = owner
        cached = self._cache.load(owner)
        waits = self._outbox.store.peek(owner.server_id, owner.box) if owner else ()
        with self.guard:
            self._speaking.expect(waits)
            changes = self.state.recall(cached if owner else Cached())
            self._news.extend(changes)
            self._following.changed(changes)

    def owned_by(self, owner: Owner) -> None:
        """One is somebody else now, of whom nothing was ever kept here; waits for the disk."""
        self._owner = owner
        self._cache.load(owner)

    def token_kept(self, place: Place) -> None:
        """It is known now where the token is kept; trouble is told once."""
        with self.guard:
            before, self.token_place = self.token_place, place
            if place.trouble not in ("", before.trouble):
                self.tell(KeyringTrouble(place.trouble))

    def settle(self, future: Future[Any], outcome: Outcome) -> None:
        """Have a future settled, in turn with all that is told."""
        with self.guard:
            self._news.append((future, outcome))

    def restore_outbox(self, server_id: str, box: str) -> None:
        """It is known now whose messages are kept: take those of earlier runs; waits for the disk."""
        if self._outbox.restored and box == self._box:
            return
        self._box = box
        kept = self._outbox.store.load(server_id, box)
        if kept is not None:
            with self.guard:
                self._speaking.restore(kept)

    def set_link(self, link: LinkChanged) -> None:
        """The connection stands differently now."""
        with self.guard:
            self.link = link
            self.tell(link)

    def opened(self, link: LinkChanged) -> None:
        """Connected and in step: send again what was cut, then what waits, and ask for what was missed."""
        with self.guard:
            self.set_link(link)
            jobs = self._speaking.begin()
            cuts = self._requester.take_cut()
            jobs += [(cut.place, partial(self._requester.send_again, cut)) for cut in cuts]
            for _, send in sorted(jobs, key=lambda job: job[0]):
                send()
            self._following.begin()
            self._pump()

    def tell(self, change: Change) -> None:
        """Let the listener know of something that is in no frame."""
        with self.guard:
            self._news.append(change)

    def link_lost(self) -> None:
        """The connection is gone: what was asked fails, or is kept to be sent again."""
        with self.guard:
            if self.link.phase is Phase.OPEN:
                self._cache.heard()
            self._outbox.link_lost()
            self.state.link_lost()
            self._following.link_lost()
            for waiting in self._requester.link_lost():
                self._settle(waiting, Offline("The connection was lost before the answer came."))

    def ended(self, link: LinkChanged) -> None:
        """No connection will be tried any more by itself: nothing is kept but the outbox."""
        with self.guard:
            self.set_link(link)
            for cut in self._requester.take_cut():
                self._settle(cut, Offline(link.cause))

    def receive(self, frames: Iterable[Frame | BadLine]) -> None:
        """Take in what the server said."""
        with self.guard:
            for frame in frames:
                if isinstance(frame, BadLine):
                    self.misunderstood(frame)
                elif isinstance(frame, Reply):
                    self._answered(frame)
                elif not isinstance(frame, Request):
                    self._apply(self.state.apply(frame, None, self._clock.monotonic()))
            self._pump()
            self.guard.notify_all()

    def misunderstood(self, bad: BadLine) -> None:
        """A reply can't be understood, or a request can't be sent: who asked hears of it."""
        with self.guard:
            waiting = self._requester.answer_to(bad.request_id)
            if waiting is None:
                log.warning("a line of the server was not understood: %s", bad.message)
            else:
                self._settle(waiting, bad)

    def tick(self) -> None:
        """Do what is due by now: give up what was not answered, try again what was refused."""
        with self.guard:
            for waiting in self._requester.give_up():
                if waiting.future is not None:
                    no_answer = NoAnswer("The server did not answer in time; it may happen all the same.")
                    self._news.append((waiting.future, no_answer))
            if (seconds := self._mute_ends_in()) is not None and seconds <= 0:
                self._apply(self.state.conversations.end_mutes(self._clock.now()))
            self._pump()

    def next_deadline(self) -> float | None:
        """When to call `tick`, on the monotonic clock."""
        with self.guard:
            mute_ends = self._mute_ends_in()
            times = (
                self._requester.next_deadline(),
                self._outbox.next_try(),
                self._following.next_try(),
                None if mute_ends is None else self._clock.monotonic() + mute_ends,
            )
            return min((time for time in times if time is not None), default=None)

    def take_outgoing(self) -> list[AnyRequest]:
        """Give the requests to send now, in order."""
        with self.guard:
            return self._requester.take_outgoing()

    def take_news(self) -> list[News]:
        """Give what is to be told, in order; call `told` when that is done."""
        with self.guard:
            news = list(self._news)
            self._news.clear()
            self._telling = bool(news)
            return news

    def told(self) -> None:
        """What `take_news` gave was told."""
        with self.guard:
            self._telling = False
            self.guard.notify_all()

    def _not_kept(self, trouble: OutboxTrouble | CacheTrouble) -> None:
        """Something can't be kept; any thread."""
        self.tell(trouble)
        self._wake()

    # ------------------------------------------------------------------ under the guard

    def _pump(self) -> None:
        """Send from the outbox, and ask for missing history, as much as may be under way."""
        if self.link.phase is not Phase.OPEN:
            return
        now = self._clock.monotonic()
        self._speaking.pump(now)
        self._following.pump(now)

    def _mute_ends_in(self) -> float | None:
        """Return after how many seconds somebody may write again."""
        end = self.state.conversations.next_mute_end
        return None if end is None else (end - self._clock.now()).total_seconds()

    def _ask_myself(self, request: type[Request], then: Then, **fields: object) -> None:
        self._requester.send(request, then, fields)

    def _answered(self, reply: AnyReply) -> None:
        """Take in a reply, and settle what waited for it."""
        waiting = self._requester.answer_to(reply.id)
        if waiting is None:
            log.warning("an answer to nothing that was asked: %r", reply)
        elif isinstance(reply, Error):
            self.state.refused(waiting.request, reply.code)
            self._settle(waiting, _refused(reply))
        elif not _answers(reply, waiting.request):
            log.warning("%s is no answer to %s", type(reply).__name__, type(waiting.request).__name__)
            self._settle(waiting, Offline("The server answered what was not asked."))
        else:
            self._apply(self.state.apply(reply, waiting.request, self._clock.monotonic()))
            self._settle(waiting, reply)

    def _apply(self, changes: list[Change]) -> None:
        self._news.extend(changes)
        self._cache.note(changes, self.state.people)
        self._following.changed(changes)

    def _settle(self, waiting: Unanswered, outcome: Outcome) -> None:
        waiting.then(outcome)
        if waiting.future is not None and not waiting.given_up:
            self._news.append((waiting.future, outcome))


def _nothing_more(_: Outcome) -> None:
    """What follows an answer that only the asker waits for."""


def _answers(reply: AnyReply, request: AnyRequest) -> bool:
    """Whether a reply is of the kind that its request asks for."""
    return reply.__struct_config__.tag == f"{request.__struct_config__.tag}_result"


def _refused(error: Error) -> Refused:
    return Refused(error.code, error.message, field=error.field, retry_after_ms=error.retry_after_ms)
