"""Codes for further devices: good once, for a while, however they are typed."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ids import DeviceId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision
from chat.server.state.device_codes import ALPHABET, Asker, DeviceCodes
from tests.support.clock import FakeClock
from tests.support.plain_world import PlainWorld

ANN, BOB = UserId("u1"), UserId("u2")
ANNS, BOBS = Asker(ANN, DeviceId("d-u1")), Asker(BOB, DeviceId("d-u2"))
SECONDS = 600


def codes(clock: FakeClock | None = None) -> DeviceCodes:
    """Nothing issued yet."""
    return DeviceCodes(clock or FakeClock(), SECONDS)


def issue(keeper: DeviceCodes, user: UserId) -> str:
    """A code that the user asks for on a device of theirs."""
    return keeper.issue(user, DeviceId(f"d-{user}"))


def test_a_code_is_two_groups_that_can_be_read_aloud() -> None:
    """50 random bits, in letters and digits of which no two look alike."""
    keeper = codes()
    made = [issue(keeper, ANN) for _ in range(50)]
    assert len(set(made)) == 50
    for code in made:
        one, other = code.split("-")
        assert len(one) == len(other) == 5
        assert set(one + other) <= set(ALPHABET)
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("01IO")


def test_a_code_is_good_for_its_user_alone() -> None:
    """Each has one of their own, and it is known which device asked for it."""
    keeper = codes()
    anns, bobs = issue(keeper, ANN), issue(keeper, BOB)
    assert keeper.take(bobs, "phone") == BOBS
    assert keeper.take(anns, "tablet") == ANNS


@given(st.data())
def test_it_does_not_matter_how_a_code_is_typed(data: st.DataObject) -> None:
    """Case, dashes and spaces may be anywhere, or missing."""
    keeper = codes()
    code = issue(keeper, ANN)
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\N{EN DASH}", "\t"]))
        + data.draw(st.sampled_from([sign, sign.lower()]))
        for sign in code.replace("-", "")
    )
    assert keeper.take(typed, "phone") == ANNS


@pytest.mark.parametrize("typed", ["", "-", "AAAAA-AAAAA", "ß", "\N{FULLWIDTH LATIN CAPITAL LETTER K}" * 10])
def test_what_is_no_code_is_nobodys(typed: str) -> None:
    """Nothing that people type breaks anything."""
    keeper = codes()
    issue(keeper, ANN)
    assert keeper.take(typed, "phone") is None


def test_a_part_of_a_code_is_not_enough() -> None:
    """Nor is more than it."""
    keeper = codes()
    code = issue(keeper, ANN)
    assert keeper.take(code[:-1], "phone") is keeper.take(code + "A", "phone") is None


def test_a_code_belongs_to_the_first_device_that_shows_it() -> None:
    """That one may repeat its request; any other is refused from then on."""
    keeper = codes()
    code = issue(keeper, ANN)
    assert keeper.take(code, "phone") == ANNS
    assert keeper.take(code, "tablet") is None
    assert keeper.take(code, "phone") == ANNS


def test_a_newer_code_voids_the_older() -> None:
    """A user has one that is good, whether the older was used or not; another's stays."""
    keeper = codes()
    others = issue(keeper, BOB)
    older = issue(keeper, ANN)
    newer = issue(keeper, ANN)
    assert keeper.take(older, "phone") is None
    assert keeper.take(newer, "phone") == ANNS
    assert keeper.take(others, "tablet") == BOBS


def test_a_code_lasts_ten_minutes() -> None:
    """By the clock that nobody can set; also for the device that showed it already."""
    clock = FakeClock()
    keeper = codes(clock)
    code = issue(keeper, ANN)
    clock.advance(SECONDS - 1)
    assert keeper.take(code, "phone") == ANNS
    clock.advance(1)
    assert keeper.take(code, "phone") is None
    again = issue(keeper, ANN)
    assert keeper.take(again, "phone") == ANNS


def test_a_code_ends_with_what_is_decided_of_its_user_and_with_nothing_that_is_refused() -> None:
    """Also for the device that showed it already; another user's stays, and the next one is good."""
    keeper, draft = codes(), PlainWorld().draft()
    anns, bobs = issue(keeper, ANN), issue(keeper, BOB)
    assert keeper.take(anns, "phone") == ANNS

    def refuses(_: Draft) -> Decision:
        raise Refused(ErrorCode.FORBIDDEN)

    with pytest.raises(Refused):
        keeper.ended_by(ANN, refuses)(draft)
    assert keeper.take(anns, "phone") == ANNS
    decision = Decision()
    for _ in range(2):
        assert keeper.ended_by(ANN, lambda _: decision)(draft) is decision
    assert keeper.take(anns, "phone") is None
    assert keeper.take(bobs, "tablet") == BOBS
    assert keeper.take(issue(keeper, ANN), "phone") == ANNS


def test_of_many_devices_at_once_exactly_one_gets_the_code() -> None:
    """However the threads meet."""
    keeper, start = codes(), threading.Barrier(8)
    code = issue(keeper, ANN)
    got: list[Asker | None] = []

    def show(token: str) -> None:
        start.wait()
        got.append(keeper.take(code, token))

    threads = [threading.Thread(target=show, args=(f"token-{at}",)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=bool) == [None] * 7 + [ANNS]


def test_the_code_itself_is_kept_nowhere() -> None:
    """Whoever could read the server's memory of them would still have to guess."""
    keeper = codes()
    code = issue(keeper, ANN)
    assert code not in repr(vars(keeper))
    assert code.replace("-", "") not in repr(vars(keeper))
