"""Entries as rows to read."""

import itertools
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Reaction
from chat.tui.desk.entry_rows import (
    Shown,
    goes_on,
    number_of,
    pieces_of,
    row_of,
    shown,
    unsent_row,
)
from chat.tui.render.rows import Chip, RowKind, RowStatus
from tests.support.entries import NINE, READER, conversation_of, created, joined, left, said, topic


def texts(entries: list[AnyEntry]) -> list[str]:
    """The texts of the rows of these entries."""
    return [row_of(piece, READER).text for piece in pieces_of(shown(entries), READER)]


def test_a_message_keeps_its_words_and_who_said_them_when() -> None:
    """Key, time in the reader's zone, nick as it was then, text: nothing is lost on the way to a row."""
    there = READER._replace(zone=timezone(timedelta(hours=2)))
    row = row_of((said(7, "hello *you*", "bob"),), there)
    assert (row.key, row.kind, row.user, row.nick) == ("n7", RowKind.MESSAGE, "u-bob", "bob")
    assert row.text == "hello *you*"
    assert row.time is not None
    assert f"{row.time:%H:%M}" == "11:07"
    assert not row.own
    assert not row.mention


def test_an_action_is_a_row_of_its_own_kind() -> None:
    """`/me` is told in the third person."""
    assert row_of((said(7, "waves", action=True),), READER).kind is RowKind.ACTION


def test_a_message_that_names_the_reader_is_a_mention() -> None:
    """Mentions count by user id, so a new nick does not change them."""
    assert row_of((said(7, mentions=("u-me", "u-bob")),), READER).mention
    assert not row_of((said(8, "me?", mentions=("u-bob",)),), READER).mention


def test_an_own_message_is_known_by_the_user_not_by_the_nick() -> None:
    """Somebody who took one's old nick does not speak for one."""
    assert row_of((said(7, who="me"),), READER).own
    assert not row_of((said(7, who="impostor"),), READER._replace(nick="impostor")).own


def test_a_changed_message_shows_as_it_stands_now() -> None:
    """That it was edited, and who gave which reaction as far as a reader wants to see it."""
    reactions = (Reaction(emoji="👍", users=("u-bob", "u-me")), Reaction(emoji="👀", users=("u-bob",)))
    row = row_of((said(7, "new", edited=9, revision=11, reactions=reactions),), READER)
    assert (row.text, row.edited) == ("new", True)
    assert row.reactions == (Chip("👍", 2, own=True), Chip("👀", 1, own=False))


def test_a_deleted_message_keeps_who_and_when_alone() -> None:
    """It calls nobody any more, and whatever it did is told as words."""
    gone = said(7, who="bob", action=True, mentions=("u-me",), deleted=True)
    row = row_of((replace(gone, text=""),), READER)
    assert (row.kind, row.nick, row.text) == (RowKind.MESSAGE, "bob", "message deleted")
    assert row.deleted
    assert not row.mention


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (created(), "ann made #general"),
        (created(name=""), "here your conversation begins; only the two of you read it"),
        (topic(2, "Release on Friday"), "ann set the topic: Release on Friday"),
        (topic(2, ""), "ann removed the topic"),
        (joined(2), "ann joined"),
        (left(2), "ann left"),
        (left(2, reason="lunch"), "ann left (lunch)"),
        (replace(left(2, reason="ads"), by="bob"), "bob took ann out: ads"),
    ],
)
def test_what_is_no_message_is_one_quiet_line(entry: Shown, text: str) -> None:
    """Each kind of entry has its sentence."""
    row = row_of((entry,), READER)
    assert (row.kind, row.text) == (RowKind.EVENT, text)


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([joined(1, "ann"), joined(2, "bob")], "ann and bob joined"),
        ([joined(1, "ann"), joined(2, "bob"), joined(3, "cleo")], "ann, bob and cleo joined"),
        ([joined(each, name) for each, name in enumerate("abcd", 1)], "a, b and 2 others joined"),
        ([joined(each, name) for each, name in enumerate("abcdefg", 1)], "a, b and 5 others joined"),
        ([joined(1, "ann"), left(2, "bob"), joined(3, "cleo")], "ann and cleo joined, bob left"),
        ([left(1, "ann", "lunch"), left(2, "bob")], "ann and bob left"),
        ([joined(1, "ann"), left(2, "ann"), joined(3, "ann")], "ann joined, ann left"),
    ],
)
def test_who_comes_and_goes_in_a_row_becomes_one_line(entries: list[AnyEntry], text: str) -> None:
    """The first two or three are named, the others counted; nobody is named twice."""
    assert texts(entries) == [text]


def test_a_message_ends_a_crowd() -> None:
    """Who came before and who came after a message stand in two lines."""
    assert texts([joined(1, "ann"), said(2, "hi"), joined(3, "bob")]) == ["ann joined", "hi", "bob joined"]


def test_a_new_day_ends_a_crowd() -> None:
    """Nobody is said to have come on another day than they did."""
    assert texts([joined(1, "ann"), joined(2, "bob", days=1)]) == ["ann joined", "bob joined"]


@given(st.integers(2, 80))
def test_every_entry_is_in_exactly_one_piece_and_in_order(length: int) -> None:
    """Folding loses nothing, doubles nothing and moves nothing; two neighbours never belong together."""
    log = shown(conversation_of(length))
    pieces = list(pieces_of(log, READER))
    assert [entry for piece in pieces for entry in piece] == log
    assert not any(goes_on(one, other[0], READER) for one, other in itertools.pairwise(pieces))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (SendState.WAITING, RowStatus.WAITING),
        (SendState.SENT, RowStatus.SENDING),
        (SendState.FAILED, RowStatus.FAILED),
    ],
)
def test_an_unsent_message_tells_how_far_it_has_come(state: SendState, status: RowStatus) -> None:
    """It is one's own, and says why it waits or failed."""
    item = OutboxItem("1", "c", "hi", action=True, state=state, sentence="too fast")
    row = unsent_row(item, NINE, READER)
    assert (row.key, row.kind, row.own, row.status) == ("s1", RowKind.ACTION, True, status)
    assert row.detail.startswith("too fast")


def test_what_one_typed_is_made_harmless_too() -> None:
    """What was pasted with control characters never reaches the log as it was."""
    row = unsent_row(OutboxItem("1", "c", "a\x1b[2Jb\nc"), NINE, READER)
    assert "\x1b" not in row.text
    assert row.text.endswith("b\nc")


@pytest.mark.parametrize(
    ("key", "number"), [("n12", 12), ("new", 0), ("n", 0), ("g12", 0), ("s12", 0), ("dn12", 0), ("", 0)]
)
def test_only_rows_of_entries_have_a_number(key: str, number: int) -> None:
    """The rule of what is new begins with an n as well."""
    assert number_of(key) == number
