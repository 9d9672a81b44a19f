"""Passwords: which are taken, that only the right one opens, and that a crowd waits in a short line."""

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from chat.protocol.codes import ErrorCode, Refused
from chat.server.domain.limits import default_limits
from chat.server.passwords import PLACES_EACH, RETRY_AFTER_MS, THREADS, WAITING_MOST, PasswordPool
from chat.server.ports import Checked
from tests.support.waiting import wait_until

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "seven red boats"
HERE, FAR, ELSEWHERE = "127.0.0.1", "2001:db8::1", "192.0.2.7"


@pytest.fixture
def pool() -> Iterator[PasswordPool]:
    """A pool whose hashes cost nothing."""
    pool = PasswordPool(default_limits(), QUICK)
    pool.start()
    yield pool
    pool.stop()


def made(pool: PasswordPool, password: str, nick: str = "maria") -> str | Refused:
    """What comes of a new password."""
    answers: SimpleQueue[str | Refused] = SimpleQueue()
    pool.make(password, nick, HERE, answers.put)
    return answers.get(timeout=5)


def checked(pool: PasswordPool, password: str, kept: str | None) -> Checked | Refused:
    """What comes of comparing."""
    answers: SimpleQueue[Checked | Refused] = SimpleQueue()
    pool.check(password, kept, HERE, answers.put)
    return answers.get(timeout=5)


def test_only_the_right_password_opens(pool: PasswordPool) -> None:
    """The hash is salted, so two of one password differ."""
    kept = made(pool, GOOD)
    assert isinstance(kept, str)
    assert GOOD not in kept
    assert kept != made(pool, GOOD)
    assert checked(pool, GOOD, kept) == Checked(right=True)
    assert checked(pool, GOOD + "!", kept) == Checked(right=False)
    assert checked(pool, "", kept) == Checked(right=False)


def test_without_an_account_the_same_work_is_done_for_nothing(pool: PasswordPool) -> None:
    """Whoever measures the time learns nothing; a damaged hash opens to nobody."""
    assert checked(pool, "nobody has this password", None) == Checked(right=False)
    assert checked(pool, GOOD, "$damaged$") == Checked(right=False)


class Counting(PasswordHasher):
    """Keeps against which hashes it compared."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name there
        self.compared.append(hash)
        return super().verify(hash, password)


def test_who_is_unknown_costs_as_much_as_a_wrong_password() -> None:
    """One comparison each, against hashes of the same settings."""
    hasher = Counting()
    pool = PasswordPool(default_limits(), hasher)
    pool.start()
    try:
        assert checked(pool, "wrong", None) == Checked(right=False)
        assert checked(pool, "wrong", hasher.hash(GOOD)) == Checked(right=False)
    finally:
        pool.stop()
    nobodys, somebodys = (extract_parameters(str(each)) for each in hasher.compared)
    assert nobodys == somebodys


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 8"),
        ("password", "first that anybody would try"),
        ("12345678", "first that anybody would try"),
        ("P@ssw0rd1", "first that anybody would try"),
        ("aaaaaaaaaaaa", "first that anybody would try"),
        ("annamaria", "first that anybody would try"),
        ("x" * 1025, "longer than 1024 bytes"),
        ("seven\x00boats", "can't be typed"),
        ("seven\ud800boats", "can't be typed"),
    ],
)
def test_a_weak_password_is_refused_with_what_is_wrong(
    pool: PasswordPool, password: str, sentence: str
) -> None:
    """Too short, too long, too common, one's own nick, not text."""
    refused = made(pool, password, nick="annamaria")
    assert isinstance(refused, Refused)
    assert refused.code is ErrorCode.WEAK_PASSWORD
    assert refused.field == "password"
    assert sentence in refused.message


def test_long_and_foreign_passwords_are_taken(pool: PasswordPool) -> None:
    """64 characters and many more, any script, blanks; another form of the same letters opens too."""
    assert isinstance(made(pool, "correct horse battery staple " * 20), str)
    kept = made(pool, "sieben grüne Boote")
    assert isinstance(kept, str)
    assert checked(pool, "sieben gru\u0308ne Boote", kept) == Checked(right=True)


@settings(max_examples=30, deadline=None)
@given(password=st.text(max_size=40))
def test_no_password_breaks_the_pool(password: str) -> None:
    """Whatever is given, there is an answer."""
    pool = PasswordPool(default_limits(), QUICK)
    pool.start()
    kept = made(pool, password)
    if isinstance(kept, str):
        assert checked(pool, password, kept) == Checked(right=True)
    else:
        assert kept.code is ErrorCode.WEAK_PASSWORD
    assert isinstance(checked(pool, password, None), Checked)
    pool.stop()


