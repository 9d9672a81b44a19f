"""Lines that hold a password are recognised, however they are written."""

import pytest

from chat.tui.slash.secrecy import hidden


@pytest.mark.parametrize(
    "line",
    [
        "/register hunter22",
        "/REG hunter22",
        "/register\nhunter22",
        " /register hunter22",
        "//register hunter22",
        "7register hunter22",
        "/ register hunter22",
        "/login ann hunter22",
        "/lo ann hunter22",
        "/passwd hunter22",
    ],
)
def test_a_password_on_the_line_is_told_to_be_none_of_its(line: str) -> None:
    """Also where the command is shortened or mistyped; the sentence repeats none of it."""
    sentence = hidden(line)
    assert "alone asks for it" in sentence
    assert "hunter22" not in sentence


@pytest.mark.parametrize(
    "line",
    ["", "/register", "/login ann", "/login ", "/ban ann 10m spam", "register hunter22", "/msg ann hi"],
)
def test_other_lines_are_not(line: str) -> None:
    """What has no password is kept as ever."""
    assert hidden(line) == ""
