"""Where the token of a device is kept: in the keyring where there is one, else in a file, and never lost."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from chat.client.desktop_keyring import SERVICE, DesktopKeyring
from chat.client.identity import Identity, TokenAway, claim, fresh
from chat.client.identity_stores import FileIdentities, Keep, MemoryIdentities
from tests.support.keyrings import Forgetful, Locked, PlainFile, Refusing, Wallet, used

SERVER = "5" * 32
SOON = 0.05


class Home:
    """A folder of identities, as each start of a client opens it anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, keep: Keep = Keep.KEYRING, nick: str = "maria") -> Identity:
        """Be somebody, as with another start."""
        identity = claim(FileIdentities(self.folder, keep, DesktopKeyring(SOON)), SERVER, nick)
        assert identity is not None
        return identity

    def accepted(self, keep: Keep = Keep.KEYRING, nick: str = "maria") -> str:
        """Be somebody whom the server accepts, then end; give the token."""
        identity = self.claim(keep, nick)
        token = identity.token()
        identity.accepted()
        identity.release()
        return token

    @property
    def file(self) -> Path:
        """The file of the only identity."""
        (path,) = self.folder.rglob("*.json")
        return path

    @property
    def written(self) -> str:
        """All that stands in files."""
        return " ".join(path.read_text() for path in self.folder.rglob("*.json"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty one."""
    return Home(tmp_path / "identities")


@pytest.fixture
def wallet() -> Iterator[Wallet]:
    """A keyring that does all that it is asked."""
    with used(made := Wallet()):
        yield made


def test_an_accepted_token_is_in_the_keyring_alone(home: Home, wallet: Wallet) -> None:
    """The rest of the identity stays in its file, for its owner alone, and it is the same one later."""
    token = home.accepted()
    assert wallet.secrets == [token]
    assert token not in home.written
    assert json.loads(home.file.read_text())["nick"] == "maria"
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    again = home.claim()
    assert (again.token(), again.secret.known) == (token, True)
    again.release()


def test_the_entry_is_named_for_whoever_looks_into_the_keyring(home: Home, wallet: Wallet) -> None:
    """By program, nick and server; two homes on one desktop never have the same one."""
    home.accepted()
    Home(home.folder.with_name("other")).accepted()
    names = [name.split() for service, name in wallet.kept if service == SERVICE]
    assert [name[:2] for name in names] == [["maria", SERVER]] * 2
    assert names[0] != names[1]


def test_a_token_that_no_server_has_accepted_stays_in_the_file(home: Home, wallet: Wallet) -> None:
    """It may have to be given up at once, and the keyring need not know of it."""
    identity = home.claim()
    assert identity.token() in home.written
    identity.release()
    assert not wallet.asked


def test_a_token_leaves_its_file_once_the_keyring_has_it(home: Home, wallet: Wallet) -> None:
    """Being killed in between loses nothing."""
    seen = []
    wallet.before_set = lambda: seen.append(home.written)
    token = home.accepted()
    assert token in seen[0]


def test_claiming_somebody_does_not_ask_the_keyring(home: Home, wallet: Wallet) -> None:
    """What is kept of an earlier run is shown at once, by what the identity's messages are kept by."""
    identity = home.claim()
    identity.accepted()
    box = identity.box
    identity.release()
    wallet.asked = 0
    again = home.claim()
    assert again.box == box
    assert claim(FileIdentities(home.folder, Keep.KEYRING), SERVER, "maria") is None
    again.release()
    assert not wallet.asked


@pytest.mark.usefixtures("wallet")
def test_where_the_token_is_can_be_told(home: Home) -> None:
    """In words that stand behind "is"."""
    identity = home.claim()
    identity.accepted()
    assert identity.place().words == "in the keyring (keyrings Wallet)"
    identity.release()
    again = home.claim(Keep.FILE)
    assert not again.place().words
    again.token()
    again.accepted()
    assert again.place().words == f"in a file only you can read: {home.file}"
    again.release()
    assert fresh(MemoryIdentities(), SERVER, "maria").place().words == ""


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        (Locked, "The keyring (keyrings Locked) does not answer: the token of this device stays in a file"),
        (Refusing, "The keyring (keyrings Refusing) refuses (Failed to unlock"),
        (Forgetful, "The keyring (keyrings Forgetful) does not give back what it was given: the token"),
        (PlainFile, ""),
    ],
)
def test_what_a_keyring_does_not_take_stays_in_the_file(home: Home, kind: type[Wallet], trouble: str) -> None:
    """That is told, unless there is no keyring at all; the keyring is asked once in a run."""
    with used(wallet := kind()):
        identity = home.claim()
        identity.accepted()
        asked = wallet.asked
        identity.accepted()
        assert wallet.asked == asked
        place = identity.place()
        identity.release()
    assert place.words == f"in a file only you can read: {home.file}"
    assert place.trouble.startswith(trouble)
    assert bool(place.trouble) == bool(trouble)
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert home.accepted() == identity.token()


