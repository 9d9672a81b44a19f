"""The desktop's keyring: asked with a deadline, used where it protects, and never in anybody's way."""

import sys
import threading
from collections.abc import Callable

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as Fail
from keyring.backends.null import Keyring as Null

from chat.client.desktop_keyring import SERVICE, DesktopKeyring, KeyringAway, NoKeyring
from tests.support.keyrings import Forgetful, Locked, PlainFile, Refusing, Wallet, nothing_asked, used
from tests.support.waiting import wait_until

SOON = 0.05
"""Seconds that a test waits for a keyring that does not answer."""


class Chain(ChainerBackend):
    """Several at once, the best one first, as the package puts them together by itself."""

    backends = (Wallet(), PlainFile())

    def __init__(self) -> None:
        """Take no properties from the environment."""


def test_what_was_put_is_found_again() -> None:
    """Under the program's name, where its owner can look it up."""
    wallet = Wallet()
    with used(wallet):
        DesktopKeyring().put("maria s1 0a", "secret")
        assert DesktopKeyring().get("maria s1 0a") == "secret"
    assert wallet.kept == {(SERVICE, "maria s1 0a"): "secret"}


def test_what_was_never_put_is_nothing() -> None:
    """That is an answer, and no trouble."""
    with used(Wallet()):
        assert DesktopKeyring().get("maria") is None


def test_what_was_deleted_is_gone() -> None:
    """And deleting it twice is told."""
    wallet = Wallet()
    with used(wallet):
        DesktopKeyring().put("maria", "secret")
        DesktopKeyring().delete("maria")
        with pytest.raises(KeyringAway, match=r"refuses \(No such password\)"):
            DesktopKeyring().delete("maria")
    assert not wallet.kept


def test_it_is_called_what_people_know_it_by() -> None:
    """As soon as it was asked for something."""
    desktop = DesktopKeyring()
    names = [desktop.name]
    with used(Wallet()):
        desktop.get("maria")
    assert [*names, desktop.name] == ["", "keyrings Wallet"]


@pytest.mark.parametrize("kind", [PlainFile, Fail, Null])
def test_what_protects_no_better_than_a_file_is_not_used(kind: Callable[[], KeyringBackend]) -> None:
    """Nor what asks for a password on the terminal, which has the same low priority."""
    with used(kind()), pytest.raises(NoKeyring, match="can't be reached from here"):
        DesktopKeyring().put("maria", "secret")


def test_of_several_the_best_one_is_used() -> None:
    """Alone, so that a secret is not in two places."""
    with used(Chain()):
        DesktopKeyring().put("maria", "secret")
    best, other = Chain.backends
    assert (best.secrets, other.secrets) == (["secret"], [])


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(NoKeyring, match="without its package"):
        DesktopKeyring().get("maria")


def test_settings_of_the_package_that_make_no_sense_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """They name a keyring that does not exist."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "nowhere.Keyring")
    with pytest.raises(KeyringAway, match="No module named 'nowhere'"):
        DesktopKeyring().get("maria")


def test_a_refusal_is_told_on_one_harmless_line() -> None:
    """Whatever the keyring says goes to the terminal."""
    with used(Refusing()), pytest.raises(KeyringAway) as refusal:
        DesktopKeyring().get("maria")
    assert str(refusal.value) == "refuses (Failed to unlock the \ufffd[31mcollection)"
    assert not refusal.value.passing


def test_a_secret_that_can_not_be_read_back_was_not_put() -> None:
    """Whoever relied on it would lose it."""
    with used(Forgetful()), pytest.raises(KeyringAway, match="does not give back"):
        DesktopKeyring().put("maria", "secret")


def test_nobody_waits_for_a_locked_keyring_for_long() -> None:
    """It may be unlocked yet, which is told."""
    with used(Locked()), pytest.raises(KeyringAway, match="does not answer") as away:
        DesktopKeyring(SOON).get("maria")
    assert away.value.passing


def test_a_locked_keyring_is_asked_once_until_it_is_unlocked() -> None:
    """Else each question would be one more window that asks for the password."""
    wallet, desktop = Locked(), DesktopKeyring(SOON)
    wallet.kept[SERVICE, "maria"] = "secret"
    with used(wallet):
        for _ in range(3):
            with pytest.raises(KeyringAway):
                desktop.get("maria")
        assert wallet.asked == 1
        wallet.unlocked.set()
        wait_until(nothing_asked)
        assert desktop.get("maria") == "secret"


def test_a_keyring_that_never_answers_holds_up_no_end() -> None:
    """Its thread is a daemon: the process ends without it."""
    with used(Locked()):
        with pytest.raises(KeyringAway):
            DesktopKeyring(SOON).get("maria")
        waiting = [thread for thread in threading.enumerate() if thread.name == "keyring"]
        assert waiting
        assert all(thread.daemon for thread in waiting)
