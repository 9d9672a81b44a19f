"""The store in memory and the one in SQLite, side by side: whatever is asked of them, they agree."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.ids import SendId
from chat.protocol.entries import AnyEntry, Deleted, Edited
from chat.server.domain.model import ConversationState, MessageKey, ReadMove, conversation_id, user_id
from chat.server.ports import Batch, Store, StoreError
from chat.server.storage import MemoryStore, open_store
from tests.support.batches import (
    MOMENT,
    change,
    channel,
    device,
    direct,
    founding,
    joined,
    message,
    send_row,
    user,
)
from tests.support.clock import FakeClock

PEOPLE = range(1, 6)
PLACES = range(1, 5)
people, places = st.sampled_from(PEOPLE), st.sampled_from(PLACES)
nicks = st.sampled_from(["anna", "bert", "carl"])
send_ids = st.sampled_from(["", "", "s1", "s2", "s3"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
said = st.tuples(places, people, texts, st.lists(people, max_size=3), send_ids)

users = st.builds(
    lambda row, nick, holds: user(row, nick, holds_nick=holds), people, nicks, st.sampled_from([True, False])
)
devices = st.builds(lambda row, of: device(row, of=of), st.integers(1, 3), people)
roles = st.tuples(
    st.builds(conversation_id, places),
    st.builds(user_id, people),
    st.sampled_from(["member", "operator", None]),
)
reads = st.builds(
    ReadMove,
    st.builds(user_id, people),
    st.builds(conversation_id, places),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from([MOMENT, None]),
)
pins = st.sampled_from([(), (2,), (3, 2)])
slips = st.sampled_from([0, 0, 0, 0, 0, 1, -1])


def few(what: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Return lists that are mostly short."""
    return st.lists(what, max_size=3)


