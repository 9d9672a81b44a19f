"""F1: every key that works here and every command."""

from collections.abc import Sequence
from typing import Any

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Static

from chat.tui.keys import KeyRow, KeySection, Place, sections
from chat.tui.screens.help import HelpScreen, command_sections
from chat.tui.slash.table import COMMANDS
from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

TALK = (*sections(Place.TALK, Place.LINE, Place.MEMBERS, Place.EVERYWHERE), *command_sections())


def help_screen(shown: Sequence[KeySection] = TALK, theme: str = "chat-dark") -> Stage:
    """Help over some text."""
    return Stage(Static("some talk\n" * 40), screen=HelpScreen(shown), theme=theme)


def text_after(app: Stage, *keys: str, size: tuple[int, int] = (80, 24)) -> str:
    """The screen after these keys."""

    async def press(pilot: Pilot[Any]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        return "\n".join(screen_lines(app))

    return act(app, press, size)


def test_all_keys_and_commands_are_there() -> None:
    """On a screen that is tall enough every row of the table and every command can be read."""
    app = Stage(screen=HelpScreen(TALK))

    async def look(pilot: Pilot[Any]) -> str:
        pilot.app.screen.query_one("#box").styles.max_height = 200
        await pilot.pause()
        return "\n".join(screen_lines(app))

    text = act(app, look, (100, 130))
    missing = [row.keys for section in TALK for row in section.rows if row.keys not in text]
    assert missing == []
    assert [section.title for section in TALK if section.title not in text] == []


def test_every_command_has_a_row() -> None:
    """The sections of commands are made from the table alone."""
    rows = {row.keys: row.description for section in command_sections() for row in section.rows}
    assert rows == {command.usage: command.summary for command in COMMANDS}


def test_another_way_is_told_beside() -> None:
    """A key that some keyboards lack names what does the same."""
    assert "show or hide the members  or /names" in text_after(help_screen())


@pytest.mark.parametrize("key", ["escape", "f1", "q"])
def test_help_can_be_closed(key: str) -> None:
    """The key that opened it closes it too."""
    app = help_screen()

    async def close(pilot: Pilot[Any]) -> list[Any]:
        await pilot.press(key)
        await pilot.pause()
        return app.results

    assert act(app, close) == [None]


@pytest.mark.parametrize(
    ("keys", "scrolled"),
    [
        (("down", "down"), 2),
        (("down", "up"), 0),
        (("up",), 0),
        (("pagedown",), 19),
        (("space", "pageup"), 0),
    ],
)
def test_keys_scroll(keys: tuple[str, ...], scrolled: int) -> None:
    """By lines and by pages, of which one line stays in view."""
    app = help_screen()

    async def press(pilot: Pilot[Any]) -> float:
        await pilot.press(*keys)
        await pilot.pause()
        return app.screen.query_one(VerticalScroll).scroll_y

    assert act(app, press) == scrolled


def test_a_long_description_is_wrapped_below_itself() -> None:
    """The columns stay columns."""
    rows = (KeyRow("F9", "word " * 30), KeyRow("Ctrl+Shift+F10", "x"))
    lines = text_after(help_screen([KeySection("Here", rows)])).splitlines()
    first = next(line for line in lines if "F9" in line)
    wrapped = lines[lines.index(first) + 1]
    assert wrapped.index("word") == first.index("word")


def test_in_a_narrow_terminal_descriptions_stand_below_their_keys() -> None:
    """Where there is no room for two columns there is one."""
    lines = [line.strip(" │") for line in text_after(help_screen(), size=(40, 15)).splitlines()]
    assert lines[lines.index("Ctrl+N, Alt+Right") + 1] == "next conversation"


def test_a_section_without_rows_has_no_heading() -> None:
    """Help of a place shows what there is."""
    shown = [KeySection("Empty", ()), KeySection("Full", (KeyRow("F1", "help"),))]
    text = text_after(help_screen(shown))
    assert "Full" in text
    assert "Empty" not in text


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_in_the_box_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground; what lies behind is dimmed."""
    app = help_screen(theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if "some" not in piece.text and contrast(piece.colour, piece.ground) < 4.5
        ]

    assert act(app, measure, (88, 40)) == []


@pytest.mark.parametrize(
    ("theme", "size"), [("chat-dark", (110, 40)), ("chat-light", (80, 24)), ("chat-dark", (40, 15))]
)
def test_help_looks_right(snap_compare: SnapCompare, theme: str, size: tuple[int, int]) -> None:
    """In a large, a usual and a small terminal; rows of its own, so that a new key changes no picture."""
    rows = (
        KeyRow("Ctrl+N, Alt+Right", "next conversation"),
        KeyRow("Alt+1 to Alt+9, Alt+0", "conversation 1 to 10", "/1 to /10"),
        KeyRow("Alt+A", "next one that calls, mentions first, and a long remark on it", "Ctrl+K, Enter"),
    )
    shown = [
        KeySection(title, rows) for title in ("In a conversation", "In the line", "Everywhere", "Commands")
    ]
    snap_compare(help_screen([*shown, *shown], theme), size)
