"""The servers somebody joined before."""

import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.remembered import KEPT, KnownServer, load_servers, remember_server

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def server(address: str, minutes: int = 0, name: str = "lan", nick: str = "maria") -> KnownServer:
    """A server that was used some minutes after noon."""
    return KnownServer(address, name, nick, NOON + timedelta(minutes=minutes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that does not exist yet."""
    return tmp_path / "state" / "servers.json"


def test_before_the_first_server_nothing_is_remembered(path: Path) -> None:
    """A missing file is an empty list, and reading makes no file."""
    assert load_servers(path) == ()
    assert not path.parent.exists()


def test_a_remembered_server_is_there_again(path: Path) -> None:
    """All that was told comes back."""
    told = server("192.168.1.20:7421", name="lan-server", nick="maria")
    assert remember_server(path, told) == (told,)
    assert load_servers(path) == (told,)


def test_the_server_used_last_is_first(path: Path) -> None:
    """Whatever the order in the file."""
    for one in (server("b", 2), server("a", 1), server("c", 3)):
        remember_server(path, one)
    assert [known.address for known in load_servers(path)] == ["c", "b", "a"]


def test_a_server_joined_again_stands_there_once(path: Path) -> None:
    """The newest nick and name of an address are kept."""
    remember_server(path, server("a", 1, name="old", nick="maria"))
    remember_server(path, server("b", 2))
    again = server("a", 3, name="new", nick="mia")
    assert remember_server(path, again) == (again, server("b", 2))
    assert load_servers(path) == (again, server("b", 2))


def test_the_oldest_ones_are_forgotten(path: Path) -> None:
    """The list does not grow without end."""
    for minute in range(KEPT + 5):
        remember_server(path, server(f"host-{minute}", minute))
    known = load_servers(path)
    assert len(known) == KEPT
    assert (known[0].address, known[-1].address) == (f"host-{KEPT + 4}", "host-5")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_only_the_owner_can_read_it(path: Path) -> None:
    """It tells where somebody talks, so file and folder are private."""
    remember_server(path, server("a"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_no_half_written_file_is_left(path: Path) -> None:
    """The folder holds the list and nothing else."""
    remember_server(path, server("a"))
    remember_server(path, server("b"))
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"servers": 7}',
        '{"servers": [{"address": "a"}]}',
        '{"servers": [{"address": "a", "name": "", "nick": "", "last_used": "yesterday"}]}',
        "\x00\xff",
    ],
)
def test_a_damaged_file_is_an_empty_list(path: Path, text: str) -> None:
    """The client starts all the same, and the next server mends the file."""
    path.parent.mkdir()
    path.write_text(text, "latin-1")
    assert load_servers(path) == ()
    remember_server(path, server("a"))
    assert load_servers(path) == (server("a"),)


def test_a_time_without_zone_is_left_out(path: Path) -> None:
    """It could not be sorted among the others."""
    remember_server(path, server("a"))
    stored = json.loads(path.read_text())
    stored["servers"].append({"address": "b", "name": "", "nick": "", "last_used": "2024-05-17T12:00:00"})
    path.write_text(json.dumps(stored))
    assert [known.address for known in load_servers(path)] == ["a"]


def test_fields_of_a_later_version_are_no_damage(path: Path) -> None:
    """A newer client may write more."""
    remember_server(path, server("a"))
    stored = json.loads(path.read_text())
    stored["servers"][0]["colour"] = "red"
    path.write_text(json.dumps(stored | {"version": 2}))
    assert load_servers(path) == (server("a"),)


def test_a_folder_that_can_t_be_written_is_no_failure(tmp_path: Path) -> None:
    """The list is given back as it would be; the client goes on."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert remember_server(blocked / "servers.json", server("a")) == (server("a"),)


def test_a_file_that_can_t_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where the name is taken by a folder, the new file is removed again."""
    path = tmp_path / "servers.json"
    (path / "in the way").mkdir(parents=True)
    assert remember_server(path, server("a")) == (server("a"),)
    assert list(tmp_path.iterdir()) == [path]


@given(name=st.text(max_size=20), nick=st.text(max_size=20))
def test_nothing_harmful_comes_back(tmp_path_factory: pytest.TempPathFactory, name: str, nick: str) -> None:
    """What a server called itself can't reach the terminal as a command, not even by way of the file."""
    path = tmp_path_factory.mktemp("remembered") / "servers.json"
    remember_server(path, server("a", name=f"\x1b]0;x\x07{name}", nick=nick))
    (known,) = load_servers(path)
    assert not {chr(code) for code in [*range(32), *range(0x7F, 0xA0)]} & {*known.name, *known.nick}
