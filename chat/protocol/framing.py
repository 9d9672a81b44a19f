"""Bytes in, lines out: what is a line, how long and how deep it may be.

Knows nothing of JSON beyond quotes and brackets, nothing of frames and of no socket. A splitter
belongs to the one thread that reads its link; only `limit` may be set from another.
"""

import re

from msgspec import Struct

from chat.protocol.codes import ErrorCode

MAX_NESTING = 16
"""How many objects and lists may be open at once in a line."""

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_ROUND = bytes.maketrans(b"[]{}", b"()()")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class FramingError(Struct, frozen=True):
    """Stands among the lines for one that was dropped."""

    code: ErrorCode
    """`line_too_long`, `invalid_utf8` or `nested_too_deep`."""


class LineSplitter:
    """Cuts one link's bytes into lines, holding no more than one line's worth of them.

    Only LF ends a line; a CR before it is no part of the line. Empty lines are left out. What comes out
    does not depend on how the bytes were divided when they came in.

    Attributes:
        limit: bytes a line may have before its LF; what is set holds from the next bytes on.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._begun = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes | FramingError]:
        """Take what was received and give the lines that are complete by it.

        A line that is too long is reported once, as soon as that is known, and its bytes are dropped up to
        its LF. Raises nothing, whatever the bytes.
        """
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = self._completed(lines[0])
        found = [checked for line in lines if line and (checked := self._checked(line))]
        if self._keeps_too_much(rest):
            found.append(FramingError(ErrorCode.LINE_TOO_LONG))
        return found

    def _completed(self, end: bytes) -> bytes:
        """The line that was begun by earlier bytes; nothing of one that is being dropped."""
        whole = b"" if self._dropping else bytes(self._begun) + end
        self._dropping = False
        self._begun.clear()
        return whole

    def _keeps_too_much(self, rest: bytes) -> bool:
        """Keep the beginning of a line until its end comes; drop it and say so once it is too long."""
        if self._dropping:
            return False
        self._begun += rest
        if len(self._begun) <= self.limit:
            return False
        self._begun.clear()
        self._dropping = True
        return True

    def _checked(self, line: bytes) -> bytes | FramingError:
        """The line without its CR (empty when that was all of it), or what is wrong with it."""
        if len(line) > self.limit:
            return FramingError(ErrorCode.LINE_TOO_LONG)
        if not line.isascii() and not _is_utf8(line):
            return FramingError(ErrorCode.INVALID_UTF8)
        # Counting is quick and enough for nearly all lines; only then are strings told from structure.
        if line.count(b"{") + line.count(b"[") > MAX_NESTING and _nests_too_deep(line):
            return FramingError(ErrorCode.NESTED_TOO_DEEP)
        return line.removesuffix(b"\r")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _nests_too_deep(line: bytes) -> bool:
    """Fold the innermost pairs, level by level, by whole-line operations: a loop takes many times longer.

    Brackets that do not pair are the JSON decoder's matter; here they only count as open.
    """
    folded = _STRING.sub(b"", line).translate(_ROUND, _NO_BRACKETS)
    for _ in range(MAX_NESTING):
        folded = folded.replace(b"()", b"")
    return b"()" in folded or folded.count(b"(") > MAX_NESTING
