"""Channels: their logs, who reads them, coming and leaving."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Created, Entry, Joined, Left, Message, TopicChanged
from chat.protocol.events import ConversationAdded, ConversationRemoved
from chat.protocol.records import Presence, Role
from chat.protocol.replies import (
    CreateChannelResult,
    HistoryResult,
    JoinResult,
    ListChannelsResult,
    MembersResult,
    PartResult,
    SendResult,
    SetTopicResult,
)
from chat.protocol.requests import (
    CreateChannel,
    History,
    Join,
    ListChannels,
    MarkRead,
    Members,
    Part,
    Send,
    SetTopic,
    Typing,
    Watch,
)
from tests.support.people import People, Person


def say(person: Person, text: str, target: str = "#tea") -> int:
    """Say something; returns its number."""
    return person.get(SendResult, Send, target=target, text=text).number


def log_of(person: Person, target: str = "#tea") -> list[Entry]:
    """A whole log, which must fit one page."""
    page = person.get(HistoryResult, History, target=target)
    assert len(page.entries) == page.last
    return list(page.entries)


def talk(person: Person, count: int) -> None:
    """Say so many things without waiting between them."""
    for number in range(count):
        person.say(Send, target="#tea", text=f"{person.hello.user.nick} {number}")
    person.link.barrier()


def test_all_members_get_the_same_log(people: People) -> None:
    """Also when many talk at once.

    C1: The entries of a conversation MUST be numbered 1, 2, 3 ... without a hole, and all its members MUST
    get the same.
    """
    persons = [people.come(nick) for nick in ("ann", "ben", "eve")]
    for person in persons:
        person.get(JoinResult, Join, target="#tea")
    begin = log_of(persons[0])
    for person in persons:
        person.news()
    with ThreadPoolExecutor(len(persons)) as threads:
        list(threads.map(partial(talk, count=60), persons))
    for person in persons:
        person.link.barrier()
    told = [[entry for entry in person.link.frames if isinstance(entry, Message)] for person in persons]
    assert told[0] == told[1] == told[2]
    assert [entry.number for entry in told[0]] == list(range(len(begin) + 1, len(begin) + 181))
    for person in persons:
        own = [entry.text for entry in told[0] if entry.user == person.id]
        assert own == [f"{person.hello.user.nick} {number}" for number in range(60)], "in the sender's order"
    assert log_of(persons[0])[-180:] == told[0]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Send, {"text": "hi"}),
        (History, {}),
        (Members, {}),
        (SetTopic, {"topic": "mine"}),
        (MarkRead, {"number": 1}),
        (Typing, {}),
        (Part, {}),
    ],
)
@pytest.mark.parametrize("left_before", [False, True])
def test_a_channel_is_closed_to_others(
    people: People, kind: type[Request], fields: dict[str, object], *, left_before: bool
) -> None:
    """By its name and by its id, before one joins and after one left.

    C2: Who is not a member MUST NOT read or write in a conversation: `not_member`, or `unknown_conversation`
    where they may not know of it.
    """
    ann, eve = people.come("ann"), people.come("eve")
    made = ann.get(JoinResult, Join, target="#tea").conversation
    if left_before:
        eve.get(JoinResult, Join, target="#tea")
        eve.get(PartResult, Part, target="#tea")
    before = log_of(ann)
    for target in ("#tea", made.conversation):
        assert eve.refused(kind, target=target, **fields).code is ErrorCode.NOT_MEMBER
    assert eve.refused(Watch, targets=["#general", "#tea"]).code is ErrorCode.NOT_MEMBER
    assert log_of(ann) == before


def test_a_membership_lasts(people: People) -> None:
    """C3: Disconnecting MUST NOT end a membership."""
    ann, ben = people.come("ann"), people.come("ben")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    ben.link.close()
    members = ann.get(MembersResult, Members, target="#tea").members
    assert [member.user.nick for member in members] == ["ann", "ben"]
    say(ann, "are you still there?")
    back = people.come("ben", ben.token)
    told = [record for page in back.link.sync() for record in page.conversations]
    assert [record.name for record in told] == ["#general", "#tea"]
    assert say(back, "always") == 5


def test_a_stream_begins_where_the_reply_ends(people: People) -> None:
    """While others talk on, nothing is missed and nothing comes twice.

    C4: After `join` a session MUST get every entry above `conversation.last` of its reply, and none at or
    below it.
    """
    ann = people.come("ann")
    ann.get(JoinResult, Join, target="#tea")
    joiners = [people.come(f"joiner{number}") for number in range(6)]
    with ThreadPoolExecutor(1) as threads:
        talking = threads.submit(talk, ann, 120)
        replies = [joiner.get(JoinResult, Join, target="#tea") for joiner in joiners]
        talking.result()
    last = log_of(ann)[-1].number
    for joiner, reply in zip(joiners, replies, strict=True):
        record = reply.conversation
        assert reply.entries[-1].number == record.last >= reply.number
        assert joiner.numbers(record.conversation) == list(range(record.last + 1, last + 1))


def test_who_leaves_hears_of_it_and_no_more(people: People) -> None:
    """C5: Who leaves MUST still get the `left` that says so, and nothing after it."""
    ann, ben = people.come("ann"), people.come("ben")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    ben.news()
    parted = ben.get(PartResult, Part, target="#tea", reason="bye")
    for text in ("already gone?", "hello?"):
        say(ann, text)
    (left,) = ben.news()
    assert isinstance(left, Left)
    assert (left.number, left.user, left.reason) == (parted.number, ben.id, "bye")
    assert left in ann.news()


def test_other_devices_are_told_what_one_of_them_did(people: People) -> None:
    """A list of conversations is the same on all devices.

    C6: Other sessions of who joined or left MUST be told `conversation_added` or `conversation_removed`.
    """
    here = people.come("ann")
    there = people.second_device(here)
    joined = here.get(JoinResult, Join, target="#tea")
    (added,) = there.news()
    assert isinstance(added, ConversationAdded)
    assert added.conversation == joined.conversation
    assert here.news() == [], "its own reply said so"
    number = say(there, "from there")
    assert here.numbers(joined.conversation.conversation) == [number]
    assert there.numbers(joined.conversation.conversation) == [number]
    parted = here.get(PartResult, Part, target="#tea", reason="bye")
    left, removed = there.news()
    assert isinstance(left, Left)
    assert removed == ConversationRemoved(
        conversation=parted.conversation, number=parted.number, reason="bye"
    )
    assert [type(event) for event in here.news()] == [Left]


def test_a_channel_is_made_once(people: People) -> None:
    """The refusal leaves it as it is.

    C7: `create_channel` MUST be refused with `channel_exists` where there is a channel of the same name.
    """
    ann, ben = people.come("ann"), people.come("ben")
    made = ann.get(CreateChannelResult, CreateChannel, name="#tea", topic="green or black?")
    assert made.conversation.role is Role.OPERATOR
    assert made.conversation.topic == "green or black?"
    error = ben.refused(CreateChannel, name="#Tea", topic="coffee")
    assert (error.code, error.field) == (ErrorCode.CHANNEL_EXISTS, "name")
    log = log_of(ann)
    assert [type(entry) for entry in log] == [Created, TopicChanged, Joined]
    assert made.number == made.conversation.last == 3


def test_joining_makes_what_is_missing(people: People) -> None:
    """An id that nobody has makes nothing.

    C8: `join` with the name of a missing channel MUST make it, with the one who asked as its operator.
    """
    ann, ben = people.come("ann"), people.come("ben")
    made = ann.get(JoinResult, Join, target="#tea")
    assert (made.conversation.role, made.number) == (Role.OPERATOR, 2)
    assert [type(entry) for entry in made.entries] == [Created, Joined]
    joined = ben.get(JoinResult, Join, target="#tea")
    assert (joined.conversation.role, joined.number) == (Role.MEMBER, 3)
    assert ben.refused(Join, target="c99").code is ErrorCode.UNKNOWN_CONVERSATION


def test_joining_twice_changes_nothing(people: People) -> None:
    """What is unread stays so.

    C9: `join` where one is a member already MUST write nothing, and answer with `number` 0.
    """
    ann, ben = people.come("ann"), people.come("ben")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    say(ben, "one for @ann")
    before = log_of(ann)
    again = ann.get(JoinResult, Join, target="#tea")
    assert again.number == 0
    assert (again.conversation.unread, again.conversation.mentions) == (1, 1)
    assert list(again.entries) == before == log_of(ann)


def test_a_message_mentions_members(people: People) -> None:
    """Whatever the case, and whatever stands behind the nick.

    C10: `mentions` of a `message` MUST hold the members that its text mentions, and nobody else.
    """
    ann, ben, eve = people.come("ann"), people.come("ben"), people.come("eve")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    ben.news()
    for text, mentioned in (
        ("tea, @ben?", [ben]),
        ("Ben: tea?", [ben]),
        ("@BEN and @ann.", [ben, ann]),
        ("@eve is not here, nor is @nobody", []),
        ("ben is no mention, nor is x@ben", []),
    ):
        say(ann, text)
        (message,) = ben.news()
        assert isinstance(message, Message)
        assert set(message.mentions) == {person.id for person in mentioned}, text
    assert eve.news() == []


def test_everybody_lands_in_the_lobby(people: People) -> None:
    """It exists from the start, and one can leave it like any other channel."""
    ann = people.come("ann")
    assert [channel.name for channel in ann.get(ListChannelsResult, ListChannels).channels] == ["#general"]
    assert [type(entry) for entry in log_of(ann, "#general")] == [Created, Joined]
    ann.get(PartResult, Part, target="#general")
    assert not ann.get(ListChannelsResult, ListChannels).channels[0].joined


def test_channels_are_listed_to_everybody(people: People) -> None:
    """By name, with topic and size, also those one is not in; an empty channel stays."""
    ann, ben = people.come("ann"), people.come("ben")
    ann.get(CreateChannelResult, CreateChannel, name="#Tea", topic="green")
    ann.get(JoinResult, Join, target="#coffee")
    ann.get(PartResult, Part, target="#coffee")
    listed = ben.get(ListChannelsResult, ListChannels)
    assert listed.next == ""
    assert [(channel.name, channel.members, channel.joined) for channel in listed.channels] == [
        ("#coffee", 0, False),
        ("#general", 2, True),
        ("#Tea", 1, False),
    ]
    assert listed.channels[2].topic == "green"


def test_members_are_listed_present_or_not(people: People) -> None:
    """With their role here."""
    ann, ben = people.come("ann"), people.come("ben")
    ann.get(JoinResult, Join, target="#tea")
    ben.get(JoinResult, Join, target="#tea")
    one, other = ann.get(MembersResult, Members, target="#tea").members
    assert (one.user, one.role, one.presence) == (ann.hello.user, Role.OPERATOR, Presence.ONLINE)
    assert (other.user, other.role, other.presence) == (ben.hello.user, Role.MEMBER, Presence.ONLINE)
    assert one.last_seen is None


def test_a_topic_is_for_all(people: People) -> None:
    """Any member sets it, an empty one takes it away, and it is told with the channel."""
    ann, ben = people.come("ann"), people.come("ben")
    for topic in ("green or black?", ""):
        result = ann.get(SetTopicResult, SetTopic, target="#general", topic=topic)
        assert result.topic == topic
        changed = ben.news()[-1]
        assert isinstance(changed, TopicChanged)
        assert (changed.topic, changed.number) == (topic, result.number)
        (record,) = ben.link.sync()[0].conversations
        assert record.topic == topic
