"""Frames to lines and back, and what is said of a line that is no frame."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import (
    BadLine,
    decode_request,
    decode_server_frame,
    encode,
    entry_from_json,
    error_frame,
)
from chat.protocol.codes import ERRORS, ErrorCode, Refused
from chat.protocol.events import AnyEvent
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest, Ping, Send
from tests.support.frames import EVERY_ENTRY, EVERY_EVENT, EVERY_REPLY, EVERY_REQUEST, SEND_ID

SEND = b'{"type":"send","id":"1","send_id":"%s","target":"#a","text":%s}'


def refusal(line: bytes) -> BadLine:
    """What is wrong with a line that should have been a request."""
    with pytest.raises(BadLine) as caught:
        decode_request(line)
    return caught.value


def sending(text: bytes) -> bytes:
    """A `send` with this piece of JSON as its text."""
    return SEND % (SEND_ID.encode(), text)


def test_the_samples_hold_one_of_every_frame() -> None:
    """What is tried on the samples is tried on the whole protocol."""
    assert {type(frame) for frame in EVERY_REQUEST} == set(get_args(AnyRequest))
    assert {type(frame) for frame in EVERY_REPLY} == set(get_args(AnyReply))
    assert {type(frame) for frame in EVERY_EVENT} == set(get_args(AnyEvent))


@pytest.mark.parametrize("request_", EVERY_REQUEST, ids=lambda frame: type(frame).__name__)
def test_every_request_comes_back_from_its_line(request_: AnyRequest) -> None:
    """One line, one LF at its end, nothing lost."""
    line = encode(request_)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


@pytest.mark.parametrize("frame", [*EVERY_REPLY, *EVERY_EVENT], ids=lambda frame: type(frame).__name__)
def test_every_frame_of_a_server_comes_back_from_its_line(frame: AnyReply | AnyEvent) -> None:
    """Replies and events are told apart by their `type` alone."""
    assert decode_server_frame(encode(frame)) == frame


def test_entries_come_back_from_a_store() -> None:
    """A log keeps entries as the JSON that goes over the wire."""
    for entry in EVERY_ENTRY:
        assert entry_from_json(msgspec.json.encode(entry)) == entry


def test_unknown_fields_are_ignored() -> None:
    """A newer client may say more."""
    assert decode_request(b'{"type":"ping","id":"1","colour":"red"}') == Ping(id="1")


def test_the_last_of_repeated_keys_counts() -> None:
    """As most readers of JSON do it; only `type` may have one value."""
    assert decode_request(b'{"type":"ping","id":"1","id":"2"}') == Ping(id="2")
    bad = refusal(b'{"type":"ping","id":"1","type":"quit"}')
    assert (bad.code, bad.field, bad.request_id) == (ErrorCode.INVALID_REQUEST, "type", "1")


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"[]",
        b"5",
        b"null",
        b'"ping"',
        b'{"type":"ping","id":"1"',
        b'{"type":"ping","id":"1"} more',
        b'\xef\xbb\xbf{"type":"ping","id":"1"}',
        sending(b"NaN"),
        sending(rb'"\ud800"'),
        sending(b'"a\x01b"'),
    ],
)
def test_what_is_not_one_object_of_json_is_a_framing_fault(line: bytes) -> None:
    """Nothing in it can be trusted, so the answer bears no id."""
    bad = refusal(line)
    assert (bad.code, bad.framing, bad.request_id) == (ErrorCode.INVALID_JSON, True, None)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"id":"1"}', "type"),
        (b'{"id":"1","type":5}', "type"),
        (b'{"id":"1","type":"send","send_id":"00000000","target":"#a"}', "text"),
        (sending(b"5"), "text"),
        (sending(b"null"), "text"),
        (b'{"id":"1","type":"watch","targets":["#a",5]}', "targets"),
        (b'{"id":"1","type":"mark_read","target":"#a","number":1.5}', "number"),
        (b'{"id":"1","type":"mark_read","target":"#a","number":true}', "number"),
        (b'{"id":"1","type":"mark_read","target":"#a","number":-1}', "number"),
        (b'{"id":"1","type":"history","target":"#a","limit":0}', "limit"),
        (b'{"id":"1","type":"set_status","status":"asleep"}', "status"),
        (b'{"id":"1","type":"set_status","status":"x - at `$.type`"}', "status"),
        (b'{"id":"1","type":"set_status","status":"Object missing required field `id`"}', "status"),
        (b'{"id":"1","type":"part","send_id":"00000000\\n","target":"#a"}', "send_id"),
    ],
)
def test_a_wrong_field_is_named_and_the_request_too(line: bytes, field: str) -> None:
    """The answer says which request and which field; it is no framing fault."""
    bad = refusal(line)
    assert (bad.code, bad.field) == (ErrorCode.INVALID_REQUEST, field)
    assert bad.request_id == "1"
    assert not bad.framing


def test_an_id_that_can_not_be_one_is_not_repeated() -> None:
    """It is of a wrong kind, or so long that it would fill the answer."""
    for wrong in (b"5", b'"%s"' % (b"x" * 65)):
        bad = refusal(b'{"type":"ping","id":%s}' % wrong)
        assert (bad.code, bad.field, bad.request_id) == (ErrorCode.INVALID_REQUEST, "id", None)


@pytest.mark.parametrize("kind", ["dance", "ping_result", "hello\\n", "x" * 50_000])
def test_an_unknown_request_is_named(kind: str) -> None:
    """A reply or event is no request either."""
    bad = refusal(f'{{"type":"{kind}","id":"1"}}'.encode())
    assert (bad.code, bad.field, bad.request_id) == (ErrorCode.UNKNOWN_REQUEST, "type", "1")
    assert not bad.framing
    assert kind[:5] in bad.message


def test_a_server_frame_that_is_none_is_refused_alike() -> None:
    """A client learns what was wrong and whose reply it should have been."""
    with pytest.raises(BadLine) as caught:
        decode_server_frame(b'{"type":"ping_result","id":"1","time":"2024-05-17T09:30:00"}')
    assert (caught.value.request_id, caught.value.field) == ("1", "time")


def test_an_error_frame_says_what_its_code_says() -> None:
    """Whether a retry makes sense comes from the table, the rest from the refusal."""
    for code, rule in ERRORS.items():
        frame = error_frame("7", Refused(code, field="text", retry_after_ms=5), "t1")
        assert (frame.id, frame.code, frame.retryable) == ("7", code, rule.retryable)
        assert (frame.message, frame.field, frame.retry_after_ms) == (rule.meaning, "text", 5)
        assert frame.trace == "t1"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
broken_objects = st.dictionaries(
    st.sampled_from(["type", "id", "target", "text", "send_id", "targets", "number", "status"]), json_values
).map(msgspec.json.encode)


@given(st.binary(max_size=200) | broken_objects)
def test_no_line_costs_more_than_a_short_refusal(line: bytes) -> None:
    """Whatever is said, it is a request or a `BadLine` whose error frame is short."""
    try:
        decode_request(line)
    except BadLine as bad:
        answer = encode(error_frame(bad.request_id, bad))
    else:
        answer = b""
    assert len(answer) < 4096


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_wire(text: str) -> None:
    """Line ends and quotes in a text never end its line."""
    said = Send(id="1", send_id=SEND_ID, target="#a", text=text)
    line = encode(said)
    assert line.count(b"\n") == 1
    assert decode_request(line) == said
