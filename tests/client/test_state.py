"""What a client knows, and what it says has changed, frame by frame."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.client.changes import (
    Change,
    ConversationAdded,
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    EntriesRevised,
    MeChanged,
    MembersChanged,
    PresenceSeen,
    ReadSeen,
    TypingSeen,
    UserChanged,
    WelcomeSeen,
)
from chat.client.conversation import COUNTING_STOPS, ConversationState
from chat.client.state import ClientState
from chat.protocol import entries, events, replies, requests
from chat.protocol.codec import ServerFrame
from chat.protocol.records import Conversation, Member, Presence, Role, Status
from tests.support.frames import EVERY_EVENT, EVERY_REPLY, WHEN, channel, direct, message, user, welcome

C = TypeVar("C")

ANN = user("ann")
BEN = user("ben")


def knowing(*conversations: Conversation) -> ClientState:
    """The state of Ann's client after greeting and sync."""
    state = ClientState()
    state.apply(welcome())
    state.apply(replies.HelloResult(id="1", version=1, user=ANN, device="d"))
    state.apply(replies.SyncResult(id="2", conversations=conversations), requests.Sync(id="2"))
    return state


def general(state: ClientState) -> ConversationState:
    """The channel that most tests talk of."""
    conversation = state.conversations.get("c-general")
    assert conversation is not None
    return conversation


def only(kind: type[C], changes: Sequence[Change]) -> C:
    """The one change of this kind."""
    found = [change for change in changes if isinstance(change, kind)]
    assert len(found) == 1, changes
    return found[0]


def kinds(changes: Sequence[Change]) -> list[type]:
    """What kinds of changes these are."""
    return [type(change) for change in changes]


def joined(number: int, who: str) -> entries.Joined:
    """Somebody joined #general."""
    return entries.Joined(
        conversation="c-general", number=number, user=f"u-{who}", nick=who, timestamp=WHEN, role=Role.OPERATOR
    )


def left(number: int, who: str) -> entries.Left:
    """Somebody left #general."""
    return entries.Left(conversation="c-general", number=number, user=f"u-{who}", nick=who, timestamp=WHEN)


def members(*some: Member, after: str = "") -> tuple[replies.MembersResult, requests.Members]:
    """A page of members with the request it answers."""
    return (
        replies.MembersResult(id="1", conversation="c-general", last=0, members=some),
        requests.Members(id="1", target="c-general", after=after),
    )


# -------------------------------------------------------------------------- counts


def test_messages_of_others_are_unread_and_ones_own_are_not() -> None:
    """Live ones above what was read are counted, with mentions of oneself."""
    state = knowing(channel(last=3, read=3))
    changes = state.apply(message(4, who="ben", mentions=("u-ann",)))
    assert kinds(changes) == [EntriesAdded, ConversationChanged]
    assert only(EntriesAdded, changes).live
    state.apply(message(5, who="ann", mentions=("u-ann",)))
    state.apply(message(6, who="ben"))
    record = general(state).record
    assert (record.last, record.unread, record.mentions) == (6, 2, 1)


def test_an_entry_is_counted_once_however_it_comes() -> None:
    """Live and again in history, or the other way round."""
    state = knowing(channel(last=3, read=3))
    page = replies.HistoryResult(
        id="1",
        conversation="c-general",
        entries=(message(3, who="ben"), message(4, who="ben")),
        first=1,
        last=4,
    )
    added = only(EntriesAdded, state.apply(page))
    assert ([entry.number for entry in added.entries], added.live) == ([3, 4], False)
    assert state.apply(message(4, who="ben")) == []
    assert general(state).record.unread == 1


def test_old_history_changes_no_count() -> None:
    """What the server counted already is not counted again."""
    state = knowing(channel(last=9, read=2, unread=5))
    page = replies.HistoryResult(
        id="1", conversation="c-general", entries=(message(4, who="ben"),), first=1, last=9
    )
    assert kinds(state.apply(page)) == [EntriesAdded]
    assert general(state).record.unread == 5


