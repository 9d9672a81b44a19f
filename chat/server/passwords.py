"""Passwords: judged, hashed and compared by a small pool of threads, since each takes tens of milliseconds.

A hash is the most costly thing that a stranger can ask of the server, so few are made at once, few wait, and
who comes after that is told to come back. Threads `password-n`; any thread asks, answers come on the pool's.
Parameters are those that OWASP recommends for argon2id (RFC 9106); passwords are prepared by the OpaqueString
profile of RFC 8265.
"""

import threading
from collections.abc import Callable
from queue import Full, Queue

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from precis_i18n import get_profile

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Limits
from chat.server.ports import Checked

THREADS = 2
WAITING_MOST = 32
RETRY_AFTER_MS = 2000
GUESSES_LEAST = 1e5
"""A password that is found by fewer guesses, tried in the order in which people choose them, is refused."""

_JUDGED_MOST = 72
"""So many characters are looked at for being common; judging more takes long and tells nothing more."""

_log = structlog.get_logger("passwords")


class PasswordPool:
    """Hashes and compares; see `ports.Passwords` for what each method promises."""

    def __init__(self, limits: Limits, hasher: PasswordHasher | None = None) -> None:
        """Make the pool; `hasher` is for tests, which have not the time that strangers are to need."""
        self._limits = limits
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

    def make(self, password: str, nick: str, then: Callable[[str | Refused], None]) -> None:
        """Judge a new password and give its hash, or why it can't be taken."""
        self._ask(lambda: then(self._made(password, nick)), then)

    def check(self, password: str, kept: str | None, then: Callable[[Checked | Refused], None]) -> None:
        """Compare a password with a hash; without one it takes the same time and is wrong."""
        self._ask(lambda: then(self._checked(password, kept)), then)

    def _ask(self, job: Callable[[], None], then: Callable[[Refused], None]) -> None:
        try:
            self._jobs.put_nowait(job)
        except Full:
            then(Refused(ErrorCode.OVERLOADED, retry_after_ms=RETRY_AFTER_MS))

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
        # here, not at the top: its lists of common passwords take 90 ms to load, and few starts need them
        from zxcvbn import zxcvbn  # noqa: PLC0415

        judged = zxcvbn(password[:_JUDGED_MOST], user_inputs=[nick])
        if judged["guesses"] < GUESSES_LEAST:
            return _weak("This password is among the first that anybody would try; choose another one.")
        return None


def _weak(sentence: str) -> Refused:
    return Refused(ErrorCode.WEAK_PASSWORD, sentence, field="password")