class TwoStores(RuleBasedStateMachine):
    """Commits the same batches to both, good ones and such as must be refused, and asks both the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.stores: list[Store] = [MemoryStore(), open_store(self.folder, FakeClock())]
        self.number = 0
        self.last: dict[int, int] = {}

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def found(self) -> None:
        """Begin with users and two channels."""
        self._both(lambda store: store.commit(founding(users=3, channels=2)))
        self.number, self.last = 1, {1: 1, 2: 1}

    @rule(users=few(users), devices=few(devices), roles=few(roles), reads=few(reads))
    def people_change(self, users: list[Any], devices: list[Any], roles: list[Any], reads: list[Any]) -> None:
        """Claims may clash, and some speak of users and places that are not there."""
        self._commit(
            Batch(number=self.number + 1, users=users, devices=devices, members=roles, reads=reads), {}
        )

    @rule(messages=st.lists(said, min_size=1, max_size=6), slip=slips, topic=st.sampled_from(["", "news"]))
    def somebody_speaks(self, messages: list[Any], slip: int, topic: str) -> None:
        """Numbers may slip, send ids may come again, places may be new."""
        last, entries = dict(self.last), list[AnyEntry]()
        for place, by, text, mentions, send_id in messages:
            last[place] = last.get(place, 0) + 1
            number = max(last[place] + slip, 1)
            if text:
                entry: AnyEntry = message(
                    number, text, conversation=place, by=by, mentions=mentions, send_id=send_id
                )
            else:
                entry = joined(place, number, who=by)
            entries.append(entry)
        touched = {place for place, *_ in messages}
        self._commit(
            Batch(
                number=self.number + 1,
                conversations=[self._state(place, last[place] + slip, topic) for place in touched],
                entries=entries,
                sends=[send_row(entry) for entry in entries if entry.send_id],
            ),
            {place: last[place] for place in touched},
        )

    @rule(
        place=places,
        kind=st.sampled_from([Edited, Deleted]),
        of=st.integers(1, 12),
        more=few(st.integers(1, 12)),
        stripped=few(st.integers(1, 12)),
        send_id=send_ids,
        pinned=pins,
    )
    def somebody_changes_a_message(
        self,
        place: int,
        kind: type[Edited | Deleted],
        of: int,
        more: list[int],
        stripped: list[int],
        send_id: str,
        pinned: tuple[int, ...],
    ) -> None:
        """What is revised may be no message, and what loses its text no edit."""
        number = self.last.get(place, 0) + 1
        entry = change(kind, number, of=of, conversation=place, send_id=send_id)
        key = conversation_id(place)
        self._commit(
            Batch(
                number=self.number + 1,
                conversations=[msgspec.structs.replace(self._state(place, number, ""), pins=pinned)],
                entries=[entry],
                sends=[send_row(entry)] if send_id else [],
                revised=[message(each, f"revised {number}", conversation=place) for each in (of, *more)],
                stripped=[MessageKey(key, each) for each in stripped],
            ),
            {place: number},
        )

    @rule(keys=few(st.tuples(places, st.integers(0, 15))))
    def somebody_looks_for_messages(self, keys: list[tuple[int, int]]) -> None:
        """Some are none."""
        wanted = [MessageKey(conversation_id(place), number) for place, number in keys]
        self._both(lambda store: store.messages(wanted))

    @rule(back=st.integers(0, 2))
    def an_old_batch_comes_again(self, back: int) -> None:
        """Its number is not above the last."""
        self._commit(Batch(number=max(self.number - back, 0), users=[user(1)]), {})

    @rule()
    def the_server_starts_again(self) -> None:
        """What is on the disk is what there is."""
        self.stores[1].close()
        self.stores[1] = open_store(self.folder, FakeClock())

    @rule(
        place=places,
        above=st.integers(0, 20),
        below=st.one_of(st.none(), st.integers(0, 20)),
        newest_first=st.booleans(),
        limit=st.integers(1, 10),
        limit_bytes=st.integers(0, 2000),
    )
    def somebody_reads(self, place: int, **bounds: Any) -> None:
        """Any page at all."""
        self._both(lambda store: store.page(conversation_id(place), **bounds))

    @rule(who=people, spans=st.dictionaries(places, st.tuples(st.integers(0, 20), st.integers(0, 30))))
    def somebody_counts(self, who: int, spans: dict[int, tuple[int, int]]) -> None:
        """Unread between any two positions."""
        positions = {conversation_id(place): span for place, span in spans.items()}
        self._both(lambda store: store.unread(user_id(who), positions))

    @rule(keys=st.lists(st.tuples(people, send_ids)))
    def somebody_retries(self, keys: list[tuple[int, str]]) -> None:
        """First answers, of known and unknown ones."""
        wanted = [(user_id(row), SendId(send_id)) for row, send_id in keys]
        self._both(lambda store: store.answered(wanted))

    @invariant()
    def they_hold_the_same(self) -> None:
        """Everything but their names."""
        self._both(lambda store: msgspec.structs.replace(store.load(), server_id="", epoch=""))
        self._both(lambda store: store.last_batch())

    def _state(self, place: int, last: int, topic: str) -> ConversationState:
        if place == 4:
            return direct(4, 1, 2, last=last)
        return channel(place, last=last, topic=topic)

    def _commit(self, batch: Batch, last: dict[int, int]) -> None:
        if self._both(lambda store: store.commit(batch)) is None:
            self.number = batch.number
            self.last.update(last)

    def _both(self, ask: Callable[[Store], object]) -> object:
        """Return what both answer, the type of the error where both raise one."""
        answers = []
        for store in self.stores:
            try:
                answers.append(ask(store))
            except StoreError as error:
                answers.append(type(error))
        assert answers[0] == answers[1]
        return answers[0]


TestTwoStores = TwoStores.TestCase
# without `explain`, which traces every line of SQLAlchemy
TestTwoStores.settings = settings(
    max_examples=25, stateful_step_count=20, phases=[Phase.generate, Phase.shrink]
)
