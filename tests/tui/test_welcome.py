"""The three lines that greet whoever comes."""

import re

import pytest

from chat.transport.address import Address
from chat.transport.tls import spoken
from chat.tui.keys import KEYS
from chat.tui.slash.table import BY_NAME
from chat.tui.welcome import LINE_KEYS, SCREEN_KEYS, others_join, others_join_hosted, welcome


def test_the_welcome_has_three_lines_that_fit_on_a_small_terminal() -> None:
    """What this is, the keys that matter, how others join."""
    lines = welcome(SCREEN_KEYS, others_join_hosted(None)).split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80
    assert "chat" in lines[0]
    assert lines[1] == SCREEN_KEYS
    assert "--local" in lines[2]


def test_every_key_that_is_named_exists() -> None:
    """The line of keys can't go stale."""
    shown = {
        key.casefold()
        for entries in KEYS.values()
        for entry in entries
        for key in re.split(", ?", entry.keys)
    }
    for named in ("enter", "ctrl+k", "f1"):
        assert named in SCREEN_KEYS.casefold()
        assert named in shown


def test_every_command_that_is_named_exists() -> None:
    """In the line mode the commands are what matters."""
    named = re.findall(r"/(\w+)", LINE_KEYS)
    assert named
    assert all(name in BY_NAME for name in named)


def test_others_are_told_the_line_to_type() -> None:
    """It can be copied as it stands."""
    assert others_join(Address("192.168.1.7")).endswith("chat-tui 192.168.1.7")
    assert others_join_hosted(Address("192.168.1.7", 7421)).endswith("chat-tui 192.168.1.7:7421")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_an_address_that_only_this_machine_has_is_told_as_that(host: str) -> None:
    """Elsewhere it would lead to another machine, or to none."""
    assert others_join(Address(host)).startswith("Others on this machine join with: chat-tui ")


def test_who_joins_is_shown_what_the_host_sees() -> None:
    """The fingerprint stands beside the line to type, in the groups in which it is compared."""
    fingerprint = "0123456789abcdef" * 4
    told = others_join_hosted(Address("192.168.1.7"), fingerprint)
    assert told.splitlines()[1].endswith(spoken(fingerprint))
    assert "fingerprint" not in others_join_hosted(None, fingerprint)
