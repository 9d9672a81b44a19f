"""The real command `chat-tui` over pipes, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, NamedTuple, Self

from chat.client.identity_stores import state_folder
from chat.client.probe import welcome_at
from chat.transport.address import parse_address
from tests.support.waiting import wait_until

CHAT_TUI = (sys.executable, "-m", "chat.tui.cli")
SECONDS = 30.0
"""How long anything may take on a busy machine."""


def chat_tui(
    *arguments: str, typed: str = "", seconds: float = SECONDS, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command with this typed, to its end."""
    return subprocess.run(
        [*CHAT_TUI, *arguments],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
        env={**os.environ, **(environment or {})},
    )


class Running:
    """The command while it runs: lines go in, lines come out.

    Attributes:
        process: the process.
    """

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*CHAT_TUI, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.talk: list[str] = []
        self.notes: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), name="reads a command")
            for stream, lines in ((self.process.stdout, self.talk), (self.process.stderr, self.notes))
            if stream is not None
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.end()

    def type(self, *lines: str) -> None:
        """Type lines."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def wait_said(self, text: str) -> None:
        """A line that ends so was written on standard output."""
        wait_until(
            lambda: any(line.endswith(text) for line in list(self.talk)), SECONDS, f"{text!r} to be written"
        )

    def wait_noted(self, text: str) -> None:
        """A line with this in it was written on standard error."""
        wait_until(lambda: any(text in line for line in list(self.notes)), SECONDS, f"{text!r} to be noted")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """End the input and wait for the process; return its exit code."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        """Wait for the process; return its exit code."""
        code = self.process.wait(SECONDS)
        for reader in self._readers:
            reader.join()
        return code

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        with stream:
            lines.extend(line.rstrip("\n") for line in stream)


def said(lines: Sequence[str], nick: str = "") -> list[str]:
    """The texts of the messages among some lines, of one person or of all."""
    messages = [line[6:].split("> ", 1) for line in lines if line[6:7] == "<"]
    return [text for who, text in messages if nick in {"", who[1:]}]


class Hosted(NamedTuple):
    """The server that was started from this home last."""

    address: str
    pid: int


def hosted() -> Hosted:
    """What is written down of it."""
    written = json.loads((state_folder() / "hosted.json").read_text())
    return Hosted(written["address"], written["pid"])


def is_serving(address: str) -> bool:
    """Whether a server answers at an address."""
    return welcome_at(parse_address(address)) is not None
