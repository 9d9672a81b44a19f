"""Which name somebody means by a part of one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.slash.fitting import best_fit

TITLES = ("#general", "#dev", "#dev-ops", "@alice", "@bob")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("#dev", "#dev"),
        ("dev", "#dev"),
        ("DEV-OPS", "#dev-ops"),
        ("ali", "@alice"),
        ("@bo", "@bob"),
        ("ops", "#dev-ops"),
        ("generla", "#general"),
    ],
)
def test_the_best_fit_is_found(name: str, found: str) -> None:
    """Equal before beginning so, before containing it, before nearly so; case and sign do not count."""
    assert best_fit(name, TITLES) == found


def test_of_several_the_shortest_is_meant() -> None:
    """Who wants a longer one can type more of it."""
    assert best_fit("de", TITLES) == "#dev"


def test_of_two_alike_the_first_is_meant() -> None:
    """As of a channel and a person of the same name."""
    assert best_fit("alice", ("#alice", "@alice")) == "#alice"


def test_what_fits_nothing_finds_nothing() -> None:
    """Rather than something arbitrary."""
    assert best_fit("xyz", TITLES) is None
    assert best_fit("anything", ()) is None


@given(titles=st.lists(st.text(min_size=1, max_size=8), max_size=8), name=st.text(max_size=8))
def test_only_given_names_are_found(titles: list[str], name: str) -> None:
    """Whatever is typed."""
    found = best_fit(name, titles)
    assert found is None or found in titles


@given(titles=st.lists(st.text("abcdef", min_size=1, max_size=8), min_size=1, unique=True), data=st.data())
def test_a_whole_name_finds_itself(titles: list[str], data: st.DataObject) -> None:
    """Whatever others there are."""
    title = data.draw(st.sampled_from(titles))
    assert best_fit(title, titles) == title
