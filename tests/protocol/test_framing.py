"""Cutting bytes into lines: whatever comes, in whatever pieces."""

import json
import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codes import ErrorCode
from chat.protocol.framing import MAX_NESTING, FramingError, LineSplitter

TOO_LONG = FramingError(ErrorCode.LINE_TOO_LONG)
NOT_UTF8 = FramingError(ErrorCode.INVALID_UTF8)
TOO_DEEP = FramingError(ErrorCode.NESTED_TOO_DEEP)

AWKWARD = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b"\r", b'{"a":"', b'"}', b"\\", b"\xc3", b"\xa9", b"[" * 9, b"]" * 9, b"x" * 7]
    )
).map(b"".join)
"""Bytes that are full of what a splitter has to get right."""

BYTES = st.binary(max_size=200) | AWKWARD


def _split(pieces: Iterable[bytes], limit: int = 64) -> list[bytes | FramingError]:
    splitter = LineSplitter(limit)
    return [line for piece in pieces for line in splitter.feed(piece)]


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_only_a_line_feed_ends_a_line() -> None:
    """Neither a lone CR nor what Unicode calls a line break does."""
    line = "a\rb\u2028c\u0085d\x0be".encode()
    assert _split([line + b"\nnext\n"]) == [line, b"next"]


def test_a_carriage_return_before_the_line_feed_is_no_part_of_the_line() -> None:
    """One of them, as terminals send it."""
    assert _split([b"a\r\nb\n\r\nc\r\r\n"]) == [b"a", b"b", b"c\r"]


def test_empty_lines_are_left_out() -> None:
    """A plain client begins with one."""
    assert _split([b"\n", b"\n\r\n", b"\r", b"\na\n"]) == [b"a"]


def test_a_line_waits_for_its_end() -> None:
    """Nothing comes out before the LF, and all of it then."""
    splitter = LineSplitter(64)
    assert splitter.feed(b"hel") == []
    assert splitter.feed(b"lo") == []
    assert splitter.feed(b"\nwor") == [b"hello"]
    assert splitter.feed(b"ld\n") == [b"world"]


def test_a_line_of_exactly_the_limit_is_taken() -> None:
    """The limit counts all bytes before the LF."""
    assert _split([b"x" * 64 + b"\n"]) == [b"x" * 64]
    assert _split([b"x" * 65 + b"\n"]) == [TOO_LONG]
    assert _split([b"x" * 64 + b"\r\n"]) == [TOO_LONG]


def test_a_line_that_is_too_long_is_reported_at_once_and_only_once() -> None:
    """Its end is awaited in silence, and the next line is fine."""
    splitter = LineSplitter(8)
    assert splitter.feed(b"123456789") == [TOO_LONG]
    assert splitter.feed(b"x" * 1000) == []
    assert splitter.feed(b"the end\nnext\n") == [b"next"]


def test_a_raised_limit_holds_from_the_next_bytes_on() -> None:
    """As after login; a line begun before may use it too."""
    splitter = LineSplitter(4)
    assert splitter.feed(b"abc") == []
    splitter.limit = 8
    assert splitter.feed(b"defg\n12345678\n123456789\n") == [b"abcdefg", b"12345678", TOO_LONG]


