"""Rules of messages and direct conversations, alone."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import ConversationId, UserId
from chat.names import BadName, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Created, Message
from chat.server.domain import message, user
from chat.server.domain.message import MOST_MENTIONS, mention_keys
from chat.server.domain.model import ReadMove
from chat.server.domain.targets import parse_target
from tests.support.plain_world import NOON, PlainWorld, code_of, join, numbers, part, say


def _mentioned(world: PlainWorld, who: UserId, target: str, text: str) -> tuple[str, ...]:
    entry = say(world.draft(), who, target, text).entries[-1]
    assert isinstance(entry, Message)
    return entry.mentions


def test_a_message_gets_the_next_number() -> None:
    """Also the second one of a batch, which sees the first."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.channel("#tea", ann)
    draft = world.draft()
    for text in ("one", "two"):
        draft.apply(say(draft, ann, "#tea", text))
    assert numbers(draft.entries()) == [3, 4]


def test_who_is_no_member_says_nothing() -> None:
    """In a channel that exists, one that does not, and one just left in the same batch."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    world.channel("#tea", ann)
    for target, code in (("#tea", ErrorCode.NOT_MEMBER), ("#coffee", ErrorCode.UNKNOWN_CONVERSATION)):
        with pytest.raises(Refused) as refused:
            say(world.draft(), bob, target, "hi")
        assert code_of(refused.value) == (code, "target")
    draft = world.draft()
    draft.apply(part(draft, ann, "#tea"))
    with pytest.raises(Refused):
        say(draft, ann, "#tea", "still here")


def test_a_join_and_a_send_of_one_batch_work() -> None:
    """A pipelined `join` then `send` needs no waiting in between."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    world.channel("#tea", ann)
    draft = world.draft()
    draft.apply(join(draft, bob, "#tea"))
    draft.apply(say(draft, bob, "#tea", "hi"))
    world.publish(draft)
    assert world.named("#tea").last == 4


# ---------------------------------------------------------------------- direct conversations


def test_the_first_word_to_somebody_makes_the_conversation() -> None:
    """Two entries, numbered from one, of which the message answers."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    created, said = say(world.draft(), ann, "@bob", "psst").entries
    assert isinstance(created, Created)
    assert created.peer == bob
    assert numbers((created, said)) == [1, 2]


def test_a_direct_conversation_is_found_from_both_sides_whatever_the_nicks_become() -> None:
    """It belongs to two users, not to two nicks."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    first = world.say(ann, "@bob", "psst")
    world.publish(world.draft(), user.change_nick(world.draft(), bob, nick=parse_nick("robert")))
    world.publish(world.draft(), user.change_nick(world.draft(), ann, nick=parse_nick("bob")))
    assert world.say(bob, "@bob", "yes?").conversation == first.conversation
    assert world.say(ann, "@robert", "never mind").conversation == first.conversation


def test_opening_shows_nothing_to_the_other_side() -> None:
    """Until the first message, whoever of the two says it; opening twice makes nothing."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    opened = message.open_direct(world.draft(), ann, target=parse_target("@bob"))
    world.publish(world.draft(), opened)
    direct = ConversationId(opened.entries[0].conversation)
    assert world.conversations_of(bob) == {world.channel_named("#general")}
    assert message.open_direct(world.draft(), ann, target=parse_target("@bob")).entries == ()
    assert message.open_direct(world.draft(), bob, target=parse_target("@ann")).entries == ()
    world.say(bob, direct, "hello there")
    assert direct in world.conversations_of(bob)


def test_two_who_open_each_other_in_one_batch_share_one_conversation() -> None:
    """The second finds what the first made."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    draft = world.draft()
    draft.apply(message.open_direct(draft, ann, target=parse_target("@bob")))
    draft.apply(say(draft, bob, "@ann", "you too?"))
    assert len({entry.conversation for entry in draft.entries()}) == 1


@pytest.mark.parametrize("target", ["@ann", "@nobody", "#general", "u99"])
def test_a_direct_conversation_needs_somebody_else(target: str) -> None:
    """Not oneself, not nobody, not a channel."""
    world = PlainWorld()
    ann = world.guest("ann")
    with pytest.raises(Refused) as refused:
        message.open_direct(world.draft(), ann, target=parse_target(target))
    assert code_of(refused.value) == (ErrorCode.UNKNOWN_USER, "target")


def test_a_third_neither_reads_nor_writes() -> None:
    """Knowing the id does not help."""
    world = PlainWorld()
    ann, eve = world.guest("ann"), world.guest("eve")
    world.guest("bob")
    direct = world.say(ann, "@bob", "psst").conversation
    with pytest.raises(Refused) as refused:
        say(world.draft(), eve, direct, "hi you two")
    assert refused.value.code is ErrorCode.UNKNOWN_CONVERSATION


# ---------------------------------------------------------------------- mentions


def test_members_are_mentioned_by_at_and_by_address() -> None:
    """`@nick` anywhere, `nick:` or `nick,` at the beginning, in any case; a bare word is just a word."""
    world = PlainWorld()
    ann, bob, eve = world.guest("ann"), world.guest("Bob"), world.guest("eve")
    world.channel("#tea", ann, bob)
    assert _mentioned(world, ann, "#tea", "bob: hi") == (bob,)
    assert _mentioned(world, ann, "#tea", "BOB, hi") == (bob,)
    assert _mentioned(world, ann, "#tea", "hi @bob, and you (@ann)") == (bob, ann)
    assert _mentioned(world, ann, "#tea", "thanks @bob.") == (bob,)
    assert _mentioned(world, ann, "#tea", "bob said so") == ()
    assert _mentioned(world, ann, "#tea", "say bob: no") == ()
    assert _mentioned(world, ann, "#tea", "mail bob@bob.org") == ()
    assert _mentioned(world, ann, "#tea", "@nobody @eve") == (), eve


