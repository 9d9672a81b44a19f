"""How quickly the full screen answers: keys, switching, starting, in a terminal of 120 by 40.

    python benchmarks/screen.py [screen] [start]

Echo is the time from a key to its letter in what the program writes, while nothing happens and while 1,000
and 20,000 messages a second come into the receiver. Switching goes between two conversations of 10,000.
Starting is the real command and server, from its call to the first letter and to the newest message, with and
without what the last run kept. Processor time is that of the client alone. Takes some two minutes.
"""

import argparse
import fcntl
import itertools
import os
import pty
import random
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from chat.client.asking import Asking
from chat.client.catch_up import NewestFirst
from chat.client.changes import LinkChanged, OutboxItem, Phase
from chat.client.client import ChatClient, ClientSettings
from chat.client.core import ClientCore
from chat.client.identity_stores import MemoryIdentities
from chat.client.outbox import Outbox
from chat.client.state import ClientState
from chat.clock import SystemClock
from chat.protocol import replies
from chat.protocol.codec import ServerFrame
from chat.protocol.entries import Message
from chat.protocol.records import Conversation, ConversationKind, User
from chat.transport.address import Address, parse_address
from chat.tui.config import ClientConfig
from chat.tui.receiver import Receiver
from chat.tui.session import Begun, Session

COLUMNS, LINES = 120, 40
RATES = (0, 1_000, 20_000)
SECONDS = 6.0
"""How long keys are pressed at each rate."""
SIZE = 10_000
SWITCHES = 20
STARTS = 7
KEPT = 300
"""How many messages of three channels each a start finds."""
LAST_WORDS = b"qqLASTqq"
PYTHON, FOLDERS = (sys.executable, "-m"), ("CONFIG", "DATA", "STATE", "CACHE")
TICK = 0.005
"""How often the flood brings what is due."""
LETTERS = "BCDFGJKLMPQVWXYZ"
"""What is typed: letters that stand nowhere else on the screen."""
QUIET = 0.06
"""After so long without a byte a change of the screen counts as done."""

_WORDS = ("the", "probe", "on", "node", "three", "still", "fails", "after", "last", "night", "could", "you")
_COUNTED = re.compile(rb"no(\d+) ")


# ---------------------------------------------------------------------------- the program that is measured


