"""Codes for further devices: good once, for a while, however they are typed."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import UserId
from chat.server.state.device_codes import ALPHABET, DeviceCodes
from tests.support.clock import FakeClock

ANN, BOB = UserId("u1"), UserId("u2")
SECONDS = 600


def codes(clock: FakeClock | None = None) -> DeviceCodes:
    """Nothing issued yet."""
    return DeviceCodes(clock or FakeClock(), SECONDS)


def test_a_code_is_two_groups_that_can_be_read_aloud() -> None:
    """50 random bits, in letters and digits of which no two look alike."""
    keeper = codes()
    made = [keeper.issue(ANN) for _ in range(50)]
    assert len(set(made)) == 50
    for code in made:
        one, other = code.split("-")
        assert len(one) == len(other) == 5
        assert set(one + other) <= set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("01IO")


def test_a_code_is_good_for_its_user_alone() -> None:
    """Each has one of their own."""
    keeper = codes()
    anns, bobs = keeper.issue(ANN), keeper.issue(BOB)
    assert keeper.take(bobs, "phone") == BOB
    assert keeper.take(anns, "tablet") == ANN


@given(st.data())
def test_it_does_not_matter_how_a_code_is_typed(data: st.DataObject) -> None:
    """Case, dashes and spaces may be anywhere, or missing."""
    keeper = codes()
    code = keeper.issue(ANN)
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\N{EN DASH}", "\t"]))
        + data.draw(st.sampled_from([sign, sign.lower()]))
        for sign in code.replace("-", "")
    )
    assert keeper.take(typed, "phone") == ANN


@pytest.mark.parametrize("typed", ["", "-", "AAAAA-AAAAA", "ß", "\N{FULLWIDTH LATIN CAPITAL LETTER K}" * 10])
def test_what_is_no_code_is_nobodys(typed: str) -> None:
    """Nothing that people type breaks anything."""
    keeper = codes()
    keeper.issue(ANN)
    assert keeper.take(typed, "phone") is None


def test_a_part_of_a_code_is_not_enough() -> None:
    """Nor is more than it."""
    keeper = codes()
    code = keeper.issue(ANN)
    assert keeper.take(code[:-1], "phone") is keeper.take(code + "A", "phone") is None


def test_a_code_belongs_to_the_first_device_that_shows_it() -> None:
    """That one may repeat its request; any other is refused from then on."""
    keeper = codes()
    code = keeper.issue(ANN)
    assert keeper.take(code, "phone") == ANN
    assert keeper.take(code, "tablet") is None
    assert keeper.take(code, "phone") == ANN


def test_a_newer_code_voids_the_older() -> None:
    """A user has one that is good, whether the older was used or not; another's stays."""
    keeper = codes()
    others = keeper.issue(BOB)
    older = keeper.issue(ANN)
    newer = keeper.issue(ANN)
    assert keeper.take(older, "phone") is None
    assert keeper.take(newer, "phone") == ANN
    assert keeper.take(others, "tablet") == BOB


def test_a_code_lasts_ten_minutes() -> None:
    """By the clock that nobody can set; also for the device that showed it already."""
    clock = FakeClock()
    keeper = codes(clock)
    code = keeper.issue(ANN)
    clock.advance(SECONDS - 1)
    assert keeper.take(code, "phone") == ANN
    clock.advance(1)
    assert keeper.take(code, "phone") is None
    again = keeper.issue(ANN)
    assert keeper.take(again, "phone") == ANN


def test_of_many_devices_at_once_exactly_one_gets_the_code() -> None:
    """However the threads meet."""
    keeper, start = codes(), threading.Barrier(8)
    code = keeper.issue(ANN)
    got: list[UserId | None] = []

    def show(token: str) -> None:
        start.wait()
        got.append(keeper.take(code, token))

    threads = [threading.Thread(target=show, args=(f"token-{at}",)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=str) == [None] * 7 + [ANN]


def test_the_code_itself_is_kept_nowhere() -> None:
    """Whoever could read the server's memory of them would still have to guess."""
    keeper = codes()
    code = keeper.issue(ANN)
    assert code not in repr(vars(keeper))
    assert code.replace("-", "") not in repr(vars(keeper))
