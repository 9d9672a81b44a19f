"""What is unread and who mentioned one: right at any moment, however entries come."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.changes import (
    ConversationChanged,
    EntriesAdded,
)
from chat.client.conversation import COUNTING_STOPS
from chat.client.state import ClientState
from chat.protocol import entries, events, replies
from tests.support.frames import WHEN, channel, message
from tests.support.simulated_log import SimulatedLog
from tests.support.states import general, kinds, knowing, only


def elsewhere(number: int) -> events.ReadMarked:
    """Ann read up to a number on another device."""
    return events.ReadMarked(conversation="c-general", user="u-ann", number=number, timestamp=WHEN)


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
    changes = state.apply(replies.MarkReadResult(id="1", conversation="c-general", read=9, last=9))
    record = only(ConversationChanged, changes).conversation
    assert (record.read, record.unread, record.mentions) == (9, 0, 0)


def test_reading_on_another_device_counts_here() -> None:
    """The event of one's own user moves the mark; it never moves back."""
    state = knowing(channel(last=0))
    for number in range(1, 5):
        state.apply(message(number, who="ben"))
    state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=3, timestamp=WHEN))
    assert general(state).record.unread == 1
    assert (
        state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=2, timestamp=WHEN)) == []
    )
    assert general(state).record.read == 3


def test_reading_in_the_middle_of_the_unknown_takes_away_what_is_known() -> None:
    """Until the server counts: better too high by what was never seen than one that hides something."""
    state = knowing(channel(last=20, read=0, unread=15))
    page = replies.HistoryResult(
        id="1",
        conversation="c-general",
        entries=tuple(message(number, who="ben") for number in (9, 10)),
        first=1,
        last=20,
    )
    state.apply(page)
    state.apply(elsewhere(10))
    assert general(state).record.unread == 13
    assert general(state).counts_unsure


def test_a_mark_above_the_newest_known_entry_counts_for_what_comes() -> None:
    """Another device may have read a message that is still on its way here."""
    state = knowing(channel(last=3))
    state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=4, timestamp=WHEN))
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
        state.apply(elsewhere(number))
    assert not general(state).counts_unsure
    record = general(state).record
    assert (record.unread, record.mentions) == count(len(log), max([0, *reads]))


def test_pins_follow_the_entries() -> None:
    """Pinned, unpinned, and gone with their message; what the server counted already is not pinned twice."""
    log = SimulatedLog()
    for _ in range(3):
        log.say()
    log.pin(2)
    state = knowing(log.record())
    state.apply(log.page(10))
    assert general(state).record.pins == (2,)
    for entry, pins in ((log.pin(1), (2, 1)), (log.pin(3), (2, 1, 3)), (log.pin(2), (1, 3))):
        assert only(ConversationChanged, state.apply(entry)).conversation.pins == pins
    state.apply(log.delete(1))
    assert general(state).record == log.record()


def test_changes_of_messages_count_as_nothing() -> None:
    """Counts stay as they were when the message was sent: a deleted one counts until it is read."""
    log = SimulatedLog()
    log.say("hi", "ben", "u-ann")
    state = knowing(log.record())
    for entry in (log.edit(1, "who?"), log.react(1), log.delete(1)):
        assert kinds(state.apply(entry)) == [EntriesAdded]
    assert general(state).record == log.record()
    assert (general(state).record.unread, general(state).record.mentions) == (1, 1)


def test_what_a_page_brings_before_what_came_live_is_counted_in_its_place() -> None:
    """A page can be ahead of the live entries; nothing between is skipped, and the last word is the later."""
    log = SimulatedLog()
    state = knowing(log.record())
    early = [log.say(), log.set_topic("one"), log.come_and_go("eve")]
    late = [log.set_topic("two"), log.come_and_go("eve"), log.say()]
    state.apply(log.answer(late))
    assert general(state).record.topic == "two"
    for entry in early:
        state.apply(entry)
    assert general(state).record == log.record()
    state.apply(log.say())
    assert general(state).record == log.record()


def test_behind_a_hole_that_stays_entries_count_as_they_come() -> None:
    """It is better to tell of what is known than to wait for what may never be looked at."""
    log = SimulatedLog()
    state = knowing(log.record())
    log.say()
    for _ in range(3):
        state.apply(log.say())
    assert (general(state).record.last, general(state).record.unread) == (4, 3)
    state.apply(log.page(10))
    assert general(state).record == log.record()


def test_an_older_answer_opens_nothing_that_was_read_again() -> None:
    """Another device may have read on while the answer to `sync` was on its way."""
    log = SimulatedLog()
    for _ in range(5):
        log.say()
    before = log.record()
    state = knowing(before)
    log.read = log.peer_read = 5
    for who in ("u-ann", "u-ben"):
        state.apply(events.ReadMarked(conversation="c-general", user=who, number=5, timestamp=WHEN))
    state.apply(replies.SyncResult(id="1", conversations=(before,)))
    assert general(state).record == log.record()


def test_forgetting_changes_no_count() -> None:
    """What the record tells is kept beside the entries."""
    log = SimulatedLog()
    state = knowing(log.record())
    for _ in range(9):
        state.apply(log.say())
    general(state).forget_below(6)
    assert general(state).record == log.record()
    log.read = 8
    state.apply(elsewhere(8))
    assert general(state).record == log.record()
    assert state.apply(log.page(20)) != []
    assert general(state).record == log.record()


