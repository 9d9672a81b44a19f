"""Starting the line mode on this process's own streams, and ending it in order at a signal.

The only place that knows `sys` and signals. Called on the main thread, once.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getpass
from types import FrameType

from chat.client.catch_up import Forwards
from chat.tui.plain.mode import LineMode, Typing
from chat.tui.plain.paper import Paper
from chat.tui.plain.typed_lines import Source
from chat.tui.receiver import Receiver
from chat.tui.session import Session

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def run_plain(session: Session, words: str, *, ends_server: bool = False) -> None:
    """Run the line mode from connecting to leaving; the session names an address.

    Args:
        session: where to go and as whom.
        words: what to tell somebody who types.
        ends_server: whether a server on this machine ends with this client.

    Raises:
        NoConnection: there is no connection, or not everything got through; the text says what.
        UsageError: lines of a pipe could not be carried out.
    """
    receiver = Receiver()
    client = session.client(receiver, Forwards(), shows_cache=False)
    paper = Paper(sys.stdout, sys.stderr)
    mode = LineMode(client, receiver, paper, _typing(), session.clock, words=words, ends_server=ends_server)
    with _ending_at_signals(mode.end):
        mode.run()
    session.remember(client)


def _typing() -> Typing:
    """Describe standard input, which may be missing altogether."""
    stdin = sys.stdin
    if stdin is None or stdin.closed:
        return Typing(None)
    source: Source = getattr(stdin.buffer, "raw", stdin.buffer)
    by_hand = stdin.isatty()
    return Typing(source, stdin.encoding, by_hand=by_hand, ask_secret=getpass if by_hand else None)


@contextmanager
def _ending_at_signals(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` at the first signal; a second one ends at once."""
    ended = False

    def on_signal(number: int, _: FrameType | None) -> None:
        nonlocal ended
        if ended:
            sys.exit(128 + number)
        ended = True
        end()

    numbers = [number for name in _SIGNALS if (number := getattr(signal, name, None)) is not None]
    before = [(number, signal.signal(number, on_signal)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
