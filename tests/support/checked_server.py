"""The command `chat-server` with every line of both sides held against the schema; run as a program.

    python -m tests.support.checked_server --data FOLDER --listen ADDRESS ...

Takes the same options. What is off the schema is written, at once, into a file beside the data folder, which
whoever started it looks for in the end.
"""

import os
import sys
from functools import partial
from pathlib import Path

from chat.server.app import ServerApp
from chat.server.cli import main as serve
from chat.server.cli import serving
from chat.transport.wire import Wire
from tests.support.checked_wire import CheckedWire


def off_file(data: Path) -> Path:
    """Return the file that lists what was off the schema; it is missing as long as nothing was."""
    return data.parent / "off-the-schema.txt"


def note_of(data: Path) -> list[str]:
    """Return a list whose every new line is in that file at once."""
    return _Written(off_file(data))


class _Written(list[str]):
    """A list whose every new line is in a file before anything else happens, be the process killed next."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def append(self, line: str) -> None:
        with self._path.open("a") as file:
            file.write(line + os.linesep)


def main() -> None:
    """Run it."""
    data = Path(sys.argv[sys.argv.index("--data") + 1])
    off = note_of(data)

    def around(wire: Wire) -> Wire:
        return CheckedWire(wire, off)

    serving.ServerApp = partial(ServerApp, around=around)  # type: ignore[assignment, attr-defined]
    serve()


if __name__ == "__main__":
    main()
