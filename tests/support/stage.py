"""A small app to show a widget or a screen in, and a way to act on it without a terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from chat.deadline import Deadline
from chat.tui.styles.sheets import SHEETS
from chat.tui.styles.theme import DARK, install

Result = TypeVar("Result")


class Stage(App[None]):
    """Shows some widgets below each other, or a screen, with our themes and style sheets.

    Messages of our own that any widget posts are kept in `heard`, what screens give back in `results`.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = list(SHEETS)

    def __init__(self, *widgets: Widget, screen: Screen[Any] | None = None, theme: str = DARK.name) -> None:
        super().__init__()
        install(self, theme)
        self._widgets = widgets
        self._shown = screen
        self.heard: list[Message] = []
        self.results: list[Any] = []

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_mount(self) -> None:
        if self._shown is not None:
            self.push_screen(self._shown, self.results.append)

    def hear(self, message: Message) -> None:
        """Keep a message of ours, once, however many widgets it passes."""
        if type(message).__module__.startswith("chat.") and message not in self.heard:
            self.heard.append(message)


def act(
    app: Stage, deed: Callable[[Pilot[Any]], Awaitable[Result]], size: tuple[int, int] = (80, 24)
) -> Result:
    """Run `app` on a screen of this size, do the deed and give its result."""

    async def run() -> Result:
        async with app.run_test(size=size, message_hook=app.hear) as pilot:
            await pilot.pause()
            return await deed(pilot)

    return asyncio.run(run())


def screen_lines(app: App[Any]) -> list[str]:
    """What stands on the screen, line by line, without the spaces at the ends."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - what the terminal gets
    return [strip.text.rstrip() for strip in strips]


async def until(pilot: Pilot[Any], condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Let the app run until the condition holds; fail if it does not in time."""
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.expired, f"waited {seconds:g} s in vain"
        await pilot.pause()
