"""Conversations as they come, change and go, with their entries."""

import pytest

from chat.client.changes import (
    ConversationAdded,
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    EntriesRevised,
    WelcomeSeen,
)
from chat.protocol import entries, events, replies, requests
from tests.support.frames import WHEN, channel, direct, message, welcome
from tests.support.states import general, kinds, knowing, only


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
    """The answer to `sync` was made before another device joined, and comes behind the event of that."""
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


def test_leaving_on_this_device_and_joining_on_another_ends_in_being_a_member() -> None:
    """What tells of the new beginning may come before the answer that says one has left."""
    state = knowing(channel(last=3))
    left = entries.Left(conversation="c-general", number=4, user="u-ann", nick="ann", timestamp=WHEN)
    state.apply(left)
    state.apply(events.ConversationAdded(conversation=channel(last=5)))
    assert state.apply(replies.PartResult(id="1", conversation="c-general", number=4)) == []
    assert general(state).record.last == 5


def test_an_older_answer_that_can_not_be_brought_up_to_date_is_passed_over() -> None:
    """One left and came back while `sync` was answered: what was heard of the new beginning counts."""
    state = knowing()
    state.apply(entries.Left(conversation="c-general", number=4, user="u-ann", nick="ann", timestamp=WHEN))
    state.apply(events.ConversationAdded(conversation=channel(last=5, topic="new")))
    state.apply(
        replies.SyncResult(id="9", conversations=(channel(last=3, topic="old"),)), requests.Sync(id="9")
    )
    assert state.apply(replies.PartResult(id="1", conversation="c-general", number=4)) == []
    assert (general(state).record.last, general(state).record.topic) == (5, "new")


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
