"""What every store promises of messages that change: they stand as they are, replaced texts are gone."""

import msgspec
import pytest

from chat.ids import SendId
from chat.protocol.entries import AnyEntry, Deleted, Edited, Message, Reacted
from chat.protocol.records import Reaction
from chat.server.domain.model import MessageKey, ReadMove, conversation_id, user_id
from chat.server.ports import Answered, Batch, Store, StoreError
from tests.support.batches import (
    MOMENT,
    change,
    channel,
    founding,
    message,
    said,
    send_row,
    whole_log,
)

C1, U1, U2 = conversation_id(1), user_id(1), user_id(2)
RICH = msgspec.structs.replace(
    message(2, 'a "new"\ntext 🍵', mentions=[2], send_id="one"),
    revision=5,
    edited=4,
    reactions=(Reaction(emoji="👍", users=("u1", "u2")), Reaction(emoji="no", users=("u2",))),
)


def _changed(number: int, *entries: AnyEntry, revised: Message, stripped: tuple[int, ...] = ()) -> Batch:
    """Return a batch of entries that leave a message so, and take away the texts of edits."""
    batch = said(number, *entries)
    return msgspec.structs.replace(
        batch, revised=[revised], stripped=[MessageKey(C1, number) for number in stripped]
    )


@pytest.fixture
def talked(store: Store) -> Store:
    """A store with two messages, at 2 and 3."""
    store.commit(founding())
    store.commit(said(2, message(2, "one", send_id="one"), message(3, "two", by=2)))
    return store


def test_a_message_stands_as_it_was_revised(talked: Store) -> None:
    """In pages, in its place, with all its fields; the entries that did it stand behind."""
    edit = change(Edited, 4, of=2, text=RICH.text)
    reaction = change(Reacted, 5, of=2, by=2, emoji="no")
    talked.commit(_changed(3, edit, reaction, revised=RICH))
    assert whole_log(talked)[1:] == [RICH, message(3, "two", by=2), edit, reaction]
    assert talked.page(C1, above=1, below=3, limit=9, limit_bytes=9999) == [RICH]


def test_a_replaced_text_is_gone(talked: Store) -> None:
    """Of an edit in an earlier batch and of one in the same; all else of it stays."""
    first, second, third = (change(Edited, n, of=2, text=f"secret {n}", send_id=f"s{n}") for n in (4, 5, 6))
    talked.commit(_changed(3, first, revised=RICH))
    talked.commit(_changed(4, second, third, revised=RICH, stripped=(4, 5)))
    gone = [msgspec.structs.replace(each, text="") for each in (first, second)]
    assert whole_log(talked)[3:] == [*gone, third]


def test_a_message_may_come_and_change_in_one_batch(talked: Store) -> None:
    """It is stored as it stands at the end."""
    new = message(4, "new")
    edit = change(Edited, 5, of=4, text="newer")
    newer = msgspec.structs.replace(new, text="newer", edited=5, revision=5)
    talked.commit(_changed(3, new, edit, revised=newer))
    assert whole_log(talked)[3:] == [newer, edit]


def test_messages_are_found_by_number(talked: Store) -> None:
    """As they stand; what is no message, or not there, is left out."""
    talked.commit(_changed(3, change(Edited, 4, of=2, text=RICH.text), revised=RICH))
    keys = [MessageKey(C1, number) for number in (0, 1, 2, 3, 4, 99)]
    keys.append(MessageKey(conversation_id(9), 2))
    assert talked.messages(keys) == {
        MessageKey(C1, 2): RICH,
        MessageKey(C1, 3): message(3, "two", by=2),
    }
    assert talked.messages([]) == {}


def test_messages_are_found_in_their_own_conversation(store: Store) -> None:
    """A number alone names nothing."""
    store.commit(founding(channels=2))
    for batch, row in ((2, 1), (3, 2)):
        store.commit(said(batch, message(2, f"in {row}", conversation=row)))
    keys = {MessageKey(conversation_id(row), 2) for row in (1, 2)}
    assert {key: found.text for key, found in store.messages(keys).items()} == {
        key: f"in {key.conversation[1:]}" for key in keys
    }


