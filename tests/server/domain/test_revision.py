"""Rules of changing messages: who may, what there is to change, how much of it."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import ConversationId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Deleted, Edited, Entry, Message, MessageChange, Pinned, Reacted, Unpinned
from chat.protocol.folding import fold_message
from chat.protocol.records import Reaction
from chat.server.domain import revision
from chat.server.domain.draft import Draft
from chat.server.domain.limits import default_limits
from chat.server.domain.model import Decision, MessageKey
from tests.support.plain_world import PlainWorld, code_of, part, say

LIMITS = default_limits()
FEW = msgspec.structs.replace(LIMITS, message_reactions=3, message_emoji=2, conversation_pins=2)


class Room:
    """Ann and bob in the lobby, where ann said something; eve was there once.

    Attributes:
        key: which message it is.
    """

    def __init__(self) -> None:
        self.world = PlainWorld()
        self.ann, self.bob, self.eve = (self.world.guest(nick) for nick in ("ann", "bob", "eve"))
        self.world.publish(self.world.draft(), part(self.world.draft(), self.eve, "#general"))
        self.key = self.says(self.ann, "hi")

    def says(self, who: UserId, text: str) -> MessageKey:
        """Have somebody say something; returns which message it is."""
        return MessageKey(ConversationId("c1"), self.world.say(who, "#general", text).number)

    def does(self, decision: Decision) -> Decision:
        """Make a decision come true."""
        self.world.publish(self.world.draft(), decision)
        return decision

    def edit(self, who: UserId, text: str, key: MessageKey | None = None) -> Decision:
        return revision.edit(self.world.draft(), who, "s", key=key or self.key, text=text)

    def delete(self, who: UserId, key: MessageKey | None = None) -> Decision:
        return revision.delete(self.world.draft(), who, "s", key=key or self.key)

    def react(self, who: UserId, emoji: str, *, remove: bool = False) -> Decision:
        draft = self.world.draft()
        return revision.react(draft, who, "s", key=self.key, emoji=emoji, remove=remove, limits=FEW)

    def pin(self, who: UserId, key: MessageKey | None = None) -> Decision:
        return revision.pin(self.world.draft(), who, "s", key=key or self.key, limits=FEW)

    def unpin(self, who: UserId, key: MessageKey | None = None) -> Decision:
        return revision.unpin(self.world.draft(), who, "s", key=key or self.key)

    @property
    def message(self) -> Message:
        """Ann's message as it stands."""
        return self.world.messages[self.key]

    def each(self, who: UserId, key: MessageKey) -> list[object]:
        """What comes of every change that somebody may try: the decision, or code and field."""
        draft = self.world.draft()
        rules: tuple[Callable[[], Decision], ...] = (
            lambda: revision.edit(draft, who, "s", key=key, text="new"),
            lambda: revision.delete(draft, who, "s", key=key),
            lambda: revision.react(draft, who, "s", key=key, emoji="👍", remove=False, limits=LIMITS),
            lambda: revision.pin(draft, who, "s", key=key, limits=LIMITS),
            lambda: revision.unpin(draft, who, "s", key=key),
        )
        outcomes: list[object] = []
        for rule in rules:
            try:
                outcomes.append(rule())
            except Refused as refused:
                outcomes.append(code_of(refused))
        return outcomes


@pytest.fixture
def room() -> Room:
    """A message, its author, another member, and somebody who left."""
    return Room()


def _entry_of(decision: Decision) -> Entry:
    (entry,) = decision.entries
    return entry


def test_each_change_is_one_entry_with_the_next_number(room: Room) -> None:
    """It names who did it, the message, and the request."""
    decisions: list[tuple[Decision, type[MessageChange]]] = [
        (room.edit(room.ann, "ho"), Edited),
        (room.react(room.bob, "👍"), Reacted),
        (room.pin(room.bob), Pinned),
        (room.delete(room.ann), Deleted),
    ]
    for decision, kind in decisions:
        entry = _entry_of(decision)
        assert isinstance(entry, kind)
        assert (entry.number, entry.message, entry.send_id) == (room.key.number + 1, room.key.number, "s")
        assert (entry.conversation, entry.timestamp) == ("c1", room.world.draft().now)
    assert [_entry_of(decision).nick for decision, _ in decisions] == ["ann", "bob", "bob", "ann"]


