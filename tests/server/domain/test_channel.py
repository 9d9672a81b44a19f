"""Rules of channels, alone."""

from collections.abc import Callable
from functools import partial

import pytest

from chat.names import parse_channel
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Created, Joined, Left, TopicChanged
from chat.protocol.records import Role
from chat.server.domain import channel
from chat.server.domain.model import Decision
from chat.server.domain.targets import parse_target
from tests.support.plain_world import PlainWorld, code_of, join, numbers, part


def test_making_a_channel_joins_it_as_its_operator() -> None:
    """Two entries, the second of which answers; one has read what one made."""
    world = PlainWorld()
    ann = world.guest("ann")
    decision = channel.create_channel(world.draft(), ann, "s", name=parse_channel("#Tea"), topic="")
    created, joined = decision.entries
    assert isinstance(created, Created)
    assert isinstance(joined, Joined)
    assert (created.name, joined.role, joined.number) == ("#Tea", Role.OPERATOR, 2)
    assert [move.number for move in decision.reads] == [2]
    assert {entry.send_id for entry in decision.entries} == {"s"}


def test_a_topic_given_at_the_making_comes_before_the_join() -> None:
    """So the maker's stream begins behind all that made the channel."""
    world = PlainWorld()
    ann = world.guest("ann")
    decision = channel.create_channel(world.draft(), ann, "", name=parse_channel("#tea"), topic="green")
    assert [type(entry) for entry in decision.entries] == [Created, TopicChanged, Joined]
    assert numbers(decision.entries) == [1, 2, 3]


def test_a_channel_that_exists_is_not_made_again() -> None:
    """Names that differ in case only are the same."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.channel("#tea", ann)
    with pytest.raises(Refused) as refused:
        channel.create_channel(world.draft(), ann, "", name=parse_channel("#TEA"), topic="")
    assert code_of(refused.value) == (ErrorCode.CHANNEL_EXISTS, "name")


def test_two_in_one_batch_can_not_make_the_same_channel() -> None:
    """The second item of a batch sees the first."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    draft = world.draft()
    draft.apply(channel.create_channel(draft, ann, "", name=parse_channel("#tea"), topic=""))
    with pytest.raises(Refused) as refused:
        channel.create_channel(draft, bob, "", name=parse_channel("#tea"), topic="")
    assert refused.value.code is ErrorCode.CHANNEL_EXISTS


def test_joining_a_missing_channel_makes_it() -> None:
    """By its name only: an id or a nick makes nothing."""
    world = PlainWorld()
    ann = world.guest("ann")
    assert [type(entry) for entry in join(world.draft(), ann, "#tea").entries] == [Created, Joined]
    with pytest.raises(Refused) as unknown:
        channel.join(world.draft(), ann, "", target=parse_target("c99"), name=None)
    assert code_of(unknown.value) == (ErrorCode.UNKNOWN_CONVERSATION, "target")
    with pytest.raises(Refused) as person:
        channel.join(world.draft(), ann, "", target=parse_target("@bob"), name=None)
    assert code_of(person.value) == (ErrorCode.NOT_A_CHANNEL, "target")


def test_joining_an_existing_channel_makes_a_plain_member() -> None:
    """With a read position at one's own entry: what was said before is not unread."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    tea = world.channel("#tea", ann)
    world.say(ann, "#tea", "hello")
    decision = join(world.draft(), bob, "#tea")
    (joined,) = decision.entries
    assert isinstance(joined, Joined)
    assert (joined.number, joined.role) == (4, Role.MEMBER)
    assert [(move.user, move.conversation, move.number) for move in decision.reads] == [(bob, tea.id, 4)]


def test_joining_twice_writes_nothing() -> None:
    """Neither when the first is published nor when it is in the same batch."""
    world = PlainWorld()
    ann = world.guest("ann")
    draft = world.draft()
    draft.apply(join(draft, ann, "#tea"))
    assert join(draft, ann, "#tea").entries == ()
    world.publish(draft)
    again = join(world.draft(), ann, "#TEA")
    assert (again.entries, again.reads) == ((), ())


def test_parting_takes_the_membership_and_keeps_the_channel() -> None:
    """The last one out leaves an empty channel that is found again, with its history."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.channel("#tea", ann)
    decision = part(world.draft(), ann, "#tea", "bye")
    (left,) = decision.entries
    assert isinstance(left, Left)
    assert left.reason == "bye"
    world.publish(world.draft(), decision)
    assert world.named("#tea").members == {}
    world.publish(world.draft(), join(world.draft(), ann, "#tea"))
    assert numbers(world.log[world.named("#tea").id]) == [1, 2, 3, 4]
    assert world.named("#tea").members[ann].role is Role.MEMBER


@pytest.mark.parametrize(
    "rule",
    [partial(channel.part, reason=""), partial(channel.set_topic, topic="mine")],
    ids=["part", "topic"],
)
@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#coffee", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.NOT_A_CHANNEL),
    ],
)
def test_only_members_leave_or_set_the_topic(
    rule: Callable[..., Decision], target: str, code: ErrorCode
) -> None:
    """And only of channels that exist."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    world.channel("#tea", ann)
    with pytest.raises(Refused) as refused:
        rule(world.draft(), bob, "", target=parse_target(target))
    assert code_of(refused.value) == (code, "target")


def test_a_direct_conversation_is_no_channel() -> None:
    """It can't be joined, left or given a topic, by its id either."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.guest("bob")
    direct = world.say(ann, "@bob", "hi").conversation
    with pytest.raises(Refused) as refused:
        channel.set_topic(world.draft(), ann, "", target=parse_target(direct), topic="us")
    assert code_of(refused.value) == (ErrorCode.NOT_A_CHANNEL, "target")


def test_a_topic_is_set_and_taken_away() -> None:
    """An empty one takes it away."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.channel("#tea", ann)
    for topic in ("green", ""):
        world.publish(
            world.draft(),
            channel.set_topic(world.draft(), ann, "", target=parse_target("#tea"), topic=topic),
        )
        assert world.named("#tea").topic == topic


def test_an_entry_carries_the_nick_as_it_is_now_and_the_batch_time() -> None:
    """So history shows who it was then."""
    world = PlainWorld()
    ann = world.guest("ann")
    draft = world.draft()
    (_, joined) = join(draft, ann, "#tea").entries
    assert (joined.nick, joined.timestamp) == ("ann", draft.now)
