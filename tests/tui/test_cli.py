"""The command `chat-tui` as far as it goes without a server."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chat import __version__
from chat.client.identity import claim
from chat.errors import BadConfig, ChatError, NoConnection, UsageError
from chat.tui.cli import Options, command, session_of
from chat.tui.config import ClientConfig, config_path
from tests.support.keyrings import Wallet, used

NOWHERE = "127.0.0.1:1"
"""Where no server ever listens."""


def run(*arguments: str, **environment: str) -> Result:
    """Run the command in this process, without a terminal."""
    return CliRunner().invoke(command, arguments, env=environment)


def refusal(*arguments: str, **environment: str) -> ChatError:
    """The error that the command ends with."""
    error = run(*arguments, **environment).exception
    assert isinstance(error, ChatError), repr(error)
    return error


def test_help_shows_each_option_and_the_variables() -> None:
    """On standard output, with a good end."""
    result = run("-h")
    assert result.exit_code == 0
    about_servers = ("--host", "--local", "--listen", "--keep", "--fingerprint", "--unencrypted")
    for word in (*about_servers, "--nick", "--plain", "--config", "CHAT_TUI_NICK"):
        assert word in result.output


def test_the_version_is_that_of_the_package() -> None:
    """And names the program."""
    assert run("--version").output == f"chat-tui, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--lan",),
        ("--local", "attic"),
        ("--host", "--local", "--lan"),
        ("--host", "--local", "--listen", "127.0.0.1:1"),
        ("--fingerprint", "beef", "attic"),
        ("--fingerprint", "ab" * 32, "--unencrypted", "attic"),
        ("--keep", "attic"),
        ("--listen", "localhost:1", "attic"),
        ("--host", "attic"),
        ("--host", "--server", "attic"),
        ("attic", "--server", "other"),
        ("attic:seven",),
        ("--host", "--listen", "a:b:c"),
        ("--nick", "no spaces", "attic"),
        ("--nick", "root", "attic"),
    ],
)
def test_what_makes_no_sense_is_a_wrong_use(arguments: tuple[str, ...]) -> None:
    """Each with a sentence of its own, before anything is started."""
    error = refusal(*arguments)
    assert isinstance(error, UsageError)
    assert str(error).endswith(".")


def test_without_a_terminal_and_a_known_server_one_must_be_named() -> None:
    """The sentence says how."""
    error = refusal()
    assert isinstance(error, UsageError)
    assert "chat-tui ADDRESS" in str(error)
    assert "chat-tui --host" in str(error)


def test_no_server_at_the_address_ends_with_the_cause() -> None:
    """After three tries, since a server may be just starting."""
    error = refusal(NOWHERE)
    assert isinstance(error, NoConnection)
    assert "refused the connection" in str(error)
    assert "wrong port" in str(error)


def test_options_can_stand_in_the_environment() -> None:
    """Here the server; the command line wins over it."""
    assert NOWHERE in str(refusal(CHAT_TUI_SERVER=NOWHERE))
    assert "attic:seven" in str(refusal("attic:seven", CHAT_TUI_SERVER=NOWHERE))


def test_what_stands_in_the_environment_contradicts_nothing() -> None:
    """Who always hosts openly can still join somebody else."""
    error = refusal(NOWHERE, CHAT_TUI_HOST="1", CHAT_TUI_LAN="1", CHAT_TUI_KEEP="1")
    assert isinstance(error, NoConnection)


def test_a_wrong_setting_is_named_with_its_file_and_the_nearest_one(tmp_path: Path) -> None:
    """So that it can be put right."""
    path = tmp_path / "mine.toml"
    path.write_text('niick = "maria"\n')
    error = refusal("--config", str(path), NOWHERE)
    assert isinstance(error, BadConfig)
    assert str(path) in str(error)
    assert "'niick'" in str(error)
    assert "'nick'" in str(error)


def test_a_nick_in_the_file_must_be_legal(tmp_path: Path) -> None:
    """It would be refused by every server."""
    path = tmp_path / "mine.toml"
    path.write_text('nick = "two words"\n')
    error = refusal("--config", str(path), NOWHERE)
    assert isinstance(error, BadConfig)
    assert "'nick'" in str(error)


def test_the_usual_file_is_read() -> None:
    """Without being named."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text("beel = true\n")
    assert str(config_path()) in str(refusal(NOWHERE))


@pytest.mark.parametrize(("setting", "kept"), [({}, 1), ({"keyring": "off"}, 0)], ids=["auto", "off"])
def test_the_setting_decides_whether_the_keyring_is_used(setting: dict[str, Any], kept: int) -> None:
    """It is used unless somebody says otherwise."""
    given: dict[str, Any] = dict.fromkeys(field.name for field in fields(Options))
    session = session_of(Options(**given), ClientConfig(**setting), (), asks=False)
    with used(wallet := Wallet()):
        identity = claim(session.identities, "5" * 32, "maria")
        assert identity is not None
        identity.accepted()
        identity.release()
    assert len(wallet.secrets) == kept


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """A slip in its name is not passed over."""
    assert isinstance(refusal("--config", str(tmp_path / "none.toml"), NOWHERE), BadConfig)


def test_neither_the_command_nor_the_line_mode_imports_textual() -> None:
    """It takes longer than all the rest, and small machines may do without it."""
    code = "import sys, chat.tui.cli; sys.exit(any(name.split('.')[0] == 'textual' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
