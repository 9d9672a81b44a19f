"""Going somewhere by name."""

from collections.abc import Sequence
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from chat.tui.palette import Kind, SwitchItem
from chat.tui.render.attention import Attention
from chat.tui.screens.switcher import SwitcherScreen
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.choice_list import ChoiceList
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

ITEMS = (
    SwitchItem("c1", "#general", Kind.CHANNEL, hint="Alt+1"),
    SwitchItem("c2", "#dev", Kind.CHANNEL, Attention.UNREAD, 3, "Alt+2"),
    SwitchItem("c3", "#ops", Kind.CHANNEL, Attention.ACTIVITY, 0, "Alt+3"),
    SwitchItem("c4", "@alice", Kind.PERSON, Attention.MENTION, 1, "online"),
    SwitchItem("c5", "#developers-anonymous", Kind.CHANNEL, hint="not joined"),
)
ROOMS = tuple(SwitchItem(f"r{at}", f"#room-{at:03}", Kind.CHANNEL) for at in range(500))


def switcher(items: Sequence[SwitchItem] = ITEMS, theme: str = "chat-dark") -> Stage:
    """The switcher over some text."""
    return Stage(Static("some talk\n" * 40), screen=SwitcherScreen(items), theme=theme)


def gone_to(app: Stage, *keys: str) -> list[Any]:
    """What the switcher gives back after these keys, if it does."""

    async def press(pilot: Pilot[Any]) -> list[Any]:
        await pilot.press(*keys)
        await pilot.pause()
        return app.results

    return act(app, press)


def text_after(app: Stage, *keys: str, size: tuple[int, int] = (80, 24)) -> str:
    """The screen after these keys."""

    async def press(pilot: Pilot[Any]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        return "\n".join(screen_lines(app))

    return act(app, press, size)


def test_enter_at_once_goes_to_what_calls_loudest() -> None:
    """Ctrl+K, Enter is the way to the next mention."""
    assert gone_to(switcher(), "enter") == ["c4"]


def test_typing_finds() -> None:
    """The best name is chosen already."""
    assert gone_to(switcher(), "d", "e", "v", "enter") == ["c2"]
    assert gone_to(switcher(), "a", "n", "o", "enter") == ["c5"]


@pytest.mark.parametrize("down", ["down", "ctrl+n"])
@pytest.mark.parametrize("up", ["up", "ctrl+p"])
def test_arrows_choose_among_the_hits(down: str, up: str) -> None:
    """While the cursor stays in the line one types in."""
    assert gone_to(switcher(), down, "enter") == ["c2"]
    assert gone_to(switcher(), down, down, up, "enter") == ["c2"]
    assert gone_to(switcher(), up, "enter") == ["c4"]


def test_what_is_typed_after_moving_starts_at_the_top_again() -> None:
    """The choice never stays on a row that is somewhere else now."""
    assert gone_to(switcher(), "down", "down", "d", "e", "v", "enter") == ["c2"]


@pytest.mark.parametrize("key", ["escape", "ctrl+k"])
def test_one_can_stay(key: str) -> None:
    """Esc, or the key that opened it, closes it."""
    assert gone_to(switcher(), "d", key) == [None]


def test_nothing_found_says_what_to_do_and_enter_does_nothing() -> None:
    """An empty list is no dead end."""
    assert "Nothing is called so. /join #name makes a channel." in text_after(switcher(), "z", "z")
    assert gone_to(switcher(), "z", "z", "enter") == []
    assert gone_to(switcher(), "z", "z", "backspace", "backspace", "enter") == ["c4"]


def test_rows_show_what_waits_and_the_hint() -> None:
    """With the same signs as the strip of conversations."""
    text = text_after(switcher())
    assert "› @alice (1!)" in text
    assert "#dev (3)" in text
    assert "#ops ·" in text
    assert "not joined" in text


def test_an_invitation_can_be_declined_and_nothing_else_can() -> None:
    """It is gone from the list at once; the key is shown only while there is one."""
    declined: list[str] = []
    invited = SwitchItem("den", "#den", Kind.CHANNEL, hint="invited by ann", invited=True)
    app = Stage(screen=SwitcherScreen([ITEMS[0], invited], declined.append))

    async def deed(pilot: Pilot[Any]) -> list[str]:
        seen = []
        for key in ("ctrl+x", "down", "ctrl+x"):
            await pilot.press(key)
            await pilot.pause()
            seen.append("\n".join(screen_lines(app)))
        return seen

    first, chosen, after = act(app, deed)
    assert declined == ["den"]
    assert "invited by ann" in first
    assert "Ctrl+X decline" in chosen
    assert "#den" not in after
    assert "decline" not in after


def test_a_click_goes_there() -> None:
    """One click is enough."""
    app = switcher()

    async def click(pilot: Pilot[Any]) -> list[Any]:
        await pilot.click(ChoiceList, offset=(5, 2))
        await pilot.pause()
        return app.results

    assert act(app, click) == ["c3"]


def test_with_many_places_the_chosen_one_is_in_view() -> None:
    """The list follows the keys."""
    text = text_after(switcher(ROOMS), *["down"] * 30)
    assert "› #room-030" in text


def test_titles_and_hints_are_never_read_as_markup() -> None:
    """Brackets stand there as they are."""
    hostile = SwitchItem("x", "#[/][b]x", Kind.CHANNEL, Attention.UNREAD, 1, "[@click=quit]t[/]")
    text = text_after(switcher([hostile]), "x")
    assert "#[/][b]x (1)" in text
    assert "[@click=quit]t[/]" in text


def test_long_titles_are_cut_to_the_box() -> None:
    """The hint gives way, then the title is cut."""
    long = SwitchItem("x", "#" + "日本" * 31, Kind.CHANNEL, hint="Alt+1")
    text = text_after(switcher([long]), size=(40, 15))
    assert "…" in text


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_in_the_box_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground; what lies behind is dimmed."""
    app = switcher(theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if "some" not in piece.text and contrast(piece.colour, piece.ground) < 4.5
        ]

    assert act(app, measure) == []


@pytest.mark.parametrize(
    ("theme", "size", "typed"),
    [
        ("chat-dark", (80, 24), ""),
        ("chat-light", (80, 24), "de"),
        ("chat-dark", (40, 15), ""),
        ("chat-dark", (40, 15), "zz"),
    ],
)
def test_the_switcher_looks_right(
    snap_compare: SnapCompare, theme: str, size: tuple[int, int], typed: str
) -> None:
    """With everything, with hits, without."""
    snap_compare(switcher((*ITEMS, *ROOMS[:20]), theme), size, press=list(typed))
