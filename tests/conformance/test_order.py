"""Keeping order in a channel: who may, whom it takes out or keeps silent, and what others are told."""

import pytest

from chat.protocol import order
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Banned, Left, Message
from chat.protocol.events import ConversationRemoved, Invitation
from chat.protocol.replies import (
    ChangeNickResult,
    CreateChannelResult,
    EditResult,
    HistoryResult,
    JoinResult,
    ListChannelsResult,
    PartResult,
    SendResult,
)
from chat.protocol.requests import (
    ChangeNick,
    CreateChannel,
    Edit,
    History,
    Join,
    ListChannels,
    Members,
    Part,
    Pin,
    React,
    Send,
    SetTopic,
    Unpin,
)
from tests.support.people import People, Person

TEA = {"target": "#tea"}
WRITING = (
    (Send, {"text": "hi"}),
    (Edit, {"message": 4, "text": "new"}),
    (React, {"message": 4, "emoji": "👍"}),
    (Pin, {"message": 4}),
    (Unpin, {"message": 4}),
    (SetTopic, {"topic": "green"}),
)
"""What others would see; Ben says message 4."""


@pytest.fixture
def ann(people: People) -> Person:
    """The operator of #tea."""
    ann = people.come("ann")
    ann.get(CreateChannelResult, CreateChannel, name="#tea")
    return ann


@pytest.fixture
def ben(people: People, ann: Person) -> Person:
    """A member of #tea, who said something there."""
    ben = people.come("ben")
    ben.get(JoinResult, Join, **TEA)
    ben.get(SendResult, Send, **TEA, text="hello")
    ann.news()
    ben.news()
    return ben


def code(person: Person, kind: type, **fields: object) -> ErrorCode:
    """Return with which code somebody is refused."""
    return person.refused(kind, **TEA, **fields).code


def test_what_is_for_operators_is_for_nobody_else(ann: Person, ben: Person) -> None:
    """Who was one, is one no more.

    O1: What is for operators MUST be refused to others with `forbidden`, also where it waited while the right
    was taken away.
    """
    assert code(ben, order.Kick, user="@ann") is ErrorCode.FORBIDDEN
    ann.get(order.GrantResult, order.Grant, **TEA, user="@ben")
    ann.say(order.Revoke, **TEA, user="@ben")
    ann.link.barrier()
    assert code(ben, order.Kick, user="@ann") is ErrorCode.FORBIDDEN
    assert code(ben, order.Bans) is ErrorCode.FORBIDDEN


def test_a_private_channel_is_hidden(ann: Person, people: People) -> None:
    """From a stranger, whatever they ask.

    O2: Of a private channel nobody but its members and the invited MUST be told: it is in no list of theirs,
    and what they ask of it is refused as what there is not, with `unknown_conversation`, `join` by its name
    with `invite_only`.
    """
    eve = people.come("eve")
    ann.get(order.SetModeResult, order.SetMode, **TEA, private=True)
    assert [each.name for each in eve.get(ListChannelsResult, ListChannels).channels] == ["#general"]
    for kind in (History, Members, Part, order.Bans):
        assert code(eve, kind) is ErrorCode.UNKNOWN_CONVERSATION
    assert code(eve, Join) is ErrorCode.INVITE_ONLY
    assert eve.news() == []


def test_an_invitation_lets_somebody_in_once(ann: Person, people: People) -> None:
    """And is told to who gets it.

    O3: Who is invited MUST be told at once, and may `join` once.
    """
    eve = people.come("eve")
    ann.get(order.SetModeResult, order.SetMode, **TEA, private=True)
    ann.get(order.InviteResult, order.Invite, **TEA, user="@eve")
    (told,) = eve.news()
    assert isinstance(told, Invitation)
    assert (told.name, told.nick) == ("#tea", "ann")
    eve.get(JoinResult, Join, **TEA)
    eve.ask(Part, **TEA)
    assert code(eve, Join) is ErrorCode.INVITE_ONLY


def test_the_kicked_hear_it_and_nothing_after_it(ann: Person, ben: Person) -> None:
    """They may come again.

    O4: Who is taken out MUST still get the `left` that says so, and nothing after it; what they ask from then
    on is refused, also a page that is being read.
    """
    ann.get(order.KickResult, order.Kick, **TEA, user="@ben", reason="spam")
    ann.get(SendResult, Send, **TEA, text="gone")
    left, removed = ben.news()
    assert isinstance(left, Left)
    assert isinstance(removed, ConversationRemoved)
    assert (left.user, left.by, removed.reason) == (ben.id, "ann", "spam")
    for kind, fields in ((History, {}), (Members, {}), *WRITING):
        assert code(ben, kind, **fields) is ErrorCode.NOT_MEMBER
    ben.get(JoinResult, Join, **TEA)


