"""Direct conversations: of two users, found by nick, closed to everybody else."""

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Created, Message
from chat.protocol.events import ConversationAdded
from chat.protocol.records import Conversation, ConversationKind
from chat.protocol.replies import (
    ChangeNickResult,
    HistoryResult,
    MembersResult,
    OpenDirectResult,
    SendResult,
    WhoisResult,
)
from chat.protocol.requests import (
    ChangeNick,
    Delete,
    Edit,
    History,
    Join,
    MarkRead,
    Members,
    OpenDirect,
    Part,
    Pin,
    React,
    Send,
    SetTopic,
    Typing,
    Unpin,
    Watch,
    Whois,
)
from tests.support.people import People, Person


def listed(person: Person) -> list[Conversation]:
    """The direct conversations that `sync` tells."""
    records = [record for page in person.link.sync() for record in page.conversations]
    return [record for record in records if record.kind is ConversationKind.DIRECT]


def say(person: Person, target: str, text: str = "hi") -> SendResult:
    """Say something directly."""
    return person.get(SendResult, Send, target=target, text=text)


def test_a_direct_conversation_is_of_users_not_of_nicks(people: People) -> None:
    """Whoever takes the old nick gets a conversation of their own.

    D1: A direct conversation MUST belong to its two users, whatever their nicks become.
    """
    ann, ben, eve = people.come("ann"), people.come("ben"), people.come("eve")
    first = say(ann, "@ben", "you, ben")
    ben.get(ChangeNickResult, ChangeNick, nick="benjamin")
    eve.get(ChangeNickResult, ChangeNick, nick="ben")
    assert say(ann, "@benjamin").conversation == first.conversation
    assert say(ben, "@ann").conversation == first.conversation
    assert say(ann, first.conversation).conversation == first.conversation
    assert say(ann, "@ben", "you, eve").conversation != first.conversation
    page = eve.get(HistoryResult, History, target="@ann")
    assert [entry.text for entry in page.entries if isinstance(entry, Message)] == ["you, eve"]
    peers = {record.conversation: record.peer for record in listed(ann)}
    assert (peer := peers[first.conversation]) is not None
    assert (peer.id, peer.nick) == (ben.id, "benjamin")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Send, {"text": "hi"}),
        (History, {}),
        (Members, {}),
        (MarkRead, {"number": 1}),
        (Typing, {}),
        (Edit, {"message": 2, "text": "mine now"}),
        (Delete, {"message": 2}),
        (React, {"message": 2, "emoji": "👀"}),
        (Pin, {"message": 2}),
        (Unpin, {"message": 2}),
    ],
)
def test_a_direct_conversation_is_closed_to_others(
    people: People, kind: type[Request], fields: dict[str, object]
) -> None:
    """Knowing its id helps nobody.

    D2: Nobody else MUST be able to read it, to write in it, or to tell it from one that there is not:
    `unknown_conversation`.
    """
    ann, ben, eve = people.come("ann"), people.come("ben"), people.come("eve")
    secret = say(ann, "@ben", "secret").conversation
    for error in (eve.refused(kind, target=secret, **fields), eve.refused(Watch, targets=[secret])):
        nothing = eve.refused(kind, target="c99", **fields)
        assert (error.code, error.message) == (ErrorCode.UNKNOWN_CONVERSATION, nothing.message)
    say(ann, "@ben", "still secret")
    assert eve.news() == []
    assert ben.get(HistoryResult, History, target=secret).last == 3


def test_it_appears_with_its_first_message(people: People) -> None:
    """Opening it is nobody else's matter.

    D3: It MUST appear to its other side with the first message, not before.
    """
    ann, ben = people.come("ann"), people.come("ben")
    opened = ann.get(OpenDirectResult, OpenDirect, target="@ben").conversation
    assert (opened.last, opened.members) == (1, 2)
    assert opened.peer == ben.hello.user
    assert ben.news() == []
    assert listed(ben) == []
    assert [record.conversation for record in listed(ann)] == [opened.conversation]
    ben.news()

    say(ann, opened.conversation, "@ben, tea?")
    (added,) = ben.news()
    assert isinstance(added, ConversationAdded)
    record = added.conversation
    assert (record.conversation, record.last, record.unread, record.mentions) == (
        opened.conversation,
        2,
        1,
        1,
    )
    assert record.peer == ann.hello.user
    assert listed(ben) == [record]
    page = ben.get(HistoryResult, History, target="@ann")
    assert [type(entry) for entry in page.entries] == [Created, Message]

    number = say(ann, "@ben", "now?").number
    assert ben.numbers(opened.conversation) == [number]


def test_a_message_to_a_nick_opens_the_conversation(people: People) -> None:
    """Both ways lead to the same one, which is told to both.

    D4: `send` to `@nick` MUST go to the direct conversation with that user, made where there is none.
    """
    ann, ben = people.come("ann"), people.come("ben")
    first = say(ann, "@Ben")
    assert first.number == 2
    opened = ben.get(OpenDirectResult, OpenDirect, target=f"@{ann.hello.user.nick}").conversation
    assert opened.conversation == first.conversation
    assert say(ben, "@ann").conversation == first.conversation
    (own,) = listed(ann)
    assert own.conversation == first.conversation
    ids = {member.user.id for member in ann.get(MembersResult, Members, target="@ben").members}
    assert ids == {ann.id, ben.id}


def test_nobody_talks_to_nobody(people: People) -> None:
    """Neither to a nick that no one has, nor to oneself."""
    ann = people.come("ann")
    for target in ("@nobody", "@ann"):
        assert ann.refused(Send, target=target, text="hi").code is ErrorCode.UNKNOWN_USER
        assert ann.refused(OpenDirect, target=target).code is ErrorCode.UNKNOWN_USER
    people.come("ben")
    assert ann.refused(History, target="@ben").code is ErrorCode.UNKNOWN_CONVERSATION


def test_a_user_is_found_by_id_too(people: People) -> None:
    """The id in any entry is enough to talk to who wrote it."""
    ann, ben = people.come("ann"), people.come("ben")
    assert ann.get(WhoisResult, Whois, target=ben.id).user == ben.hello.user
    opened = ann.get(OpenDirectResult, OpenDirect, target=ben.id).conversation
    assert say(ann, "@ben").conversation == opened.conversation


@pytest.mark.parametrize(
    ("kind", "fields"), [(Join, {}), (Part, {}), (SetTopic, {"topic": "ours"})], ids=["join", "part", "topic"]
)
def test_what_is_for_channels_is_refused(
    people: People, kind: type[Request], fields: dict[str, object]
) -> None:
    """A direct conversation is neither joined nor left, and has no topic."""
    ann = people.come("ann")
    people.come("ben")
    ours = say(ann, "@ben").conversation
    for target in ("@ben", ours):
        assert ann.refused(kind, target=target, **fields).code is ErrorCode.NOT_A_CHANNEL