class StandIn(Asking):
    """A client without a connection, whose state takes in what this script makes up."""

    link = LinkChanged(Phase.OPEN, "localhost:7420")

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(ClientCore(SystemClock(), Outbox(), NewestFirst(), lambda: None))
        self._receiver = receiver

    def hear(self, frame: ServerFrame) -> None:
        """Take in a frame and tell what that changed, as the link's thread does."""
        with self._core.guard:
            changes = self._core.state.apply(frame)
        for change in changes:
            self._receiver(change)

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        """Nothing is said here."""
        return ""

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Nothing waits."""
        return ()

    def keep_draft(self, conversation: str, text: str) -> None:
        """Nothing is kept."""

    def show(self, *conversations: str) -> None:
        """Nothing is fetched."""

    def stop(self, seconds: float = 5.0) -> bool:
        """There is nothing to stop."""
        return True

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        """The state, which stands still inside."""
        with self._core.guard:
            yield self._core.state


def message(conversation: str, number: int, text: str = "") -> Message:
    """Somebody says something of usual length."""
    return Message(
        conversation=conversation,
        number=number,
        user=f"u{number % 9}",
        nick=f"nick{number % 9}",
        timestamp=datetime.now(UTC),
        text=text or " ".join(random.choices(_WORDS, k=random.randint(3, 25))),
    )


def run_child(rate: int, size: int) -> None:
    """Run the screen with two conversations of `size` messages, and so many more a second in the first."""
    from chat.tui.app import ChatApp, run_full_screen  # noqa: PLC0415 - the parent does without Textual

    receiver = Receiver()
    client = StandIn(receiver)
    client.hear(replies.HelloResult(id="1", version=1, user=User(id="me", nick="me"), device="d"))
    names = ("one", "two")
    talks = [
        Conversation(conversation=name, kind=ConversationKind.CHANNEL, name=f"#{name}", last=size, read=size)
        for name in names
    ]
    client.hear(replies.SyncResult(id="2", conversations=tuple(talks)))
    for name in names:
        log = [message(name, number) for number in range(1, size)] + [message(name, size, f"end of {name}")]
        client.hear(replies.HistoryResult(id="3", conversation=name, entries=tuple(log), first=1, last=size))
    receiver(client.link)
    stop = threading.Event()
    flood = threading.Thread(target=_flood, args=(client, rate, size, stop), daemon=True)
    session = Session("me", address=Address("localhost"), outbox=None)
    app = ChatApp(session, ClientConfig(), Begun(cast("ChatClient", client), receiver))
    flood.start()
    run_full_screen(app, mouse=True)
    stop.set()


def _flood(client: StandIn, rate: int, size: int, stop: threading.Event) -> None:
    """Let messages come at an even rate, each as a frame of its own that tells how many there were."""
    texts = [" ".join(random.choices(_WORDS, k=random.randint(2, 24))) for _ in range(500)]
    began, sent = time.monotonic(), 0
    while rate and not stop.wait(TICK):
        due = int((time.monotonic() - began) * rate)
        for number in range(sent, due):
            client.hear(message("one", size + 1 + number, f"no{number} {texts[number % len(texts)]}"))
        sent = due


# ---------------------------------------------------------------------------- whoever measures


class Terminal:
    """A program in a pseudo-terminal whose output is looked at and thrown away."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self._tail = b""
        self._master, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "TEXTUAL_FPS": "120", **(environment or {})},
            start_new_session=True,
        )
        os.close(theirs)

    def press(self, keys: str) -> float:
        """Press keys; returns when."""
        now = time.monotonic()
        os.write(self._master, keys.encode())
        return now

    def read_until(self, wanted: bytes, seconds: float = 10.0) -> float:
        """Read until these bytes were written; returns when."""
        seen = b""
        end = time.monotonic() + seconds
        while wanted not in seen:
            seen = seen[-len(wanted) :] + self._read(end - time.monotonic())
        return time.monotonic()

    def read_for(self, seconds: float) -> None:
        """Read and throw away what is written in that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                self._take()

    @property
    def counted(self) -> int:
        """How many messages of the flood were shown, by the last number that was written."""
        found = _COUNTED.findall(self._tail)
        return int(found[-1]) if found else 0

    def read_until_quiet(self) -> float:
        """Read until nothing more comes for a while; returns when the last byte came."""
        last = time.monotonic()
        while select.select([self._master], [], [], QUIET)[0]:
            self._take()
            last = time.monotonic()
        return last

    def processor_seconds(self) -> float:
        """The processor time that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """The memory that the program has now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def end(self) -> None:
        """End the program the hard way."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, seconds: float) -> bytes:
        if seconds <= 0 or not select.select([self._master], [], [], seconds)[0]:
            raise TimeoutError("the program wrote nothing that was waited for")
        return self._take()

    def _take(self) -> bytes:
        data = os.read(self._master, 1 << 16)
        self._tail = (self._tail + data)[-(1 << 14) :]
        return data


def child(rate: int, size: int) -> list[str]:
    """The command of the program that is measured."""
    return [sys.executable, __file__, "--child", str(rate), str(size)]


def echo(rate: int) -> tuple[list[float], str]:
    """Type for a while beside a flood; returns delays in ms, and what it cost."""
    terminal = Terminal(child(rate, 1_000 if rate else 2))
    try:
        terminal.read_until(b"Enter")
        terminal.read_for(1.0)
        delays: list[float] = []
        counted, used, began = terminal.counted, terminal.processor_seconds(), time.monotonic()
        for letter in itertools.cycle(LETTERS):
            if time.monotonic() - began > SECONDS:
                break
            if letter == LETTERS[0]:
                terminal.press("\x15")
                terminal.read_for(0.1)
            pressed = terminal.press(letter)
            delays.append((terminal.read_until(letter.encode()) - pressed) * 1000)
            terminal.read_for(random.uniform(0.03, 0.09))
        took = time.monotonic() - began
        share = (terminal.processor_seconds() - used) / took
        cost = f"{share:4.0%} processor, {terminal.resident_mb():.0f} MB"
        shown = f", {(terminal.counted - counted) / took:,.0f}/s shown" if rate else ""
        return delays, cost + shown
    finally:
        terminal.end()


