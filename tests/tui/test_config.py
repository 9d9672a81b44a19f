"""The client's settings."""

import typing
from pathlib import Path

import pytest

from chat.config_file import read_settings
from chat.errors import BadConfig
from chat.tui.config import ClientConfig, config_path
from chat.tui.styles.theme import THEMES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A config file."""
    return tmp_path / "config.toml"


def test_without_a_file_everything_has_its_default(path: Path) -> None:
    """Nobody needs to write settings."""
    assert read_settings(path, ClientConfig) == ClientConfig()


def test_every_setting_can_be_set(path: Path) -> None:
    """What the file says is what counts."""
    path.write_text(
        'nick = "mia"\ntheme = "chat-light"\nmouse = false\nbell = false\ntell_read = false\n'
        'mac_option_digits = true\nunencrypted = true\nkeyring = "off"\n'
    )
    read = read_settings(path, ClientConfig)
    assert read == ClientConfig(
        nick="mia",
        theme="chat-light",
        mouse=False,
        bell=False,
        tell_read=False,
        mac_option_digits=True,
        unencrypted=True,
        keyring="off",
    )


def test_a_misspelt_setting_is_named_with_file_and_nearest_one(path: Path) -> None:
    """All mistakes are told at once, each with its file; the program ends with 78."""
    path.write_text('teme = "chat-dark"\nbell = "loud"\nmouse = true\n')
    with pytest.raises(BadConfig) as caught:
        read_settings(path, ClientConfig)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}: ")
    assert "'teme'" in first
    assert "'theme'" in first
    assert second.startswith(f"{path}: ")
    assert "'bell'" in second
    assert caught.value.exit_code == 78


def test_the_themes_that_can_be_set_are_those_that_exist() -> None:
    """The file knows every theme by its name, and the default is the first."""
    choices = typing.get_args(typing.get_type_hints(ClientConfig)["theme"])
    assert choices == tuple(theme.name for theme in THEMES)
    assert ClientConfig().theme == THEMES[0].name


def test_the_file_stands_in_a_folder_of_our_own() -> None:
    """Where that folder is, the platform decides."""
    assert config_path().name == "config.toml"
    assert config_path().parent.name == "chat-tui"


@pytest.mark.parametrize("line", ['theme = "solarized"', "mouse = 1", "nick = 7"])
def test_a_value_that_does_not_fit_is_refused(path: Path, line: str) -> None:
    """No value is guessed."""
    path.write_text(line)
    with pytest.raises(BadConfig, match=line.split(maxsplit=1)[0]):
        read_settings(path, ClientConfig)
