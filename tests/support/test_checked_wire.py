"""The wire that checks lines finds what is off the schema, and only that."""

from pathlib import Path

import pytest

from chat.protocol.codec import encode
from tests.support.checked_server import note_of
from tests.support.checked_wire import CheckedWire
from tests.support.frames import EVERY_REQUEST, welcome
from tests.support.recording_wire import RecordingWire
from tests.support.server import ServerProcess


@pytest.fixture
def off() -> list[str]:
    """What was found."""
    return []


@pytest.fixture
def inside() -> RecordingWire:
    """The wire inside."""
    return RecordingWire()


def test_good_lines_pass_whatever_pieces_they_come_in(inside: RecordingWire, off: list[str]) -> None:
    """Both ways, byte for byte."""
    wire = CheckedWire(inside, off)
    heard = b"\n" + b"".join(encode(request) for request in EVERY_REQUEST)
    inside.incoming = [heard[at : at + 100] for at in range(0, len(heard), 100)]
    got = b""
    while data := wire.receive(100):
        got += data
    assert got == heard
    line = encode(welcome())
    inside.takes = [10]
    assert wire.send(memoryview(line)) == 10
    assert wire.send(memoryview(line)[10:]) == len(line) - 10
    assert b"".join(inside.calls) == line
    assert off == []


@pytest.mark.parametrize(
    "line", [b'{"type":"dance"}\n', b"hello\n", b'{"type":"goodbye","reason":"bored"}\n']
)
def test_a_line_of_the_server_that_the_schema_does_not_know_is_noted(
    inside: RecordingWire, off: list[str], line: bytes
) -> None:
    """Also when it goes out in two pieces, from a view of shared bytes."""
    wire = CheckedWire(inside, off)
    wire.send(memoryview(line)[:4])
    assert off == []
    wire.send(memoryview(line)[4:])
    assert len(off) == 1


def test_what_the_server_refuses_need_not_be_in_the_schema(inside: RecordingWire, off: list[str]) -> None:
    """Garbage is a test's right."""
    inside.incoming = [b'{"type":"dance","id":"1"}\n\xff\n' + b"x" * 100_000 + b"\n"]
    CheckedWire(inside, off).receive(1 << 20)
    assert off == []


def test_what_the_server_takes_must_be_in_the_schema(
    inside: RecordingWire, off: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder that is more lenient than the document is found out."""
    monkeypatch.setattr("tests.support.checked_wire.decode_request", lambda _: None)
    inside.incoming = [b'{"type":"dance","id":"1"}\n']
    CheckedWire(inside, off).receive(1 << 20)
    assert len(off) == 1


def test_a_page_for_browsers_is_no_line(inside: RecordingWire, off: list[str]) -> None:
    """Who speaks HTTP gets words."""
    CheckedWire(inside, off).send(b"HTTP/1.1 400 Bad Request\r\n\r\nJoin by ...\n")
    assert off == []


def test_a_server_process_that_was_off_the_schema_fails_its_test(tmp_path: Path) -> None:
    """What a killed process wrote down is found in the end."""
    note_of(tmp_path / "data").append("the server said what nobody knows")
    with pytest.raises(AssertionError, match="what nobody knows"), ServerProcess(tmp_path / "data"):
        pass
