"""Standard input, line by line."""

import io
import os
import queue
from collections.abc import Iterator

import pytest

from chat.tui.plain.typed_lines import TypedLines

SECONDS = 5.0


class Pipe:
    """A source into which a test writes, piece by piece."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self.source = os.fdopen(reader, "rb", buffering=0)
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.ended = False
        self.typed = TypedLines(self.source, "utf-8", self.lines.put)
        self.typed.start()

    def write(self, data: bytes) -> None:
        """Type something."""
        os.write(self._writer, data)

    def end(self) -> None:
        """Let the source end."""
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    def next(self) -> str | None:
        """Want a line and return it."""
        self.typed.want()
        line = self.lines.get(timeout=SECONDS)
        self.ended = line is None
        return line


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe that is read."""
    made = Pipe()
    yield made
    made.end()
    while not made.ended:  # the thread ends with its source
        made.next()
    made.source.close()


def test_each_wanted_line_is_handed_over_without_its_end(pipe: Pipe) -> None:
    """In order, whatever the pieces; line ends of Windows count too, and the last line needs none."""
    pipe.write(b"one\ntw")
    pipe.write(b"o\r\n\nthree")
    pipe.end()
    assert [pipe.next() for _ in range(5)] == ["one", "two", "", "three", None]


def test_nothing_is_handed_over_before_it_is_wanted(pipe: Pipe) -> None:
    """So a long file waits in its pipe and not in memory."""
    pipe.write(b"one\ntwo\n")
    assert pipe.next() == "one"
    assert pipe.lines.empty()
    assert pipe.next() == "two"


def test_a_character_may_come_in_pieces(pipe: Pipe) -> None:
    """Its bytes are put together."""
    pipe.write("é".encode()[:1])
    pipe.typed.want()
    pipe.write("é".encode()[1:] + b"\n")
    assert pipe.lines.get(timeout=SECONDS) == "é"


def test_bytes_that_are_no_text_become_replacement_characters(pipe: Pipe) -> None:
    """A wrong encoding is seen, and costs nothing else."""
    pipe.write(b"a\xffb\n")
    assert pipe.next() == "a\ufffdb"


def test_a_line_without_an_end_is_cut() -> None:
    """Memory is bounded; what is that long is refused later, since no message may be."""
    lines: queue.Queue[str | None] = queue.Queue()
    typed = TypedLines(io.BytesIO(b"x" * 200_000), "utf-8", lines.put)
    typed.start()
    pieces = []
    typed.want()
    while piece := lines.get(timeout=SECONDS):
        pieces.append(piece)
        typed.want()
    assert "".join(pieces) == "x" * 200_000
    assert max(map(len, pieces)) <= 128 * 1024


def test_without_a_source_the_input_has_ended() -> None:
    """As for a process that was started without standard input."""
    lines: queue.Queue[str | None] = queue.Queue()
    typed = TypedLines(None, "utf-8", lines.put)
    typed.start()
    typed.want()
    assert lines.get(timeout=SECONDS) is None


def test_a_source_that_fails_has_ended() -> None:
    """A terminal that vanished is like one that was closed."""

    class Vanished:
        def read(self, _: int, /) -> bytes:
            raise OSError(5, "Input/output error")

    lines: queue.Queue[str | None] = queue.Queue()
    typed = TypedLines(Vanished(), "utf-8", lines.put)
    typed.start()
    typed.want()
    assert lines.get(timeout=SECONDS) is None