def test_counting_stops() -> None:
    """As the server's own counting does."""
    state = knowing(channel(last=3, unread=COUNTING_STOPS, mentions=COUNTING_STOPS))
    assert kinds(state.apply(message(4, who="ben", mentions=("u-ann",)))) == [EntriesAdded]


def test_reading_everything_leaves_nothing_unread() -> None:
    """Also when the messages were never fetched."""
    state = knowing(channel(last=9, unread=7, mentions=2))
    changes = state.apply(replies.MarkReadResult(id="1", conversation="c-general", read=9))
    record = only(ConversationChanged, changes).conversation
    assert (record.read, record.unread, record.mentions) == (9, 0, 0)


def test_reading_on_another_device_counts_here() -> None:
    """The event of one's own user moves the mark; it never moves back."""
    state = knowing(channel(last=0))
    for number in range(1, 5):
        state.apply(message(number, who="ben"))
    state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=3))
    assert general(state).record.unread == 1
    assert state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=2)) == []
    assert general(state).record.read == 3


def test_reading_in_the_middle_of_the_unknown_takes_away_what_is_known() -> None:
    """Better a count that is too high by what was never seen than one that hides something."""
    state = knowing(channel(last=20, read=0, unread=15))
    page = replies.HistoryResult(
        id="1",
        conversation="c-general",
        entries=tuple(message(number, who="ben") for number in (9, 10)),
        first=1,
        last=20,
    )
    state.apply(page)
    state.apply(replies.MarkReadResult(id="1", conversation="c-general", read=10))
    assert general(state).record.unread == 13


def test_a_mark_above_the_newest_known_entry_counts_for_what_comes() -> None:
    """Another device may have read a message that is still on its way here."""
    state = knowing(channel(last=3))
    state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=4))
    state.apply(message(4, who="ben"))
    assert general(state).record.unread == 0


@given(
    said=st.lists(st.tuples(st.sampled_from(["ann", "ben"]), st.booleans()), max_size=20),
    reads=st.lists(st.integers(0, 25), max_size=4),
    synced=st.integers(0, 20),
)
def test_counts_equal_those_of_a_fresh_snapshot(
    said: list[tuple[str, bool]], reads: list[int], synced: int
) -> None:
    """Whatever came live and whatever was read, the counts are what the server would tell now."""
    synced = min(synced, len(said))
    log = [
        message(number, who=who, mentions=("u-ann",) if mention else ())
        for number, (who, mention) in enumerate(said, start=1)
    ]
    reads = [min(number, len(said)) for number in reads]

    def count(upto: int, read: int) -> tuple[int, int]:
        unread = [entry for entry in log[read:upto] if entry.user != "u-ann"]
        return len(unread), sum("u-ann" in entry.mentions for entry in unread)

    unread, mentions = count(synced, 0)
    state = knowing(channel(last=synced, unread=unread, mentions=mentions))
    state.apply(
        replies.HistoryResult(
            id="1", conversation="c-general", entries=tuple(log[:synced]), first=1, last=synced
        )
    )
    for entry in log[synced:]:
        state.apply(entry)
    for number in reads:
        state.apply(replies.MarkReadResult(id="1", conversation="c-general", read=number))
    record = general(state).record
    assert (record.unread, record.mentions) == count(len(log), max([0, *reads]))


# -------------------------------------------------------------------------- conversations


def test_entries_that_come_before_their_conversation_wait_for_it() -> None:
    """The reply of `join` comes after live entries; nothing is told before the conversation is."""
    state = knowing()
    assert state.apply(message(4, "early", who="ben")) == []
    changes = state.apply(
        replies.JoinResult(
            id="1", conversation=channel(last=3), number=3, entries=(message(2, "old", who="ben"),)
        )
    )
    assert kinds(changes) == [ConversationAdded, EntriesAdded, ConversationChanged, EntriesAdded]
    live, old = [change for change in changes if isinstance(change, EntriesAdded)]
    assert (live.entries[0].number, live.live) == (4, True)
    assert (old.entries[0].number, old.live) == (2, False)
    assert general(state).record.last == 4


