"""The key of the console: a file for its owner alone."""

import stat
from pathlib import Path

import pytest

from chat.errors import BadConfig
from chat.server.console import Key, keep_key, key_file, reached_at, read_key
from chat.transport.address import Address

HERE = Address("127.0.0.1", 7070)


def test_a_key_is_read_as_it_was_kept(tmp_path: Path) -> None:
    """Token and place; nobody else can read it."""
    file = key_file(tmp_path)
    token = keep_key(file, HERE)
    assert read_key(file) == Key(token, "127.0.0.1", 7070)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_token_outlasts_the_start_on_another_port(tmp_path: Path) -> None:
    """The place is new, the token is as before."""
    file = key_file(tmp_path)
    token = keep_key(file, HERE)
    assert keep_key(file, Address("::1", 7071)) == token
    assert read_key(file) == Key(token, "::1", 7071)


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    """As is what a start that was cut off left beside it."""
    file = key_file(tmp_path)
    keep_key(file, HERE)
    file.chmod(0o644)
    file.with_suffix(".new").write_text("half")
    keep_key(file, HERE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_suffix(".new").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"token": 1}', b"\xff"])
def test_a_damaged_key_is_named_and_made_anew(tmp_path: Path, content: bytes) -> None:
    """Who asks is told what to do; the next start writes another."""
    file = key_file(tmp_path)
    file.write_bytes(content)
    with pytest.raises(BadConfig, match=r"console\.json can't be read: .*start the server again"):
        read_key(file)
    token = keep_key(file, HERE)
    assert (bool(token), read_key(file).token) == (True, token)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """Where it should be, and what to do."""
    with pytest.raises(BadConfig, match="run this as the user that the server runs as"):
        read_key(key_file(tmp_path))


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """The start says which file it was."""
    with pytest.raises(BadConfig, match=r"console\.json can't be written"):
        keep_key(key_file(tmp_path / "missing"), HERE)


def test_a_key_shows_no_token() -> None:
    """Not in a log, not in a trace."""
    assert "secret" not in repr(Key("secret", "127.0.0.1", 7070))


@pytest.mark.parametrize(
    ("listens", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("", "127.0.0.1"), ("192.0.2.7", "192.0.2.7")],
)
def test_what_listens_everywhere_is_reached_on_this_machine(listens: str, reached: str) -> None:
    """Any other address is its own."""
    assert reached_at(listens) == reached
