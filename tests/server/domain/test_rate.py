"""Rates: what may be taken at once, what for ever, and how long to wait."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codes import ErrorCode
from chat.server.domain.rate import Budget, Rate, Rates, rate_limited, too_many_devices

amounts = st.floats(1, 30)
rates = st.builds(Rate, amounts, amounts)
pauses = st.lists(st.floats(0, 10), max_size=20)


def test_a_rested_bucket_gives_its_burst_at_once_and_no_more() -> None:
    """Then one has to wait for what flows in."""
    rate, full_at = Rate(10, 2), 0.0
    for _ in range(10):
        assert rate.wait(full_at, 100.0) == 0
        full_at = rate.take(full_at, 100.0)
    assert rate.wait(full_at, 100.0) == pytest.approx(0.5)
    assert rate.wait(full_at, 100.5) == 0


def test_no_rest_ever_gives_more_than_the_burst() -> None:
    """A bucket that is full stays as full as it is."""
    rate, full_at = Rate(3, 1), 0.0
    for now in (0.0, 1e6):
        for _ in range(3):
            assert rate.wait(full_at, now) == 0
            full_at = rate.take(full_at, now)
        assert rate.wait(full_at, now) == pytest.approx(1)


def test_a_debt_is_to_be_paid_first() -> None:
    """What was taken without asking is missing later; a cost of nothing asks for no more than that."""
    rate = Rate(100, 10)
    full_at = rate.take(0.0, 0.0, 150)
    assert rate.wait(full_at, 0.0, 0) == pytest.approx(5)
    assert rate.wait(full_at, 5.0, 0) == 0
    assert rate.wait(full_at, 5.0, 1) == pytest.approx(0.1)


@given(rates, pauses)
def test_who_asks_whenever_never_gets_more_than_burst_and_rate_together(
    rate: Rate, between: list[float]
) -> None:
    """Over any time, however it is cut into pieces."""
    now = full_at = taken = 0.0
    for pause in between:
        now += pause
        while not rate.wait(full_at, now):
            full_at = rate.take(full_at, now)
            taken += 1
        assert taken <= rate.burst + rate.per_second * now + 1e-3


@given(rates, st.floats(0, 1e6), st.floats(0, 1e4))
def test_who_waits_as_long_as_told_gets_it_and_a_moment_earlier_does_not(
    rate: Rate, now: float, debt: float
) -> None:
    """The wait is neither too short nor too long."""
    full_at = rate.take(now, now, debt)
    wait = rate.wait(full_at, now)
    assert rate.wait(full_at, now + wait + 1e-6) == 0
    if wait > 1e-3:
        assert rate.wait(full_at, now + wait - 1e-4) > 0


def test_guests_send_more_slowly_and_share_all_else() -> None:
    """Only sends differ."""
    rates = Rates()
    assert rates.rate(Budget.SENDS, guest=True) == Rate(10, 2)
    assert rates.rate(Budget.SENDS, guest=False) == Rate(20, 10)
    for budget in set(Budget) - {Budget.SENDS}:
        assert rates.rate(budget, guest=True) == rates.rate(budget, guest=False)


@pytest.mark.parametrize("value", [[0, 1], [1, 0], [-1, 1], [1], "fast"])
def test_a_rate_that_never_gives_anything_is_no_rate(value: object) -> None:
    """In settings that is a mistake."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, Rate)


def test_the_refusals_tell_the_wait() -> None:
    """In milliseconds, never too short; clients put it into words and count it down."""
    hasty, many = rate_limited(0.3), too_many_devices(9.375)
    assert hasty.code is ErrorCode.RATE_LIMITED
    assert hasty.retry_after_ms == 301
    assert hasty.message == "That was too much at once."
    assert many.code is ErrorCode.TOO_MANY_ATTEMPTS
    assert many.retry_after_ms == 9376
    assert many.message == "Too many new devices came from your address."
