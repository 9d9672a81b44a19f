"""Who is known, who is where, and what they are doing."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chat.client.changes import (
    ConversationChanged,
    EntriesAdded,
    MeChanged,
    MembersChanged,
    PresenceSeen,
    TypingSeen,
    UserChanged,
)
from chat.client.state import ClientState
from chat.protocol import events, replies
from chat.protocol.codec import ServerFrame
from chat.protocol.records import Member, Presence, Role, Status
from tests.support.frames import EVERY_EVENT, EVERY_REPLY, WHEN, channel, direct, message, user
from tests.support.states import ANN, BEN, general, joined, kinds, knowing, left, members, only


def test_the_highest_version_of_a_record_wins() -> None:
    """An older record that comes later changes nothing."""
    state = knowing()
    state.apply(events.UserChanged(user=user("ben", version=3), old_nick="benny"))
    assert state.apply(events.UserChanged(user=replace(BEN, nick="old", version=2))) == []
    assert state.people.nick_of("u-ben") == "ben"
    assert state.people.nick_of("u-nobody", "somebody") == "somebody"


def test_a_changed_nick_is_told_with_the_old_one() -> None:
    """Also by a server that did not say it; a direct conversation changes its title with it."""
    state = knowing(direct("ben"))
    renamed = replace(BEN, nick="benjamin", version=2)
    changes = state.apply(events.UserChanged(user=renamed))
    assert only(UserChanged, changes).old_nick == "ben"
    assert only(ConversationChanged, changes).conversation.peer == renamed
    assert state.conversations.find("@benjamin") is not None


def test_ones_own_record_is_told_as_such() -> None:
    """By the answer to one's own request, or by an event of another device."""
    state = knowing()
    away = replace(ANN, status=Status.AWAY, version=2)
    assert kinds(state.apply(replies.SetStatusResult(id="1", user=away))) == [MeChanged, UserChanged]
    renamed = replace(away, nick="anna", version=3)
    changes = state.apply(replies.ChangeNickResult(id="1", user=renamed))
    assert only(UserChanged, changes).old_nick == "ann"
    assert state.me == renamed
    assert state.apply(events.UserChanged(user=renamed, old_nick="ann")) == []


def test_whois_teaches_record_and_presence() -> None:
    """What is learned of somebody who was never seen changes nothing on a screen."""
    state = knowing()
    assert state.apply(replies.WhoisResult(id="1", user=BEN, presence=Presence.AWAY)) == []
    assert state.people.users["u-ben"] == BEN
    assert state.people.presence == {"u-ben": Presence.AWAY}
    state.apply(events.UserChanged(user=replace(BEN, status=Status.BUSY, version=2)))
    assert state.people.presence == {"u-ben": Presence.BUSY}


def test_members_are_complete_with_the_last_page() -> None:
    """Until then the old list stands, and who comes and goes meanwhile is in the new one."""
    state = knowing(channel(last=5, members=3))
    state.apply(*members(Member(user=ANN)))
    first, request = members(Member(user=BEN))
    assert state.apply(replace(first, next="b"), request) == []
    assert set(general(state).members) == {"u-ann"}
    state.apply(joined(6, "eve"))
    state.apply(left(7, "ben"))
    changes = state.apply(*members(Member(user=user("zoe")), after="b"))
    assert kinds(changes) == [MembersChanged]
    assert set(general(state).members) == {"u-eve", "u-zoe"}


def test_a_page_that_is_older_than_the_log_is_put_right() -> None:
    """Who came or went by an entry above the page's number may be told before the page comes."""
    state = knowing(channel(last=5, members=2))
    state.apply(joined(6, "eve"))
    state.apply(left(7, "ben"))
    page, request = members(Member(user=ANN), Member(user=BEN))
    state.apply(replace(page, last=5), request)
    assert set(general(state).members) == {"u-ann", "u-eve"}
    state.apply(replace(page, last=7), request)
    assert set(general(state).members) == {"u-ann", "u-ben"}


