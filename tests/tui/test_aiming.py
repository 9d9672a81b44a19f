"""Which message a command means."""

import pytest

from chat.client.conversation import ConversationState
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Reaction
from chat.tui.aiming import NoMessage, aimed
from chat.tui.slash.actions import AboutMessage, Delete, Edit, Pin, React
from tests.support.frames import channel, message

ME = "u-ann"


def known(*entries: AnyEntry, pins: tuple[int, ...] = ()) -> ConversationState:
    """A conversation with these entries."""
    conversation = ConversationState(channel(last=0, pins=pins), anchor=0)
    conversation.add(entries, ME)
    return conversation


TALK = (
    message(1, "mine"),
    message(2, "mine too"),
    message(3, "", deleted=True),
    message(4, "theirs", who="bob"),
    message(5, "", who="bob", deleted=True),
)


@pytest.mark.parametrize(
    ("action", "number"),
    [
        (Edit("x"), 2),
        (Delete(), 2),
        (React("👍"), 4),
        (Pin(), 4),
        (Pin(pinned=False), 1),
    ],
)
def test_without_a_number_the_last_message_that_makes_sense_is_meant(
    action: AboutMessage, number: int
) -> None:
    """One's own to change it, anybody's to react or to pin it; none that was deleted."""
    assert aimed(action, known(*TALK, pins=(2, 1)), ME).number == number


@pytest.mark.parametrize("action", [Edit("x"), Delete(), React("👍"), Pin(), Pin(pinned=False)])
def test_the_selected_message_is_meant_before_the_last_one(action: AboutMessage) -> None:
    """And a number before both."""
    assert aimed(action, known(*TALK), ME, selected=1).number == 1


def test_a_number_is_taken_as_it_is() -> None:
    """Whether there is such a message the server knows best."""
    assert aimed(Delete(77), known(*TALK), ME, selected=1).number == 77


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (Edit("x"), "You said nothing here that could be edited."),
        (Delete(), "You said nothing here that could be deleted."),
        (React("👍"), "Nothing was said here to react to."),
        (Pin(), "Nothing was said here that could be pinned."),
        (Pin(pinned=False), "Nothing is pinned here."),
    ],
)
def test_where_no_message_makes_sense_the_sentence_says_so(action: AboutMessage, sentence: str) -> None:
    """Nothing is changed by mistake."""
    with pytest.raises(NoMessage) as caught:
        aimed(action, known(message(1, "", deleted=True)), ME)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("users", "remove"), [((ME, "u-bob"), True), (("u-bob",), False)])
def test_ones_own_reaction_once_more_takes_it_back(users: tuple[str, ...], remove: bool) -> None:
    """That others gave the same counts for nothing."""
    talk = known(message(1, reactions=(Reaction(emoji="👍", users=users),)))
    assert aimed(React("👍"), talk, ME) == React("👍", 1, remove=remove)
    assert aimed(React("🎉"), talk, ME) == React("🎉", 1)
