"""Cleaning and measuring what people write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import encode
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Message
from chat.protocol.records import Reaction
from chat.server.domain.limits import clean_line, clean_reaction, clean_text, default_limits

LIMITS = default_limits()


def _refusal(text: str) -> tuple[ErrorCode, str | None]:
    with pytest.raises(Refused) as refused:
        clean_text(text, LIMITS)
    return refused.value.code, refused.value.field


def test_a_body_keeps_its_lines_but_not_empty_ones_around_it() -> None:
    """Blanks within are the writer's own."""
    assert clean_text("\n\n  one\n\n two\n", LIMITS) == "  one\n\n two"


def test_what_a_terminal_obeys_is_gone_before_it_is_stored() -> None:
    """Control characters become a sign, bidirectional overrides vanish."""
    assert clean_text("\x1b[31mred\u202e", LIMITS) == "\ufffd[31mred"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t \n", "\u202e\u2066", "\u200b", "\u00a0\u2003", "\u200d\ufe0f"]
)
def test_a_text_that_shows_nothing_is_refused(text: str) -> None:
    """Whether it holds no character, blanks only, or characters that can not be seen."""
    assert _refusal(text) == (ErrorCode.EMPTY_TEXT, "text")


@pytest.mark.parametrize("text", [".", "\u200b.", "é", "👍🏽", "\ufffd", "字"])
def test_a_text_that_shows_anything_is_kept(text: str) -> None:
    """However short."""
    assert clean_text(text, LIMITS) == text


def test_a_body_is_measured_in_characters_and_in_bytes() -> None:
    """Each limit is exact."""
    longest = "x" * LIMITS.text_characters
    assert clean_text(longest, LIMITS) == longest
    assert _refusal(longest + "x") == (ErrorCode.TEXT_TOO_LONG, "text")
    heavy = "\U0001f600" * (LIMITS.text_bytes // 4)
    assert clean_text(heavy[: LIMITS.text_characters], LIMITS)
    assert len(heavy) > LIMITS.text_characters


def test_the_limit_in_bytes_bites_below_the_one_in_characters() -> None:
    """Where a server sets it so."""
    limits = default_limits()
    assert limits.text_bytes >= limits.text_characters
    with pytest.raises(Refused) as refused:
        clean_text("é" * (limits.text_bytes // 2 + 1), limits)
    assert refused.value.code is ErrorCode.TEXT_TOO_LONG


def test_what_cleaning_takes_away_is_not_counted() -> None:
    """The stored text is measured, not what was sent."""
    assert clean_text("\u202e" * 10_000 + "short", LIMITS) == "short"


def test_a_line_stays_one_line() -> None:
    """Breaks and tabs become spaces, those around it go; it may be empty."""
    assert clean_line(" a\nb\tc \n", 10, "topic") == "a b c"
    assert clean_line("\n", 10, "topic") == ""


def test_a_long_line_is_refused_at_its_field() -> None:
    """At exactly one character too many."""
    assert clean_line("x" * 10, 10, "topic") == "x" * 10
    with pytest.raises(Refused) as refused:
        clean_line("x" * 11, 10, "reason")
    assert (refused.value.code, refused.value.field) == (ErrorCode.TEXT_TOO_LONG, "reason")


@given(text=st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """What was stored could be sent again."""
    try:
        once = clean_text(text, LIMITS)
    except Refused:
        return
    assert clean_text(once, LIMITS) == once


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "👨‍👩‍👧", "🇦🇹", "+1", "ok!", "字", "\ufffd", "x" * 32])
def test_a_reaction_is_one_emoji_or_a_short_word(emoji: str) -> None:
    """Kept as it was given, also of several characters; blanks around it are not of it."""
    assert clean_reaction(f" {emoji}\n", LIMITS) == emoji


@pytest.mark.parametrize(
    "emoji", ["", " ", "\u200d\ufe0f", "\u202e", "two words", "a\nb", "a\u00a0b", "x" * 33]
)
def test_what_shows_nothing_or_is_several_words_is_no_reaction(emoji: str) -> None:
    """With a code of its own."""
    with pytest.raises(Refused) as refused:
        clean_reaction(emoji, LIMITS)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_REACTION, "emoji")


def test_a_message_with_everything_at_its_limit_fits_a_line() -> None:
    """Also beside half a page of others, in the reply to a `history` around it."""
    users = tuple(f"u{10_000_000 + row}" for row in range(LIMITS.message_reactions // LIMITS.message_emoji))
    emoji = "\U0001f600" * LIMITS.reaction_characters
    longest = Message(
        conversation="c10000000",
        number=2**32 - 1,
        user=users[0],
        nick="\U0001f600" * LIMITS.nick_characters,
        timestamp=datetime(2024, 5, 17, 9, 30, 0, 123456, tzinfo=UTC),
        send_id="s" * 64,
        text="\U0001f600" * (LIMITS.text_bytes // 4),
        mentions=users * 2,
        revision=2**32 - 1,
        edited=2**32 - 1,
        reactions=tuple(Reaction(emoji=emoji, users=users) for _ in range(LIMITS.message_emoji)),
    )
    assert len(encode(longest)) + LIMITS.page_bytes // 2 + 500 < LIMITS.line_bytes
