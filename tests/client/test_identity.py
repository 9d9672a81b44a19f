"""Who one is on which server: made once, kept by nick, never two people at once."""

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.identity import Identity, IdentityStore, claim, claim_numbered, nick_key, numbered
from chat.client.identity_stores import FileIdentities, MemoryIdentities, state_folder
from chat.errors import BadConfig
from chat.file_lock import FileLock
from chat.names import NICK_LONGEST

SERVER = "5" * 32

Reopen = Callable[[], IdentityStore]


@pytest.fixture(params=["files", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """A store, as each start of a client opens it anew."""
    memory = MemoryIdentities()
    return (lambda: memory) if request.param == "memory" else lambda: FileIdentities(tmp_path / "identities")


class Claimed(Protocol):
    """Claims an identity that is free, and releases it when the test is over."""

    def __call__(self, store: IdentityStore, nick: str = "maria", server_id: str = SERVER) -> Identity: ...


@pytest.fixture
def claimed() -> Iterator[Claimed]:
    """See `Claimed`."""
    identities: list[Identity] = []

    def take(store: IdentityStore, nick: str = "maria", server_id: str = SERVER) -> Identity:
        identity = claim(store, server_id, nick)
        assert identity is not None
        identities.append(identity)
        return identity

    yield take
    for identity in identities:
        identity.release()


def test_unsent_messages_are_kept_by_what_never_changes(reopen: Reopen, claimed: Claimed) -> None:
    """Neither being accepted nor another nick nor a new token loses them; another identity has its own."""
    identity = claimed(reopen())
    box = identity.box
    identity.accepted()
    identity.renew()
    identity.also_known_as("mia")
    identity.accepted()
    assert identity.box == box
    identity.release()
    assert claimed(reopen(), "mia").box == box
    assert claimed(reopen(), "zoe").box != box


def test_an_identity_is_made_once_and_found_again(reopen: Reopen, claimed: Claimed) -> None:
    """The same secret in every life of the client, however the nick's case is written."""
    first = claimed(reopen())
    assert len(first.secret.token) == 64
    assert not first.secret.known
    first.accepted()
    first.release()
    second = claimed(reopen(), "MARIA")
    assert (second.secret.token, second.secret.known) == (first.secret.token, True)


def test_a_token_is_kept_before_the_server_has_seen_it(reopen: Reopen, claimed: Claimed) -> None:
    """If the first hello was stored but never answered, the next client repeats it and is the same guest."""
    first = claimed(reopen())
    first.release()
    second = claimed(reopen())
    assert (second.secret.token, second.secret.known) == (first.secret.token, False)


def test_other_servers_and_nicks_are_other_identities(reopen: Reopen, claimed: Claimed) -> None:
    """A token is never shown to another server."""
    store = reopen()
    tokens = {
        claimed(store).secret.token,
        claimed(store, "ben").secret.token,
        claimed(store, server_id="6" * 32).secret.token,
    }
    assert len(tokens) == 3


def test_an_identity_in_use_can_not_be_claimed(reopen: Reopen, claimed: Claimed) -> None:
    """Until it is released; releasing twice frees nobody else's claim."""
    first = claimed(reopen())
    assert claim(reopen(), SERVER, "Maria") is None
    first.release()
    second = claimed(reopen())
    first.release()
    assert claim(reopen(), SERVER, "maria") is None
    second.release()


def test_a_second_client_becomes_another_person(reopen: Reopen, claimed: Claimed) -> None:
    """The next number that is free."""
    store = reopen()
    claimed(store)
    found = [claim_numbered(store, SERVER, "maria") for _ in range(3)]
    assert [identity.nick for identity in found if identity] == ["maria2", "maria3", "maria4"]
    for identity in found:
        assert identity is not None
        identity.release()


def test_there_is_an_end_to_numbers() -> None:
    """A home with a hundred clients of one name gets no more."""
    store = MemoryIdentities()
    count = 0
    while claim_numbered(store, SERVER, "bot") is not None:
        count += 1
    assert count == 99


def test_a_lost_identity_is_replaced(reopen: Reopen, claimed: Claimed) -> None:
    """The new token is kept, and the server has not accepted it yet."""
    identity = claimed(reopen())
    identity.accepted()
    old = identity.secret.token
    identity.renew()
    assert identity.secret.token != old
    identity.release()
    again = claimed(reopen())
    assert (again.secret.token, again.secret.known) == (identity.secret.token, False)


def test_an_identity_is_found_by_a_later_nick_too(reopen: Reopen, claimed: Claimed) -> None:
    """After a change of nick either name leads to the same person, and both are in use."""
    identity = claimed(reopen())
    identity.accepted()
    identity.also_known_as("masha")
    identity.also_known_as("masha")
    assert claim(reopen(), SERVER, "masha") is None
    identity.release()
    assert claimed(reopen(), "masha").secret.token == identity.secret.token
    assert claimed(reopen(), "maria").secret.token == identity.secret.token


def test_a_renewed_identity_is_renewed_under_all_its_nicks(reopen: Reopen, claimed: Claimed) -> None:
    """Else the other nick would lead to a secret that opens nothing."""
    identity = claimed(reopen())
    identity.also_known_as("masha")
    identity.renew()
    identity.release()
    assert claimed(reopen(), "masha").secret.token == identity.secret.token


def test_another_identity_of_that_nick_is_left_alone(reopen: Reopen, claimed: Claimed) -> None:
    """It belongs to another user; whether it is in use or not."""
    store = reopen()
    other = claimed(store, "masha")
    identity = claimed(store, "maria")
    identity.also_known_as("masha")
    other.release()
    identity.also_known_as("masha")
    identity.release()
    assert claimed(store, "masha").secret.token == other.secret.token


def test_a_nick_that_no_server_takes_has_its_own_key() -> None:
    """The server will refuse it with its own sentence."""
    assert nick_key("Ann") == nick_key("ann")
    assert nick_key("not a nick") == "not a nick"


@given(nick=st.text("abcdefg", min_size=1, max_size=40))
def test_numbered_nicks_are_short_enough(nick: str) -> None:
    """The nick is cut before the number is."""
    found = list(numbered(nick, 12))
    assert [each[-1] for each in found[:8]] == list("23456789")
    assert found[8].endswith("10")
    assert all(len(each) <= NICK_LONGEST for each in found)


def test_files_are_for_their_owner_alone(tmp_path: Path, claimed: Claimed) -> None:
    """0600 in folders of 0700, with names that tell nothing and can't lead elsewhere."""
    folder = tmp_path / "home" / "state" / "identities"
    claimed(FileIdentities(folder), "../../nick", server_id="../../etc").accepted()
    made = sorted(folder.rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
    folders = [tmp_path / "home", tmp_path / "home" / "state", folder, *folder.iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert [path.suffix for path in made] == ["", ".json", ".lock"]


def test_a_damaged_file_is_replaced_by_a_new_identity(tmp_path: Path, claimed: Claimed) -> None:
    """A client that could not start any more would be worse than a new guest."""
    store = FileIdentities(tmp_path)
    claimed(store).release()
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(b'{"nick": 5}')
    identity = claimed(store)
    identity.release()
    assert claimed(store).secret.token == identity.secret.token


def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    """It is a matter of configuration, with a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="Make that place writable"):
        FileIdentities(tmp_path / "file").lock(SERVER, "maria")


def test_a_file_that_can_not_be_read_or_written_is_named(tmp_path: Path, claimed: Claimed) -> None:
    """A folder stands in its place."""
    store = FileIdentities(tmp_path)
    identity = claimed(store)
    (path,) = tmp_path.rglob("*.json")
    path.unlink()
    path.mkdir()
    with pytest.raises(BadConfig, match="can't be kept"):
        identity.renew()


def test_the_usual_place_is_the_users_state_folder(claimed: Claimed) -> None:
    """Tests get a home of nobody, so nothing of the user's is touched."""
    identity = claimed(FileIdentities())
    assert list((state_folder() / "identities").rglob("*.json"))
    identity.release()


def test_a_lock_is_seen_by_other_processes_and_ends_with_its_own(tmp_path: Path) -> None:
    """A killed client leaves nothing locked."""
    path = tmp_path / "lock"
    script = "\n".join(
        (
            "import pathlib, sys",
            "from chat.file_lock import FileLock",
            "lock = FileLock.take(pathlib.Path(sys.argv[1]))",
            "print(lock is not None, flush=True)",
            "sys.stdin.read()",
        )
    )
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert FileLock.take(path) is None
        assert FileLock.wait(path, 0.01) is None
        other.kill()
    lock = FileLock.wait(path, 5)
    assert lock is not None
    lock.release()
    lock.release()