def test_joining_and_leaving_keep_the_list_right() -> None:
    """With the count in the record; the newcomer is here, with the record that is known."""
    state = knowing(channel(last=5, members=1))
    away = replace(BEN, status=Status.AWAY, version=4)
    state.apply(replies.WhoisResult(id="1", user=away, presence=Presence.AWAY))
    state.apply(*members(Member(user=ANN)))
    changes = state.apply(joined(6, "ben"))
    assert kinds(changes) == [EntriesAdded, ConversationChanged, MembersChanged]
    newcomer = general(state).members["u-ben"]
    assert (newcomer.user, newcomer.role, newcomer.presence) == (away, Role.OPERATOR, Presence.AWAY)
    assert general(state).record.members == 2
    state.apply(left(7, "ben"))
    assert (set(general(state).members), general(state).record.members) == ({"u-ann"}, 1)


def test_a_list_that_was_never_asked_for_stays_empty() -> None:
    """Half a list would look like a whole one."""
    state = knowing(channel(last=5, members=1))
    state.apply(joined(6, "ben"))
    assert general(state).members == {}
    assert not general(state).members_known


def test_presence_and_status_reach_every_list_they_stand_in() -> None:
    """Coming and going by presence events, one's status by the record; who is offline stays so."""
    state = knowing(channel(last=5))
    state.apply(*members(Member(user=ANN, presence=Presence.ONLINE), Member(user=BEN)))
    seen = WHEN + timedelta(minutes=5)
    gone = events.PresenceChanged(user="u-ann", nick="ann", presence=Presence.OFFLINE, last_seen=seen)
    assert kinds(state.apply(gone)) == [PresenceSeen, MembersChanged]
    assert general(state).members["u-ann"].last_seen == seen
    state.apply(events.UserChanged(user=replace(ANN, status=Status.BUSY, version=2)))
    assert general(state).members["u-ann"].presence is Presence.OFFLINE
    back = events.PresenceChanged(user="u-ann", nick="ann", presence=Presence.BUSY)
    state.apply(back)
    state.apply(replies.SetStatusResult(id="1", user=replace(ANN, status=Status.AWAY, version=3)))
    assert general(state).members["u-ann"].presence is Presence.AWAY
    stranger = events.PresenceChanged(user="u-eve", nick="eve", presence=Presence.ONLINE)
    assert kinds(state.apply(stranger)) == [PresenceSeen]


def test_members_of_a_conversation_that_was_left_teach_only_people() -> None:
    """The answer was under way when one left."""
    state = knowing()
    assert state.apply(*members(Member(user=BEN))) == []
    assert "u-ben" in state.people.users


def test_somebody_types_until_they_speak_or_time_is_over() -> None:
    """For as long as the server's limit says."""
    state = knowing(channel(last=0))
    typing = events.TypingSeen(conversation="c-general", user="u-ben", nick="ben")
    assert only(TypingSeen, state.apply(typing, now=100)).seconds == 6
    assert general(state).typists(now=105.9) == ("ben",)
    assert general(state).typists(now=106) == ()
    state.apply(typing, now=200)
    state.apply(message(1, who="ben"))
    assert general(state).typists(now=201) == ()


def test_ones_own_typing_and_that_in_unknown_places_is_no_news() -> None:
    """Another device of one's own types too."""
    state = knowing(channel())
    assert state.apply(events.TypingSeen(conversation="c-general", user="u-ann", nick="ann")) == []
    assert state.apply(events.TypingSeen(conversation="c-other", user="u-ben", nick="ben")) == []


def test_how_far_the_other_side_has_read_only_moves_forward() -> None:
    """It is told for direct conversations."""
    state = knowing(direct("ben", last=9))
    changes = state.apply(events.ReadMarked(conversation="d-ben", user="u-ben", number=7, timestamp=WHEN))
    record = only(ConversationChanged, changes).conversation
    assert (record.peer_read, record.peer_read_at, record.read) == (7, WHEN, 0)
    assert state.apply(events.ReadMarked(conversation="d-ben", user="u-ben", number=5, timestamp=WHEN)) == []
    assert state.apply(events.ReadMarked(conversation="d-eve", user="u-eve", number=5, timestamp=WHEN)) == []
    assert state.apply(replies.MarkReadResult(id="1", conversation="c-none", read=5, last=9)) == []


@pytest.mark.parametrize("frame", [*EVERY_EVENT, *EVERY_REPLY], ids=lambda frame: type(frame).__name__)
def test_every_frame_can_be_applied_to_a_client_that_knows_nothing(frame: ServerFrame) -> None:
    """A frame that comes at an odd moment does no harm."""
    state = ClientState()
    state.apply(frame)
    state.apply(frame)
