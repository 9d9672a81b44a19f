"""The client's settings: their meaning, their defaults and the file they stand in."""

from pathlib import Path
from typing import Literal

import msgspec
from platformdirs import user_config_path


class ClientConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may set in `config.toml`; an option of the command line wins over it."""

    nick: str = ""
    """The name to propose; empty means the one used last, else the login name."""
    theme: Literal["chat-dark", "chat-light"] = "chat-dark"
    """The colours."""
    mouse: bool = True
    """Whether the client listens to the mouse; without, the terminal selects text as it always does."""
    bell: bool = True
    """Ring the terminal's bell when somebody calls while one is not looking."""
    tell_read: bool = True
    """Whether people in direct conversations see how far one has read what they wrote."""
    keyring: Literal["auto", "off"] = "auto"
    """Keep the tokens of devices in the desktop's keyring, where there is one; `off` puts them into files."""
    unencrypted: bool = False
    """Connect without encryption, to servers that have none; others on the network can read along."""
    mac_option_digits: bool = False
    """Take what Option with a digit writes on a Mac (¡ ™ £ and so on) for Alt with that digit."""


def config_path() -> Path:
    """Return where the file is looked for when no other is named."""
    return user_config_path("chat-tui", appauthor=False) / "config.toml"
