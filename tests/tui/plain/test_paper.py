"""Where the line mode writes, and what it survives."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from chat.tui.plain.paper import Paper


@pytest.fixture
def broken_pipe() -> Iterator[TextIO]:
    """A stream whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        yield stream


def test_the_talk_and_what_is_told_about_it_go_different_ways() -> None:
    """So a program that reads the talk reads nothing else."""
    talk, notes = io.StringIO(), io.StringIO()
    paper = Paper(talk, notes)
    paper.say("14:03 <ann> hi")
    paper.note("connected\nnot encrypted")
    paper.complain("no such command")
    assert talk.getvalue() == "14:03 <ann> hi\n"
    assert notes.getvalue() == "-- connected\n-- not encrypted\n! no such command\n"


def test_each_line_is_written_out_at_once(tmp_path: Path) -> None:
    """A reader sees a line when it was written, not when there are many."""
    path = tmp_path / "talk"
    with path.open("w") as talk:
        Paper(talk, io.StringIO()).say("hi")
        assert path.read_text() == "hi\n"


def test_a_reader_that_went_away_tears_the_paper(broken_pipe: TextIO) -> None:
    """What comes later is dropped without an error, also when the stream is closed at the end."""
    paper = Paper(broken_pipe, io.StringIO())
    paper.say("hi")
    assert paper.torn
    paper.say("more")
    broken_pipe.flush()


def test_notes_that_nobody_reads_do_no_harm(broken_pipe: TextIO) -> None:
    """The talk goes on."""
    talk = io.StringIO()
    paper = Paper(talk, broken_pipe)
    paper.note("connected")
    paper.complain("oh")
    paper.say("hi")
    assert not paper.torn
    assert talk.getvalue() == "hi\n"


def test_a_closed_stream_counts_as_one_that_nobody_reads() -> None:
    """As when a process was started without standard output."""
    talk = io.StringIO()
    paper = Paper(talk, io.StringIO())
    talk.close()
    paper.say("hi")
    assert paper.torn


def test_characters_that_the_encoding_lacks_are_replaced() -> None:
    """A terminal of another age gets question marks, not an error."""
    raw = io.BytesIO()
    talk = io.TextIOWrapper(raw, encoding="ascii")
    Paper(talk, io.StringIO()).say("café 👍")
    assert raw.getvalue() == b"caf? ?\n"


def test_nothing_that_a_terminal_obeys_passes() -> None:
    """Whatever was forgotten on the way is taken out at the last door."""
    talk = io.StringIO()
    Paper(talk, io.StringIO()).say("\x1b[2Jgone\x07 \u202eback")
    assert talk.getvalue() == "\ufffd[2Jgone\ufffd back\n"
