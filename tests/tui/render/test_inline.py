"""What stands out inside a message's text."""

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text import sanitize
from chat.tui.render.inline import link_target, marks
from chat.tui.render.roles import Role


def found(text: str) -> list[tuple[str, Role]]:
    """The marked parts with their roles."""
    return [(text[mark.start : mark.end], mark.role) for mark in marks(text)]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.org.", "https://example.org"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("https://example.org/?q=1&r=2#top, and", "https://example.org/?q=1&r=2#top"),
        ("HTTP://EXAMPLE.ORG", "HTTP://EXAMPLE.ORG"),
        ("http://[::1]:7420/x", "http://[::1]:7420/x"),
        ('"https://example.org/x"', "https://example.org/x"),
        ("**https://example.org**", "https://example.org"),
    ],
)
def test_a_link_ends_where_its_address_does(text: str, link: str) -> None:
    """Punctuation and brackets around a link do not belong to it, those inside do."""
    assert (link, Role.LINK) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org",
        "https://",
        "xhttp://y.z",
        "http:// x",
    ],
)
def test_other_schemes_are_no_links(text: str) -> None:
    """Only the web can be opened from a message."""
    assert all(role is not Role.LINK for _, role in found(text))


@given(st.text(max_size=60).map(sanitize))
def test_a_link_goes_to_the_terminal_as_visible_ascii(tail: str) -> None:
    """Whatever is in an address, what the terminal is given can hold no control sequence."""
    for mark in marks(f"https://e{tail}"):
        assert mark.url.startswith("https://") or mark.role is not Role.LINK
        assert all("!" <= letter <= "~" for letter in mark.url)
    assert link_target("https://e/\x1b]8;;\x07\x9bü") == "https://e/%1B]8;;%07%C2%9B%C3%BC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run `make all` now", [("`make all`", Role.CODE)]),
        ("`https://example.org`", [("`https://example.org`", Role.CODE)]),
        ("a *bold word* here", [("*bold word*", Role.STRONG)]),
        ("2 * 3 * 4", []),
        ("2*3*4", []),
        ("*a*b", []),
        ("ask @bob, or @al-b.c.", [("@bob", Role.NAME), ("@al-b.c", Role.NAME)]),
        ("mail a@b.c", []),
        ("`open", []),
        ("nothing", []),
    ],
)
def test_code_bold_words_and_names_are_marked(text: str, expected: list[tuple[str, Role]]) -> None:
    """The signs belong to the marked part; what only looks like a sign marks nothing."""
    assert found(text) == expected


@given(st.text(st.sampled_from("`*@a:/ht ps.()\n"), max_size=60))
def test_marks_stand_in_order_and_apart(text: str) -> None:
    """Marked parts never overlap, so every letter has one look."""
    spots = [(mark.start, mark.end) for mark in marks(text)]
    assert spots == sorted(spots)
    assert all(end > start for start, end in spots)
    assert all(first[1] <= second[0] for first, second in pairwise(spots))


@pytest.mark.parametrize("text", ["*a " * 1400, "`" * 4001, "@" * 4000, "https://a" + ")" * 4000, "*" * 4000])
def test_no_text_takes_long_to_search(text: str) -> None:
    """Signs without end cost no more than a long message does."""
    before = process_time()
    list(marks(text))
    assert process_time() - before < 0.5