def test_somebody_mentioned_twice_is_mentioned_once() -> None:
    """In the order of the text."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    world.channel("#tea", ann, bob)
    assert _mentioned(world, ann, "#tea", "@bob @ann @BOB @bob") == (bob, ann)


def test_a_mention_means_who_has_the_nick_at_the_commit() -> None:
    """A nick taken earlier in the batch counts; renaming later changes nothing."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    world.channel("#tea", ann, bob)
    draft = world.draft()
    draft.apply(user.change_nick(draft, bob, nick=parse_nick("rob")))
    draft.apply(say(draft, ann, "#tea", "@rob @bob"))
    entry = draft.entries()[-1]
    assert isinstance(entry, Message)
    assert entry.mentions == (bob,)


def test_a_wall_of_mentions_is_looked_up_in_part() -> None:
    """So that one text can't make the journal work for long."""
    keys = mention_keys(" ".join(f"@nick{number}" for number in range(1000)))
    assert len(keys) == MOST_MENTIONS


@given(text=st.text(st.sampled_from("@ab:, .\n#(é"), max_size=30))
def test_no_text_breaks_the_search_for_mentions(text: str) -> None:
    """Every key is folded and not empty but where a nick could not be told from its dots."""
    for key in mention_keys(text):
        assert key == key.casefold()
        assert not any(character.isspace() for character in key)


@given(nick=st.text(st.sampled_from("aAéÉßZzж_-.'9"), min_size=1, max_size=10))
def test_a_nick_is_found_by_at(nick: str) -> None:
    """The folded word is the key of the nick, also where it ends in what ends sentences."""
    try:
        name = parse_nick(nick)
    except BadName:
        return
    assert name.key in mention_keys(f"hello @{nick}!")


# ---------------------------------------------------------------------- read positions


def test_reading_moves_forward_only_and_to_the_last_at_most() -> None:
    """Backwards and standing still decide nothing."""
    world = PlainWorld()
    ann = world.guest("ann")
    tea = world.channel("#tea", ann)
    world.say(ann, "#tea", "one")
    assert message.mark_read(world.draft(), ann, conversation=tea.id, number=2).reads == ()
    (move,) = message.mark_read(world.draft(), ann, conversation=tea.id, number=4_000).reads
    assert move.number == 3
    draft = world.draft()
    draft.apply(message.mark_read(draft, ann, conversation=tea.id, number=3))
    assert message.mark_read(draft, ann, conversation=tea.id, number=3).reads == ()


def test_only_members_have_a_read_position() -> None:
    """Who left in the meantime is refused."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    tea = world.channel("#tea", ann)
    with pytest.raises(Refused) as refused:
        message.mark_read(world.draft(), bob, conversation=tea.id, number=1)
    assert refused.value.code is ErrorCode.NOT_MEMBER


def _direct_with_three_messages() -> tuple[PlainWorld, UserId, ConversationId]:
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    said = [world.say(bob, "@ann", text) for text in ("one", "two", "three")]
    return world, ann, ConversationId(said[0].conversation)


def test_the_other_side_is_told_how_far_one_read_and_when() -> None:
    """In a channel nobody is."""
    world, ann, direct = _direct_with_three_messages()
    (move,) = message.mark_read(world.draft(), ann, conversation=direct, number=3).reads
    assert move == ReadMove(ann, direct, 3, told=3, told_at=NOON)
    lobby = world.named("#general")
    world.say(ann, "#general", "hi")
    (move,) = message.mark_read(world.draft(), ann, conversation=lobby.id, number=9).reads
    assert move == ReadMove(ann, lobby.id, 4)


def test_private_reading_leaves_what_was_told() -> None:
    """With the moment of that; the next one that is not private catches up, even at the same number."""
    world, ann, direct = _direct_with_three_messages()
    later = NOON + timedelta(minutes=5)

    def mark(number: int, *, private: bool, now: datetime = NOON) -> tuple[ReadMove, ...]:
        draft = world.draft(now)
        decision = message.mark_read(draft, ann, conversation=direct, number=number, private=private)
        world.publish(draft, decision)
        return decision.reads

    mark(2, private=False)
    assert mark(4, private=True, now=later) == (ReadMove(ann, direct, 4, told=2, told_at=NOON),)
    assert mark(4, private=True, now=later) == ()
    assert mark(2, private=False, now=later) == ()
    assert mark(3, private=False, now=later) == (ReadMove(ann, direct, 4, told=3, told_at=later),)
    assert mark(9, private=False, now=later) == (ReadMove(ann, direct, 4, told=4, told_at=later),)


@given(marks=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=10))
def test_what_is_told_is_the_furthest_that_was_read_openly(marks: list[tuple[int, bool]]) -> None:
    """And one's own position the furthest of all."""
    world, ann, direct = _direct_with_three_messages()
    for number, private in marks:
        draft = world.draft()
        decision = message.mark_read(draft, ann, conversation=direct, number=number, private=private)
        world.publish(draft, decision)
    mark = world.draft().mark_of(ann, direct)
    assert mark.number == max([0, *(min(number, 4) for number, _ in marks)])
    assert mark.told == max([0, *(min(number, 4) for number, private in marks if not private)])
    assert (mark.told_at is None) == (mark.told == 0)
