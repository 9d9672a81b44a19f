"""What is unread and who mentioned one: right at any moment, however entries come."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.changes import (
    ConversationChanged,
    EntriesAdded,
)
from chat.client.conversation import COUNTING_STOPS
from chat.protocol import events, replies
from tests.support.frames import WHEN, channel, message
from tests.support.states import general, kinds, knowing, only


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
    state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=3, timestamp=WHEN))
    assert general(state).record.unread == 1
    assert (
        state.apply(events.ReadMarked(conversation="c-general", user="u-ann", number=2, timestamp=WHEN)) == []
    )
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
        state.apply(replies.MarkReadResult(id="1", conversation="c-general", read=number))
    record = general(state).record
    assert (record.unread, record.mentions) == count(len(log), max([0, *reads]))
