"""Passwords: judged, hashed and compared by a small pool of threads, since each takes tens of milliseconds.

A hash is the most costly thing that a stranger can ask of the server. So few are made at once, few wait,
of each address fewer, and who comes after that is told to come back. Threads `password-n`; any thread asks,
answers come on the pool's.
Parameters are those that OWASP recommends for argon2id (RFC 9106); passwords are prepared by the OpaqueString
profile of RFC 8265.
"""

import threading
from collections.abc import Callable
from queue import Full, Queue
from typing import TypeVar

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from precis_i18n import get_profile

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Limits
from chat.server.domain.addresses import Counted, Network
from chat.server.guessing import easily_guessed
from chat.server.ports import Checked
from chat.server.state.locks import Rank, RankedLock

THREADS = 2
WAITING_MOST = 32
PLACES_EACH = 8
"""How many of one address are worked on or wait, so that the others find room."""
RETRY_AFTER_MS = 2000
_log = structlog.get_logger("passwords")

_R = TypeVar("_R")


class _Places:
    """How many of each address are worked on or wait. Any thread.

    Args:
        counted: which addresses are counted.
    """

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._lock = RankedLock(Rank.BUDGETS)
        self._taken: dict[Network, int] = {}

    def take(self, host: str) -> bool:
        """Take a place of an IP address; returns whether there was one, and then `leave` must follow."""
        whom = self._counted.as_whom(host)
        if whom is None:
            return True
        with self._lock:
            taken = self._taken.get(whom, 0)
            if taken >= PLACES_EACH:
                return False
            self._taken[whom] = taken + 1
            return True

    def leave(self, host: str) -> None:
        """Give a place back."""
        whom = self._counted.as_whom(host)
        if whom is None:
            return
        with self._lock:
            self._taken[whom] -= 1
            if not self._taken[whom]:
                del self._taken[whom]


class PasswordPool:
    """Hashes and compares; see `ports.Passwords` for what each method promises."""

    def __init__(
        self, limits: Limits, hasher: PasswordHasher | None = None, *, counted: Counted | None = None
    ) -> None:
        """Make the pool.

        Args:
            limits: how short and how long passwords may be.
            hasher: for tests, which have not the time that strangers are to need.
            counted: whose places are counted; those of all but this machine when not given.
        """
        self._limits = limits
        self._places = _Places(counted or Counted())
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._profile = get_profile("OpaqueString")
        # compared with where there is no account, so that this takes as long as a wrong password
        self._nobodys = self._hasher.hash("nobody has this password")
        self._jobs: Queue[Callable[[], None] | None] = Queue(WAITING_MOST)
        self._threads = [
            threading.Thread(target=self._run, name=f"password-{number}") for number in range(THREADS)
        ]

    def start(self) -> None:
        """Start the threads; the owner calls it once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what waits and join the threads; the owner calls it once."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def make(self, password: str, nick: str, host: str, then: Callable[[str | Refused], None]) -> None:
        """Judge a new password and give its hash, or why it can't be taken."""
        self._ask(host, lambda: self._made(password, nick), then)

    def check(
        self, password: str, kept: str | None, host: str, then: Callable[[Checked | Refused], None]
    ) -> None:
        """Compare a password with a hash; without one it takes the same time and is wrong."""
        self._ask(host, lambda: self._checked(password, kept), then)

    def _ask(self, host: str, work: Callable[[], _R], then: Callable[[_R | Refused], None]) -> None:
        def job() -> None:
            try:
                result = work()
            finally:
                # before what follows, which may ask for the next hash
                self._places.leave(host)
            then(result)

        busy = Refused(ErrorCode.OVERLOADED, retry_after_ms=RETRY_AFTER_MS)
        if not self._places.take(host):
            then(busy)
            return
        try:
            self._jobs.put_nowait(job)
        except Full:
            self._places.leave(host)
            then(busy)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as fault:  # noqa: BLE001 - one job that fails must cost no other one anything
                # no traceback: some of those show the values of variables, and here these are passwords
                _log.error("a password could not be handled", fault=type(fault).__name__)

    def _made(self, password: str, nick: str) -> str | Refused:
        try:
            prepared = self._prepared(password)
        except Refused as refused:
            return refused
        if refused_as_weak := self._weakness(prepared, nick):
            return refused_as_weak
        return self._hasher.hash(prepared)

    def _checked(self, password: str, kept: str | None) -> Checked | Refused:
        try:
            prepared = self._prepared(password)
        except Refused:
            prepared, kept = "", None
        try:
            self._hasher.verify(kept or self._nobodys, prepared)
        except (VerifyMismatchError, InvalidHashError):
            return Checked(right=False)
        if kept is None:
            return Checked(right=False)
        renewed = self._hasher.hash(prepared) if self._hasher.check_needs_rehash(kept) else None
        return Checked(right=True, renewed=renewed)

    def _prepared(self, password: str) -> str:
        """Return the password as it is hashed; raises `Refused`."""
        if len(password.encode(errors="replace")) > self._limits.password_bytes:
            raise _weak(
                f"The password is longer than {self._limits.password_bytes} bytes; take a shorter one."
            )
        try:
            return self._profile.enforce(password)
        except UnicodeEncodeError:
            raise _weak("The password holds a character that can't be typed everywhere.") from None

    def _weakness(self, password: str, nick: str) -> Refused | None:
        """Return why a password is too easily guessed, if it is."""
        least = self._limits.password_characters
        if len(password) < least:
            return _weak(f"The password has {len(password)} characters; at least {least} are needed.")
        if easily_guessed(password, nick):
            return _weak("This password is among the first that anybody would try; choose another one.")
        return None


def _weak(sentence: str) -> Refused:
    return Refused(ErrorCode.WEAK_PASSWORD, sentence, field="password")
