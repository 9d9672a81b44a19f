"""A client and its server, through everything that can happen between them, held against each other.

The server is a log to which things happen one after the other. What it says is on its way until the machine
lets it arrive: live entries in their order, and answers behind the entries that went before them, each as of
the moment it was given. Links are lost with all that is on the way. At no time is anything told twice or out
of order; once nothing is on its way and all gaps are filled, the client has exactly what the server has.
"""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.client.changes import Change, EntriesAdded, EntriesRevised
from chat.client.conversation import ConversationState
from chat.client.timeline import Gap
from chat.protocol.codec import ServerFrame
from chat.protocol.entries import AnyEntry, Edited, Message
from chat.protocol.events import ReadMarked
from chat.protocol.replies import HistoryResult, SyncResult
from tests.support.frames import WHEN
from tests.support.simulated_log import WHERE, SimulatedLog
from tests.support.states import general, knowing

few = st.integers(1, 5)
changes = st.sampled_from(["edit", "edit", "react", "react", "delete", "pin"])
anywhere = st.integers(0, 10_000)


class ClientAndServer(RuleBasedStateMachine):
    """See above."""

    @initialize(said=st.integers(0, 8), looked_at=st.integers(0, 8))
    def meet(self, said: int, looked_at: int) -> None:
        self.log = SimulatedLog()
        for _ in range(said):
            self.log.say()
        self.state = knowing(self.log.record())
        self.on_the_way: deque[ServerFrame] = deque()
        self.told: dict[int, AnyEntry] = {}
        self.asked = False
        """Whether the client asked what is unread, and the server did not answer yet."""
        self._hear(self.log.page(looked_at))

    @property
    def known(self) -> ConversationState:
        return general(self.state)

    # ------------------------------------------------------------------ what happens at the server

    @rule(who=st.sampled_from(["ann", "ben"]), mentions=st.booleans(), times=few)
    def somebody_talks(self, who: str, mentions: bool, times: int) -> None:
        for _ in range(times):
            self._say(self.log.say("hi", who, *(["u-ann"] if mentions else [])))

    @precondition(lambda self: self.log.messages())
    @rule(what=changes)
    def a_message_changes(self, what: str) -> None:
        """One of two, so that many changes meet."""
        messages = self.log.messages()[:2]
        number = messages[self.log.last % len(messages)]
        message = self.log.kept[number - 1]
        assert isinstance(message, Message)
        if what == "edit":
            self._say(self.log.edit(number, f"{message.text}!"))
        elif what == "delete":
            self._say(self.log.delete(number))
        elif what == "pin":
            self._say(self.log.pin(number))
        else:
            self._say(self.log.react(number, removed=bool(message.reactions)))

    @rule(who=st.sampled_from(["cleo", "dan"]))
    def somebody_comes_or_goes(self, who: str) -> None:
        self._say(self.log.come_and_go(who))

    @rule(topic=st.sampled_from(["tea", "news", ""]))
    def the_topic_is_set(self, topic: str) -> None:
        self._say(self.log.set_topic(topic))

    @precondition(lambda self: self.log.last > self.log.first)
    @rule(place=anywhere)
    def old_entries_are_dropped(self, place: int) -> None:
        self.log.drop(place % 3)

    @rule(place=anywhere)
    def another_device_reads(self, place: int) -> None:
        self.log.read = max(self.log.read, self._place(place))
        self._say(ReadMarked(conversation=WHERE, user="u-ann", number=self.log.read, timestamp=WHEN))

    @rule(place=anywhere)
    def the_other_side_reads(self, place: int) -> None:
        self.log.peer_read = max(self.log.peer_read, self._place(place))
        self._say(ReadMarked(conversation=WHERE, user="u-ben", number=self.log.peer_read, timestamp=WHEN))

    # ------------------------------------------------------------------ what the client asks

    @rule(place=anywhere, size=few, forwards=st.booleans())
    def it_asks_for_a_page(self, place: int, size: int, forwards: bool) -> None:
        number = self._place(place)
        self._say(self.log.page(size, after=number) if forwards else self.log.page(size, before=number + 1))

    @rule(place=anywhere)
    def it_reads(self, place: int) -> None:
        self.log.read = max(self.log.read, min(self._place(place), self.known.record.last))
        self._say(self.log.counted())

    @precondition(lambda self: self.asked)
    @rule()
    def the_server_counts(self) -> None:
        self.asked = False
        self._say(self.log.counted())

    @rule(keep=st.integers(0, 10))
    def it_forgets(self, keep: int) -> None:
        self.known.forget_below(self.known.timeline.oldest_of(keep))
        self.told = {number: entry for number, entry in self.told.items() if number in self.known.timeline}

    # ------------------------------------------------------------------ the link

    @precondition(lambda self: self.on_the_way)
    @rule(many=st.integers(1, 8))
    def it_arrives(self, many: int) -> None:
        for _ in range(min(many, len(self.on_the_way))):
            self._hear(self.on_the_way.popleft())

    @precondition(lambda self: self.on_the_way)
    @rule()
    def an_answer_overtakes_live_entries(self) -> None:
        answers = [frame for frame in self.on_the_way if isinstance(frame, HistoryResult | ReadMarked)]
        if answers:
            self.on_the_way.remove(answers[0])
            self._hear(answers[0])

    @rule(missed=st.lists(changes, max_size=4), said=st.integers(0, 3))
    def the_link_is_lost_and_comes_back(self, missed: list[str], said: int) -> None:
        for _ in range(said):
            self.log.say()
        for what in missed:
            if self.log.messages():
                self.a_message_changes(what)
        self.on_the_way.clear()
        self.asked = False
        self.state.link_lost()
        self._say(SyncResult(id="1", conversations=(self.log.record(),)))

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def what_it_has_is_in_order_and_missing_is_what_it_has_not(self) -> None:
        timeline = self.known.timeline
        known = [entry.number for entry in timeline.between(1, timeline.last)]
        older = timeline.older()
        gaps = [*([older] if older else []), *timeline.gaps()]
        missing = [number for gap in gaps for number in range(gap.first, gap.last + 1)]
        assert known == sorted(set(known))
        assert not set(known) & set(missing)
        assert all(
            number < timeline.first for number in set(range(1, timeline.last + 1)) - {*known, *missing}
        )
        assert all(gap.gone == (gap.last < timeline.first) for gap in gaps)

    @invariant()
    def whoever_listens_knows_what_it_knows(self) -> None:
        timeline = self.known.timeline
        here = {entry.number: entry for entry in timeline.between(1, timeline.last)}
        assert self.told.keys() == here.keys()
        assert all(
            self.told[number] == here[number] for number in here if not isinstance(here[number], Edited)
        )

    def teardown(self) -> None:
        if not hasattr(self, "log"):
            return
        while self.on_the_way or self.asked:
            if self.asked:
                self.the_server_counts()
            self._hear(self.on_the_way.popleft())
        self._fill()
        timeline = self.known.timeline
        assert tuple(timeline.between(self.log.first, self.log.last)) == self.log.present()
        assert self.known.record == self.log.record()

    # ------------------------------------------------------------------ how it goes

    def _fill(self) -> None:
        """Look at everything, from the newest to the oldest."""
        self._hear(self.log.page(3))
        timeline = self.known.timeline
        pages = 0
        while wanted := [gap for gap in (timeline.older(), *timeline.gaps()) if gap and not gap.gone]:
            gap: Gap = wanted[-1]
            self._hear(self.log.page(3, before=gap.last + 1))
            pages += 1
            assert pages <= self.log.last, "it is filled for ever"

    def _place(self, place: int) -> int:
        return place % (self.log.last + 1)

    def _say(self, frame: ServerFrame) -> None:
        self.on_the_way.append(frame)

    def _hear(self, frame: ServerFrame) -> None:
        for change in self.state.apply(frame):
            self._tell(change)
        self.asked = self.known.counts_unsure

    def _tell(self, change: Change) -> None:
        if isinstance(change, EntriesAdded):
            numbers = [entry.number for entry in change.entries]
            assert numbers == sorted(set(numbers))
            assert not self.told.keys() & set(numbers), "told twice"
        elif isinstance(change, EntriesRevised):
            assert all(self.told[entry.number] != entry for entry in change.entries), "not revised"
        else:
            return
        self.told |= {entry.number: entry for entry in change.entries}


TestClientAndServer = ClientAndServer.TestCase
TestClientAndServer.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
