"""Which names look like others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.server.domain.look_alikes import looks_of, mixes_scripts

NAMES = st.text("abmnlIO01|rАаоеρЕ中あ", min_size=1, max_size=8)


def alike(one: str, other: str) -> bool:
    """Tell whether two names can't be told apart."""
    return not looks_of(one, one.casefold()).isdisjoint(looks_of(other, other.casefold()))


@given(NAMES)
def test_a_name_looks_like_itself_in_any_case(name: str) -> None:
    """However it is written, and however often it is asked."""
    assert alike(name, name)
    assert alike(name, name.casefold())


@given(NAMES, NAMES)
def test_looking_alike_goes_both_ways(one: str, other: str) -> None:
    """Who came first does not matter."""
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("paul", "раul"), ("lll", "I1|"), ("bob0", "bobO"), ("modem", "modern"), ("Ann", "ann"), ("аnn", "ann")],
)
def test_what_looks_the_same_is_found(one: str, other: str) -> None:
    """Letters of other scripts, digits and letters, two letters that look like one."""
    assert alike(one, other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("bob", "rob"), ("ann", "nan"), ("中", "国")])
def test_what_looks_different_is_let_be(one: str, other: str) -> None:
    """Names of people who are not mistaken for each other."""
    assert not alike(one, other)


@pytest.mark.parametrize("name", ["ann", "мария", "中あア", "漢abc", "한abc", "ann_1.2-3"])
def test_scripts_that_people_write_together_are_no_mixture(name: str) -> None:
    """Digits and signs belong to all."""
    assert not mixes_scripts(name)


@pytest.mark.parametrize("name", ["раul", "αnn", "あ한"])
def test_other_scripts_in_one_name_are_a_mixture(name: str) -> None:
    """Such names are made to deceive."""
    assert mixes_scripts(name)
