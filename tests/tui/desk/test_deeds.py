"""What can be done with a message, and why not."""

import pytest
from msgspec.structs import replace

from chat.tui.desk.deeds import Deed, offers, refusal
from chat.tui.keys import hints
from chat.tui.render.rows import Row, RowStatus
from tests.support.log_rows import own, said

MINE, THEIRS = own("n1"), said(2)
GONE = replace(MINE, deleted=True)
FAILED = own("s1", status=RowStatus.FAILED)
WAITING = own("s2", status=RowStatus.WAITING)
SENDING = own("s3", status=RowStatus.SENDING)
ON_STORED = {Deed.EDIT, Deed.DELETE, Deed.REACT, Deed.PIN, Deed.COPY, Deed.DETAILS}


def possible(row: Row, *, connected: bool = True) -> set[Deed]:
    """What can be done with a message."""
    return {deed for deed in Deed if not refusal(row, deed, connected=connected)}


@pytest.mark.parametrize(
    ("row", "deeds"),
    [
        (MINE, ON_STORED),
        (THEIRS, ON_STORED - {Deed.EDIT, Deed.DELETE}),
        (GONE, {Deed.DETAILS}),
        (FAILED, {Deed.AGAIN, Deed.BACK, Deed.DROP, Deed.COPY, Deed.DETAILS}),
        (WAITING, {Deed.BACK, Deed.DROP, Deed.COPY, Deed.DETAILS}),
        (SENDING, {Deed.COPY, Deed.DETAILS}),
    ],
)
def test_what_can_be_done_depends_on_whose_it_is_and_how_far_it_came(row: Row, deeds: set[Deed]) -> None:
    """Only the author changes a message; only what is not on its way can be taken back."""
    assert possible(row) == deeds


def test_without_a_connection_nothing_that_asks_the_server_can_be_done() -> None:
    """Looking and copying always can; so can what concerns the outbox."""
    assert possible(MINE, connected=False) == {Deed.COPY, Deed.DETAILS}
    assert possible(FAILED, connected=False) == possible(FAILED)


def test_who_may_not_write_changes_nothing_that_others_see_but_may_take_back() -> None:
    """In a channel that is read-only or closed, or where one is muted; the menu says which."""
    hush = "you are muted here until 18:08"
    refusals = {offer.deed: offer.refusal for offer in offers(MINE, connected=True, hush=hush)}
    assert refusals == {
        **dict.fromkeys(ON_STORED, ""),
        **dict.fromkeys((Deed.EDIT, Deed.REACT, Deed.PIN), hush),
    }


@pytest.mark.parametrize(
    ("row", "deed", "why"),
    [
        (THEIRS, Deed.EDIT, "only its author"),
        (GONE, Deed.REACT, "it was deleted"),
        (MINE, Deed.AGAIN, "it was sent"),
        (FAILED, Deed.PIN, "it is not stored yet"),
        (SENDING, Deed.DROP, "it is on its way"),
        (WAITING, Deed.AGAIN, "it goes out by itself"),
    ],
)
def test_what_can_not_be_done_says_why(row: Row, deed: Deed, why: str) -> None:
    """In a few words, for a menu."""
    assert refusal(row, deed, connected=True) == why


def test_a_menu_has_what_concerns_the_message_and_every_line_has_a_key() -> None:
    """What can't be done is there too."""
    assert {offer.deed for offer in offers(THEIRS, connected=True)} == ON_STORED
    assert [offer.deed for offer in offers(FAILED, connected=True)][:3] == [Deed.AGAIN, Deed.BACK, Deed.DROP]
    assert all(hints(deed.value)[0].key for deed in Deed)


def test_a_pinned_message_can_be_unpinned() -> None:
    """The line says which of both it does."""
    labels = [offer.label for offer in offers(replace(MINE, pinned=True), connected=True)]
    assert "Unpin" in labels
    assert "Pin" not in labels
