"""What the message log costs with 1,000, 10,000 and 100,000 messages, in a terminal of 120 by 40.

    python benchmarks/message_log.py

Starts itself once for each size in a pseudo-terminal, reads what is drawn and throws it away, and
prints a table. Times are processor time of the whole program in milliseconds, medians of a few dozen
tries; memory is the resident set in MB. Takes about half a minute.
"""

import asyncio
import fcntl
import json
import os
import pty
import random
import statistics
import struct
import sys
import tempfile
import termios
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import process_time
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static, TextArea

from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row, RowKind
from chat.tui.styles.sheets import SHEETS
from chat.tui.styles.theme import install
from chat.tui.widgets.message_log import MessageLog
from chat.tui.widgets.safety import Backstop

SIZES = (1_000, 10_000, 100_000)
COLUMNS, LINES = 120, 40
TRIES = 40
RESIZES = 10
MEMBERS = 24
FLUSH = 1_000  # rows at once: 20,000 a second, shown twenty times a second
PAGE = 500  # rows of a page of history

_START = datetime(2026, 11, 1, 8, tzinfo=UTC)
_WORDS = (
    "the",
    "probe",
    "on",
    "node",
    "three",
    "still",
    "fails",
    "after",
    "last",
    "night",
    "could",
    "you",
    "look",
)
_RARE = ("日本語の", "👩\u200d👩\u200d👧", "한국어", "https://example.org/wiki/page", "`code`", "@you")


class LogApp(App[None]):
    """A log with something above, beside and below it, that measures itself and ends."""

    CSS_PATH: ClassVar = list(SHEETS)

    def __init__(self, size: int) -> None:
        super().__init__()
        install(self)
        self._random = random.Random(size)
        self._numbers = count(1)
        self._wanted = size
        self._rows: list[Row] = []
        self._backstop = Backstop()
        self._columns = COLUMNS
        self.figures: dict[str, float] = {}

    def get_line_filters(self) -> list[object]:  # type: ignore[override]
        """The filters of every line, with the backstop as the real client has it."""
        return [*super().get_line_filters(), self._backstop]

    def compose(self) -> ComposeResult:
        """One log in the middle of things that do not change."""
        yield Static(" 1 #general   2 #dev (3)")
        with Horizontal():
            yield MessageLog()
            yield Static("\n".join(f"● member {each}" for each in range(30)), id="members")
        yield TextArea(compact=True, id="composer")

    def on_mount(self) -> None:
        """Measure once the first screen stands."""
        self.query_one("#members").styles.width = MEMBERS
        self.query_one("#composer").styles.height = 1
        self.call_after_refresh(self.run_worker, self.measure())

    def make(self, rows: int, first: str = "n") -> list[Row]:
        """Messages like those of a busy channel: 90 characters in the mean, some long, some foreign."""
        return [self._row(f"{first}{next(self._numbers)}") for _ in range(rows)]

    def _row(self, key: str) -> Row:
        words = self._random.choices(_WORDS, k=min(120, 3 + int(self._random.expovariate(1 / 15))))
        if self._random.random() < 0.1:
            words.append(self._random.choice(_RARE))
        user = self._random.randrange(30)
        time = _START + timedelta(seconds=8 * int(key[1:]))
        return Row(key, RowKind.MESSAGE, time, f"u{user}", f"nick-{user}", " ".join(words))

    async def measure(self) -> None:
        """All figures, one after the other."""
        log, model = self.query_one(MessageLog), LogModel()
        model.append(self.make(100))
        log.show(model, "")
        await self._painted()
        self.figures["resident MB, 100 shown"] = _resident()
        self._rows = self.make(self._wanted)
        self.figures["resident MB, rows made"] = _resident()
        model = LogModel()
        await self._time("load and first paint", lambda: self._load(log, model), 1)
        self.figures["resident MB, shown"] = _resident()
        self._rows.clear()
        await self._time("append one", lambda: model.append(self.make(1)))
        await self._time(f"append {FLUSH:,}", lambda: model.append(self.make(FLUSH)), 10)
        await self._time("page up", log.action_page_up)
        await self._time("scroll three lines", lambda: log.scroll_relative(y=-3, animate=False))
        await self._time("append one, scrolled up", lambda: model.append(self.make(1)))
        await self._time(f"prepend {PAGE}", lambda: model.prepend(self.make(PAGE)), 10)
        widths = iter(range(COLUMNS - RESIZES, COLUMNS))
        await self._time("resize", lambda: self._resize(next(widths)), RESIZES)
        self.figures["resident MB, at the end"] = _resident()
        self.exit()

    def _load(self, log: MessageLog, model: LogModel) -> None:
        model.append(self._rows)
        log.show(model, "")

    async def _time(self, name: str, deed: Callable[[], object], tries: int = TRIES) -> None:
        """Do something some times, each until it is painted."""
        taken = []
        for _ in range(tries):
            await self._painted()
            before = process_time()
            deed()
            await self._painted()
            taken.append(process_time() - before)
        self.figures[f"{name}, ms"] = statistics.median(taken) * 1000

    async def _painted(self) -> None:
        """Return when what was changed so far is on the screen."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()
        if self.query_one(MessageLog).size.width != self._columns - MEMBERS:
            await self._painted()

    def _resize(self, columns: int) -> None:
        """Give the terminal another width; it counts as painted when the log has its part of it."""
        self._columns = columns
        _set_columns(columns)


def main() -> None:
    """Measure every size in a process of its own and print the table."""
    if len(sys.argv) == 3:
        app = LogApp(int(sys.argv[1]))
        app.run()
        Path(sys.argv[2]).write_text(json.dumps(app.figures), "utf-8")
        sys.exit(app.return_code)
    figures = [_measure_in_terminal(size) for size in SIZES]
    print(f"{'':32}" + "".join(f"{size:>12,}" for size in SIZES))
    for name in figures[0]:
        print(f"{name:32}" + "".join(f"{figure[name]:12.2f}" for figure in figures))


def _measure_in_terminal(size: int) -> dict[str, float]:
    """Run this script in a pseudo-terminal and give what it found."""
    with tempfile.NamedTemporaryFile() as result:
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_FPS="120")
            _set_columns(COLUMNS)
            os.execv(sys.executable, [sys.executable, __file__, str(size), result.name])
        try:
            while os.read(terminal, 65536):
                pass
        except OSError:  # the other end is gone
            pass
        _, status = os.waitpid(process, 0)
        if status:
            sys.exit(f"the run with {size} messages failed with status {status}")
        return dict(json.loads(Path(result.name).read_text("utf-8")))


def _set_columns(columns: int) -> None:
    """Give the terminal this program runs in another width."""
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))


def _resident() -> float:
    """The memory in use, in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
