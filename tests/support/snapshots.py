"""Stored pictures of the screen: an app is run without a terminal and compared as SVG.

`pytest --snapshot-update` writes them anew; look at each one that changed before it is committed.
What would make a picture differ from run to run is kept out: the cursor does not blink, the size is
given, and the environment of the test has neither colour settings nor a theme. A scene must not
show times, ids or colours that depend on anything but its own data.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual._doc import take_svg_screenshot
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

_FONTS_FROM_ELSEWHERE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # a viewer would fetch them

Prepare = Callable[[Pilot[Any]], Awaitable[None]]
"""What is done with the running app before its picture is taken."""


class SvgFile(SingleFileSnapshotExtension):
    """One SVG file for each picture, below `__snapshots__`."""

    _write_mode = WriteMode.TEXT
    file_extension = "svg"


class SnapCompare(Protocol):
    """What the fixture of this name gives."""

    def __call__(
        self,
        app: App[Any],
        size: tuple[int, int] = (80, 24),
        press: Iterable[str] = (),
        prepare: Prepare | None = None,
    ) -> None:
        """Fail unless the screen, after the keys, looks as its stored picture does."""


def picture(
    app: App[Any],
    size: tuple[int, int] = (80, 24),
    press: Iterable[str] = (),
    prepare: Prepare | None = None,
) -> str:
    """The screen of `app` as SVG, once `prepare` was done and the keys were pressed."""

    async def settle(pilot: Pilot[Any]) -> None:
        if prepare is not None:
            await prepare(pilot)
        for field in pilot.app.screen.query("*").results():
            if isinstance(field, Input | TextArea):
                field.cursor_blink = False
        await pilot.pause()

    svg = take_svg_screenshot(app=app, press=press, terminal_size=size, run_before=settle)
    return _FONTS_FROM_ELSEWHERE.sub("", re.sub(r"terminal-\d+-", "terminal-", svg))


@pytest.fixture
def snap_compare(snapshot: SnapshotAssertion) -> SnapCompare:
    """Compare a screen with its stored picture."""

    def compare(
        app: App[Any],
        size: tuple[int, int] = (80, 24),
        press: Iterable[str] = (),
        prepare: Prepare | None = None,
    ) -> None:
        assert picture(app, size, press, prepare) == snapshot(extension_class=SvgFile)

    return compare
