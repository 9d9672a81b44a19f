"""What every store promises of what is not kept: beginnings of logs, send ids, and what one person wrote."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import pytest

from chat.ids import SendId, UserId
from chat.protocol.entries import AnyEntry, Edited, Message
from chat.server.domain.model import Erasure, MessageKey, Trim, conversation_id, user_id
from chat.server.ports import (
    TRIMMED_AT_ONCE,
    Answered,
    Batch,
    OldSends,
    Store,
    Unread,
    WrittenMessages,
)
from tests.support.batches import (
    MOMENT,
    change,
    channel,
    deletion,
    founding,
    message,
    said,
    send_row,
    talk,
    whole_log,
)

C1, C2, U1, U2 = conversation_id(1), conversation_id(2), user_id(1), user_id(2)
DAY = timedelta(days=1)


def trimmed(number: int, first: int, below: int, last: int, *, days: int = 0) -> Batch:
    """Return the batch that moves the beginning of channel 1, and deletes below another number."""
    state = msgspec.structs.replace(channel(1, last=last), first=first)
    return Batch(number=number, conversations=[state], trims=[Trim(C1, first, below, MOMENT + days * DAY)])


@pytest.fixture
def talked(store: Store) -> Store:
    """A store with messages at 2 to 5, all but one for the second user, who said the last."""
    store.commit(founding(channels=2))
    messages = [
        message(2, "two", mentions=[2], send_id="s2"),
        message(3, "three", send_id="s3"),
        message(4, "four", mentions=[2, 3], send_id="s4"),
        message(5, "five", by=2, send_id="s5"),
    ]
    store.commit(said(2, *messages))
    return store


def _day(after: int) -> date:
    return (MOMENT + after * DAY).date()


def _numbers(store: Store) -> Sequence[int]:
    return [entry.number for entry in whole_log(store)]


def test_what_lies_below_is_deleted_and_the_beginning_is_kept(talked: Store) -> None:
    """The two are numbers of their own; what stays is as it was, and the next entry follows the last."""
    talked.commit(trimmed(3, 4, below=1, last=5))
    assert _numbers(talked) == [1, 2, 3, 4, 5]
    assert talked.load().conversations[0].first == 4
    talked.commit(trimmed(4, 4, below=4, last=5))
    assert _numbers(talked) == [4, 5]
    assert talked.page(C1, below=4, limit=9, limit_bytes=9999) == []
    talked.commit(msgspec.structs.replace(said(5, message(6)), conversations=[channel(1, last=6)]))
    assert _numbers(talked) == [4, 5, 6]
    assert whole_log(talked, 2) != []


def test_the_text_of_an_edit_goes_when_the_beginning_passes_its_message(talked: Store) -> None:
    """Wherever the edit stands, in the same transaction; texts of other messages stay."""
    edits = [change(Edited, number, of=of, text=f"now {of}") for number, of in ((6, 2), (7, 4), (8, 3))]
    revised = [
        msgspec.structs.replace(message(each.message, each.text), edited=each.number, revision=each.number)
        for each in edits
    ]
    talked.commit(msgspec.structs.replace(said(3, *edits), revised=revised))
    talked.commit(trimmed(4, 4, below=1, last=8))
    gone = [msgspec.structs.replace(each, text="") for each in edits]
    assert whole_log(talked)[5:] == [gone[0], edits[1], gone[2]]
    talked.commit(trimmed(5, 7, below=4, last=8))
    assert whole_log(talked)[-2:] == gone[1:]


def test_only_so_many_go_at_once_the_oldest_first(store: Store) -> None:
    """However many there are, one batch stays small."""
    talk(store, TRIMMED_AT_ONCE + 100)
    last = TRIMMED_AT_ONCE + 101
    for number, left in ((4, last - TRIMMED_AT_ONCE), (5, 1), (6, 1)):
        talk_ends = trimmed(store.last_batch() + 1, last, below=last, last=last)
        store.commit(talk_ends)
        assert len(_numbers(store)) == left, number
    assert _numbers(store) == [last]


def test_what_is_gone_counts_and_mentions_no_more(talked: Store) -> None:
    """Unread messages are those that are there."""
    assert talked.unread(U2, {C1: (0, 5)})[C1] == Unread(3, 2)
    talked.commit(trimmed(3, 4, below=4, last=5))
    assert talked.unread(U2, {C1: (0, 5)})[C1] == Unread(1, 1)
    assert talked.unread(user_id(3), {C1: (0, 5)})[C1] == Unread(2, 1)


def test_a_send_id_outlives_its_entry(talked: Store) -> None:
    """It still tells the place."""
    talked.commit(trimmed(3, 4, below=4, last=5))
    key = (U1, SendId("s2"))
    request_hash = send_row(message(2, send_id="s2")).request_hash
    assert talked.answered([key]) == {
        key: Answered(request_hash, None, key=MessageKey(C1, 2), timestamp=MOMENT)
    }
    talked.commit(Batch(number=4, forgotten=[key]))
    assert talked.answered([key]) == {}


def test_send_ids_are_old_from_the_day_on_that_their_entry_went(talked: Store) -> None:
    """Not from when it was said to go; and those whose entry is there never are."""
    talked.commit(trimmed(3, 4, below=1, last=5))
    assert talked.old_sends(_day(90), after=None, rows=9) == OldSends([], None)
    talked.commit(trimmed(4, 4, below=4, last=5, days=10))
    for days, old in ((9, []), (10, []), (11, [(U1, SendId("s2")), (U1, SendId("s3"))])):
        assert talked.old_sends(_day(days), after=None, rows=9) == OldSends(old, None)


def test_old_send_ids_are_looked_for_part_by_part(talked: Store) -> None:
    """Each part says where the next begins, whether or not it found anything."""
    talked.commit(trimmed(3, 5, below=5, last=5))
    found: list[tuple[UserId, SendId]] = []
    after: tuple[SendId, UserId] | None = None
    for _ in range(4):
        part = talked.old_sends(_day(2), after=after, rows=1)
        found += part.keys
        after = part.after
        assert after is not None
    assert talked.old_sends(_day(2), after=after, rows=1) == OldSends([], None)
    assert [send_id for _, send_id in found] == ["s2", "s3", "s4"]


def test_send_ids_of_a_deleted_channel_are_old_from_that_day_on(talked: Store) -> None:
    """All of them, whatever was too old to be kept before; also that of the deletion."""
    talked.commit(trimmed(3, 4, below=1, last=5))
    talked.commit(trimmed(4, 4, below=4, last=5, days=-9))
    talked.commit(deletion(5, 6))
    early, late = [(U1, SendId(each)) for each in ("s2", "s3")], [(U2, SendId("s5")), (U1, SendId("the-end"))]
    for days, old in ((-9, []), (-8, early), (0, early), (1, [*early, (U1, SendId("s4")), *late])):
        assert talked.old_sends(_day(days), after=None, rows=9) == OldSends(old, None)


def test_nobody_need_know_any_more_when_something_went_whose_send_ids_are_forgotten(talked: Store) -> None:
    """Nor that a channel was deleted; a later day stays, and what is there."""
    talked.commit(said(3, message(2, conversation=2)))
    second = msgspec.structs.replace(channel(2, last=2), first=2)
    talked.commit(trimmed(4, 2, below=2, last=5, days=-1))
    talked.commit(
        Batch(number=5, conversations=[second], trims=[Trim(C2, 2, below=2, when=MOMENT + 2 * DAY)])
    )
    talked.commit(deletion(6, 6))
    assert talked.oldest_trim() == _day(-1)
    for number, (before, oldest) in enumerate([(0, 0), (0, 0), (1, 2), (2, 2), (3, None)], 7):
        talked.commit(Batch(number=number, outlived=_day(before)))
        assert talked.oldest_trim() == (None if oldest is None else _day(oldest))
        left = [entry.conversation for entry in talked.written(U1, after=0, rows=9, limit_bytes=9999).entries]
        assert left == ([C1, C2] if before < 1 else [C2])


def test_what_somebody_wrote_is_found_part_by_part(talked: Store) -> None:
    """In all logs, as it stands, whoever else wrote between; a part may be empty and not the last."""
    found: list[AnyEntry] = []
    after = parts = 0
    while True:
        part = talked.written(U2, after=after, rows=2, limit_bytes=9999)
        found += part.entries
        parts += 1
        if part.after is None:
            break
        after = part.after
    assert found == [message(5, "five", by=2, send_id="s5")]
    assert parts == 4
    everything = talked.written(U1, after=0, rows=99, limit_bytes=9999)
    assert everything.after is None
    assert [(entry.conversation, entry.number) for entry in everything.entries] == [
        ("c1", 1),
        ("c1", 2),
        ("c1", 3),
        ("c1", 4),
        ("c2", 1),
    ]


def test_a_part_of_what_somebody_wrote_ends_at_its_bytes(talked: Store) -> None:
    """With one entry at least, and the next part goes on behind it."""
    first = talked.written(U1, after=0, rows=99, limit_bytes=1)
    assert [entry.number for entry in first.entries] == [1]
    assert first.after is not None
    second = talked.written(U1, after=first.after, rows=99, limit_bytes=1)
    assert [entry.number for entry in second.entries] == [2]


def test_messages_of_somebody_are_counted_as_long_as_they_have_their_text(talked: Store) -> None:
    """A message that was taken back does not count."""
    assert talked.written_messages(U1) == {C1: WrittenMessages(3, 4)}
    gone = message(2, "", mentions=[2], send_id="s2")
    gone = msgspec.structs.replace(gone, deleted=True, revision=6)
    assert isinstance(gone, Message)
    talked.commit(Batch(number=3, revised=[gone]))
    assert talked.written_messages(U1) == {C1: WrittenMessages(2, 4)}
    assert talked.written_messages(user_id(3)) == {}


def test_messages_with_their_text_are_found_between_two_numbers(talked: Store) -> None:
    """So many at most, the oldest first, of one person in one conversation."""
    for (above, below, limit), found in (
        ((0, 9, 9), [2, 3, 4]),
        ((2, 4, 9), [3]),
        ((0, 9, 2), [2, 3]),
        ((4, 9, 9), []),
    ):
        assert talked.messages_of(U1, C1, above=above, below=below, limit=limit) == found
    assert talked.messages_of(U2, C1, above=0, below=9, limit=9) == [5]
    assert talked.messages_of(U1, C2, above=0, below=9, limit=9) == []
    gone = msgspec.structs.replace(message(3, "", send_id="s3"), deleted=True, revision=6)
    talked.commit(Batch(number=3, revised=[gone]))
    assert talked.messages_of(U1, C1, above=0, below=9, limit=9) == [2, 4]


def test_an_erasure_is_known_until_it_is_done(talked: Store) -> None:
    """Also when it is asked for twice; the last who asked counts, and how far the one who asked for most."""
    begun = [Erasure(U2, C1, 5, U2), Erasure(U1, C2, 7, U1), Erasure(U1, C1, 4, U1)]
    talked.commit(Batch(number=3, erasures=begun))
    assert talked.erasures() == [begun[2], begun[1], begun[0]]
    talked.commit(Batch(number=4, erasures=[Erasure(U2, C1, 4, U1)]))
    assert talked.erasures() == [begun[2], begun[1], Erasure(U2, C1, 5, U1)]
    talked.commit(Batch(number=5, erasures=[Erasure(U1, C1, 4, U1, done=True)]))
    assert talked.erasures() == [begun[1], Erasure(U2, C1, 5, U1)]
    talked.commit(Batch(number=6, erasures=[Erasure(U2, C1, 5, U2, done=True)]))
    assert talked.erasures() == [begun[1], Erasure(U2, C1, 5, U1)], "another one asked for it since"


@pytest.mark.parametrize("later", [4, 5])
def test_the_end_of_an_erasure_ends_nothing_that_was_asked_for_meanwhile(talked: Store, later: int) -> None:
    """In an earlier batch or in the same one, whichever comes first there."""
    first, second = Erasure(U1, C1, 3, U1), Erasure(U1, C1, 8, U1)
    end = msgspec.structs.replace(first, done=True)
    talked.commit(Batch(number=3, erasures=[first]))
    if later == 4:
        talked.commit(Batch(number=4, erasures=[second]))
        talked.commit(Batch(number=5, erasures=[end]))
    else:
        talked.commit(Batch(number=4, erasures=[second, end, second, end]))
    assert talked.erasures() == [second]
    talked.commit(Batch(number=6, erasures=[end, msgspec.structs.replace(second, done=True), end]))
    assert talked.erasures() == []
