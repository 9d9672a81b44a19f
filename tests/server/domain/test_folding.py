"""Every command at random: what comes of it is the same whoever folds the entries, and from wherever.

`stale state + its entries = fresh state` is what lets a client keep a state and be told only what is new.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from chat.ids import ConversationId, UserId
from chat.names import parse_channel, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message, MessageChange
from chat.protocol.folding import fold_message
from chat.protocol.records import Status
from chat.server.domain import channel, message, revision, user
from chat.server.domain.draft import Draft
from chat.server.domain.evolve import evolve
from chat.server.domain.limits import default_limits
from chat.server.domain.model import ConversationState, Decision, MessageKey
from chat.server.domain.targets import parse_target
from tests.support.plain_world import NOON, PlainWorld, join, numbers, part, say

NICKS = ("ann", "bob", "eve", "dan")
CHANNELS = ("#general", "#tea", "#Tea", "#sea")
TARGETS = (*CHANNELS, "@ann", "@bob", "@nobody", "c1", "c2", "c3", "u2")

Rule = Callable[[Draft, UserId], Decision]
_Value = TypeVar("_Value")


class Asked(NamedTuple):
    """One item of a batch: who asks, and for what."""

    who: int
    rule: Rule
    said: str
    """For the report of a failure."""

    def __repr__(self) -> str:
        return f"{self.who}: {self.said}"


def _asking(
    said: str, values: st.SearchStrategy[_Value], decide: Callable[[Draft, UserId, _Value], Decision]
) -> st.SearchStrategy[tuple[Rule, str]]:
    """Return a strategy for one kind of request, whose rule is given a drawn value."""
    return values.map(lambda value: (lambda draft, who: decide(draft, who, value), f"{said} {value}"))


def _create(draft: Draft, who: UserId, what: tuple[str, str]) -> Decision:
    name, topic = what
    return channel.create_channel(draft, who, "", name=parse_channel(name), topic=topic)


def _set_topic(draft: Draft, who: UserId, what: tuple[str, str]) -> Decision:
    target, topic = what
    return channel.set_topic(draft, who, "", target=parse_target(target), topic=topic)


def _join_by_target(draft: Draft, who: UserId, target: str) -> Decision:
    return channel.join(draft, who, "", target=parse_target(target), name=None)


def _mention(draft: Draft, who: UserId, target: str) -> Decision:
    return say(draft, who, target, "@ann hi")


def _open(draft: Draft, who: UserId, target: str) -> Decision:
    return message.open_direct(draft, who, target=parse_target(target))


def _meant(draft: Draft, what: tuple[str, int]) -> MessageKey:
    """Return which message is meant by a place and a number; raises `Refused` where there is no place."""
    place, number = what
    state = channel.find_conversation(draft, parse_target(place))
    if state is None:
        raise Refused(ErrorCode.UNKNOWN_CONVERSATION)
    return MessageKey(state.id, number)


def _edit(draft: Draft, who: UserId, what: tuple[tuple[str, int], str]) -> Decision:
    meant, text = what
    return revision.edit(draft, who, "", key=_meant(draft, meant), text=text)


def _delete(draft: Draft, who: UserId, what: tuple[str, int]) -> Decision:
    return revision.delete(draft, who, "", key=_meant(draft, what))


def _react(draft: Draft, who: UserId, what: tuple[tuple[str, int], str, bool]) -> Decision:
    meant, emoji, remove = what
    key = _meant(draft, meant)
    return revision.react(draft, who, "", key=key, emoji=emoji, remove=remove, limits=LIMITS)


def _pin(draft: Draft, who: UserId, what: tuple[str, int]) -> Decision:
    return revision.pin(draft, who, "", key=_meant(draft, what), limits=LIMITS)


def _unpin(draft: Draft, who: UserId, what: tuple[str, int]) -> Decision:
    return revision.unpin(draft, who, "", key=_meant(draft, what))


def _read_lobby(draft: Draft, who: UserId, number: int) -> Decision:
    return message.mark_read(draft, who, conversation=ConversationId("c1"), number=number)


def _rename(draft: Draft, who: UserId, nick: str) -> Decision:
    return user.change_nick(draft, who, nick=parse_nick(nick))


def _hello(draft: Draft, _: UserId, nick: str) -> Decision:
    return user.make_guest(draft, nick=parse_nick(nick), token_hash=f"another-{nick}")


def _set_status(draft: Draft, who: UserId, status: Status) -> Decision:
    return user.set_status(draft, who, status=status, text="")


_NICK, _NAME, _TARGET = st.sampled_from(NICKS), st.sampled_from(CHANNELS), st.sampled_from(TARGETS)
_MEANT = st.tuples(st.sampled_from(("#general", "#tea", "c3")), st.integers(2, 9))
LIMITS = default_limits()
RULES = st.one_of(
    _asking("join", _NAME, join),
    _asking("join by target", _TARGET, _join_by_target),
    _asking("part", _TARGET, part),
    _asking("create", st.tuples(_NAME, st.sampled_from(("", "green"))), _create),
    _asking("set topic", st.tuples(_TARGET, st.sampled_from(("", "black"))), _set_topic),
    _asking("say", _TARGET, _mention),
    _asking("open", _TARGET, _open),
    _asking("edit", st.tuples(_MEANT, st.sampled_from(("new", "newer"))), _edit),
    _asking("delete", _MEANT, _delete),
    _asking("react", st.tuples(_MEANT, st.sampled_from(("👍", "no")), st.booleans()), _react),
    _asking("pin", _MEANT, _pin),
    _asking("unpin", _MEANT, _unpin),
    _asking("read the lobby to", st.integers(0, 9), _read_lobby),
    _asking("become", _NICK, _rename),
    _asking("hello", _NICK, _hello),
    _asking("status", st.sampled_from(Status), _set_status),
    _asking("seen", st.just(NOON), user.seen),
    st.sampled_from(((user.reclaim, "reclaim"), (user.part_unseen_guest, "part unseen"))),
)
ASKED = st.tuples(st.integers(0, 3), RULES).map(lambda it: Asked(it[0], *it[1]))
BATCHES = st.lists(st.tuples(st.lists(ASKED, max_size=8), st.booleans()), max_size=6)
"""Batches, each with whether it can be stored."""


def _decide(draft: Draft, asked: Asked, people: list[UserId]) -> None:
    """Take in what comes of an item; a refusal leaves the draft as it was."""
    before = (draft.entries(), dict(draft.users), dict(draft.reads), dict(draft.conversations))
    try:
        draft.apply(asked.rule(draft, people[asked.who]))
    except Refused:
        assert before == (draft.entries(), draft.users, draft.reads, draft.conversations)


def _folded(state: ConversationState | None, entries: list[AnyEntry]) -> ConversationState | None:
    for entry in entries:
        state = evolve(state, entry)
    return state


def _standing(messages: Mapping[MessageKey, Message], log: list[AnyEntry]) -> dict[MessageKey, Message]:
    """Return the messages of a conversation as its further entries make them."""
    standing = dict(messages)
    for entry in log:
        key = MessageKey(ConversationId(entry.conversation), entry.number)
        if isinstance(entry, Message):
            standing[key] = entry
        elif isinstance(entry, MessageChange):
            changed = key._replace(number=entry.message)
            standing[changed] = fold_message(standing[changed], entry)
    return standing


@given(batches=BATCHES, stale=st.sets(st.integers(0, 3)))
def test_stale_state_and_its_entries_are_the_fresh_state(
    batches: list[tuple[list[Asked], bool]], stale: set[int]
) -> None:
    """From any moment on, in every conversation, whatever was asked, refused, or failed to be stored.

    The messages too.
    """
    world = PlainWorld()
    people = [world.guest(nick) for nick in NICKS]
    world.stale = {people[at] for at in stale}
    for person in people:
        world.say(person, "#general", "hi")
    moments: list[tuple[dict[ConversationId, ConversationState], dict[MessageKey, Message]]] = []
    for asked, stored in batches:
        moments.append((dict(world.conversations), dict(world.messages)))
        draft = world.draft()
        for each in asked:
            _decide(draft, each, people)
        if stored:
            world.publish(draft)

    for key, fresh in world.conversations.items():
        log = world.log[key]
        assert numbers(log) == list(range(1, fresh.last + 1))
        assert _folded(None, log) == fresh
        for conversations, messages in moments:
            old = conversations.get(key)
            rest = log[old.last if old else 0 :]
            assert _folded(old, rest) == fresh
            then = {where: each for where, each in messages.items() if where.conversation == key}
            now = {where: each for where, each in world.messages.items() if where.conversation == key}
            assert _standing(then, rest) == now


@given(batches=BATCHES)
def test_claims_names_and_pairs_belong_to_one(batches: list[tuple[list[Asked], bool]]) -> None:
    """Nobody shares a nick with a claim, and no two conversations a name or a pair."""
    world = PlainWorld()
    people = [world.guest(nick) for nick in NICKS]
    world.stale = set(people[:2])
    for asked, stored in batches:
        known_users, known_conversations = set(world.users), set(world.conversations)
        draft = world.draft()
        for each in asked:
            _decide(draft, each, people)
        made = draft.conversations.keys() - known_conversations
        assert all(steps[0].entry.number == 1 for key, steps in draft.logs.items() if key in made)
        if stored:
            world.publish(draft)
            assert known_users <= world.users.keys()

    claims = [each.nick_key for each in world.users.values() if each.holds_nick]
    assert len(claims) == len(set(claims))
    names = [state.name_key for state in world.conversations.values() if state.name_key]
    assert len(names) == len(set(names))
    pairs = [state.pair for state in world.conversations.values() if state.pair]
    assert len(pairs) == len(set(pairs))
