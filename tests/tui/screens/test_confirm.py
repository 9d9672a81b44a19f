"""A question with two answers."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from chat.tui.screens.confirm import ConfirmScreen
from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

UNSENT = "Quit and leave 2 messages unsent?"
DETAIL = "They stay on this machine and are sent when you come back."


def question(theme: str = "chat-dark") -> Stage:
    """The question over some text."""
    screen = ConfirmScreen(UNSENT, DETAIL, yes="Quit", no="Stay")
    return Stage(Static("some talk\n" * 40), screen=screen, theme=theme)


@pytest.mark.parametrize(
    ("keys", "answers"),
    [
        (("y",), [True]),
        (("n",), [False]),
        (("escape",), [False]),
        (("enter",), [False]),
        (("right", "enter"), [True]),
        (("left", "enter"), [True]),
        (("right", "left", "enter"), [False]),
        (("x", "space", "down"), []),
    ],
)
def test_keys_answer(keys: tuple[str, ...], answers: list[bool]) -> None:
    """No is what Esc and a careless Enter mean; other keys answer nothing."""
    app = question()

    async def press(pilot: Pilot[Any]) -> list[Any]:
        await pilot.press(*keys)
        await pilot.pause()
        return app.results

    assert act(app, press) == answers


@pytest.mark.parametrize(("words", "answer"), [("Stay", False), ("Quit", True)])
def test_a_click_on_the_words_answers(words: str, answer: bool) -> None:
    """Both answers can be clicked."""
    app = question()

    async def click(pilot: Pilot[Any]) -> list[Any]:
        lines = screen_lines(app)
        row = next(at for at, line in enumerate(lines) if "› Stay" in line)
        await pilot.click(offset=(lines[row].index(words), row))
        await pilot.pause()
        return app.results

    assert act(app, click) == [answer]


def test_the_keys_are_told_with_the_words_of_the_question() -> None:
    """One need not guess what yes means."""
    app = question()

    async def look(_: Pilot[Any]) -> str:
        return "\n".join(screen_lines(app))

    assert "Y quit · N stay · Enter the marked one" in act(app, look)


def test_the_question_is_never_read_as_markup() -> None:
    """It may carry the name of a channel."""
    app = Stage(screen=ConfirmScreen("Leave #[/][b]x?", "[@click=quit]really[/]"))

    async def look(_: Pilot[Any]) -> str:
        return "\n".join(screen_lines(app))

    text = act(app, look)
    assert "Leave #[/][b]x?" in text
    assert "[@click=quit]really[/]" in text


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_in_the_box_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground; what lies behind is dimmed."""
    app = question(theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if "some" not in piece.text and contrast(piece.colour, piece.ground) < 4.5
        ]

    assert act(app, measure) == []


@pytest.mark.parametrize(
    ("theme", "size", "keys"),
    [("chat-dark", (80, 24), []), ("chat-light", (80, 24), ["right"]), ("chat-dark", (40, 15), [])],
)
def test_the_question_looks_right(
    snap_compare: SnapCompare, theme: str, size: tuple[int, int], keys: list[str]
) -> None:
    """The harmless answer is marked until one turns to the other."""
    snap_compare(question(theme), size, press=keys)