def test_entries_behind_a_hole_are_not_forgotten_before_it_is_filled() -> None:
    """They are still to be counted in their place."""
    log = SimulatedLog()
    state = knowing(log.record())
    missed = log.say()
    for _ in range(4):
        state.apply(log.say())
    general(state).forget_below(4)
    state.apply(missed)
    assert general(state).record == log.record()


def unknown_log(read: int) -> tuple[SimulatedLog, ClientState]:
    """A log of 30 of Ben's messages, every third to Ann, and a client that has seen none of them."""
    log = SimulatedLog()
    for number in range(30):
        log.say("hi", "ben", *(["u-ann"] if number % 3 == 0 else []))
    log.read = read
    return log, knowing(log.record())


def read_elsewhere(log: SimulatedLog, state: ClientState, number: int) -> None:
    """Ann reads up to a number on another device, and this one hears of it."""
    log.read = number
    state.apply(elsewhere(number))


def test_what_the_server_counted_is_taken_with_what_came_since() -> None:
    """Its answer is as of a number; entries above it, which may be here first, count on top."""
    log, state = unknown_log(read=2)
    read_elsewhere(log, state, 17)
    assert general(state).counts_unsure
    answer = log.counted()
    state.apply(log.say("you?", "ben", "u-ann"))
    state.apply(log.say("me", "ann"))
    assert general(state).record != log.record()
    record = only(ConversationChanged, state.apply(answer)).conversation
    assert record == general(state).record == log.record()
    assert not general(state).counts_unsure
    state.apply(log.say())
    assert general(state).record == log.record()


def test_an_answer_from_before_a_newer_mark_counts_nothing() -> None:
    """It would show as unread what was read since."""
    log, state = unknown_log(read=2)
    read_elsewhere(log, state, 9)
    answer = log.counted()
    read_elsewhere(log, state, 17)
    state.apply(answer)
    assert (general(state).record.read, general(state).counts_unsure) == (17, True)
    state.apply(log.counted())
    assert (general(state).record, general(state).counts_unsure) == (log.record(), False)


def test_an_answer_below_entries_that_are_not_here_any_more_counts_nothing() -> None:
    """What came since can't be counted on top, so the next answer is waited for."""
    log, state = unknown_log(read=2)
    read_elsewhere(log, state, 9)
    answer = log.counted()
    for _ in range(3):
        state.apply(log.say())
    general(state).forget_below(log.last)
    state.apply(answer)
    assert general(state).counts_unsure
    state.apply(log.counted())
    assert (general(state).record, general(state).counts_unsure) == (log.record(), False)


def test_where_counting_had_stopped_nothing_can_be_taken_away() -> None:
    """There may be any number more, also where all that was read is here."""
    state = knowing(channel(last=3000, unread=COUNTING_STOPS))
    page = tuple(message(number, who="ben") for number in range(1, 101))
    state.apply(replies.HistoryResult(id="1", conversation="c-general", entries=page, first=1, last=3000))
    state.apply(elsewhere(50))
    assert general(state).counts_unsure


def test_nothing_unread_stays_nothing_wherever_one_reads() -> None:
    """No server needs to count that."""
    state = knowing(channel(last=30, read=2))
    state.apply(elsewhere(17))
    assert (general(state).record.unread, general(state).counts_unsure) == (0, False)


def test_a_fresh_snapshot_is_sure_unless_it_is_from_before_a_mark() -> None:
    """As after a link was lost, when the other device reads on while `sync` is answered."""
    log, state = unknown_log(read=2)
    read_elsewhere(log, state, 9)
    before = log.record()
    state.apply(replies.SyncResult(id="1", conversations=(before,)))
    assert (general(state).record, general(state).counts_unsure) == (before, False)
    read_elsewhere(log, state, 17)
    state.apply(replies.SyncResult(id="1", conversations=(before,)))
    assert (general(state).record.read, general(state).counts_unsure) == (17, True)


def _page(first: int, *found: entries.AnyEntry, last: int = 9) -> replies.HistoryResult:
    return replies.HistoryResult(id="7", conversation="c-general", entries=found, first=first, last=last)


def test_pins_go_with_what_the_server_does_not_keep() -> None:
    """Also one that is heard of later, and was set on what is gone by now."""
    state = knowing(channel(last=8, read=8, pins=(2, 6, 3)))
    state.apply(_page(3, last=8))
    assert general(state).record.pins == (6, 3)
    late = entries.Pinned(
        conversation="c-general", number=9, user="u-ben", nick="ben", timestamp=WHEN, message=4
    )
    state.apply(_page(5, late))
    assert general(state).record.pins == (6,)
    assert general(state).record.first == 5


def test_what_is_gone_before_it_was_read_is_counted_anew() -> None:
    """The server counts what can still be read; where all of that is above, nothing has to be asked."""
    state = knowing(channel(last=8, read=2, unread=5))
    state.apply(_page(3, last=8))
    assert not general(state).counts_unsure
    state.apply(_page(5, last=8))
    assert general(state).counts_unsure
    state = knowing(channel(last=8, read=2, unread=0))
    state.apply(_page(5, last=8))
    assert not general(state).counts_unsure