def test_early_entries_do_not_outlive_their_link() -> None:
    """On the next connection `sync` tells how it is."""
    state = knowing()
    state.apply(message(4, "early", who="ben"))
    state.link_lost()
    assert kinds(state.apply(replies.OpenDirectResult(id="1", conversation=channel(last=4)))) == [
        ConversationAdded
    ]


def test_sync_after_a_time_away_brings_counts_and_leaves_a_gap() -> None:
    """The known entries stay; what is between is missing and can be filled."""
    state = knowing(channel(last=0))
    state.apply(message(1, who="ben"))
    state.link_lost()
    changes = state.apply(
        replies.SyncResult(id="9", conversations=(channel(last=50, unread=30, topic="new"),)),
        requests.Sync(id="9"),
    )
    assert only(ConversationChanged, changes).conversation.unread == 30
    (gap,) = general(state).timeline.gaps()
    assert (gap.first, gap.last) == (2, 50)


def test_live_entries_newer_than_a_snapshot_are_folded_into_it() -> None:
    """Sync told 3, but 4 came before it: counts, topic and members are those after 4 and 5."""
    state = knowing(channel(last=3, read=3, members=1))
    state.apply(message(4, who="ben"))
    state.apply(
        entries.TopicChanged(
            conversation="c-general", number=5, user="u-ben", nick="ben", timestamp=WHEN, topic="tea"
        )
    )
    state.apply(
        replies.SyncResult(id="9", conversations=(channel(last=3, read=3, members=1),)), requests.Sync(id="9")
    )
    record = general(state).record
    assert (record.last, record.unread, record.topic) == (5, 1, "tea")


def test_conversations_that_sync_does_not_name_are_gone() -> None:
    """After its last page, not before, and only what left while there was no link."""
    state = knowing(channel("a"), channel("b"))
    state.link_lost()
    one = replies.SyncResult(id="9", conversations=(channel("b"),), next="b")
    assert state.apply(one, requests.Sync(id="9")) == []
    last = replies.SyncResult(id="10", conversations=(channel("c"),))
    changes = state.apply(last, requests.Sync(id="10", after="b"))
    assert only(ConversationRemoved, changes).conversation.name == "#a"
    assert only(ConversationAdded, changes).conversation.name == "#c"


def test_a_conversation_that_was_named_by_an_event_outlives_an_older_sync() -> None:
    """The answer to `sync` was made before another device joined, and comes behind the event that tells it."""
    state = knowing(channel("a"))
    state.link_lost()
    state.apply(events.ConversationAdded(conversation=channel("new")))
    first = replies.SyncResult(id="9", conversations=(channel("a"),), next="a")
    assert state.apply(first, requests.Sync(id="9")) == []
    assert state.apply(replies.SyncResult(id="10", conversations=()), requests.Sync(id="10", after="a")) == []
    assert {each.record.name for each in state.conversations} == {"#a", "#new"}


def test_leaving_drops_the_conversation_and_older_answers_do_not_bring_it_back() -> None:
    """An answer that was made before the leaving may come after it."""
    state = knowing(channel(last=3))
    changes = state.apply(events.ConversationRemoved(conversation="c-general", number=5, reason="kicked"))
    assert only(ConversationRemoved, changes).reason == "kicked"
    old = replies.JoinResult(id="1", conversation=channel(last=4), number=4, entries=(message(4),))
    assert state.apply(old) == []
    assert "c-general" not in state.conversations
    assert kinds(state.apply(events.ConversationAdded(conversation=channel(last=6)))) == [ConversationAdded]
    part = replies.PartResult(id="2", conversation="c-general", number=7)
    assert kinds(state.apply(part)) == [ConversationRemoved]
    assert state.apply(part) == []


def test_a_new_epoch_drops_every_conversation() -> None:
    """Numbers and ids of a restored server mean something else."""
    state = knowing(channel("a"), channel("b"))
    assert kinds(state.apply(welcome())) == [WelcomeSeen]
    changes = state.apply(welcome(epoch="f" * 16))
    assert kinds(changes) == [WelcomeSeen, ConversationRemoved, ConversationRemoved]
    assert only(WelcomeSeen, changes).new_epoch
    assert len(state.conversations) == 0


