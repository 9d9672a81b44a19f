"""The sanitizer: which text reaches a terminal, and that nothing else does."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.text import sanitize, sanitize_line

BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
DEPRECATED = [chr(code) for code in range(0x206A, 0x2070)]
TAGS = [chr(code) for code in range(0xE0000, 0xE0080)]
NONCHARACTERS = [
    *(chr(code) for code in range(0xFDD0, 0xFDF0)),
    *(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
]
SURROGATES = [chr(0xD800), chr(0xDBFF), chr(0xDFFF)]
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\n\t"]

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Any text, lone surrogates included."""

HOSTILE_TEXT = st.text(
    st.sampled_from(
        [*CONTROLS, *BIDI, *TAGS[:8], *NONCHARACTERS, "\ud800", "\u2028", "\n", "\t", "a", "\u0301"]
    )
)


@pytest.mark.parametrize("control", CONTROLS)
def test_control_characters_become_replacement_characters(control: str) -> None:
    """One can see that something was there, and a terminal obeys nothing."""
    assert sanitize(f"a{control}b") == "a\ufffdb"
    assert sanitize_line(f"a{control}b") == "a\ufffdb"


@pytest.mark.parametrize("hidden", [*BIDI, *DEPRECATED, *TAGS[::17], *NONCHARACTERS, *SURROGATES])
def test_what_hides_or_turns_text_is_removed(hidden: str) -> None:
    """Bidirectional controls, tags, noncharacters and lone surrogates leave no trace."""
    assert sanitize(f"a{hidden}b") == "ab"


def test_a_terminal_sequence_is_left_as_dead_letters() -> None:
    """Without its escape character it is only text."""
    assert sanitize("\x1b]0;owned\x07 and \x9b31m") == "\ufffd]0;owned\ufffd and \ufffd31m"


def test_lines_and_tabs_stay_in_a_body_and_become_spaces_on_a_line() -> None:
    """The two functions differ in nothing else."""
    assert sanitize("one\ttwo\nthree") == "one\ttwo\nthree"
    assert sanitize_line("one\ttwo\nthree") == "one two three"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_unicode_s_own_line_breaks_become_the_usual_one(separator: str) -> None:
    """So that a line is the same thing to everyone who splits it."""
    assert sanitize(f"one{separator}two") == "one\ntwo"
    assert sanitize_line(f"one{separator}two") == "one two"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words, 100 % of them",
        "Grüße aus Köln",
        "日本語 中文 한국어",
        "שלום \u200f עולם",
        "नमस्ते क्षत्रिय",
        "สวัสดีที่รัก",
        "👩‍👩‍👧 🏳️‍🌈 🇩🇪 👍🏽",
        "Việt Nam e\u0301a\u0308",
        "[bold]not markup here[/]",
    ],
)
def test_honest_text_of_any_script_is_untouched(text: str) -> None:
    """Emoji sequences, marks and right-to-left words stay whole."""
    assert sanitize(text) == text
    assert sanitize_line(text) == text


def test_at_most_eight_marks_stay_on_a_letter() -> None:
    """A pile of marks that would paint over other lines is cut off."""
    assert sanitize("a" + "\u0301" * 8 + "b") == "a" + "\u0301" * 8 + "b"
    assert sanitize("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * 8 + "b"


@pytest.mark.parametrize("between", ["\u200d", "\u200b", "\u202e", "\ufeff"])
def test_a_pile_of_marks_is_not_hidden_by_what_has_no_width(between: str) -> None:
    """Nothing invisible between the marks makes them count as several piles."""
    assert sanitize("a" + f"\u0301{between}" * 40).count("\u0301") == 8


def test_each_letter_has_a_pile_of_its_own() -> None:
    """Symbols between marks begin a new count, as letters do."""
    text = "☃" + "\u0301" * 8 + "☃" + "\u0301" * 8
    assert sanitize(text) == text


@given(ANY_TEXT | HOSTILE_TEXT)
@example("a" + "\u0301" * 9 + "\u202e" + "\u0301" * 9)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """The server cleans and the client cleans again; both see the same text."""
    assert sanitize(sanitize(text)) == sanitize(text)
    assert sanitize_line(sanitize_line(text)) == sanitize_line(text)
    assert sanitize_line(sanitize(text)) == sanitize_line(text)


@given(ANY_TEXT | HOSTILE_TEXT)
def test_nothing_harmful_survives(text: str) -> None:
    """Whatever comes in: no control, no surrogate, nothing of the removed sets goes out."""
    clean = sanitize(text)
    assert not set(clean) & {*CONTROLS, *BIDI, *DEPRECATED, *TAGS, *NONCHARACTERS}
    assert all(unicodedata.category(character) != "Cs" for character in clean)
    assert len(clean) <= len(text)
    assert len(sanitize_line(text).splitlines()) <= 1


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_letters_numbers_signs_and_spaces_are_never_changed(text: str) -> None:
    """The sanitizer takes nothing from honest text."""
    assert sanitize(text) == text
