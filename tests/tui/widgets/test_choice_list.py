"""A list to choose one thing from."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from textual.content import Content
from textual.pilot import Pilot

from chat.tui.widgets.choice_list import Choice, ChoiceList
from tests.support.stage import Stage, act, screen_lines

Result = TypeVar("Result")

THREE = tuple(Choice(name, Content(name), Content(f"about {name}")) for name in ("ann", "bob", "cat"))


def at_list(
    deed: Callable[[Pilot[Any], ChoiceList], Awaitable[Result]], choices: tuple[Choice, ...] = THREE
) -> Result:
    """Do something with a list of six lines that shows these."""
    shown = ChoiceList()
    shown.styles.height = 6

    async def begin(pilot: Pilot[Any]) -> Result:
        shown.show(choices)
        await pilot.pause()
        return await deed(pilot, shown)

    return act(Stage(shown), begin, (30, 8))


def pointed(pilot: Pilot[Any]) -> list[str]:
    """The rows with the sign of the chosen one."""
    return [line.split()[1] for line in screen_lines(pilot.app) if line.startswith("›")]


def test_the_first_row_is_chosen() -> None:
    """Nobody needs to move to take the best one."""

    async def look(pilot: Pilot[Any], shown: ChoiceList) -> tuple[str | None, list[str]]:
        return shown.chosen, screen_lines(pilot.app)[:3]

    assert at_list(look) == (
        "ann",
        ["› ann               about ann", "  bob               about bob", "  cat               about cat"],
    )


def test_an_empty_list_has_nothing_to_choose() -> None:
    """Neither at first nor after a move."""

    async def move(_: Pilot[Any], shown: ChoiceList) -> str | None:
        shown.action_move(1)
        shown.action_open()
        return shown.chosen

    assert at_list(move, ()) is None


def test_the_owner_can_choose_any_row_or_none() -> None:
    """No row has the sign when what is meant is not in the list; moving chooses again."""

    async def mark(pilot: Pilot[Any], shown: ChoiceList) -> list[tuple[str | None, list[str]]]:
        seen = []
        for place in (2, None):
            shown.mark(place)
            await pilot.pause()
            seen.append((shown.chosen, pointed(pilot)))
        shown.action_move(-1)
        await pilot.pause()
        return [*seen, (shown.chosen, pointed(pilot))]

    assert at_list(mark) == [("cat", ["cat"]), (None, []), ("bob", ["bob"])]


def test_other_rows_begin_with_the_first_one() -> None:
    """The choice and the view start anew with what is shown."""
    many = tuple(Choice(str(at), Content(f"row-{at}")) for at in range(40))

    async def show(pilot: Pilot[Any], shown: ChoiceList) -> tuple[list[str], list[str]]:
        shown.action_end()
        await pilot.pause()
        at_end = pointed(pilot)
        shown.show(many[5:])
        await pilot.pause()
        return at_end, [screen_lines(pilot.app)[0].strip("› "), *pointed(pilot)]

    assert at_list(show, many) == (["row-39"], ["row-5", "row-5"])


@pytest.mark.parametrize(
    ("title", "remark", "line"),
    [
        ("t" * 40, "r", "› " + "t" * 26 + "…"),
        ("t" * 15, "r" * 20, "› " + "t" * 15 + "  " + "r" * 9 + "…"),
        ("t" * 24, "r" * 20, "› " + "t" * 24),
        ("日" * 30, "", "› " + "日" * 13 + "…"),
    ],
)
def test_the_remark_gives_way_before_the_title(title: str, remark: str, line: str) -> None:
    """What doesn't fit is cut, in any script, and the title is cut last."""

    async def look(pilot: Pilot[Any], _: ChoiceList) -> str:
        return screen_lines(pilot.app)[0]

    assert at_list(look, (Choice("x", Content(title), Content(remark)),)) == line


def test_one_click_points_and_two_take() -> None:
    """The owner hears both, with the id of the row."""

    async def click(pilot: Pilot[Any], shown: ChoiceList) -> tuple[list[tuple[str, str]], str | None]:
        await pilot.click(ChoiceList, offset=(5, 1))
        await pilot.double_click(ChoiceList, offset=(5, 2))
        await pilot.click(ChoiceList, offset=(5, 4))
        assert isinstance(pilot.app, Stage)
        heard = [said for said in pilot.app.heard if isinstance(said, ChoiceList.Pointed)]
        return [(type(said).__name__, said.chosen) for said in heard], shown.chosen

    heard, chosen = at_list(click)
    assert heard == [("Pointed", "bob"), ("Pointed", "cat"), ("Taken", "cat")]
    assert chosen == "cat"