def test_only_the_author_edits_and_deletes(room: Room) -> None:
    """Everybody else may react and pin."""
    mine, not_mine = room.each(room.ann, room.key), room.each(room.bob, room.key)
    assert all(isinstance(outcome, Decision) for outcome in mine)
    assert not_mine[:2] == [(ErrorCode.NOT_YOUR_MESSAGE, "message")] * 2
    assert all(isinstance(outcome, Decision) for outcome in not_mine[2:])


def test_who_left_changes_nothing_more(room: Room) -> None:
    """Not even what they said themselves while they were there."""
    assert room.each(room.eve, room.key) == [(ErrorCode.NOT_MEMBER, "target")] * 5
    key = room.says(room.bob, "bye")
    room.does(part(room.world.draft(), room.bob, "#general"))
    assert room.each(room.bob, key) == [(ErrorCode.NOT_MEMBER, "target")] * 5


@pytest.mark.parametrize("number", [0, 1, 2, 99])
def test_what_is_no_message_is_unknown(room: Room, number: int) -> None:
    """Other entries and numbers that do not exist."""
    key = MessageKey(room.key.conversation, number)
    assert room.each(room.ann, key) == [(ErrorCode.UNKNOWN_MESSAGE, "message")] * 5


def test_what_was_deleted_is_unknown(room: Room) -> None:
    """To its author too, and its changes with it."""
    room.does(room.edit(room.ann, "ho"))
    room.does(room.delete(room.ann))
    for who in (room.ann, room.bob):
        assert room.each(who, room.key) == [(ErrorCode.UNKNOWN_MESSAGE, "message")] * 5
    edit = MessageKey(room.key.conversation, room.key.number + 1)
    assert room.each(room.ann, edit) == [(ErrorCode.UNKNOWN_MESSAGE, "message")] * 5


def test_what_is_so_already_decides_nothing(room: Room) -> None:
    """The same text, the same reaction, the same pin; and to take away what is not there."""
    for nothing in (
        room.edit(room.ann, "hi"),
        room.react(room.bob, "👍", remove=True),
        room.unpin(room.bob),
    ):
        assert nothing == Decision()
    room.does(room.react(room.bob, "👍"))
    room.does(room.pin(room.bob))
    assert room.react(room.bob, "👍") == room.pin(room.ann) == Decision()
    assert isinstance(_entry_of(room.react(room.ann, "👍")), Reacted)


def test_one_takes_back_ones_own_reaction_only(room: Room) -> None:
    """Bob's stays when ann takes hers back."""
    for who in (room.ann, room.bob):
        room.does(room.react(who, "👍"))
    entry = _entry_of(room.does(room.react(room.ann, "👍", remove=True)))
    assert isinstance(entry, Reacted)
    assert entry.removed
    assert room.message.reactions == (Reaction(emoji="👍", users=(room.bob,)),)


def test_reactions_have_a_bound_in_all_and_in_kinds(room: Room) -> None:
    """Taking one back makes room; taking back is never refused."""
    room.does(room.react(room.ann, "a"))
    room.does(room.react(room.ann, "b"))
    with pytest.raises(Refused) as refused:
        room.react(room.ann, "c")
    assert code_of(refused.value) == (ErrorCode.TOO_MANY, "emoji")
    room.does(room.react(room.bob, "a"))
    with pytest.raises(Refused) as refused:
        room.react(room.bob, "b")
    assert code_of(refused.value) == (ErrorCode.TOO_MANY, "emoji")
    room.does(room.react(room.ann, "b", remove=True))
    room.does(room.react(room.bob, "c"))
    assert [reaction.emoji for reaction in room.message.reactions] == ["a", "c"]


def test_pins_have_a_bound(room: Room) -> None:
    """Unpinning and deleting make room."""
    keys = [room.key, *(room.says(room.ann, text) for text in ("two", "three", "four"))]
    for key in keys[:2]:
        room.does(room.pin(room.bob, key))
    with pytest.raises(Refused) as refused:
        room.pin(room.bob, keys[2])
    assert code_of(refused.value) == (ErrorCode.TOO_MANY, "message")
    assert room.pin(room.bob, keys[0]) == Decision(), "it is pinned already"
    assert isinstance(_entry_of(room.does(room.unpin(room.ann, keys[0]))), Unpinned)
    room.does(room.pin(room.bob, keys[2]))
    room.does(room.delete(room.ann, keys[1]))
    room.does(room.pin(room.bob, keys[3]))
    assert room.world.named("#general").pins == (keys[2].number, keys[3].number)


