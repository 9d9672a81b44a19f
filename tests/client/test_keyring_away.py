"""A client whose token is in a keyring: it greets with it, waits for it, and says where it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.client.changes import KeyringTrouble, Phase
from chat.client.desktop_keyring import DesktopKeyring
from chat.client.identity import claim
from chat.client.identity_stores import FileIdentities, Keep
from tests.support.connecting import Connect
from tests.support.frames import user, welcome
from tests.support.keyrings import Locked, Refusing, Wallet, nothing_asked, used
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

SOON = 0.05

Opened = Callable[[], FileIdentities]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Open the home of this test, as a start of the client does."""
    return lambda: FileIdentities(tmp_path / "identities", Keep.KEYRING, DesktopKeyring(SOON))


@pytest.fixture
def wallet(opened: Opened) -> Wallet:
    """The keyring that has Ann's token, and is not there now."""
    made = Wallet()
    with used(made):
        ann = claim(opened(), welcome().server_id, "ann")
        assert ann is not None
        ann.accepted()
        ann.release()
    return made


def test_a_client_greets_with_the_token_of_the_keyring(
    server: ScriptedServer, connect: Connect, opened: Opened, wallet: Wallet
) -> None:
    """And can say where it is, once the server accepted it."""
    with used(wallet):
        client, _ = connect(identities=opened())
        hello = server.accept().greet()
        assert client.wait_open(5)
    assert ([hello.token], hello.new) == (wallet.secrets, False)
    assert client.token_place == "in the keyring (keyrings Wallet)"


def test_a_keyring_that_is_unlocked_later_is_waited_for(
    server: ScriptedServer, connect: Connect, opened: Opened, wallet: Wallet
) -> None:
    """The connection comes by itself; the server heard nothing before, and the keyring asked but once."""
    locked = Locked()
    locked.kept = wallet.kept
    with used(locked):
        client, told = connect(identities=opened())
        link = server.accept()
        link.say(welcome())
        assert "the token of ann, and does not answer" in told.wait_phase(Phase.WAITING).cause
        link.expect_end()
        second = server.accept()
        second.say(welcome())
        second.expect_end()
        assert locked.asked == 1
        locked.unlocked.set()
        wait_until(nothing_asked)
        hello = server.accept().greet()
        assert client.wait_open(5)
    assert [hello.token] == wallet.secrets


def test_who_refuses_to_unlock_it_may_log_in(
    server: ScriptedServer, connect: Connect, opened: Opened, wallet: Wallet
) -> None:
    """Nothing is tried by itself then, so nobody is asked again and again."""
    with used(Refusing()):
        client, told = connect(identities=opened())
        server.accept().say(welcome())
        end = told.wait_phase(Phase.ENDED)
        assert end.wants_login
        assert "log in with your password" in end.cause
        done = client.log_in("ann", "correct horse")
        hello = server.accept().greet(me=user("ann"))
        assert done.result(5).user.nick == "ann"
        assert client.wait_open(5)
    assert (hello.new, hello.password) == (True, "correct horse")
    assert [hello.token] != wallet.secrets
    assert client.token_place.startswith("in a file only you can read")


def test_trouble_with_a_keyring_is_told_once(
    server: ScriptedServer, connect: Connect, opened: Opened
) -> None:
    """The token stays in its file, and all else goes on."""
    with used(refusing := Refusing()):
        client, told = connect(identities=opened())
        link = server.accept()
        link.greet()
        assert client.wait_open(5)
        link.cut()
        server.accept().greet()
        told.wait_phase(Phase.OPEN, times=2)
    (trouble,) = told.all(KeyringTrouble)
    assert trouble.sentence.endswith(f"stays {client.token_place}.")
    assert refusing.asked == 1
