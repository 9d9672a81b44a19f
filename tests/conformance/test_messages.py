"""Messages that change: edited, deleted, reacted to, pinned; what becomes of them, and who may do it."""

import pytest

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry, Deleted, Edited, Message, Pinned, Reacted, Unpinned
from chat.protocol.records import Conversation, Reaction
from chat.protocol.replies import (
    DeleteResult,
    EditResult,
    HistoryResult,
    JoinResult,
    MessageResult,
    PinResult,
    ReactResult,
    SendResult,
    UnpinResult,
)
from chat.protocol.requests import Delete, Edit, History, Join, MessageRequest, Pin, React, Send, Unpin
from tests.support.people import People, Person

EVERY: tuple[tuple[type[MessageRequest], dict[str, object]], ...] = (
    (Edit, {"text": "new"}),
    (Delete, {}),
    (React, {"emoji": "👍"}),
    (Pin, {}),
    (Unpin, {}),
)


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody in #general."""
    return people.come("ann")


@pytest.fixture
def ben(people: People, ann: Person) -> Person:
    """Somebody else there, who came after Ann, as she has heard already."""
    person = people.come("ben")
    ann.news()
    return person


def say(person: Person, text: str, target: str = "#general") -> int:
    """Say something; returns its number."""
    return person.get(SendResult, Send, target=target, text=text).number


def log(person: Person) -> dict[int, AnyEntry]:
    """The entries of #general as they stand, by number."""
    page = person.get(HistoryResult, History, target="#general", after=0)
    return {entry.number: entry for entry in page.entries}


def stands(person: Person, number: int) -> Message:
    """A message of #general as it stands."""
    entry = log(person)[number]
    assert isinstance(entry, Message)
    return entry


def general(person: Person) -> Conversation:
    """What `sync` tells of #general."""
    return person.link.sync()[0].conversations[0]


@pytest.mark.parametrize(("kind", "fields"), EVERY[:2])
def test_only_the_author_edits_and_deletes(
    ann: Person, ben: Person, kind: type[MessageRequest], fields: dict[str, object]
) -> None:
    """The others react and pin.

    M1: `edit` MUST be refused with `not_your_message` to everybody but the author, and `delete` to
    everybody but the author and operators of the channel.
    """
    number = say(ann, "mine")
    error = ben.refused(kind, target="#general", message=number, **fields)
    assert (error.code, error.field) == (ErrorCode.NOT_YOUR_MESSAGE, "message")
    assert stands(ben, number).text == "mine"
    ben.get(ReactResult, React, target="#general", message=number, emoji="👍")
    ben.get(PinResult, Pin, target="#general", message=number)
    assert ann.get(MessageResult, kind, target="#general", message=number, **fields).number == number + 3


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_what_is_no_message_can_not_be_changed(
    ann: Person, kind: type[MessageRequest], fields: dict[str, object]
) -> None:
    """Neither another entry, nor a number that is not there yet, nor what was deleted.

    M2: A change of what is no message, or was deleted, MUST be refused with `unknown_message`.
    """
    gone = say(ann, "gone soon")
    ann.get(DeleteResult, Delete, target="#general", message=gone)
    for number in (0, 1, 2, gone, gone + 1, gone + 2, 2**32 - 1):
        error = ann.refused(kind, target="#general", message=number, **fields)
        assert (error.code, error.field) == (ErrorCode.UNKNOWN_MESSAGE, "message"), number
    assert len(log(ann)) == gone + 1


def test_history_tells_a_message_as_its_changes_made_it(ann: Person, ben: Person) -> None:
    """The entries of the changes stand beside it; `revision` says up to which they are in it.

    M3: In `history` a message MUST stand as the changes up to its `revision` have made it.
    """
    number = say(ann, "tee")
    edited = ann.get(EditResult, Edit, target="#general", message=number, text="\ntea\x07 ")
    assert edited.text == "tea\ufffd "
    for person, emoji in ((ben, "🍵"), (ann, "👍"), (ann, "🍵"), (ben, "👍")):
        person.get(ReactResult, React, target="#general", message=number, emoji=emoji)
    ben.get(ReactResult, React, target="#general", message=number, emoji="🍵", remove=True)
    message = stands(ben, number)
    assert (message.text, message.edited, message.revision) == ("tea\ufffd ", number + 1, number + 6)
    assert message.reactions == (
        Reaction(emoji="🍵", users=(ann.id,)),
        Reaction(emoji="👍", users=(ann.id, ben.id)),
    )
    told = [entry for entry in ann.news() if isinstance(entry, Edited | Reacted)]
    assert told == [log(ann)[entry.number] for entry in told]
    assert len(told) == 6


def test_a_text_that_was_replaced_is_told_no_more(ann: Person, ben: Person) -> None:
    """Live everybody heard it; nobody reads it later.

    M4: A text that an edit or a deletion took the place of MUST NOT be told any more: neither the message nor
    an older `edited` has it in `history`.
    """
    number = say(ann, "first secret")
    for text in ("second secret", "third secret"):
        ann.get(EditResult, Edit, target="#general", message=number, text=text)
    entries = log(ben)
    assert [getattr(entries[at], "text", None) for at in range(number, number + 3)] == [
        "third secret",
        "",
        "third secret",
    ]
    ann.get(DeleteResult, Delete, target="#general", message=number)
    assert "secret" not in str(log(ben))
    assert "secret" not in str(ben.get(JoinResult, Join, target="#general"))


