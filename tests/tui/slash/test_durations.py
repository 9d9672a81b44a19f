"""Durations as people write and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.durations import again_in, briefly, in_words
from chat.tui.slash.durations import is_duration, seconds_of
from chat.tui.slash.spec import SlashError


@pytest.mark.parametrize(
    ("word", "seconds", "words"),
    [
        ("30s", 30, "30 seconds"),
        ("1m", 60, "1 minute"),
        ("90m", 5400, "1 hour 30 minutes"),
        ("1h30m", 5400, "1 hour 30 minutes"),
        ("7D", 604_800, "7 days"),
        ("2w", 1_209_600, "14 days"),
        ("1d2h3m4s", 93_784, "1 day 2 hours"),
    ],
)
def test_durations_are_read_and_told(word: str, seconds: int, words: str) -> None:
    """In seconds; told in the two largest units."""
    assert is_duration(word)
    assert (seconds_of(word), in_words(seconds)) == (seconds, words)


@pytest.mark.parametrize("word", ["", "10", "m", "10 m", "-1s", "1y", "ten", "١s"])
def test_other_words_are_none(word: str) -> None:
    """A reason may begin with a number."""
    assert not is_duration(word)
    with pytest.raises(SlashError, match="30s, 10m, 2h or 7d"):
        seconds_of(word)


@given(st.integers(1, 10**6))
def test_whole_seconds_come_back(seconds: int) -> None:
    """What is written in seconds is that many."""
    assert seconds_of(f"{seconds}s") == seconds
    assert in_words(seconds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.3, "1 s"),
        (11.2, "12 s"),
        (99, "99 s"),
        (100, "1 min 40 s"),
        (300, "5 min"),
        (3600 + 59, "1 h 1 min"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_wait_is_written_as_it_is_counted_down(seconds: float, words: str) -> None:
    """Never as shorter than it is, down to the second only where that helps."""
    assert briefly(seconds) == words
    assert again_in(seconds) == f"Try again in {words}."