@pytest.mark.parametrize(
    "bad",
    [b"\xff", b"\xc3", b"a\xa9", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"],
    ids=["never a byte", "cut short", "no beginning", "surrogate", "long zero", "beyond Unicode"],
)
def test_a_line_that_is_not_utf8_is_refused_as_a_whole(bad: bytes) -> None:
    """Even when the fault is inside of a string; the lines around are not harmed."""
    assert _split([b'before\n{"text":"' + bad + b'"}\nafter\n']) == [b"before", NOT_UTF8, b"after"]


def test_a_character_may_come_in_two_pieces() -> None:
    """Only the whole line is judged."""
    assert _split([b'"\xc3', b'\xa9"\n']) == [b'"\xc3\xa9"']


def test_nesting_is_taken_to_its_limit_and_refused_beyond() -> None:
    """Objects and lists count alike."""
    deepest, beyond = _nested(MAX_NESTING), _nested(MAX_NESTING + 1)
    lists = b"[" * (MAX_NESTING + 1) + b"]" * (MAX_NESTING + 1)
    assert _split([deepest + b"\n" + beyond + b"\n" + lists + b"\n"], limit=500) == [
        deepest,
        TOO_DEEP,
        TOO_DEEP,
    ]


@pytest.mark.parametrize(
    "text",
    ["[" * 40, '"' + "{" * 40, "\\" * 3 + "[" * 40, '\\"' * 9 + "[" * 40, "}" * 40 + "{" * 40],
)
def test_brackets_inside_of_strings_are_only_text(text: str) -> None:
    """However the quotes in the text are escaped."""
    line = json.dumps({"text": text, "more": [text]}).encode()
    assert _split([line + b"\n"], limit=1000) == [line]


def test_many_brackets_side_by_side_are_not_deep() -> None:
    """Depth counts, not number."""
    line = b"[" + b"{}," * 100 + b"[[]]]"
    assert _split([line + b"\n"], limit=1000) == [line]


def test_brackets_that_are_never_closed_count_as_open() -> None:
    """Up to the limit they are left to the JSON decoder, beyond it they are too deep."""
    open_ones = b"[" * MAX_NESTING + b"[],[],"
    assert _split([open_ones + b"\n["], limit=1000) == [open_ones]
    assert _split([b"[" * 17 + b"\n" + b"]" * 17 + b"[" * 17 + b"\n"], limit=1000) == [TOO_DEEP, TOO_DEEP]


@given(
    st.recursive(
        st.text(st.sampled_from('[]{}"\\ é'), max_size=6) | st.integers(),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    st.integers(0, MAX_NESTING + 2),
)
def test_depth_is_that_of_the_json_value(value: object, around: int) -> None:
    """Any JSON value is taken or refused by its own depth alone."""
    for _ in range(around):
        value = [value]
    line = json.dumps(value, ensure_ascii=False).encode()
    expected = TOO_DEEP if _depth(value) > MAX_NESTING else line
    assert _split([line + b"\n"], limit=10_000) == [expected]


def _depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max((_depth(inner) for inner in value.values()), default=0)
        case list():
            return 1 + max((_depth(inner) for inner in value), default=0)
        case _:
            return 0


def test_brackets_behind_a_string_still_count() -> None:
    """A string hides its own text and nothing after it."""
    line = b'["\\\\",' + b"[" * MAX_NESTING + b"]" * MAX_NESTING + b"]"
    assert _split([line + b"\n"], limit=1000) == [TOO_DEEP]


@given(data=BYTES, cuts=st.lists(st.integers(0, 200)), limit=st.integers(1, 80))
def test_the_lines_do_not_depend_on_how_the_bytes_were_divided(
    data: bytes, cuts: list[int], limit: int
) -> None:
    """One feed, one byte at a time or anything between: the same lines and the same refusals."""
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    at_once = _split([data], limit)
    assert _split(pieces, limit) == at_once
    assert _split([data[i : i + 1] for i in range(len(data))], limit) == at_once


@given(data=BYTES, limit=st.integers(1, 80))
def test_what_comes_out_keeps_the_rules(data: bytes, limit: int) -> None:
    """Never an exception, and every line is whole, short, not empty and UTF-8."""
    for line in _split([data + b"\n"], limit):
        if isinstance(line, FramingError):
            continue
        assert 0 < len(line) <= limit
        assert b"\n" not in line
        assert line.decode().encode() == line
        assert line in data


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\n" not in line and b"\r" not in line))
)
def test_every_line_that_is_sent_is_accounted_for(lines: list[bytes]) -> None:
    """As many come out, as lines or as refusals, in their order."""
    out = _split([b"".join(line + b"\n" for line in lines)])
    assert len(out) == len(lines)
    assert all(got in (line, NOT_UTF8, TOO_DEEP) for got, line in zip(out, lines, strict=True))


def test_an_endless_line_takes_no_memory() -> None:
    """64 MiB without an end, in pieces: never more is held than a line may have."""
    splitter = LineSplitter(65_536)
    piece = b"x" * 65_536
    tracemalloc.start()
    try:
        refusals = [refusal for _ in range(1024) for refusal in splitter.feed(piece)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusals == [TOO_LONG]
    assert peak < 1_000_000
