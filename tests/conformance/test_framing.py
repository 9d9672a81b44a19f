"""Lines: what a server takes for one, and what it says of those that are none."""

import json
from typing import Any

import msgspec
import pytest

from chat.ids import new_token
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import Message
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error, HelloResult, HistoryResult, JoinResult, PingResult, SendResult
from chat.protocol.requests import Hello, History, Join, Send
from chat.server.domain.limits import default_limits
from tests.support.people import People, Person
from tests.support.wire_client import WireClient

LIMITS = default_limits()
PING = b'{"type":"ping","id":"p"}'


def ping_of(size: int) -> bytes:
    """A `ping` of so many bytes, its LF included."""
    return b'{"type":"ping","id":"p","fill":"%s"}' % (b"x" * (size - len(PING) - len(',"fill":""') - 1))


def refused(link: WireClient, line: bytes) -> Error:
    """Say a line that is refused, and see that the next one is run."""
    link.send_line(line)
    error = link.expect(Error)
    link.send_line(PING)
    assert link.expect(PingResult).id == "p"
    return error


def send_line(**fields: Any) -> bytes:
    """A `send` to #general; fields that are not given are those of the sample."""
    sample = {"type": "send", "id": "s", "send_id": "framing-1", "target": "#general", "text": "hi"}
    return json.dumps(sample | fields, ensure_ascii=False).encode()


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody in #general."""
    return people.come("ann")


def test_lines_may_come_in_any_pieces(people: People) -> None:
    """F1: Lines MUST be read the same however the network divided their bytes."""
    link = people.link()
    hello = Hello(id="h", version_min=1, version_max=1, nick="ünal", token=new_token(), new=True)
    for byte in msgspec.json.encode(hello) + b"\n" + PING + b"\n":
        link.send_bytes(bytes([byte]))
    assert link.wait_for(HelloResult).user.nick == "ünal"
    assert link.expect(PingResult).id == "p"
    link.send_bytes(PING + b"\n" + PING + b"\n" + PING)
    assert [link.expect(PingResult).id for _ in range(2)] == ["p", "p"]
    link.send_bytes(b"\n")
    assert link.expect(PingResult).id == "p"


def test_only_lf_ends_a_line(ann: Person) -> None:
    """Characters that other programs take for line ends are text here.

    F2: Only LF MUST end a line: CR before it is tolerated, and U+2028, U+2029 and U+0085 within a text are
    text.
    """
    ann.link.send_line(PING + b"\r")
    assert ann.link.expect(PingResult).id == "p"
    ann.link.send_line(send_line(text="a\u2028b\u2029c\u0085d"))
    assert ann.link.reply_to("s") == ann.link.frames[-1]
    assert isinstance(ann.link.frames[-1], SendResult)


def test_empty_lines_mean_nothing(ann: Person) -> None:
    """F3: Empty lines MUST be ignored."""
    ann.link.send_bytes(b"\n\r\n\n" + PING + b"\n\n\n")
    assert ann.link.expect(PingResult).id == "p"
    ann.link.barrier()
    assert isinstance(ann.link.frames[-2], PingResult), "something was said about an empty line"


def test_a_long_line_is_dropped_and_answered_once(people: People) -> None:
    """A flood without an end costs the server nothing, and the client one line.

    F4: A line that is longer than the limit MUST be dropped up to its LF and answered once with
    `line_too_long`; the line after it counts again.
    """
    stranger = people.link()
    stranger.read()
    stranger.send_line(ping_of(LIMITS.line_bytes_before_hello))
    assert stranger.expect(PingResult).id == "p"
    assert refused(stranger, ping_of(LIMITS.line_bytes_before_hello + 1)).code is ErrorCode.LINE_TOO_LONG

    ann = people.come("ann")
    ann.link.send_line(ping_of(LIMITS.line_bytes))
    assert ann.link.expect(PingResult).id == "p"
    assert refused(ann.link, ping_of(LIMITS.line_bytes + 1)).code is ErrorCode.LINE_TOO_LONG
    assert refused(ann.link, ping_of(LIMITS.line_bytes * 5)).code is ErrorCode.LINE_TOO_LONG


@pytest.mark.parametrize("broken", [b"\xff", b"\xc3\xa4\xc3", b"\xed\xa0\x80", b"\xc0\x80"])
def test_a_line_is_utf_8_or_nothing(ann: Person, broken: bytes) -> None:
    """F5: A line that is not UTF-8 MUST be answered with `invalid_utf8`, wherever in it the fault is."""
    assert refused(ann.link, PING[:-2] + broken + b'"}').code is ErrorCode.INVALID_UTF8
    assert refused(ann.link, b'{"%s":1}' % broken).code is ErrorCode.INVALID_UTF8


