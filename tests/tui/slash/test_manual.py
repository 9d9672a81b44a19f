"""What help shows of commands."""

import pytest

from chat.tui.slash.manual import about, overview
from chat.tui.slash.spec import Family, SlashError
from chat.tui.slash.table import COMMANDS


def test_the_overview_shows_every_command_under_its_family() -> None:
    """Each usage and summary stands once, below the heading of its family."""
    lines = overview()
    heading = ""
    shown: dict[str, str] = {}
    for line in lines:
        if line.startswith("  "):
            shown[line.strip()] = heading
        else:
            heading = line
    for command in COMMANDS:
        rows = [row for row in shown if row.startswith(f"{command.usage}  ")]
        assert len(rows) == 1
        assert rows[0].endswith(f"  {command.summary}")
        assert shown[rows[0]] == command.family.value


def test_the_overview_fits_eighty_columns_in_two_straight_columns() -> None:
    """All summaries begin in the same column."""
    rows = [line for line in overview() if line.startswith("  ")]
    assert max(map(len, rows)) <= 78
    starts = {line.index(command.summary) for command in COMMANDS for line in rows if command.usage in line}
    assert len(starts) == 1


def test_the_numbers_are_in_the_overview() -> None:
    """/1 to /99 are no entry of the table, but help knows them."""
    assert any(line.strip().startswith("/1 to /99") for line in overview())
    assert Family.READING.value in overview()


@pytest.mark.parametrize("name", [name for command in COMMANDS for name in command.names])
def test_about_a_command_stands_all_there_is_to_know(name: str) -> None:
    """By any of its names: usage, summary, detail, and how else it is called."""
    command = next(command for command in COMMANDS if name in command.names)
    text = "\n".join(about(name))
    assert command.usage in text
    assert command.summary in text
    assert command.detail in text
    assert all(f"/{alias}" in text for alias in command.aliases)


def test_about_an_unknown_command_there_is_a_sentence() -> None:
    """Nothing is made up."""
    with pytest.raises(SlashError, match="no command /xyzzy"):
        about("xyzzy")
