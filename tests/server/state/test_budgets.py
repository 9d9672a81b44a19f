"""Budgets of users and of addresses: counted apart, shared by all links of one, forgotten at rest."""

import threading

import pytest

from chat.ids import UserId
from chat.server.domain.addresses import Counted
from chat.server.domain.rate import Budget, Rate, Rates
from chat.server.state.budgets import AddressRate, Budgets
from tests.support.clock import FakeClock

ANN, BEN = UserId("u1"), UserId("u2")
RATES = Rates(guest_sends=Rate(2, 1), sends=Rate(4, 2), joins=Rate(1, 1), requests=Rate(3, 1))


@pytest.fixture
def clock() -> FakeClock:
    """Time as the test tells it."""
    return FakeClock()


@pytest.fixture
def budgets(clock: FakeClock) -> Budgets:
    """Nothing was taken."""
    return Budgets(clock, RATES)


def taken(budgets: Budgets, user: UserId, budget: Budget, *, guest: bool = True) -> int:
    """Take as much as there is; give how much."""
    count = 0
    while not budgets.take(user, budget, guest=guest):
        count += 1
    return count


def test_each_user_and_each_budget_has_its_own(budgets: Budgets) -> None:
    """Who used up one has all of the others, and so has everybody else."""
    assert taken(budgets, ANN, Budget.SENDS) == 2
    assert taken(budgets, ANN, Budget.JOINS) == 1
    assert taken(budgets, ANN, Budget.REQUESTS) == 3
    assert taken(budgets, BEN, Budget.SENDS, guest=False) == 4


def test_the_wait_is_told_and_is_enough(budgets: Budgets, clock: FakeClock) -> None:
    """Asking in vain costs nothing."""
    taken(budgets, ANN, Budget.SENDS)
    for _ in range(10):
        wait = budgets.take(ANN, Budget.SENDS, guest=True)
    assert wait == pytest.approx(1)
    clock.advance(wait)
    assert taken(budgets, ANN, Budget.SENDS) == 1


def test_pages_of_history_are_paid_by_their_bytes_afterwards(clock: FakeClock) -> None:
    """One may be in debt, and waits then; each is one of the other requests besides."""
    budgets = Budgets(clock, Rates(history_bytes=Rate(1000, 100), requests=Rate(3, 1)))
    budgets.charge_history(ANN, 1500)
    assert budgets.take(ANN, Budget.HISTORY, guest=True) == pytest.approx(5)
    assert not budgets.take(BEN, Budget.HISTORY, guest=True)
    clock.advance(5)
    assert taken(budgets, ANN, Budget.HISTORY) == 3
    assert budgets.take(ANN, Budget.REQUESTS, guest=True) == pytest.approx(1)


def test_many_threads_together_get_no_more_than_one(budgets: Budgets) -> None:
    """More links give nobody more."""
    start, counts = threading.Barrier(4), list[int]()

    def take() -> None:
        start.wait()
        counts.append(taken(budgets, ANN, Budget.SENDS, guest=False))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 4


def test_who_is_at_rest_is_forgotten(budgets: Budgets, clock: FakeClock) -> None:
    """However many were here over the years."""
    for number in range(5000):
        budgets.take(UserId(f"u{number}"), Budget.SENDS, guest=True)
        clock.advance(0.01)
    assert budgets.kept <= 1024


class TestNewDevices:
    """Of one address."""

    def test_so_many_may_come_and_then_one_after_the_other(self, clock: FakeClock) -> None:
        """Nobody is locked out for longer than the next place takes."""
        devices = AddressRate(clock, Rate(64, 64 / 600), Counted())
        assert [devices.take("192.0.2.1") for _ in range(64)] == [0] * 64
        wait = devices.take("192.0.2.1")
        assert wait == pytest.approx(600 / 64)
        assert not devices.take("192.0.2.2")
        clock.advance(wait)
        assert not devices.take("192.0.2.1")

    def test_nobody_gets_more_by_another_address_of_the_same_home(self, clock: FakeClock) -> None:
        """Addresses of IPv6 cost nothing."""
        devices = AddressRate(clock, Rate(1, 1), Counted())
        assert not devices.take("2001:db8::1")
        assert devices.take("2001:db8::2")

    def test_who_is_exempt_is_not_counted(self, clock: FakeClock) -> None:
        """As is this machine."""
        devices = AddressRate(clock, Rate(1, 1), Counted())
        assert not any(devices.take("127.0.0.1") for _ in range(100))
