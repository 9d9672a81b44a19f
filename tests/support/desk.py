"""Talks on a desk, as tests look at them."""

from chat.protocol.records import Conversation
from chat.tui.desk.talk import Talk
from chat.tui.render.rows import NEW_KEY, Row
from tests.support.entries import READER
from tests.support.frames import channel


def a_talk(record: Conversation | None = None) -> Talk:
    """A talk without rows."""
    return Talk(record or channel(), READER)


def rows_of(talk: Talk) -> list[Row]:
    """Its rows, without the rules of days."""
    store = talk.model.store
    return [store[at] for at in range(len(store)) if not store[at].key.startswith("d")]


def lines(talk: Talk) -> list[str]:
    """The texts of its rows, without the rules of days."""
    return [row.text for row in rows_of(talk)]


def first_new(talk: Talk) -> str:
    """The text of what stands below the rule of what is new; empty without a rule."""
    rows = rows_of(talk)
    at = next((at for at, row in enumerate(rows) if row.key == NEW_KEY), None)
    return "" if at is None else rows[at + 1].text