def test_a_first_answer_comes_with_the_message_that_it_changed(talked: Store) -> None:
    """As that stands now; a message is its own answer, as it stands now."""
    edit = change(Edited, 4, of=2, text="secret", send_id="two")
    talked.commit(_changed(3, edit, revised=RICH))
    gone = msgspec.structs.replace(RICH, text="", deleted=True, edited=0, reactions=(), revision=5)
    deletion = change(Deleted, 5, of=2, send_id="three")
    talked.commit(_changed(4, deletion, revised=gone, stripped=(4,)))
    keys = [(U1, SendId(each)) for each in ("one", "two", "three")]
    request_hash = send_row(deletion).request_hash
    stripped = msgspec.structs.replace(edit, text="")
    assert talked.answered(keys) == {
        keys[0]: Answered(request_hash, gone, None, MessageKey(C1, 2), MOMENT),
        keys[1]: Answered(request_hash, stripped, gone, MessageKey(C1, 4), MOMENT),
        keys[2]: Answered(request_hash, deletion, gone, MessageKey(C1, 5), MOMENT),
    }


def test_what_counts_as_unread_stays_when_a_message_changes(talked: Store) -> None:
    """The same messages and mentions are counted as if nothing had happened."""
    talked.commit(said(3, message(4, "for you", mentions=[2])))
    before = talked.unread(U2, {C1: (0, 9)})
    gone = msgspec.structs.replace(message(4, ""), deleted=True, revision=5)
    talked.commit(_changed(4, change(Deleted, 5, of=4), revised=gone))
    assert talked.unread(U2, {C1: (0, 9)}) == before
    assert (before[C1].messages, before[C1].mentions) == (2, 1)


def test_pins_come_back_as_they_were(talked: Store) -> None:
    """In their order; the last state counts."""
    for batch, number, pins in ((3, 4, (3, 2)), (4, 5, (2,)), (5, 6, ())):
        state = msgspec.structs.replace(channel(1, last=number), pins=pins)
        talked.commit(Batch(number=batch, conversations=[state], entries=[message(number)]))
        assert talked.load().conversations[0].pins == pins


def test_what_was_told_of_reading_moves_forward_on_its_own(talked: Store) -> None:
    """With the moment of the furthest; one's own position goes its own way."""
    later = MOMENT.replace(minute=45)
    for batch, move, kept in (
        (3, ReadMove(U2, C1, 3, 3, MOMENT), ReadMove(U2, C1, 3, 3, MOMENT)),
        (4, ReadMove(U2, C1, 5, 3, MOMENT), ReadMove(U2, C1, 5, 3, MOMENT)),
        (5, ReadMove(U2, C1, 4, 4, later), ReadMove(U2, C1, 5, 4, later)),
        (6, ReadMove(U2, C1, 7), ReadMove(U2, C1, 7, 4, later)),
        (7, ReadMove(U2, C1, 7, 2, MOMENT), ReadMove(U2, C1, 7, 4, later)),
    ):
        talked.commit(Batch(number=batch, reads=[move]))
        assert talked.load().reads == (kept,)


@pytest.mark.parametrize(
    ("revised", "stripped"),
    [
        ([message(9)], []),
        ([message(1)], []),
        ([message(2, conversation=7)], []),
        ([], [2]),
        ([], [1]),
        ([], [99]),
        ([message(4)], []),
        ([message(2), message(9)], [4]),
    ],
)
def test_changes_of_what_is_not_there_are_refused(
    talked: Store, revised: list[Message], stripped: list[int]
) -> None:
    """Only messages are revised and only edits lose a text; else nothing of the batch is kept."""
    before = (talked.load(), whole_log(talked))
    batch = said(3, change(Edited, 4, of=2, text="new"))
    keys = [MessageKey(C1, number) for number in stripped]
    with pytest.raises(StoreError):
        talked.commit(msgspec.structs.replace(batch, revised=revised, stripped=keys))
    assert (talked.load(), whole_log(talked)) == before
