"""Where one can go, best first."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.palette import Kind, SwitchItem, ranked
from chat.tui.render.attention import Attention


def channel(title: str, attention: Attention = Attention.NOTHING) -> SwitchItem:
    """A channel whose id is its title."""
    return SwitchItem(title, title, Kind.CHANNEL, attention)


def titles(typed: str, *items: SwitchItem | str) -> list[str]:
    """The titles that fit, in order."""
    made = [item if isinstance(item, SwitchItem) else channel(item) for item in items]
    return [hit.item.title for hit in ranked(made, typed)]


def letters(typed: str, title: str) -> str:
    """The title with the letters that were found in upper case."""
    (hit,) = ranked([channel(title)], typed)
    return "".join(sign.upper() if at in hit.letters else sign for at, sign in enumerate(title))


def test_while_nothing_is_typed_what_calls_comes_first() -> None:
    """Mentions, then unread, then activity, then the rest in the order they came."""
    items = (
        channel("#b"),
        channel("#a"),
        channel("#active", Attention.ACTIVITY),
        channel("#unread", Attention.UNREAD),
        channel("@bob", Attention.MENTION),
    )
    assert titles("", *items) == ["@bob", "#unread", "#active", "#b", "#a"]
    assert titles("   ", *items) == titles("", *items)


def test_the_better_name_comes_first() -> None:
    """The same name, one that begins so, a word in it, part of it, its letters in order."""
    names = ["#dr-eve", "#modev", "#my-dev", "#my_dev", "#developers", "#dev"]
    assert titles("dev", *names) == ["#dev", "#developers", "#my-dev", "#my_dev", "#modev", "#dr-eve"]


def test_of_equally_good_names_the_one_that_calls_comes_first() -> None:
    """Attention decides only between names that fit equally well."""
    items = (channel("#dev-a"), channel("#dev-b", Attention.MENTION), channel("#dev", Attention.NOTHING))
    assert titles("dev", *items) == ["#dev", "#dev-b", "#dev-a"]


def test_names_without_the_letters_are_left_out() -> None:
    """Only what can be meant is shown."""
    assert titles("xy", "#dev", "#yx", "@alice") == []


def test_case_does_not_matter() -> None:
    """One types small letters for large ones and the other way round."""
    assert titles("DEV", "#Dev") == titles("dev", "#Dev") == ["#Dev"]


def test_the_sign_may_be_typed_and_then_counts() -> None:
    """`@a` is about people alone."""
    assert titles("@a", "#alice", "@alice") == ["@alice"]
    assert titles("a", "#alice", "@alice") == ["#alice", "@alice"]


@pytest.mark.parametrize(
    ("typed", "title", "shown"),
    [
        ("dev", "#my-dev", "#my-DEV"),
        ("md", "#my-dev", "#My-Dev"),
        ("#m", "#my-dev", "#My-dev"),
        ("d", "#add-dev", "#add-Dev"),
    ],
)
def test_the_typed_letters_are_found_again(typed: str, title: str, shown: str) -> None:
    """The places in the title are those of the letters that fit."""
    assert letters(typed, title) == shown


def test_a_name_that_grows_by_folding_is_found_without_places() -> None:
    """`ß` is found by `ss`; which letter that is can't be told, so none is marked."""
    (hit,) = ranked([channel("#spaß-hier")], "spass")
    assert hit.letters == ()


def test_a_name_made_to_have_many_ways_costs_nothing() -> None:
    """A stranger's channel can't freeze the screen of who types letters that it repeats."""
    hostile = [channel("#" + "a-" * 31) for _ in range(200)]
    begun = process_time()
    assert len(ranked(hostile, "a" * 20)) == 200
    assert ranked(hostile, "a" * 20 + "b") == []
    assert process_time() - begun < 1.0


@given(st.lists(st.text(min_size=1, max_size=8), max_size=8), st.text(max_size=5))
def test_every_hit_has_the_letters_and_every_place_is_in_the_title(names: list[str], typed: str) -> None:
    """Whatever is typed, in any script, places are ascending and within the title, and nothing fails."""
    for hit in ranked([channel(name) for name in names], typed):
        assert list(hit.letters) == sorted(set(hit.letters))
        assert all(0 <= place < len(hit.item.title) for place in hit.letters)


@given(st.lists(st.text(min_size=2, max_size=8), min_size=1, max_size=8, unique=True), st.data())
def test_a_name_typed_in_full_is_first(names: list[str], data: st.DataObject) -> None:
    """Typing all of a name, with its sign, leads to it or to one that reads the same."""
    wanted = data.draw(st.sampled_from(names))
    first, *_ = [*titles(f"#{wanted}", *(f"#{name}" for name in names)), ""]
    assert first.strip().casefold() == f"#{wanted}".strip().casefold() or not wanted.strip()
