"""Ids, tokens and what is kept of them."""

import hashlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import new_epoch, new_send_id, new_server_id, new_token, token_hash

MILLISECONDS = st.integers(0, 2**48 - 1)


@given(first=MILLISECONDS, second=MILLISECONDS)
def test_send_ids_sort_by_the_time_they_were_made(first: int, second: int) -> None:
    """An id of an earlier millisecond is the smaller string."""
    if first != second:
        assert (new_send_id(first) < new_send_id(second)) == (first < second)


@given(clock_ms=MILLISECONDS)
def test_a_send_id_has_one_shape(clock_ms: int) -> None:
    """32 lower-case hexadecimal digits, whatever the time."""
    assert re.fullmatch(r"[0-9a-f]{32}", new_send_id(clock_ms))


def test_send_ids_of_one_millisecond_differ() -> None:
    """A burst needs no clock that ticks."""
    assert len({new_send_id(1_700_000_000_000) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("clock_ms", [-1, 2**48])
def test_a_clock_out_of_range_is_refused(clock_ms: int) -> None:
    """Such an id would not sort, so there is none."""
    with pytest.raises(ValueError, match="48 bits"):
        new_send_id(clock_ms)


@pytest.mark.parametrize(("make", "digits"), [(new_token, 64), (new_server_id, 32), (new_epoch, 16)])
def test_random_names_have_their_length_and_never_repeat(make: Callable[[], str], digits: int) -> None:
    """All of them are hexadecimal digits from the system's generator."""
    made = {make() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(rf"[0-9a-f]{{{digits}}}", name) for name in made)


def test_what_is_kept_of_a_token_is_its_sha256() -> None:
    """The hash of a token is always the same and does not contain it."""
    token = new_token()
    assert token_hash(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token_hash(token) != token_hash(new_token())