def test_the_second_change_of_a_batch_sees_the_first(room: Room) -> None:
    """Also of a message that the batch itself brought."""
    draft = room.world.draft()
    draft.apply(say(draft, room.bob, "#general", "new"))
    key = MessageKey(room.key.conversation, room.key.number + 1)
    for text in ("newer", "newest"):
        draft.apply(revision.edit(draft, room.bob, "", key=key, text=text))
    assert revision.edit(draft, room.bob, "", key=key, text="newest") == Decision()
    draft.apply(revision.delete(draft, room.ann, "", key=room.key))
    with pytest.raises(Refused):
        revision.react(draft, room.bob, "", key=room.key, emoji="👍", remove=False, limits=LIMITS)
    assert (draft.revised[key].text, draft.revised[key].edited) == ("newest", key.number + 2)
    assert draft.stripped == [MessageKey(key.conversation, key.number + 1)]
    assert draft.revised[room.key].deleted


def test_what_took_the_place_of_an_edit_has_its_text_taken_away(room: Room) -> None:
    """The older edit's, each time; a first edit has none before it."""
    stripped: list[list[int]] = []
    rules: tuple[Callable[[Draft], Decision], ...] = (
        lambda draft: revision.edit(draft, room.ann, "", key=room.key, text="two"),
        lambda draft: revision.react(
            draft, room.ann, "", key=room.key, emoji="a", remove=False, limits=LIMITS
        ),
        lambda draft: revision.edit(draft, room.ann, "", key=room.key, text="three"),
        lambda draft: revision.delete(draft, room.ann, "", key=room.key),
    )
    for rule in rules:
        draft = room.world.draft()
        room.world.publish(draft, rule(draft))
        stripped.append([key.number - room.key.number for key in draft.stripped])
    assert stripped == [[], [], [1], [3]]


KINDS = st.sampled_from(["edit", "edit again", "delete", "react", "take back", "pin", "unpin"])


def _decided(draft: Draft, who: UserId, kind: str, key: MessageKey) -> Decision:
    if kind.startswith("edit"):
        return revision.edit(draft, who, "", key=key, text=kind)
    if kind == "delete":
        return revision.delete(draft, who, "", key=key)
    if kind in ("react", "take back"):
        remove = kind == "take back"
        return revision.react(draft, who, "", key=key, emoji="👍", remove=remove, limits=FEW)
    if kind == "pin":
        return revision.pin(draft, who, "", key=key, limits=FEW)
    return revision.unpin(draft, who, "", key=key)


@given(steps=st.lists(st.tuples(st.integers(0, 2), KINDS, st.integers(0, 9)), max_size=30))
def test_whatever_is_tried_the_bounds_hold_and_the_log_tells_it_all(
    steps: list[tuple[int, str, int]],
) -> None:
    """What a message is, its entries say; no change is of another's message, of none, or of nothing new."""
    room = Room()
    people = (room.ann, room.bob, room.eve)
    for at, kind, number in steps:
        draft = room.world.draft()
        try:
            room.does(_decided(draft, people[at], kind, MessageKey(room.key.conversation, number)))
        except Refused:
            assert draft.entries() == []
    log, state = room.world.log[room.key.conversation], room.world.named("#general")
    changes = [entry for entry in log if isinstance(entry, Edited | Deleted | Reacted | Pinned | Unpinned)]
    assert {change.message for change in changes} <= {room.key.number}
    message = log[room.key.number - 1]
    assert isinstance(message, Message)
    for change in changes:
        assert change.user in (room.ann, room.bob)
        assert change.user == room.ann or not isinstance(change, Edited | Deleted)
        before, message = message, fold_message(message, change)
        assert message != before or isinstance(change, Pinned | Unpinned)
    assert message == room.message
    assert set(state.pins) <= {room.key.number}
    assert len(state.pins) == len(set(state.pins)) <= FEW.conversation_pins
    assert not (state.pins and room.message.deleted)