@pytest.mark.parametrize("mask", ["@ben", "b*", "127.0.0.0/8"])
def test_the_banned_are_out_until_the_ban_is_lifted(ann: Person, ben: Person, mask: str) -> None:
    """By whatever it goes.

    O5: A ban MUST take out the members whom it means, those who are away as soon as it means them, and keep
    them from joining, and members from taking a nick that it means, with `banned`, until its end or until it
    is lifted.
    """
    ban = ann.get(order.BanResult, order.BanUsers, **TEA, mask=mask, reason="spam", seconds=3600).ban
    assert ban is not None
    assert [type(each) for each in ann.news()] == [Left, Banned]
    (removed,) = [each for each in ben.news() if isinstance(each, ConversationRemoved)]
    assert (removed.by, removed.reason, removed.banned, removed.until) == ("ann", "spam", True, ban.until)
    error = ben.refused(Join, **TEA)
    assert error.code is ErrorCode.BANNED
    assert "spam" in error.message
    assert ann.get(order.BansResult, order.Bans, **TEA).bans == (ban,)
    if mask == "b*":
        ben.get(ChangeNickResult, ChangeNick, nick="rob")
        ben.get(JoinResult, Join, **TEA)
        error = ben.refused(ChangeNick, nick="Ben")
        assert (error.code, error.field) == (ErrorCode.BANNED, "nick")
        ben.get(PartResult, Part, **TEA)
    ann.get(order.UnbanResult, order.Unban, **TEA, ban=ban.ban)
    ben.get(JoinResult, Join, **TEA)


@pytest.mark.parametrize("read_only", [False, True])
def test_the_silenced_write_nothing(ann: Person, ben: Person, read_only: bool) -> None:
    """One who is muted, or all who are no operators.

    O6: Who is muted, and who is no operator in a read-only channel, MUST be refused with `muted` what others
    would see: `send`, `edit`, `react`, `pin`, `unpin`, `set_topic`.
    """
    if read_only:
        ann.get(order.SetModeResult, order.SetMode, **TEA, read_only=True)
    else:
        ann.get(order.MuteResult, order.Mute, **TEA, user="@ben")
    for kind, fields in WRITING:
        assert code(ben, kind, **fields) is ErrorCode.MUTED
    ann.get(SendResult, Send, **TEA, text="I may")


def test_slow_mode_makes_wait(ann: Person, ben: Person) -> None:
    """In that channel alone.

    O7: In slow mode a member who is no operator MUST be refused a second message before its time, with
    `slow_mode` and `retry_after_ms`; it holds up no other `send`.
    """
    ann.get(order.SetModeResult, order.SetMode, **TEA, slow_seconds=600)
    number = ben.get(SendResult, Send, **TEA, text="one").number
    error = ben.refused(Send, **TEA, text="two")
    assert error.code is ErrorCode.SLOW_MODE
    assert ben.get(EditResult, Edit, **TEA, message=number, text="mended").number
    assert 0 < (error.retry_after_ms or 0) <= 600_001
    ben.get(SendResult, Send, target="#general", text="three")
    for text in ("one", "two"):
        ann.get(SendResult, Send, **TEA, text=text)


def test_an_archived_channel_is_for_reading(ann: Person, ben: Person) -> None:
    """Until an operator opens it again.

    O8: In an archived channel `send`, `edit`, `react`, `pin`, `unpin` and `set_topic` MUST be refused with
    `archived`, to everybody; all of it can be read.
    """
    ann.get(order.ArchiveChannelResult, order.ArchiveChannel, **TEA)
    for person in (ann, ben):
        for kind, fields in WRITING:
            assert code(person, kind, **fields) is ErrorCode.ARCHIVED
        assert person.get(HistoryResult, History, **TEA).entries
    ann.get(order.ArchiveChannelResult, order.ArchiveChannel, **TEA, archived=False)
    ben.get(SendResult, Send, **TEA, text="again")


def test_a_deleted_channel_is_gone(ann: Person, ben: Person) -> None:
    """With all that was said.

    O9: A deleted channel MUST be gone with its name and all that was said in it; members are told
    `conversation_removed`, and the name is free.
    """
    ann.get(order.DeleteChannelResult, order.DeleteChannel, **TEA)
    assert isinstance(ben.news()[-1], ConversationRemoved)
    assert code(ben, History) is ErrorCode.UNKNOWN_CONVERSATION
    made = ben.get(JoinResult, Join, **TEA)
    assert not [each for each in made.entries if isinstance(each, Message)]
