"""Channels against a simple model, while commits fail and the server is killed and started again.

People join, leave, talk, change what they said, react, pin, read and repeat themselves. Whatever happens, the
logs have no holes and are the same for all, and model, published state and store are one.
"""

from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.protocol.asking import Change, Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Entry, Left
from chat.protocol.replies import AnyReply, Error, HistoryResult, MarkReadResult
from chat.protocol.requests import (
    AnyRequest,
    Delete,
    Edit,
    History,
    Join,
    MarkRead,
    Part,
    Pin,
    React,
    Send,
    SetTopic,
    Unpin,
)
from chat.server.state.housekeeping import probing
from chat.server.state.session import Session
from tests.support.agreement import assert_published_equals_stored, logged
from tests.support.faulty_store import Fault
from tests.support.hub import Answer, Hub
from tests.support.talk_model import TalkModel, seen

NICKS = ("ann", "ben", "cleo")
WHO = st.sampled_from(NICKS)
WHERE = st.sampled_from(("#tea", "#tea", "#den"))
WORDS = st.sampled_from(("one", "two", "three"))
EMOJI = st.sampled_from(("👍", "🎉"))
NUMBER = st.one_of(st.sampled_from((3, 5)), st.integers(1, 14))
"""Mostly of the first two messages, so that much happens to them."""