@pytest.mark.parametrize(
    ("target", "found"),
    [("c-general", "#general"), ("#GENERAL", "#general"), ("@Ben", "ben"), ("ben", None), ("#nowhere", None)],
)
def test_a_conversation_is_found_as_people_type_it(target: str, found: str | None) -> None:
    """By id, channel name or nick, without regard to case."""
    state = knowing(channel(), direct("ben"))
    conversation = state.conversations.find(target)
    assert (conversation.title if conversation else None) == found


def test_a_direct_conversation_that_begins_now_is_new_from_its_start() -> None:
    """Those that were there at the first sync are not: who reads forwards begins after them."""
    state = knowing(direct("eve", last=7), channel(last=9))
    state.apply(events.ConversationAdded(conversation=direct("ben", last=2)))
    anchors = [conversation.anchor for conversation in state.conversations]
    assert anchors == [7, 9, 0]


def test_the_beginning_of_a_direct_conversation_is_as_good_as_live() -> None:
    """Its first message comes by history, but happened just now; what comes later is live by itself."""
    state = knowing()
    state.apply(events.ConversationAdded(conversation=direct("ben", last=2, unread=1)))
    beginning = tuple(message(number, who="ben", where="d-ben") for number in (1, 2))
    page = replies.HistoryResult(id="1", conversation="d-ben", entries=beginning, first=1, last=2)
    assert only(EntriesAdded, state.apply(page)).live
    later = replies.HistoryResult(
        id="1", conversation="d-ben", entries=(message(3, who="ben", where="d-ben"),), first=1, last=3
    )
    assert not only(EntriesAdded, state.apply(later)).live


def test_a_channel_that_is_added_did_not_begin_just_now() -> None:
    """Another device joined it; its history is old."""
    state = knowing()
    state.apply(events.ConversationAdded(conversation=channel(last=2)))
    page = replies.HistoryResult(id="1", conversation="c-general", entries=(message(2),), first=1, last=2)
    assert not only(EntriesAdded, state.apply(page)).live


def test_a_revised_message_is_told_as_such() -> None:
    """It was known in an older state."""
    state = knowing(channel(last=0))
    state.apply(message(1, "as sent", who="ben"))
    page = replies.HistoryResult(
        id="1", conversation="c-general", entries=(message(1, "as edited", revision=2),), first=1, last=2
    )
    assert only(EntriesRevised, state.apply(page)).entries[0] == message(1, "as edited", revision=2)


def test_history_of_a_conversation_that_was_left_meanwhile_is_nothing() -> None:
    """The answer was under way when one left."""
    page = replies.HistoryResult(id="1", conversation="c-gone", entries=(message(1),), first=1, last=2)
    assert knowing().apply(page) == []


def test_too_many_early_entries_leave_a_gap_instead_of_filling_memory() -> None:
    """A server that never sends the answer can't fill this client's memory."""
    state = knowing()
    for number in range(1, 1200):
        state.apply(message(number, who="ben"))
    state.apply(replies.OpenDirectResult(id="1", conversation=channel(last=0)))
    assert general(state).timeline.last == 1000


# -------------------------------------------------------------------------- people


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


# -------------------------------------------------------------------------- members


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


# -------------------------------------------------------------------------- typing and reading of others


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
    changes = state.apply(events.ReadMarked(conversation="d-ben", user="u-ben", number=7))
    assert only(ReadSeen, changes).number == 7
    assert state.apply(events.ReadMarked(conversation="d-ben", user="u-ben", number=5)) == []
    assert state.apply(events.ReadMarked(conversation="d-eve", user="u-eve", number=5)) == []
    assert state.apply(replies.MarkReadResult(id="1", conversation="c-none", read=5)) == []


@pytest.mark.parametrize("frame", [*EVERY_EVENT, *EVERY_REPLY], ids=lambda frame: type(frame).__name__)
def test_every_frame_can_be_applied_to_a_client_that_knows_nothing(frame: ServerFrame) -> None:
    """A frame that comes at an odd moment does no harm."""
    state = ClientState()
    state.apply(frame)
    state.apply(frame)