def test_without_the_package_all_is_in_files(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional, so nothing is said of it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    token = home.accepted()
    assert token in home.written
    identity = home.claim()
    assert identity.token() == token
    identity.accepted()
    assert not identity.place().trouble
    identity.release()


def test_a_token_goes_into_the_keyring_when_there_is_one_later(home: Home) -> None:
    """Somebody installs one, or comes back to the desktop."""
    token = home.accepted()
    with used(wallet := Wallet()):
        assert home.accepted() == token
    assert wallet.secrets == [token]
    assert token not in home.written


def test_a_token_comes_back_when_the_keyring_is_not_wanted_any_more(home: Home, wallet: Wallet) -> None:
    """With the next start; nothing of it stays behind."""
    token = home.accepted()
    assert home.accepted(Keep.FILE) == token
    assert not wallet.secrets
    assert token in home.written
    wallet.asked = 0
    assert home.accepted(Keep.FILE) == token
    assert not wallet.asked


@pytest.mark.usefixtures("wallet")
def test_a_keyring_that_lets_nothing_go_harms_nobody(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is in the file by then."""
    token = home.accepted()
    monkeypatch.setattr(Wallet, "delete_password", Refusing.delete_password)
    monkeypatch.setattr(Wallet, "get_password", lambda *_: token)
    assert home.accepted(Keep.FILE) == token
    assert token in home.written


@pytest.mark.parametrize("first", [Keep.KEYRING, Keep.FILE])
def test_who_has_no_wish_leaves_a_token_where_it_is(home: Home, wallet: Wallet, first: Keep) -> None:
    """As bots, which may be somebody whom a person is elsewhere."""
    token = home.accepted(first)
    assert home.accepted(Keep.WHERE_IT_IS) == token
    assert bool(wallet.secrets) is (first is Keep.KEYRING)
    assert (token in home.written) is (first is Keep.FILE)


@pytest.mark.parametrize("keep", [Keep.KEYRING, Keep.WHERE_IT_IS])
def test_a_renewed_token_takes_the_place_of_the_old_one(home: Home, wallet: Wallet, keep: Keep) -> None:
    """The old one is forgotten at once; messages stay those of the same identity."""
    old = home.accepted()
    identity = home.claim(keep)
    box = identity.box
    assert identity.token() == old
    identity.renew()
    assert not wallet.secrets
    identity.accepted()
    identity.release()
    assert wallet.secrets == [identity.token()] != [old]
    again = home.claim()
    assert (again.box, again.token()) == (box, identity.token())
    again.release()


def test_each_nick_of_an_identity_has_an_entry_of_its_own(home: Home, wallet: Wallet) -> None:
    """So that moving one takes nothing away from the other."""
    token = home.accepted()
    identity = home.claim()
    identity.also_known_as("masha")  # before the token is at hand this waits
    identity.token()
    identity.accepted()
    identity.also_known_as("masha")
    identity.release()
    assert wallet.secrets == [token] * 2
    assert home.accepted(Keep.FILE, "masha") == token
    assert wallet.secrets == [token]
    assert home.accepted() == token


def test_another_identity_of_that_nick_is_left_alone_in_the_keyring_too(home: Home, wallet: Wallet) -> None:
    """They are told apart without asking the keyring."""
    other, token = home.accepted(nick="masha"), home.accepted()
    identity = home.claim()
    identity.token()
    identity.also_known_as("masha")
    identity.release()
    assert sorted(wallet.secrets) == sorted([other, token])
    assert home.accepted(nick="masha") == other


def test_an_account_takes_the_place_of_a_guest_whose_keyring_is_away(home: Home) -> None:
    """Logging in is the way on there, so it needs no old token."""
    with used(Wallet()):
        home.accepted()
    with used(Refusing()):
        account = fresh(FileIdentities(home.folder, Keep.KEYRING), SERVER, "maria")
        account.keep_as("maria", over=True)
        account.accepted()
        account.release()
        assert "stays in a file" in account.place().trouble
        assert home.accepted() == account.token()


@pytest.mark.parametrize(
    ("keyring", "advice", "why"),
    [
        (
            Locked(),
            "Unlock the keyring (keyrings Locked)",
            "the keyring has the token of maria, and does not",
        ),
        (
            Refusing(),
            "Unlock the keyring (keyrings Refusing)",
            "and refuses (Failed to unlock the \ufffd[31m",
        ),
        (
            PlainFile(),
            "Start the client where the keyring is",
            "the token of maria, and can't be reached from here.",
        ),
        (
            Wallet(),
            "Be somebody else (--nick)",
            "(keyrings Wallet) does not have the token of maria any more.",
        ),
    ],
    ids=["locked", "refusing", "none", "another one"],
)
def test_a_keyring_that_is_away_is_named_with_what_to_do(
    home: Home, keyring: KeyringBackend, advice: str, why: str
) -> None:
    """Nobody becomes somebody else by that; when it is back, all is as before."""
    with used(back := Wallet()):
        token = home.accepted()
    identity = home.claim()
    with used(keyring), pytest.raises(TokenAway) as away:
        identity.token()
    assert str(away.value).startswith(f"{advice}, or log in with your password: ")
    assert why in str(away.value)
    assert away.value.passing is isinstance(keyring, Locked)
    identity.release()
    with used(back):
        assert home.accepted() == token


def test_a_token_that_somebody_changed_in_the_keyring_is_not_used(home: Home, wallet: Wallet) -> None:
    """The server would take it for a stranger's, and one would become a new guest."""
    home.accepted()
    (name,) = wallet.kept
    wallet.kept[name] = "f" * 64
    identity = home.claim()
    with pytest.raises(TokenAway, match="does not have the token"):
        identity.token()
    identity.release()


def test_a_file_that_names_no_token_at_all_is_replaced(home: Home) -> None:
    """As any that is damaged."""
    home.accepted(Keep.FILE)
    home.file.write_text('{"nick": "maria", "token": ""}')
    assert home.accepted(Keep.FILE) in home.written


Start = tuple[type[Wallet], Keep, bool]
"""What the keyring is like, what is wished, and whether the server has forgotten the device."""

_HABITS: list[type[Wallet]] = [Wallet, Wallet, Refusing, Forgetful, PlainFile]
_LAST: Start = (Wallet, Keep.KEYRING, False)


@settings(max_examples=30)
@given(starts=st.lists(st.tuples(st.sampled_from(_HABITS), st.sampled_from(Keep), st.booleans()), max_size=8))
def test_a_token_is_never_lost(tmp_path_factory: pytest.TempPathFactory, starts: list[Start]) -> None:
    """Whatever keyrings and wishes come one after the other: when the keyring is there, so is the token."""
    home, kept = Home(tmp_path_factory.mktemp("home")), Wallet().kept
    with used(Wallet()):
        token = home.accepted(Keep.FILE)
    for habit, keep, renews in [*starts, _LAST]:
        wallet = habit()
        wallet.kept = kept
        with used(wallet):
            identity = home.claim(keep)
            try:
                found = identity.token()
            except TokenAway:
                assert habit is not Wallet
            else:
                assert found == token
                if renews:
                    identity.renew()
                    token = identity.token()
                identity.accepted()
            identity.release()
    assert list(kept.values()).count(token) == 1