def test_a_line_nests_so_deep_and_no_deeper(ann: Person) -> None:
    """What nests deep would cost every reader of it much.

    F6: A line with more than 16 objects and lists open at once MUST be answered with `nested_too_deep`;
    brackets within strings do not count.
    """
    for depth, code in ((15, None), (16, ErrorCode.NESTED_TOO_DEEP)):
        line = b'{"type":"ping","id":"p","deep":' + b"[" * depth + b"]" * depth + b"}"
        if code is None:
            ann.link.send_line(line)
            assert ann.link.expect(PingResult).id == "p"
        else:
            assert refused(ann.link, line).code is code
    brackets = "[{" * 100
    ann.link.send_line(send_line(text=brackets))
    reply = ann.link.reply_to("s")
    assert isinstance(reply, SendResult)
    assert reply.text == brackets


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"[1]",
        b"7",
        b"null",
        PING + PING,
        PING[:-1],
        b"\xef\xbb\xbf" + PING,
        b'{"type":"mark_read","id":"m","target":"#general","number":NaN}',
        b'{"type":"send","id":"s","send_id":"framing-1","target":"#general","text":"\\ud800"}',
        b'{"type":"send","id":"s","send_id":"framing-1","target":"#general","text":"a\tb"}',
    ],
)
def test_a_line_is_one_json_object(ann: Person, line: bytes) -> None:
    """What looks like a frame but is no JSON is not guessed at.

    F7: A line that is not one JSON object MUST be answered with `invalid_json`; that includes `NaN`, lone
    surrogates and a byte order mark.
    """
    assert refused(ann.link, line).code is ErrorCode.INVALID_JSON


def test_the_third_framing_error_ends_the_link(ann: Person) -> None:
    """Who speaks something else is told so three times.

    F8: These four are framing errors, and their reply has null for `id`: the third of a link MUST end it
    with the reason `bad_framing`, and two MUST NOT.
    """
    assert refused(ann.link, b"one").id is None
    assert refused(ann.link, b"\xff").id is None
    ann.link.send_line(b"[" * 20)
    third = ann.link.expect(Error)
    assert (third.code, third.id) == (ErrorCode.NESTED_TOO_DEEP, None)
    assert ann.link.goodbye().reason is CloseReason.BAD_FRAMING


def test_other_errors_never_end_a_link(ann: Person) -> None:
    """A wrong request is no framing error, however many there are."""
    for _ in range(50):
        assert refused(ann.link, b'{"type":"dance","id":"1"}').code is ErrorCode.UNKNOWN_REQUEST


def test_no_line_of_a_server_is_too_long(people: People) -> None:
    """F9: No line of a server MUST be longer than `limits.line_bytes`."""
    ann, ben = people.come("ann"), people.come("ben")
    longest = "\U0001f4a9" * LIMITS.text_characters
    for _ in range(12):
        ann.get(SendResult, Send, target="#general", text=longest)
        ann.get(SendResult, Send, target="#general", text='"' * LIMITS.text_characters)
    eve = people.greet("eve")
    asked = [
        ben.make(History, target="#general"),
        ben.make(History, target="#general", after=3),
        ben.make(History, target="#general", around=9),
        ben.make(Join, target="#general"),
    ]
    for person, request in [(ben, each) for each in asked] + [(eve, eve.make(Join, target="#general"))]:
        person.link.barrier()
        person.link.send(request)
        line = person.link.read_line()
        assert len(line) + 1 <= LIMITS.line_bytes
        page = msgspec.json.decode(line, type=HistoryResult | JoinResult)
        assert page.entries, "a page holds something"
    ben.link.send_line(b'{"type":"%s","id":"1"}' % (b"x" * 65_000))
    assert len(ben.link.read_line()) < 1000


def test_unknown_fields_are_ignored(ann: Person) -> None:
    """F10: Unknown fields MUST be ignored."""
    ann.link.send_line(send_line(colour="red", style={"bold": [True]}))
    assert isinstance(ann.link.reply_to("s"), SendResult)


def test_the_last_of_repeated_keys_counts(ann: Person) -> None:
    """As most readers of JSON have it.

    F11: Where a key is repeated the last one MUST count; only `type` may not have several values, which is
    an `invalid_request`.
    """
    ann.link.send_line(b'{"type":"ping","id":"one","id":"two"}')
    assert ann.link.expect(PingResult).id == "two"
    error = refused(ann.link, b'{"type":"ping","id":"one","type":"quit"}')
    assert (error.code, error.field, error.id) == (ErrorCode.INVALID_REQUEST, "type", "one")


def test_a_field_left_out_is_its_default(ann: Person) -> None:
    """Lines stay short, and a newer field has a meaning for older clients.

    F12: A field that is left out MUST mean its default, as the tables give it; a server leaves out every
    field that has its default.
    """
    ann.link.send_line(send_line(action=False))
    assert isinstance(ann.link.reply_to("s"), SendResult)
    ann.link.send_line(send_line())
    assert isinstance(ann.link.reply_to("s"), SendResult), "the same request, so its first answer"
    ann.news()
    ann.say(History, target="#general", limit=1)
    line = json.loads(ann.link.read_line())
    (entry,) = line["entries"]
    needed = {field.name for field in msgspec.structs.fields(Message) if field.required}
    assert set(entry) == needed | {"type", "send_id"}


def test_a_browser_gets_a_page_of_plain_text(people: People) -> None:
    """Who comes by HTTP learns how to join, and gets no line of this protocol."""
    link = people.link(opening=b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n")
    page = link.read_to_end()
    assert page.startswith(b"HTTP/1.1 400 ")
    assert b"chat-tui" in page
    assert b"welcome" not in page


def test_bytes_that_mean_nothing_end_only_their_own_link(people: People, ann: Person) -> None:
    """Noise of any kind leaves the others as they were."""
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 100_000, b"{" * 5000, b"\r\r\r\n" * 50):
        link = people.link(opening=b"")
        link.send_bytes(noise + b"\n")
        link.send_bytes(b"one\ntwo\nthree\n")
        link.wait_for(Goodbye)
    ann.link.barrier()
