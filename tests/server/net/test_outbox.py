"""What waits for one client: no byte lost, doubled or moved, however the wire takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.server.net.outbox import KEPT_WHOLE, Outbox

PIECES = st.lists(st.binary(min_size=1, max_size=40), max_size=12)


def filled(*pieces: bytes, join: int = 64) -> Outbox:
    """An outbox with these pieces."""
    outbox = Outbox(join)
    for piece in pieces:
        outbox.add(piece)
    return outbox


def drained(outbox: Outbox) -> bytes:
    """Everything, as a wire that takes all would get it."""
    out = b""
    while outbox.size:
        data = bytes(outbox.front())
        out += data
        outbox.sent(len(data))
    return out


def test_an_empty_outbox_has_nothing_to_send() -> None:
    """Its front is empty, not an error."""
    assert bytes(filled().front()) == b""


def test_a_single_piece_is_given_as_it_is() -> None:
    """Members share it, so it must not be copied."""
    piece = b"x" * 1000
    assert filled(piece).front() is piece


def test_the_rest_of_a_piece_is_a_view_of_it() -> None:
    """What a slow wire left is not copied either."""
    piece = b"x" * 1000
    outbox = filled(piece)
    outbox.sent(400)
    rest = outbox.front()
    assert isinstance(rest, memoryview)
    assert rest.obj is piece
    assert len(rest) == 600
    assert outbox.size == 600


def test_small_pieces_are_joined_for_one_call() -> None:
    """A reply behind a shared line costs no second send."""
    assert bytes(filled(b"shared\n", b"reply\n").front()) == b"shared\nreply\n"


def test_a_large_piece_is_not_copied_to_join_a_small_one() -> None:
    """It has its own call."""
    outbox = filled(b"small\n", b"x" * 100, join=64)
    assert bytes(outbox.front()) == b"small\n"
    outbox.sent(6)
    assert bytes(outbox.front()) == b"x" * 100


@given(PIECES, st.integers(1, 50), st.lists(st.integers(0, 60), max_size=40))
def test_whatever_the_wire_takes_the_bytes_are_those_that_were_added(
    pieces: list[bytes], join: int, takes: list[int]
) -> None:
    """In order, each once; and the size is what is left."""
    outbox = filled(*pieces, join=join)
    whole = b"".join(pieces)
    out = b""
    for take in takes:
        taken = bytes(outbox.front())[:take]
        out += taken
        outbox.sent(len(taken))
        assert outbox.size == len(whole) - len(out)
        again = bytes(outbox.front())
        assert whole[len(out) :].startswith(again)
        assert again or len(out) == len(whole)
    assert out + drained(outbox) == whole


def test_abandoning_keeps_the_line_that_is_half_sent() -> None:
    """So that the goodbye behind it is a line of its own."""
    outbox = filled(b"x" * KEPT_WHOLE + b"yz\n" + b"dropped\n", b"dropped too\n", join=1 << 20)
    outbox.sent(3)
    outbox.abandon()
    outbox.add(b"goodbye\n")
    assert drained(outbox) == b"x" * (KEPT_WHOLE - 3) + b"yz\ngoodbye\n"


def test_abandoning_a_short_outbox_keeps_it() -> None:
    """A wire may hold all of it half sent already."""
    outbox = filled(b"one\n", b"two\n")
    outbox.sent(1)
    outbox.abandon()
    assert drained(outbox) == b"ne\ntwo\n"


LINE = st.integers(1, 9000).map(lambda size: b"x" * (size - 1) + b"\n")


@given(st.lists(st.lists(LINE, min_size=1, max_size=4), max_size=6), st.integers(0, 20_000))
def test_what_is_left_after_abandoning_is_the_beginning_and_whole_lines(
    pieces: list[list[bytes]], position: int
) -> None:
    """At least what a wire may have half sent, and never much more than one line beyond it."""
    outbox = filled(*(b"".join(lines) for lines in pieces))
    whole = b"".join(b"".join(lines) for lines in pieces)
    position = min(position, len(whole))
    left = position
    while left:
        step = min(left, len(bytes(outbox.front())))
        outbox.sent(step)
        left -= step
    outbox.abandon()
    kept = drained(outbox)
    rest = whole[position:]
    assert rest.startswith(kept)
    assert len(kept) >= min(len(rest), KEPT_WHOLE)
    assert len(kept) <= KEPT_WHOLE + 9000
    assert not kept or kept.endswith(b"\n")


def test_clearing_leaves_nothing() -> None:
    """A broken wire gets no more."""
    outbox = filled(b"one\n", b"two\n")
    outbox.sent(2)
    outbox.clear()
    assert outbox.size == 0
    assert bytes(outbox.front()) == b""
    outbox.add(b"new\n")
    assert drained(outbox) == b"new\n"


@pytest.mark.parametrize("join", [1, 5, 1 << 20])
def test_the_size_counts_what_waits(join: int) -> None:
    """It is what decides whether a client is too slow."""
    outbox = filled(b"12345", b"678", join=join)
    assert outbox.size == 8
    outbox.sent(2)
    assert outbox.size == 6
