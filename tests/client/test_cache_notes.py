"""What waits to be written: the last word on each thing, however often writing fails, and little of it."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.cache import ENTRIES_KEPT, Cached
from chat.client.cache_notes import CacheNotes
from chat.client.changes import (
    Change,
    ConversationAdded,
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    MeChanged,
    TypingSeen,
    WelcomeSeen,
)
from chat.client.people import People
from chat.protocol.records import Conversation, User
from tests.support.frames import channel, message, user, welcome

NAMES = st.sampled_from(["general", "dev"])
PEOPLE = People()
PEOPLE.recall(None, [user("ann"), user("ben")])


def _entries(name: str, number: int, who: str) -> EntriesAdded:
    return EntriesAdded(f"c-{name}", (message(number, who=who, where=f"c-{name}"),), live=True)


CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda name, last: ConversationAdded(channel(name, last)), NAMES, st.integers(0, 9)),
    st.builds(lambda name, last: ConversationChanged(channel(name, last)), NAMES, st.integers(0, 9)),
    st.builds(lambda name: ConversationRemoved(channel(name)), NAMES),
    st.builds(_entries, NAMES, st.integers(1, 9), st.sampled_from(["ann", "ben", "cat"])),
    st.builds(lambda epoch: WelcomeSeen(welcome(epoch=epoch)), st.sampled_from(["e", "f"])),
    st.builds(lambda nick: MeChanged(user(nick)), st.sampled_from(["ann", "ben"])),
)


def noted(*changes: Change) -> CacheNotes:
    """Notes of these."""
    notes = CacheNotes()
    notes.note(changes, PEOPLE)
    return notes


@given(st.lists(st.tuples(CHANGES, st.booleans())))
def test_what_could_not_be_written_is_as_if_it_had_never_been_tried(steps: list[tuple[Change, bool]]) -> None:
    """A batch that comes back and what was noted meanwhile make what would have been noted in one."""
    tried, untried = CacheNotes(), CacheNotes()
    for change, fails in steps:
        untried.note([change], PEOPLE)
        batch = tried.take() if fails else None
        tried.note([change], PEOPLE)
        if batch is not None:
            tried.put_back(batch)
    assert tried.batch == untried.batch


def test_a_flood_that_can_not_be_written_stays_small() -> None:
    """Only the newest entries wait."""
    notes = noted(ConversationAdded(channel(last=0)))
    for number in range(1, 10 * ENTRIES_KEPT):
        notes.note([_entries("general", number, "ann")], PEOPLE)
    waiting = notes.batch.entries["c-general"]
    assert ENTRIES_KEPT <= len(waiting) <= 2 * ENTRIES_KEPT
    assert max(waiting) == 10 * ENTRIES_KEPT - 1


def test_what_is_in_no_log_is_nothing_to_write() -> None:
    """Somebody typing is over long before the next start."""
    notes = noted()
    assert not notes.note([TypingSeen("c-general", "u-ben", "ben", 6.0)], PEOPLE)
    assert notes.take().is_empty


def test_a_conversation_that_comes_back_is_begun_anew() -> None:
    """What was known of it before does not come back with it."""
    notes = noted(
        ConversationAdded(channel(last=1)),
        _entries("general", 1, "ann"),
        ConversationRemoved(channel(last=1)),
        ConversationAdded(channel(last=2)),
    )
    assert notes.batch.gone == {"c-general"}
    assert notes.batch.talks == {"c-general": channel(last=2)}
    assert notes.batch.entries == {}


def test_a_new_file_gets_again_what_does_not_come_again() -> None:
    """Who one is, where, and whom one knows; of the entries those that are still to be written."""
    changes = (WelcomeSeen(welcome()), MeChanged(user("ann")), ConversationAdded(channel(last=1)))
    notes = noted(*changes, _entries("general", 1, "ben"))
    notes.take()
    notes.note([_entries("general", 2, "ann")], PEOPLE)
    notes.repeat()
    batch = notes.take()
    assert (batch.epoch, batch.me) == ("e" * 16, user("ann"))
    assert batch.talks == {"c-general": channel(last=1)}
    assert _nicks(batch.people) == {"ann", "ben"}
    assert list(batch.entries["c-general"]) == [2]


def test_who_is_on_disk_already_is_not_written_again() -> None:
    """Else everybody would be, with each message."""
    notes = CacheNotes()
    ben = PEOPLE.users["u-ben"]
    notes.begin(Cached(people=(ben,)))
    notes.note([_entries("general", 1, "ben")], PEOPLE)
    assert notes.batch.people == {}


def _nicks(people: dict[str, User]) -> set[str]:
    return {each.nick for each in people.values()}


def test_records_say_how_far_a_log_goes() -> None:
    """What is too old to be kept is not noted, though it comes alone."""
    record: Conversation = channel(last=ENTRIES_KEPT + 5)
    notes = noted(ConversationAdded(record), _entries("general", 5, "ann"), _entries("general", 6, "ann"))
    assert list(notes.batch.entries["c-general"]) == [6]
