"""The last line of the screen."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.tui.keys import hints
from chat.tui.render.status import Connection, StatusView
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.status_line import StatusLine
from tests.support.clock import FakeClock
from tests.support.contrast import contrast, in_sixteen_colours, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines, until

KEYS = hints("line.send", "switcher", "conversation.active", "help")
WHY = "connection refused — wrong port, or no server runs there"
ALL = (
    StatusView(Connection.CONNECTED, "maria", encrypted=True, latency_ms=3, hints=KEYS),
    StatusView(Connection.CONNECTED, "maria", waiting=2, encrypted=False, latency_ms=3, hints=KEYS),
    StatusView(Connection.CONNECTING, detail="lan-server", hints=KEYS),
    StatusView(Connection.RECONNECTING, "maria", WHY, retry_in=3.0, hints=KEYS),
    StatusView(Connection.RECONNECTING, "maria", WHY, retry_in=3.0, waiting=2, hints=KEYS),
    StatusView(Connection.OFFLINE, "maria", "this device is in use elsewhere", waiting=2, hints=KEYS),
)
COUNTING = StatusView(Connection.RECONNECTING, "maria", "timed out", retry_in=3.0)
SETTLED = StatusView(Connection.CONNECTED, "maria")


def status(view: StatusView, clock: FakeClock, tick: float = 0.03) -> StatusLine:
    """A line that shows this and counts by that clock."""
    line = StatusLine(monotonic=clock.monotonic, tick=tick)
    line.show(view)
    return line


def stacked(views: Sequence[StatusView], theme: str) -> Stage:
    """Several lines below each other, with a gap."""
    lines = [status(view, FakeClock(), tick=60.0) for view in views]
    for line in lines:
        line.styles.margin = (0, 0, 1, 0)
    return Stage(*lines, theme=theme)


def says(app: Stage, words: str) -> bool:
    """Whether the line has these words."""
    return words in screen_lines(app)[0]


def test_before_anything_is_known_it_is_connecting() -> None:
    """The line never claims more than it was told."""
    app = Stage(StatusLine())

    async def look(_: Pilot[Any]) -> str:
        return screen_lines(app)[0]

    assert act(app, look).strip() == "◐ connecting…"


def test_it_counts_down_by_itself() -> None:
    """The seconds go down with the clock and end at `now`, without the owner doing anything."""
    clock = FakeClock()
    app = Stage(status(COUNTING, clock))

    async def wait(pilot: Pilot[Any]) -> list[str]:
        seen = [screen_lines(app)[0].strip()]
        for words in ("in 2 s", "in 1 s", "now"):
            clock.advance(1.0)
            await until(pilot, partial(says, app, words))
            seen.append(screen_lines(app)[0].strip())
        return seen

    assert act(app, wait) == [
        "◐ reconnecting in 3 s: timed out",
        "◐ reconnecting in 2 s: timed out",
        "◐ reconnecting in 1 s: timed out",
        "◐ reconnecting now: timed out",
    ]


def test_a_begun_second_counts_whole() -> None:
    """Half a second before the attempt it says 1 s, not 0."""
    clock = FakeClock()
    app = Stage(status(COUNTING, clock))

    async def wait(pilot: Pilot[Any]) -> str:
        clock.advance(2.5)
        await until(pilot, lambda: "in 3 s" not in screen_lines(app)[0])
        return screen_lines(app)[0]

    assert "in 1 s" in act(app, wait)


def test_the_same_wait_shown_again_starts_anew() -> None:
    """Two attempts in a row that wait equally long each count from their own start."""
    clock = FakeClock()
    app = Stage(line := status(COUNTING, clock))

    async def wait(pilot: Pilot[Any]) -> str:
        clock.advance(3.0)
        await until(pilot, lambda: "now" in screen_lines(app)[0])
        line.show(COUNTING)
        await pilot.pause()
        return screen_lines(app)[0]

    assert "in 3 s" in act(app, wait)


class Counted(StatusLine):
    """Counts how often it is drawn."""

    drawn = 0

    def render(self) -> Any:
        self.drawn += 1
        return super().render()


def draws_while(view: StatusView, then: StatusView | None = None) -> int:
    """How often a line is drawn while another one beside it counts."""
    clock = FakeClock()
    line, beside = (
        Counted(monotonic=clock.monotonic, tick=0.03),
        Counted(monotonic=clock.monotonic, tick=0.03),
    )
    line.show(view)
    beside.show(COUNTING)

    async def wait(pilot: Pilot[Any]) -> int:
        if then is not None:
            line.show(then)
            await pilot.pause()
        line.drawn = beside.drawn = 0
        await until(pilot, lambda: beside.drawn > 3)
        return line.drawn

    return act(Stage(line, beside), wait)


def test_nothing_is_drawn_while_nothing_changes() -> None:
    """A connected client costs nothing: the timer stands still."""
    assert draws_while(SETTLED) == 0


def test_the_timer_stops_when_the_connection_is_back() -> None:
    """After a countdown the line is as quiet as before."""
    assert draws_while(COUNTING, then=SETTLED) == 0


def test_the_timer_starts_when_the_connection_breaks() -> None:
    """A line that was quiet begins to count."""
    assert draws_while(SETTLED, then=COUNTING) > 0


def test_a_reason_is_never_read_as_markup() -> None:
    """Brackets in what a server said stand there as they are."""
    app = Stage(status(StatusView(Connection.OFFLINE, detail="[/] [@click=quit]x[/]"), FakeClock()))

    async def look(_: Pilot[Any]) -> str:
        return screen_lines(app)[0].strip()

    assert act(app, look) == "○ offline: [/] [@click=quit]x[/]"


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground, in full colour and in sixteen."""
    app = stacked(ALL, theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if contrast(piece.colour, piece.ground) < 4.5
            or contrast(in_sixteen_colours(piece.colour), in_sixteen_colours(piece.ground)) < 4.5
        ]

    assert act(app, measure, (110, 20)) == []


@pytest.mark.parametrize(("theme", "width"), [("chat-dark", 110), ("chat-light", 80), ("chat-dark", 40)])
def test_the_line_looks_right(snap_compare: SnapCompare, theme: str, width: int) -> None:
    """All states at three widths."""
    snap_compare(stacked(ALL, theme), (width, 12))
