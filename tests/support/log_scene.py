"""A message log on a stage: the talk of the sketch, and a way to look at it and point into it."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from msgspec.structs import replace
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row, RowKind, RowStatus, gap_row, notice_row
from chat.tui.styles.theme import DARK
from chat.tui.widgets.message_log import MessageLog
from tests.support.log_rows import own, said
from tests.support.stage import Stage, act, screen_lines

Result = TypeVar("Result")

_BAR = " ▁▂▃▄▅▆▇█"


def log_of(rows: Iterable[Row]) -> LogModel:
    """A log with these rows."""
    model = LogModel()
    model.append(rows)
    return model


def busy_talk() -> LogModel:
    """All that can stand in a log, in a few lines."""
    yesterday = timedelta(hours=-15)
    bob = [said(1, "deploying to staging now"), said(2, "done, 0 errors in 5 minutes", minutes=5)]
    model = log_of(replace(row, time=row.time + yesterday) for row in bob if row.time)
    model.append(
        [
            said(3, "morning! build is green, notes are in `docs/release.md`", nick="alice", minutes=12),
            Row("n4", RowKind.EVENT, None, "u-dave", "dave", "dave and 2 others joined"),
            said(
                5,
                "the probe on node 3 *still* fails, @you could you look?",
                nick="carol",
                minutes=14,
                mention=True,
            ),
            gap_row("g6", 120),
            said(
                127,
                "see https://example.org/wiki/Probe_(node) and ask @alice",
                nick="alexandra-the-great",
                minutes=15,
            ),
            said(128, "waves", nick="dave", minutes=15, kind=RowKind.ACTION),
            said(129, "日本語 и кириллица", nick="日本", minutes=15),
            own("n130", "on it", minutes=15),
            notice_row("l1", "dave is away: lunch"),
            notice_row("l2", "there is no channel #devv; did you mean #dev?", failed=True),
            own("s1", "looks like the clock is off by an hour", status=RowStatus.SENDING, minutes=16),
            own("s2", "and one more", status=RowStatus.WAITING, minutes=16),
            own("s3", "too long", status=RowStatus.FAILED, minutes=16, detail="4,003 of 4,000 letters"),
        ]
    )
    model.mark_new("n127")
    return model


class LogStage(Stage):
    """One log that fills the screen."""

    def __init__(self, model: LogModel | None = None, empty_text: str = "", theme: str = DARK.name) -> None:
        self.log_view = MessageLog(empty_text)
        super().__init__(self.log_view, theme=theme)
        if model is not None:
            self.log_view.show(model, empty_text)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without the scroll bar."""
        return [line.rstrip(_BAR) for line in screen_lines(self)]

    @property
    def texts(self) -> list[str]:
        """The lines without times and nicks."""
        at = self.log_view.model.store.columns.text_x
        return [line[at:] for line in self.lines]

    def heard_of(self, kind: type[Any]) -> list[Any]:
        """The messages of a kind that the log has posted."""
        return [message for message in self.heard if isinstance(message, kind)]

    def at(self, words: str) -> tuple[int, int]:
        """Where these words, of letters of one cell, stand on the screen."""
        for y, line in enumerate(self.lines):
            if words in line:
                return line.index(words), y
        raise AssertionError(f"{words!r} is not on the screen:\n" + "\n".join(self.lines))


def on_stage(
    app: LogStage, deed: Callable[[Pilot[Any]], Awaitable[Result]], size: tuple[int, int] = (84, 10)
) -> Result:
    """Do a deed while the log is shown."""
    return act(app, deed, size)


async def wheel(pilot: Pilot[Any], log: MessageLog, ticks: int) -> None:
    """Turn the mouse wheel over the log: up when negative."""
    kind = MouseScrollUp if ticks < 0 else MouseScrollDown
    for _ in range(abs(ticks)):
        log.post_message(kind(log, 1, 1, 0, 0, 0, False, False, False, 1, 1))
    await pilot.pause()


async def drag(pilot: Pilot[Any], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Select with the mouse from one cell of the screen to another."""
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()
