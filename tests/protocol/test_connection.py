"""One side of a link as a core without a socket: what comes in as bytes and what may be said when."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import BadLine, Frame, encode
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.connection import Connection
from chat.protocol.entries import AnyEntry
from chat.protocol.events import AnyEvent, Goodbye
from chat.protocol.framing import FramingError
from chat.protocol.replies import AnyReply, HelloResult, PingResult, QuitResult
from chat.protocol.requests import AnyRequest, Hello, Join, Ping, Quit, Send
from chat.protocol.states import FROM_CLIENT, FrameKind, LinkState, Role, kind_of, next_state
from tests.support.frames import (
    EVERY_ENTRY,
    EVERY_EVENT,
    EVERY_REPLY,
    EVERY_REQUEST,
    SEND_ID,
    TOKEN,
    WHEN,
    message,
    user,
    welcome,
)
from tests.support.pair import LINE_BYTES, Pair

EVERY_FRAME: tuple[Frame, ...] = (*EVERY_REQUEST, *EVERY_REPLY, *EVERY_EVENT)
HELLO = Hello(id="1", version_min=1, version_max=1, nick="ann", token=TOKEN)
HELLO_RESULT = HelloResult(id="1", version=1, user=user("ann"), device="d1")

frames = st.sampled_from(EVERY_FRAME)
states = st.sampled_from(LinkState)


def at(state: LinkState, role: Role) -> Connection:
    """A core that has come as far as `state`."""
    connection = Connection(role, LINE_BYTES, LINE_BYTES)
    connection.state = state
    return connection


def greeted() -> Pair:
    """A joined pair after welcome and hello."""
    pair = Pair()
    pair.tell(welcome())
    pair.arrive_at_client()
    pair.ask(HELLO)
    pair.arrive_at_server()
    pair.tell(HELLO_RESULT)
    pair.arrive_at_client()
    return pair


@pytest.mark.parametrize(
    ("samples", "union"),
    [
        (EVERY_REQUEST, AnyRequest),
        (EVERY_REPLY, AnyReply),
        (EVERY_ENTRY, AnyEntry),
        (EVERY_EVENT, AnyEvent),
    ],
)
def test_the_samples_show_every_frame_of_the_protocol(samples: tuple[Frame, ...], union: object) -> None:
    """What the properties below say of all frames is said of all there are."""
    assert {type(sample) for sample in samples} == set(get_args(union))


@given(state=states, frame=frames)
def test_a_frame_is_emitted_and_accepted_in_the_same_states(state: LinkState, frame: Frame) -> None:
    """Both sides judge by one table: what one may say, the other takes, and both move alike."""
    expected = next_state(state, kind_of(frame))
    speaker, hearer = (
        (Role.CLIENT, Role.SERVER) if kind_of(frame) in FROM_CLIENT else (Role.SERVER, Role.CLIENT)
    )
    saying, hearing = at(state, speaker), at(state, hearer)
    if expected is None:
        with pytest.raises(BadLine) as refusal:
            saying.emit(frame)
        assert refusal.value.code is ErrorCode.NOT_ALLOWED_NOW
        with pytest.raises(BadLine) as refusal:
            hearing.accept(encode(frame).rstrip())
        assert refusal.value.code is ErrorCode.NOT_ALLOWED_NOW
        expected = state
    else:
        assert hearing.receive_data(saying.emit(frame)) == [frame]
    assert (saying.state, hearing.state) == (expected, expected)


@given(state=states, frame=frames)
def test_no_side_says_what_only_the_other_says(state: LinkState, frame: Frame) -> None:
    """A client that would send an event, or a server a request, is a fault of this program."""
    other = Role.SERVER if kind_of(frame) in FROM_CLIENT else Role.CLIENT
    with pytest.raises(ValueError, match="never says"):
        at(state, other).emit(frame)


@given(frame=frames)
def test_nothing_is_said_on_a_closed_link(frame: Frame) -> None:
    """Closed is the end: no frame is allowed there."""
    assert next_state(LinkState.CLOSED, kind_of(frame)) is None


@given(state=states)
def test_a_server_can_say_goodbye_until_the_link_is_closed(state: LinkState) -> None:
    """Wherever a link stands, the server can end it with a reason."""
    after = next_state(state, FrameKind.GOODBYE)
    assert after is (None if state is LinkState.CLOSED else LinkState.CLOSED)


@given(
    said=st.lists(st.sampled_from(EVERY_REQUEST), max_size=8),
    piece=st.integers(1, 40),
)
def test_a_joined_pair_never_disagrees_about_requests(said: list[AnyRequest], piece: int) -> None:
    """What the client was allowed to say arrives, in order and in any pieces, and both stand in one state."""
    pair = greeted()
    sent = []
    for frame in said:
        try:
            pair.ask(frame)
        except BadLine:
            continue
        sent.append(frame)
    assert pair.arrive_at_server(piece) == sent
    assert pair.client.state is pair.server.state


def test_a_link_goes_from_welcome_to_goodbye() -> None:
    """The usual life of a link passes every state once."""
    pair = Pair()
    passed = [pair.client.state]
    pair.tell(welcome())
    pair.arrive_at_client()
    passed.append(pair.client.state)
    pair.ask(HELLO)
    pair.arrive_at_server()
    pair.tell(HELLO_RESULT)
    pair.arrive_at_client()
    passed.append(pair.client.state)
    pair.ask(Quit(id="2"))
    pair.arrive_at_server()
    passed.append(pair.client.state)
    pair.tell(message(1))
    pair.tell(QuitResult(id="2"))
    pair.tell(Goodbye(reason=CloseReason.QUIT, message="bye", reconnect=False))
    assert len(pair.arrive_at_client()) == 3
    passed.append(pair.client.state)
    assert passed == list(LinkState)


def test_before_hello_only_hello_ping_and_quit_are_allowed() -> None:
    """Everything else is refused with what to do first, under the request's own id."""
    server = at(LinkState.GREETING, Role.SERVER)
    with pytest.raises(BadLine, match="hello first") as refusal:
        server.accept(encode(Join(id="j1", send_id=SEND_ID, target="#x")).rstrip())
    assert refusal.value.request_id == "j1"
    assert not refusal.value.framing
    assert server.accept(encode(Ping(id="p1")).rstrip()) == Ping(id="p1")


