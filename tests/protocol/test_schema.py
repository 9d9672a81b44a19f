"""The published schema is the one that the structs make, and it accepts just what the structs accept."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chat.protocol.codec import BadLine, Frame, decode_request, decode_server_frame, encode
from chat.protocol.schema import CLIENT_LINE, SERVER_LINE, schema_text
from tests.support.frames import EVERY_EVENT, EVERY_REPLY, EVERY_REQUEST
from tests.support.schema import (
    FORMATS,
    PUBLISHED,
    explained,
    is_quickly_seen,
    published_schema,
    validate_client_line,
    validate_server_line,
)

SAMPLES: tuple[Frame, ...] = (*EVERY_REQUEST, *EVERY_REPLY, *EVERY_EVENT)
WRONG: tuple[Any, ...] = (None, True, -1, 2.5, 2**32, "", "x" * 300, "a\n", [], [5], {}, {"type": "message"})


def passes(line: bytes, *, from_client: bool) -> bool:
    """Whether the schema knows the line."""
    try:
        (validate_client_line if from_client else validate_server_line)(line)
    except AssertionError:
        return False
    return True


def decodes(line: bytes, *, from_client: bool) -> bool:
    """Whether the structs know the line."""
    try:
        (decode_request if from_client else decode_server_frame)(line)
    except BadLine:
        return False
    return True


def test_the_published_schema_is_fresh() -> None:
    """Whoever changes a struct runs `python -m chat.protocol.schema`."""
    assert published_schema() == json.loads(schema_text()), "run: python -m chat.protocol.schema"


def test_the_schema_is_a_schema() -> None:
    """It keeps the rules of JSON Schema 2020-12, and says so."""
    schema = published_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_holds_nothing_of_the_machine_it_was_made_on() -> None:
    """It may be published as it is, and making it twice makes the same bytes."""
    text = PUBLISHED.read_text(encoding="utf-8")
    for private in (str(Path.home()), str(Path.cwd()), sys.prefix, "/tmp"):
        assert private not in text
    assert schema_text() == schema_text()


@pytest.mark.parametrize("frame", SAMPLES, ids=lambda frame: type(frame).__name__)
def test_every_frame_passes_on_its_own_side_only(frame: Frame) -> None:
    """A request is no line of a server, nor the reverse."""
    from_client = frame in EVERY_REQUEST
    assert passes(encode(frame), from_client=from_client)
    assert not passes(encode(frame), from_client=not from_client)


def test_what_is_no_frame_is_named() -> None:
    """The failure says where and what."""
    with pytest.raises(AssertionError, match="there is no type 'dance'"):
        validate_client_line(b'{"type":"dance","id":"1"}')
    with pytest.raises(AssertionError, match=r"\$\.conversation\.last: -1 is less"):
        validate_server_line(
            b'{"type":"conversation_added","conversation":{"conversation":"c1","kind":"direct","last":-1}}'
        )


def test_times_are_in_utc() -> None:
    """A moment without its Z is off the schema."""
    for time, good in (("2024-05-17T09:30:00.5Z", True), ("2024-05-17T09:30:00", False), ("noon Z", False)):
        assert (
            passes(f'{{"type":"ping_result","id":"1","time":"{time}"}}'.encode(), from_client=False) is good
        )


@given(st.sampled_from(SAMPLES), st.data())
def test_the_quick_validator_takes_nothing_that_the_reference_refuses(
    frame: Frame, data: st.DataObject
) -> None:
    """Else a line could be off the schema unseen; what it refuses wrongly, the reference sees again."""
    definition = CLIENT_LINE if frame in EVERY_REQUEST else SERVER_LINE
    values = json.loads(encode(frame))
    assert is_quickly_seen(definition, values)
    name = data.draw(st.sampled_from(sorted(values)))
    values[name] = data.draw(st.sampled_from(WRONG))
    assert is_quickly_seen(definition, values) == (explained(definition, values) is None)


@given(st.sampled_from(SAMPLES), st.data())
def test_schema_and_structs_agree_on_frames_with_a_wrong_field(frame: Frame, data: st.DataObject) -> None:
    """A field that is missing or wrong is refused by both or by neither."""
    from_client = frame in EVERY_REQUEST
    values = json.loads(encode(frame))
    name = data.draw(st.sampled_from(sorted(values)))
    if data.draw(st.booleans()):
        del values[name]
    else:
        values[name] = data.draw(st.sampled_from(WRONG))
    line = json.dumps(values).encode()
    assert passes(line, from_client=from_client) is decodes(line, from_client=from_client)


@given(st.sampled_from(SAMPLES), st.data())
def test_choosing_by_type_judges_as_the_plain_schema_does(frame: Frame, data: st.DataObject) -> None:
    """The shortcut of the tests' own validator changes no verdict."""
    schema = published_schema()
    definition = CLIENT_LINE if frame in EVERY_REQUEST else SERVER_LINE
    plain = Draft202012Validator(
        {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}, format_checker=FORMATS
    )
    values = json.loads(encode(frame))
    values[data.draw(st.sampled_from(sorted(values)))] = data.draw(st.sampled_from(WRONG))
    verdict = plain.is_valid(values)
    assert passes(json.dumps(values).encode(), from_client=definition == CLIENT_LINE) is verdict
