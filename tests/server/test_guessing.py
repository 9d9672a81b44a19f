"""Which passwords are too easily guessed, and that judging one is little work, whatever it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS
from zxcvbn.matching import L33T_TABLE

from chat.server.guessing import JUDGED_MOST, WORK_MOST, easily_guessed, pieces, readings, work

USUAL = {"a": "@4", "e": "3", "i": "1!", "o": "0", "s": "$5"}
"""How people put signs for letters."""
COMMON = [word for word in FREQUENCY_LISTS["passwords"] if word.isalpha() and len(word) >= 8][:100]
MANY_READINGS = "".join(sorted({sign for signs in L33T_TABLE.values() for sign in signs}))


@given(
    st.one_of(
        st.text(max_size=120),
        st.text(MANY_READINGS, max_size=120),
        st.lists(st.sampled_from([*COMMON, "11.11.1980", "123456789", "qwertz", *MANY_READINGS])).map(
            "".join
        ),
    )
)
def test_what_is_judged_at_once_is_short_or_has_few_readings(password: str) -> None:
    """Joined, the pieces are the beginning of the password."""
    cut = pieces(password)
    assert "".join(cut) == password[:JUDGED_MOST]
    assert all(work(len(piece), readings(piece)) <= WORK_MOST for piece in cut)


@pytest.mark.parametrize("password", ["P@$$w0rd1234!", "1234567890", "0987654321abcdef", "seven red boats"])
def test_what_people_choose_is_judged_as_a_whole(password: str) -> None:
    """Neither all ten digits nor the usual signs for letters have many readings."""
    assert pieces(password) == [password]


def test_as_many_signs_as_there_are_cost_as_little_as_others() -> None:
    """As a whole it would have hundreds of readings, each looked up in every list, for seconds."""
    hostile = (MANY_READINGS * 4)[:72]
    assert readings(MANY_READINGS) > 700
    assert len(pieces(hostile)) > 2
    assert not easily_guessed(hostile, "maria")


@settings(max_examples=50)
@given(word=st.sampled_from(COMMON), data=st.data())
def test_common_passwords_are_found_behind_the_usual_signs(word: str, data: st.DataObject) -> None:
    """One sign for each letter, as people do it; a capital helps no more."""
    signs: dict[str, str | int | None] = {
        letter: data.draw(st.sampled_from(letter + choices)) for letter, choices in USUAL.items()
    }
    written = word.translate(str.maketrans(signs))
    assert pieces(written) == [written]
    assert easily_guessed(written.capitalize(), "maria")


@pytest.mark.parametrize(
    "password",
    [
        "password" * 8,
        "a" * 64,
        "1234567890" * 3,
        "12345678900987654321",
        "11.11.1980",
        "q1w2e3r4t5y6u7i8o9p0",
    ],
)
def test_long_ones_that_are_easy_stay_so(password: str) -> None:
    """Repeated, in a row, or on many lists, be they judged in one piece or in several."""
    assert easily_guessed(password, "maria")


def test_ones_own_nick_is_easy_and_somebody_elses_is_not() -> None:
    """Alone and with a digit behind it."""
    assert easily_guessed("zebulonix", "Zebulonix")
    assert easily_guessed("zebulonix1", "zebulonix")
    assert not easily_guessed("zebulonix", "maria")
