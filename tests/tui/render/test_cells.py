"""How wide text is, and where it may be cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chat.tui.render.cells import cells, clusters, drawable, fit, snap

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
WHOLE = [
    *(FAMILY, "🇩🇪", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "e\u0301", "日", "각", "🏳\ufe0f\u200d🌈", "🇩"),
    *("👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", "\u1100\u1161\u11a8"),
]
PARTS = [
    "a",
    " ",
    "日",
    "한",
    "🇩",
    "🇪",
    "👩",
    "👧",
    "\u200d",
    "\ufe0f",
    "\u0301",
    "🏽",
    "\u200b",
    "1",
    "é",
    "…",
]

nasty = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)


@pytest.mark.parametrize("letter", WHOLE)
def test_what_people_take_for_one_letter_is_one_cluster(letter: str) -> None:
    """Families, flags, tones, marks and keycaps are never cut, and stay apart from their neighbours."""
    text = f"x{letter}y"
    assert drawable(text) == text
    assert [text[part.start : part.end] for part in clusters(text)] == ["x", letter, "y"]


def test_flags_are_cut_between_and_not_inside() -> None:
    """Two flags in a row are two clusters of two letters each."""
    assert [(part.end - part.start, part.cells) for part in clusters("🇩🇪🇫🇷")] == [(2, 2), (2, 2)]


@given(nasty)
def test_clusters_cover_the_text_and_add_up_to_its_width(text: str) -> None:
    """No gap, no overlap, and a part is as wide as it is in the whole: a cut moves nothing."""
    text = drawable(text)
    parts = list(clusters(text))
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert sum(part.cells for part in parts) == cells(text) == cell_len(text)
    assert all(cells(text[part.start : part.end]) == part.cells for part in parts)


@given(nasty)
def test_making_drawable_twice_changes_nothing_more(text: str) -> None:
    """What is drawable stays as it is."""
    assert drawable(drawable(text)) == drawable(text)


@given(nasty)
def test_nothing_is_wider_than_it_is_counted(text: str) -> None:
    """Only what belongs to a picture may count as nothing, so no line is wider than it was laid out."""
    for part in clusters(drawable(text)):
        letters = drawable(text)[part.start : part.end]
        assert letters.count("\u200d") <= 3, "more members than a family has"
        assert all(ord(member[0]) >= 0x1F200 for member in letters.split("\u200d")[1:])


def test_a_joiner_hides_no_letters() -> None:
    """A terminal draws letters after a joiner, so they are counted: the joiner is what goes."""
    hidden = "\u200dA" * 500
    assert drawable(hidden) == "A" * 500
    assert cells(drawable(hidden)) == 500


def test_a_tone_without_a_picture_is_made_visible() -> None:
    """A tone alone counts as nothing and is drawn all the same."""
    assert drawable("a🏽🏽") == "a\ufffd\ufffd"


def test_a_chain_of_pictures_is_cut_into_families() -> None:
    """Hundreds of joined pictures would count as two cells."""
    chain = drawable("\u200d".join("👩" * 400))
    assert cells(chain) == 200


def test_tabs_are_spread() -> None:
    """A tab reaches to the next multiple of four cells."""
    assert drawable("a\tb\n\tc") == "a   b\n    c"


@given(nasty, st.integers(0, 12))
def test_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    """Whatever is put in, a column has its width; a text that fits is whole."""
    fitted = fit(text, width)
    assert cells(fitted) == width
    if cells(drawable(text)) <= width:
        assert fitted.startswith(drawable(text))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("alice", 8, "alice   "),
        ("alexandra", 5, "alex…"),
        ("日本語", 4, "日… "),
        (FAMILY * 3, 5, FAMILY * 2 + "…"),
    ],
)
def test_fitted_text_is_cut_between_clusters(text: str, width: int, shown: str) -> None:
    """A cut text ends with an ellipsis after a whole letter."""
    assert fit(text, width) == shown


def test_a_part_is_widened_to_whole_clusters() -> None:
    """Whoever selects a part of a letter selects the letter."""
    text = f"ab{FAMILY}cd"
    assert snap(text, 1, 3) == (1, 2 + len(FAMILY))
    assert snap(text, 4, 5) == (2, 2 + len(FAMILY))
    assert snap(text, -3, 1 << 30) == (0, len(text))
    assert snap("日\n日", 0, 1) == (0, 1)
    assert snap("abc", 1, 2) == (1, 2)
    assert snap("abc", 2, 1) == (2, 2)
