"""Lines of a width out of a text."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.cells import cells, clusters, drawable
from chat.tui.render.wrap import wrap

PARTS = [*"aab日한  \n…é", "🇩🇪", "👩\u200d👧", "e\u0301", "👍🏽", "\u200b", "word", "   "]

texts = st.lists(st.sampled_from(PARTS), max_size=60).map("".join).map(drawable)
widths = st.integers(1, 30)


def lines(text: str, width: int) -> list[str]:
    """The lines as text."""
    return [text[start:end] for start, end in wrap(text, width)]


@given(texts, widths)
def test_no_letter_is_lost_or_doubled(text: str, width: int) -> None:
    """The lines follow each other, and only spaces and newlines are left out between them."""
    at = 0
    for start, end in wrap(text, width):
        assert at <= start <= end
        assert set(text[at:start]) <= {" ", "\n"}
        at = end
    assert set(text[at:]) <= {" ", "\n"}


@given(texts, widths)
def test_no_line_is_wider_than_the_width(text: str, width: int) -> None:
    """Only a single cluster that is itself wider may stand out."""
    for line in lines(text, width):
        assert cells(line) <= width or len(list(clusters(line))) == 1


@given(texts, widths)
def test_no_cluster_is_split(text: str, width: int) -> None:
    """Lines begin and end where clusters do; only a mark that was put on a space may lose it."""
    borders = {part.start for part in clusters(text)} | {part.end for part in clusters(text)} | {0}
    borders |= {at + 1 for at, letter in enumerate(text) if letter == " "}
    assert all(start in borders and end in borders for start, end in wrap(text, width))


@given(texts, widths)
def test_every_newline_begins_a_line(text: str, width: int) -> None:
    """What was written on lines of its own is shown on lines of its own."""
    shown = wrap(text, width)
    assert len(shown) >= text.count("\n") + 1
    assert not any("\n" in text[start:end] for start, end in shown)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 5, [""]),
        ("hello world", 11, ["hello world"]),
        ("hello world", 10, ["hello", "world"]),
        ("hello   world", 5, ["hello", "world"]),
        ("one two three", 7, ["one two", "three"]),
        ("  indented", 10, ["  indented"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("x abcdefgh", 5, ["x abc", "defgh"]),
        ("日本語日本語", 5, ["日本", "語日", "本語"]),
        ("ab 日本語", 5, ["ab 日", "本語"]),
        ("日", 1, ["日"]),
        ("     ", 3, [""]),
        ("ab   ", 2, ["ab"]),
    ],
)
def test_lines_break_at_spaces_if_they_can(text: str, width: int, expected: list[str]) -> None:
    """Words stay whole but for those longer than a line and those of scripts without spaces."""
    assert lines(text, width) == expected


@pytest.mark.parametrize("letter", ["a", "日", "👩\u200d👧", "e\u0301"])
@pytest.mark.parametrize("width", [1, 60])
def test_a_word_of_20_000_letters_takes_no_time(letter: str, width: int) -> None:
    """It has so many lines as it needs and is wrapped in well under a second."""
    text = letter * 20_000
    before = process_time()
    shown = wrap(text, width)
    assert process_time() - before < 1
    assert len(shown) == -(-20_000 * max(1, cells(letter)) // max(width, cells(letter)))
