"""Frames to JSON lines and back.

Values in, bytes out, and the reverse: no socket, no clock. Encoders and decoders hold no state between calls
and may be used from any thread.
"""

import re
from typing import get_args

import msgspec

from chat.protocol.codes import ERRORS, RETRY_AFTER_MS, ErrorCode, Refused
from chat.protocol.entries import AnyEntry
from chat.protocol.events import AnyEvent
from chat.protocol.replies import AnyReply, Error
from chat.protocol.requests import AnyRequest

ServerFrame = AnyReply | AnyEvent
"""Everything a server may send."""
Frame = AnyRequest | ServerFrame

VERSION = 1
"""The protocol version that this code speaks."""

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_server_frames: msgspec.json.Decoder[ServerFrame] = msgspec.json.Decoder(ServerFrame)


class _Envelope(msgspec.Struct):
    """As much of a broken request as is needed to answer it, each of any kind."""

    id: object = None
    type: object = None


_envelopes = msgspec.json.Decoder(_Envelope)


class BadLine(Refused):
    """A line that is no valid frame; `request_id` is its id where it could be read.

    `framing` is true when the line is not even an object of JSON: three of those close a link.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str = "",
        *,
        request_id: str | None = None,
        field: str | None = None,
        framing: bool = False,
    ) -> None:
        """See `Refused` for code, message and field."""
        super().__init__(code, message, field=field)
        self.request_id = request_id
        self.framing = framing


def encode(frame: Frame) -> bytes:
    """Return the frame as one line with its LF."""
    return _encoder.encode(frame) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Return the request on a line.

    Raises `BadLine` that names the fault: not JSON, an unknown `type`, or a field that is missing or wrong.
    """
    try:
        return _requests.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _explain(line, error) from None


def decode_server_frame(line: bytes) -> ServerFrame:
    """Return the reply or event on a line; raises `BadLine` as `decode_request` does."""
    try:
        return _server_frames.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _explain(line, error) from None


def error_frame(request_id: str | None, refused: Refused, trace: str | None = None) -> Error:
    """Return the error frame for a refusal; one that is worth a retry tells a wait, whoever refuses."""
    retryable, wait = ERRORS[refused.code].retryable, refused.retry_after_ms
    return Error(
        id=request_id,
        code=refused.code,
        message=refused.message,
        retryable=retryable,
        retry_after_ms=RETRY_AFTER_MS if retryable and wait is None else wait,
        field=refused.field,
        trace=trace,
    )


_FIELD = re.compile(r"- at `\$\.([A-Za-z_]+)[^`]*`$")
_MISSING = re.compile(r"^Object missing required field `([A-Za-z_]+)`")
_UNKNOWN_TYPE = re.compile(r"Invalid value '.*' - at `\$\.type`", re.DOTALL)
_REQUEST_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(AnyRequest))
_LONGEST_ID = 64
_LONGEST_ECHO = 200  # characters of a sentence that may quote what was sent, whatever its size


def _explain(line: bytes, error: Exception) -> BadLine:
    """Find out what is wrong with a line that did not decode."""
    envelope = _envelope(line)
    if envelope is None:
        return BadLine(
            ErrorCode.INVALID_JSON, "This line is not one JSON object; send one object a line.", framing=True
        )
    request_id = envelope.id if isinstance(envelope.id, str) and len(envelope.id) <= _LONGEST_ID else None
    text = str(error)
    if _UNKNOWN_TYPE.fullmatch(text):
        return _unknown_type(envelope.type, request_id)
    found = _MISSING.search(text) or _FIELD.search(text)
    return BadLine(
        ErrorCode.INVALID_REQUEST,
        f"{text[:_LONGEST_ECHO]}.",
        request_id=request_id,
        field=found[1] if found else None,
    )


def _unknown_type(kind: object, request_id: str | None) -> BadLine:
    """Say that there is no such request, or that a line names two."""
    if kind in _REQUEST_TYPES:
        return BadLine(
            ErrorCode.INVALID_REQUEST,
            "This line has several values for `type`.",
            request_id=request_id,
            field="type",
        )
    return BadLine(
        ErrorCode.UNKNOWN_REQUEST,
        f"There is no request of type {str(kind)[:_LONGEST_ID]!r}; docs/protocol.md lists them all.",
        request_id=request_id,
        field="type",
    )


def _envelope(line: bytes) -> _Envelope | None:
    """Return id and type of a broken line, or None when it is not an object of JSON."""
    try:
        return _envelopes.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def entry_from_json(body: bytes) -> AnyEntry:
    """Return an entry that was stored as JSON."""
    return _entries.decode(body)


_entries: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)
