"""Keyrings as tests need them: real backends of the package `keyring`, each with one habit."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Wallet(KeyringBackend):
    """Does all that it is asked, and keeps it in memory.

    Attributes:
        kept: by service and name.
        asked: how often anything was asked.
        before_set: called before anything is kept.
    """

    priority: ClassVar[float] = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0
        self.before_set: Callable[[], None] = lambda: None

    @property
    def secrets(self) -> list[str]:
        """All that is kept."""
        return list(self.kept.values())

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        self.before_set()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.asked += 1
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class PlainFile(Wallet):
    """No better than a file, by its own word."""

    priority: ClassVar[float] = 0.5


class Refusing(Wallet):
    """Refuses all, as one whose question for the password was answered by No."""

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        raise KeyringLocked("Failed to unlock\nthe \x1b[31mcollection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)

    def delete_password(self, service: str, username: str) -> None:
        self.get_password(service, username)


class Forgetful(Wallet):
    """Takes what it is given, and has it no more."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1


class Locked(Wallet):
    """Answers nothing before it is unlocked, as one that waits for a password.

    Attributes:
        unlocked: to be set, at the latest when the test is over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.unlocked.wait()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.get_password(service, username)
        del self.kept[service, username]


@contextmanager
def used(wallet: KeyringBackend) -> Iterator[None]:
    """Have this keyring be the desktop's."""
    before = keyring.get_keyring()
    keyring.set_keyring(wallet)
    try:
        yield
    finally:
        keyring.set_keyring(before)
        if isinstance(wallet, Locked):
            wallet.unlocked.set()


def nothing_asked() -> bool:
    """Whether no question to a keyring waits for its answer."""
    return all(thread.name != "keyring" for thread in threading.enumerate())