def test_a_hash_of_weaker_settings_is_made_anew(pool: PasswordPool) -> None:
    """Once the right password is there, which is the only chance."""
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16).hash(GOOD)
    result = checked(pool, GOOD, weaker)
    assert isinstance(result, Checked)
    assert result.right
    assert result.renewed
    assert checked(pool, GOOD, result.renewed) == Checked(right=True)
    assert checked(pool, "wrong", weaker) == Checked(right=False)


def test_a_crowd_waits_in_a_short_line() -> None:
    """Two are worked on, 32 wait, the next one is told when to come back; none is forgotten."""
    pool = PasswordPool(default_limits(), QUICK)
    kept = QUICK.hash(GOOD)
    results: SimpleQueue[Checked | Refused] = SimpleQueue()
    for _ in range(WAITING_MOST + 1):
        pool.check(GOOD, kept, HERE, results.put)
    refused = results.get(timeout=5)
    assert isinstance(refused, Refused)
    assert refused.code is ErrorCode.OVERLOADED
    assert refused.retry_after_ms
    pool.start()
    assert [results.get(timeout=5) for _ in range(WAITING_MOST)] == [Checked(right=True)] * WAITING_MOST
    pool.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("password-")]


def test_one_address_takes_no_more_than_its_places() -> None:
    """However it counts as one: the others find room at once. It gets the next place with the next answer."""
    pool = PasswordPool(default_limits(), QUICK)
    kept = QUICK.hash(GOOD)
    results: SimpleQueue[Checked | Refused] = SimpleQueue()
    for number in range(PLACES_EACH + 3):
        pool.check(GOOD, kept, f"2001:db8::{number}", results.put)
    for refused in (results.get(timeout=5) for _ in range(3)):
        assert isinstance(refused, Refused)
        assert (refused.code, refused.retry_after_ms) == (ErrorCode.OVERLOADED, RETRY_AFTER_MS)
    pool.check(GOOD, kept, ELSEWHERE, results.put)
    pool.check(GOOD, kept, HERE, results.put)
    assert results.empty()
    pool.start()
    assert [results.get(timeout=5) for _ in range(PLACES_EACH + 2)] == [Checked(right=True)] * (
        PLACES_EACH + 2
    )
    for _ in range(PLACES_EACH):
        pool.check(GOOD, kept, FAR, results.put)
        assert results.get(timeout=5) == Checked(right=True)
    pool.stop()


def test_what_an_answer_asks_for_next_finds_the_place_that_was_left() -> None:
    """Who was compared comes to the hash of the new password, however many others of the address wait."""
    pool = PasswordPool(default_limits(), QUICK)
    kept = QUICK.hash(GOOD)
    hashed: SimpleQueue[str | Refused] = SimpleQueue()
    for _ in range(PLACES_EACH):
        pool.check(GOOD, kept, FAR, lambda _: pool.make(GOOD, "maria", FAR, hashed.put))
    pool.start()
    assert all(isinstance(hashed.get(timeout=5), str) for _ in range(PLACES_EACH))
    pool.stop()


def test_who_found_the_line_full_leaves_no_place_taken() -> None:
    """Else they could never come back."""
    pool = PasswordPool(default_limits(), QUICK)
    results: SimpleQueue[Checked | Refused] = SimpleQueue()
    for _ in range(WAITING_MOST):
        pool.check(GOOD, None, HERE, results.put)
    for _ in range(PLACES_EACH + 1):
        pool.check(GOOD, None, FAR, results.put)
    pool.start()
    for _ in range(WAITING_MOST + PLACES_EACH + 1):
        results.get(timeout=5)
    pool.check(GOOD, None, FAR, results.put)
    assert results.get(timeout=5) == Checked(right=False)
    pool.stop()


def test_one_that_fails_costs_no_other_one_anything(pool: PasswordPool) -> None:
    """An answer that raises is logged; every thread goes on."""

    def fails(_: object) -> None:
        raise RuntimeError("the one who asked is broken")

    with capture_logs() as logs:
        for _ in range(THREADS * 2):
            pool.make(GOOD, "maria", FAR, fails)
        assert isinstance(made(pool, GOOD), str)
        wait_until(lambda: len(logs) == THREADS * 2, what="all of them to be logged")
    assert [(log["event"], log["fault"]) for log in logs] == [
        ("a password could not be handled", "RuntimeError")
    ] * (THREADS * 2)


def test_the_real_settings_are_those_that_are_recommended() -> None:
    """argon2id with 19 MiB, two passes, one lane; 16 bytes of salt, 32 of hash."""
    pool = PasswordPool(default_limits())
    pool.start()
    kept = made(pool, GOOD)
    pool.stop()
    assert isinstance(kept, str)
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)
