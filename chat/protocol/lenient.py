"""What a client makes of words that a newer server may use: an error or goodbye whose word it does not know.

An error is judged by `retryable` then, a goodbye by `reconnect`. Values in, values out: no I/O, no threads.
"""

from typing import Literal

import msgspec

from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error


class _AnyError(msgspec.Struct):
    """An error with a code of any word."""

    type: Literal["error"]
    message: str
    id: str | None = None
    retryable: bool = False
    retry_after_ms: int | None = None
    field: str | None = None


class _AnyGoodbye(msgspec.Struct):
    """A goodbye with a reason of any word."""

    type: Literal["goodbye"]
    message: str
    reconnect: bool
    retry_after_ms: int | None = None


_errors = msgspec.json.Decoder(_AnyError)
_goodbyes = msgspec.json.Decoder(_AnyGoodbye)


def newer_frame(line: bytes) -> Error | Goodbye | None:
    """Read a line that is no frame of this version as an error or goodbye of a newer one, if it is one."""
    try:
        error = _errors.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _newer_goodbye(line)
    return Error(
        id=error.id,
        code=ErrorCode.OVERLOADED if error.retryable else ErrorCode.INTERNAL_ERROR,
        message=error.message,
        retryable=error.retryable,
        retry_after_ms=error.retry_after_ms,
        field=error.field,
    )


def _newer_goodbye(line: bytes) -> Goodbye | None:
    try:
        goodbye = _goodbyes.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Goodbye(
        reason=CloseReason.INTERNAL_ERROR,
        message=goodbye.message,
        reconnect=goodbye.reconnect,
        retry_after_ms=goodbye.retry_after_ms,
    )
