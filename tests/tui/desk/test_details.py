"""What the details of a message tell."""

from datetime import UTC, datetime, timedelta

from chat.client.changes import OutboxItem, SendState
from chat.protocol.records import Reaction
from chat.tui.desk.details import details_of, details_of_unsent
from chat.tui.desk.entry_rows import Reader
from tests.support.entries import NINE, READER, edited, said
from tests.support.frames import channel, direct

NICKS = {"u-ann": "ann", "u-bob": "bobby"}


def test_who_when_and_as_which_number() -> None:
    """With seconds, in the reader's zone, the nick of then and of now."""
    details = dict(details_of(said(7, who="bob"), channel(), READER, NICKS))
    assert details == {
        "from": "bob, now called bobby",
        "sent": "Friday 20 November 2026, 09:07:00",
        "stored": "yes, as number 7 of #general",
    }


def test_what_was_changed_since() -> None:
    """When it was edited, as far as that is known, that it is pinned, who reacted."""
    reactions = (Reaction(emoji="👍", users=("u-bob", "u-me", "u-gone")),)
    message = said(7, edited=9, revision=10, reactions=reactions)
    details = dict(details_of(message, channel(pins=(7,)), READER, NICKS, edited(9, 7, "new")))
    assert details["edited"] == "Friday 20 November 2026, 09:09:00, as number 9"
    assert details["pinned"] == "yes"
    assert details["👍 3"] == "bobby, you, somebody who left"
    assert dict(details_of(message, channel(), READER, NICKS))["edited"] == "as number 9"


def test_that_it_was_deleted() -> None:
    """By whom follows from the rules."""
    details = dict(details_of(said(7, deleted=True, revision=12), channel(), READER, NICKS))
    assert details["deleted"] == "by its author, as number 12"


def test_whether_the_other_side_of_a_direct_conversation_has_read_it() -> None:
    """At or before a time, with the day where it was another one; only of one's own messages."""
    mine = said(7, who="me")
    soon, later = NINE + timedelta(minutes=30), NINE + timedelta(days=1)
    talk = direct("bob", last=9)
    assert dict(details_of(mine, talk, READER, {}))["read"] == "not yet by bob"
    for moment, told in ((soon, "09:30"), (later, "21 November, 09:00")):
        read = direct("bob", last=9, peer_read=8, peer_read_at=moment)
        assert dict(details_of(mine, read, READER, {}))["read"] == f"by bob, at or before {told}"
    assert "read" not in dict(details_of(said(7, who="bob"), talk, READER, {}))


def test_a_message_that_is_not_stored_says_how_far_it_is_and_why() -> None:
    """What one typed is made harmless."""
    item = OutboxItem(
        "1",
        "c",
        "hi",
        state=SendState.FAILED,
        sentence="no\x1b[2J",
        said_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
    )
    details = dict(details_of_unsent(item, Reader("u-me", "me", UTC)))
    assert details["from"] == "me (you)"
    assert details["said"] == "Sunday 1 November 2026, 09:00:00"
    assert details["stored"] == "not stored: it failed"
    assert "\x1b" not in details["because"]
    waiting = dict(details_of_unsent(OutboxItem("1", "c", "hi"), READER))
    assert waiting == {
        "from": "me (you)",
        "stored": "not stored yet: it waits and goes out as soon as it can",
    }