class Conversations(RuleBasedStateMachine):
    """One server after the other on one store, and the model beside them."""

    def __init__(self) -> None:
        super().__init__()
        self._ids = count(1)
        self.hub = Hub()
        self.model = TalkModel()
        self.fault: Fault | None = None
        self.stored: list[tuple[str, AnyRequest, int]] = []
        """Who asked what, and the number it was given."""
        self.heard: dict[tuple[str, str], int] = {}
        """The last number that somebody heard live of a conversation."""
        self._come()

    # ------------------------------------------------------------------ what people do

    @initialize()
    def begin(self) -> None:
        """Let everybody into one channel, where something was said."""
        for nick in NICKS:
            self.ask(nick, Join, target="#tea")
            self.ask(nick, Send, target="#tea", text="hello")

    @rule(who=WHO, where=WHERE)
    def join(self, who: str, where: str) -> None:
        """Join, or be there already."""
        self.ask(who, Join, target=where)

    @rule(who=WHO, where=WHERE)
    def part(self, who: str, where: str) -> None:
        """Leave."""
        self.ask(who, Part, target=where)

    @rule(said=st.lists(st.tuples(WHO, WHERE, WORDS), min_size=1, max_size=4))
    def send(self, said: list[tuple[str, str, str]]) -> None:
        """Say some things that come into one batch."""
        self.ask_all([(who, self._make(Send, target=where, text=text)) for who, where, text in said])

    @rule(who=WHO, where=WHERE, topic=WORDS)
    def set_topic(self, who: str, where: str, topic: str) -> None:
        """Say what a channel is about."""
        self.ask(who, SetTopic, target=where, topic=topic)

    @rule(who=WHO, where=WHERE, number=NUMBER)
    def mark_read(self, who: str, where: str, number: int) -> None:
        """Read."""
        self.ask(who, MarkRead, target=where, number=number)

    @rule(who=WHO, where=WHERE, number=NUMBER, text=WORDS)
    def edit(self, who: str, where: str, number: int, text: str) -> None:
        """Change what was said."""
        self.ask(who, Edit, target=where, message=number, text=text)

    @rule(who=WHO, where=WHERE, number=NUMBER)
    def delete(self, who: str, where: str, number: int) -> None:
        """Take back what was said, by oneself or another."""
        self.ask(who, Delete, target=where, message=number)

    @rule(who=WHO, where=WHERE, number=NUMBER, kind=st.sampled_from((Pin, Pin, Unpin)))
    def pin(self, who: str, where: str, number: int, kind: type[Request]) -> None:
        """Pin a message, or pin it no more."""
        self.ask(who, kind, target=where, message=number)

    @rule(who=WHO, where=WHERE, number=NUMBER, emoji=EMOJI, remove=st.booleans())
    def react(self, who: str, where: str, number: int, emoji: str, remove: bool) -> None:
        """Give a reaction or take it back."""
        self.ask(who, React, target=where, message=number, emoji=emoji, remove=remove)

    # ------------------------------------------------------------------ what they repeat

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Ask again what was stored at some time, by whichever server: the first answer, and nothing more."""
        who, request, number = data.draw(st.sampled_from(self.stored))
        reply = self._ask_again(who, request)
        assert not isinstance(reply, Error), reply
        assert reply.number == number  # type: ignore[union-attr]

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def reuse(self, data: st.DataObject) -> None:
        """Use an old `send_id` for something else."""
        who, request, _ = data.draw(st.sampled_from(self.stored))
        reply = self._ask_again(who, self._make(Send, target="#tea", text="other", send_id=request.send_id))  # type: ignore[union-attr]
        assert isinstance(reply, Error)
        assert reply.code is ErrorCode.CONFLICT

    # ------------------------------------------------------------------ what goes wrong

    @rule(fault=st.sampled_from((Fault.REFUSED, Fault.OUTCOME_UNKNOWN)))
    def fail(self, fault: Fault) -> None:
        """Let the next commit fail."""
        self.fault = fault

    @rule()
    def restart(self) -> None:
        """Kill the server and start it again on its store."""
        self.fault = None
        self.hub = Hub(self.hub.store.inside)
        self._come()

    # ------------------------------------------------------------------ what must be true

    @invariant()
    def the_model_is_what_is_published_and_stored(self) -> None:
        """Logs, members, topics, pins, read positions."""
        self._look_after_store()
        assert_published_equals_stored(self.hub)
        world = self.hub.world
        nicks = {user.id: user.nick for user in world.directory.everybody()}
        users = {nick: user for user, nick in nicks.items()}
        for name, channel in self.model.channels.items():
            key = world.channel_named(name)
            assert key is not None
            state = world.conversation(key)
            assert state is not None
            assert {nicks[user] for user in state.members} == channel.members
            assert (state.last, state.topic, state.pins) == (len(channel.log), channel.topic, channel.pins)
            assert [seen(entry, nicks) for entry in logged(self.hub.store.inside, key)] == channel.shown()
            assert {nick: world.read_of(users[nick], key) for nick in channel.read} == channel.read

    def teardown(self) -> None:
        """All members read the same, which is what is stored."""
        self._look_after_store()
        for name, channel in self.model.channels.items():
            key = self.hub.world.channel_named(name)
            assert key is not None
            log = logged(self.hub.store.inside, key)
            for nick in channel.members:
                page = self.hub.ask(self.sessions[nick], History, target=name, after=0)
                assert isinstance(page, HistoryResult)
                assert list(page.entries) == log

    # ------------------------------------------------------------------ how it is asked

    def ask(self, who: str, kind: type[Request], **fields: Any) -> None:
        """Ask one thing."""
        self.ask_all([(who, self._make(kind, **fields))])

    def ask_all(self, asked: list[tuple[str, AnyRequest]]) -> None:
        """Ask things that are decided in one batch, and compare the answers with the model's."""
        self._look_after_store()
        if self.fault:
            self.hub.store.switch.fail_next(self.fault)
        answers = [(who, request, self.hub.give(self.sessions[who], request)) for who, request in asked]
        self.hub.settle()
        failed = self.fault is not None and not self.hub.store.switch.pending
        stored = not failed or self.fault is Fault.OUTCOME_UNKNOWN
        for who, request, answer in answers:
            self._compare(who, request, answer, failed=failed, stored=stored)
        if failed:
            self.fault = None
        self.hub.store.switch.forget()
        self._listen()

    def _compare(self, who: str, request: AnyRequest, answer: Answer, *, failed: bool, stored: bool) -> None:
        decided = self.model.decide(who, request)
        reply: AnyReply = answer.reply
        if isinstance(decided, ErrorCode):
            assert isinstance(reply, Error)
            assert reply.code in ({decided, ErrorCode.STORAGE_TROUBLE} if failed else {decided})
            return
        if failed:
            assert isinstance(reply, Error)
            assert reply.code is ErrorCode.STORAGE_TROUBLE
        if not stored:
            return
        self.model.apply(who, request, decided)
        number = len(self.model.channels[request.target].log) if decided else 0  # type: ignore[union-attr]
        if decided and isinstance(request, Change):
            self.stored.append((who, request, number))
        if not failed and isinstance(reply, MarkReadResult):
            assert reply.read == self.model.channels[request.target].read[who]  # type: ignore[union-attr]
        elif not failed:
            assert reply.number == number, reply  # type: ignore[union-attr]

    def _make(self, kind: type[Request], **fields: Any) -> AnyRequest:
        if issubclass(kind, Change):
            fields.setdefault("send_id", f"machine-{next(self._ids):06}")
        return self.hub.request(kind, **fields)

    def _ask_again(self, who: str, request: AnyRequest) -> AnyReply:
        self._look_after_store()
        reply: AnyReply = self.hub.ask_again(self.sessions[who], request)
        self._listen()
        return reply

    def _look_after_store(self) -> None:
        """Let the server find out what became of a failed batch, as its timer does."""
        if self.hub.journal.may_heal:
            self.hub.queue.put(probing())
            self.hub.settle()
        for session in self.sessions.values():
            session.order.reset()
        self._listen()

    def _listen(self) -> None:
        """Everybody hears every conversation without a hole, and nothing twice."""
        for nick, session in self.sessions.items():
            for frame in self.hub.frames(session):
                if isinstance(frame, Entry):
                    key = (nick, frame.conversation)
                    assert frame.number == self.heard.get(key, frame.number - 1) + 1
                    self.heard[key] = frame.number
                    if isinstance(frame, Left) and frame.nick == nick:
                        del self.heard[key]

    def _come(self) -> None:
        self.heard = {}
        self.sessions: dict[str, Session] = {nick: self.hub.guest(nick, nick[0] * 64) for nick in NICKS}


TestConversations = pytest.mark.timeout(240)(Conversations.TestCase)  # time to find the shortest failure
TestConversations.settings = settings(max_examples=60, stateful_step_count=40)