def switching() -> tuple[list[float], list[float]]:
    """Go to and fro between two long talks; returns ms to the first byte of the other, and until quiet."""
    terminal = Terminal(child(0, SIZE))
    try:
        terminal.read_until(b"end of one")
        terminal.read_until_quiet()
        shown, settled = [], []
        for name in itertools.islice(itertools.cycle(("two", "one")), SWITCHES):
            pressed = terminal.press("\x0e")
            shown.append((terminal.read_until(f"end of {name}".encode()) - pressed) * 1000)
            settled.append((terminal.read_until_quiet() - pressed) * 1000)
        return shown, settled
    finally:
        terminal.end()


Times = dict[str, list[float]]


def starting() -> Times:
    """Start the real command on a real server, and without it; returns ms to what is seen first."""
    taken: Times = {}
    with tempfile.TemporaryDirectory() as folder:
        home = {"HOME": folder} | {f"XDG_{name}_HOME": folder for name in FOLDERS}
        serving = [*PYTHON, "chat.server.cli", "--data", f"{folder}/data", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(serving, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1].decode()
            _say_all(address)
            command = [*PYTHON, "chat.tui.cli", address, "--nick", "ann"]
            cache = Path(folder) / "chat-tui" / "cache.sqlite"
            for _ in range(STARTS):
                cache.unlink(missing_ok=True)
                _start(command, home, taken, {"first text": b"Ctrl+K", "talk, nothing kept": LAST_WORDS})
                _start(command, home, taken, {"talk that was kept": LAST_WORDS})
        finally:
            server.kill()
            server.communicate()
        for _ in range(STARTS):
            _start(command, home, taken, {"talk that was kept, no server": LAST_WORDS})
    return taken


def _say_all(address: str) -> None:
    """Fill three channels, so that there is something to keep."""
    with ChatClient([parse_address(address)], "bob", settings=ClientSettings(MemoryIdentities())) as bob:
        bob.wait_open(10)
        for channel in ("#one", "#two", "#general"):
            bob.join(channel).result(10)
            for number in range(KEPT):
                bob.say(channel, message(channel, number).text)
        bob.say("#general", LAST_WORDS.decode())
        bob.wait_idle(60)


def _start(command: list[str], home: dict[str, str], taken: Times, wanted: dict[str, bytes]) -> None:
    """Start the program, note when each of these was first written, and end it once it has kept it."""
    terminal = Terminal(command, home)
    try:
        for label, text in wanted.items():
            taken.setdefault(label, []).append((terminal.read_until(text) - terminal.began) * 1000)
        terminal.read_for(1.5)
    finally:
        terminal.end()


def importing() -> list[float]:
    """Start Python and import Textual, which nothing on a full screen can do without; returns ms."""
    taken = []
    for _ in range(STARTS):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
        taken.append((time.monotonic() - began) * 1000)
    return taken


def quantiles(values: list[float]) -> str:
    """Median, 90th and 99th of a hundred, in ms."""
    ordered = sorted(values)
    at: list[Any] = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.9, 0.99)]
    return " ".join(f"{value:7.1f}" for value in at)


def measure_screen() -> None:
    """Keys and switching."""
    for rate in RATES:
        delays, cost = echo(rate)
        label = f"echo at {rate:,} messages/s" if rate else "echo, nothing else happens"
        print(f"{label:34}{quantiles(delays)}   {cost}")
    shown, settled = switching()
    print(f"{f'switch between two of {SIZE:,}':34}{quantiles(shown)}")
    print(f"{'  until all is drawn':34}{quantiles(settled)}")


def measure_start() -> None:
    """Starting, with and without what the last run kept."""
    for label, times in (starting() | {"  the import of Textual": importing()}).items():
        print(f"{label:34}{quantiles(times)}")


MODES = {"screen": measure_screen, "start": measure_start}


def main(modes: list[str]) -> None:
    """Measure and print the tables."""
    print(f"{'':34}    p50     p90     p99 ms")
    for mode in modes or MODES:
        MODES[mode]()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--child", nargs=2, type=int, help=argparse.SUPPRESS)
    parser.add_argument("modes", nargs="*", choices=[[], *MODES], help="what to measure; all without one")
    given = parser.parse_args()
    if given.child:
        run_child(*given.child)
    else:
        main(given.modes)