def test_hello_is_said_once() -> None:
    """A second hello on an open link is refused and changes nothing."""
    pair = greeted()
    with pytest.raises(BadLine, match="already"):
        pair.server.accept(encode(HELLO).rstrip())
    assert pair.server.state is LinkState.OPEN


def test_a_bad_line_stands_in_its_place_among_good_ones() -> None:
    """A line that is no frame costs only itself."""
    server = at(LinkState.OPEN, Role.SERVER)
    found = server.receive_data(
        b'{"type":"ping","id":"1"}\n{"type":"dance","id":"2"}\n{"type":"ping","id":"3"}\n'
    )
    assert [type(each) for each in found] == [Ping, BadLine, Ping]
    bad = found[1]
    assert isinstance(bad, BadLine)
    assert (bad.code, bad.request_id) == (ErrorCode.UNKNOWN_REQUEST, "2")


def test_three_framing_faults_are_one_too_many() -> None:
    """Lines that are no objects of JSON, too long or not UTF-8 are counted; other faults are not."""
    server = Connection(Role.SERVER, 64, LINE_BYTES)
    server.state = LinkState.OPEN
    server.receive_data(b'not json\n{"type":"ping"}\n\xff\xfe\n')
    assert (server.framing_faults, server.hopeless) == (2, False)
    server.receive_data(b"x" * 100)
    assert (server.framing_faults, server.hopeless) == (3, True)


def test_the_parts_can_be_used_on_their_own() -> None:
    """One thread cuts the lines, another accepts them, and a dropped line keeps its reason."""
    server = Connection(Role.SERVER, 32, LINE_BYTES)
    server.state = LinkState.OPEN
    lines = server.splitter.feed(b'{"type":"ping","id":"1"}\n' + b"y" * 40 + b"\n")
    assert server.accept(lines[0]) == Ping(id="1")
    assert lines[1] == FramingError(ErrorCode.LINE_TOO_LONG)
    with pytest.raises(BadLine) as refusal:
        server.accept(lines[1])
    assert (refusal.value.code, refusal.value.framing) == (ErrorCode.LINE_TOO_LONG, True)


def test_a_line_that_the_other_side_would_not_take_is_not_sent() -> None:
    """The sender hears of it under the request's id, and the link stays as it was."""
    client = Connection(Role.CLIENT, LINE_BYTES, 200)
    client.state = LinkState.OPEN
    with pytest.raises(BadLine, match="may have 200") as refusal:
        client.emit(Send(id="s1", send_id=SEND_ID, target="#x", text="a" * 300))
    assert (refusal.value.code, refusal.value.request_id) == (ErrorCode.LINE_TOO_LONG, "s1")
    assert client.state is LinkState.OPEN
    assert client.emit(Ping(id="p"))


def test_a_line_may_be_exactly_as_long_as_the_limit() -> None:
    """The limit counts the LF, on both sides alike."""
    frame = PingResult(id="1", time=WHEN)
    length = len(encode(frame))
    server = Connection(Role.SERVER, LINE_BYTES, length)
    server.state = LinkState.OPEN
    client = Connection(Role.CLIENT, length, LINE_BYTES)
    client.state = LinkState.OPEN
    assert client.receive_data(server.emit(frame)) == [frame]

    shorter = Connection(Role.CLIENT, length - 1, LINE_BYTES)
    shorter.state = LinkState.OPEN
    refused = shorter.receive_data(encode(frame))
    assert [type(each) for each in refused] == [BadLine]