@pytest.mark.parametrize(
    ("kind", "fields", "before"),
    [
        (Edit, {"text": " mine\n"}, ()),
        (React, {"emoji": "👍"}, (React,)),
        (React, {"emoji": "👍", "remove": True}, ()),
        (Pin, {}, (Pin,)),
        (Unpin, {}, ()),
    ],
)
def test_what_is_so_already_is_no_change(
    ann: Person,
    ben: Person,
    kind: type[MessageRequest],
    fields: dict[str, object],
    before: tuple[type[MessageRequest], ...],
) -> None:
    """Nobody is told anything.

    M5: What is so already MUST write nothing, and be answered with `number` 0.
    """
    number = say(ann, " mine" if kind is Edit else "mine")
    for each in before:
        ann.get(MessageResult, each, target="#general", message=number, **fields)
    last = len(log(ann))
    ben.news()
    reply = ann.get(MessageResult, kind, target="#general", message=number, **fields)
    assert (reply.number, reply.message) == (0, number)
    assert ben.news() == []
    assert len(log(ann)) == last


def test_a_deletion_takes_all_that_hung_on_the_message(ann: Person, ben: Person) -> None:
    """What stays is that somebody said something there.

    M6: `deleted` MUST take the text, the reactions and the pin with it.
    """
    number = say(ann, "oops")
    ben.get(ReactResult, React, target="#general", message=number, emoji="🙈")
    ben.get(PinResult, Pin, target="#general", message=number)
    ann.get(DeleteResult, Delete, target="#general", message=number)
    message = stands(ben, number)
    assert (message.text, message.reactions, message.deleted, message.edited) == ("", (), True, 0)
    assert (message.user, message.revision) == (ann.id, number + 3)
    assert general(ben).pins == ()
    assert [type(entry) for entry in ann.news()] == [Message, Reacted, Pinned, Deleted]


def test_what_was_mentioned_and_unread_stays_so(ann: Person, ben: Person) -> None:
    """As if the message stood as it was said.

    M7: An edit MUST NOT change whom the message mentions, and neither edit nor deletion what counts as
    unread.
    """
    to_ben, to_nobody = say(ann, "@ben, tea?"), say(ann, "tea?")
    assert (general(ben).unread, general(ben).mentions) == (2, 1)
    ann.get(EditResult, Edit, target="#general", message=to_ben, text="tea?")
    ann.get(EditResult, Edit, target="#general", message=to_nobody, text="@ben, tea?")
    assert (stands(ben, to_ben).mentions, stands(ben, to_nobody).mentions) == ((ben.id,), ())
    ann.get(DeleteResult, Delete, target="#general", message=to_ben)
    assert (general(ben).unread, general(ben).mentions) == (2, 1)


def test_pins_are_told_in_their_order(ann: Person, ben: Person) -> None:
    """By `sync`, `join` and whatever else tells a conversation.

    M8: `pins` MUST hold the pinned messages, in the order in which they were pinned.
    """
    one, two, three = (say(ann, text) for text in ("one", "two", "three"))
    for number in (two, one, three):
        ben.get(PinResult, Pin, target="#general", message=number)
    ann.get(UnpinResult, Unpin, target="#general", message=two)
    ann.get(PinResult, Pin, target="#general", message=two)
    assert general(ann).pins == (one, three, two)
    assert ben.get(JoinResult, Join, target="#general").conversation.pins == (one, three, two)
    told = [type(entry) for entry in ben.news()]
    assert told[3:] == [Pinned, Pinned, Pinned, Unpinned, Pinned]


def test_changes_reach_a_direct_conversation_by_nick(ann: Person, ben: Person) -> None:
    """Which one is meant is found as for a `send`; both sides are told."""
    said = ann.get(SendResult, Send, target="@ben", text="psst")
    ben.news()
    reply = ann.get(EditResult, Edit, target="@ben", message=said.number, text="hello")
    assert reply.conversation == said.conversation
    ben.get(ReactResult, React, target="@ann", message=said.number, emoji="👋")
    assert [
        (type(entry), entry.conversation) for entry in ben.news() if isinstance(entry, Edited | Reacted)
    ] == [
        (Edited, said.conversation),
        (Reacted, said.conversation),
    ]


@pytest.mark.parametrize("emoji", ["", "  ", "two words", "a\tb", "\u200d", "x" * 33, "\u202e"])
def test_a_reaction_is_one_word_that_shows(ann: Person, emoji: str) -> None:
    """Everything else is refused, with the field."""
    number = say(ann, "hi")
    error = ann.refused(React, target="#general", message=number, emoji=emoji)
    assert (error.code, error.field) == (ErrorCode.INVALID_REACTION, "emoji")
