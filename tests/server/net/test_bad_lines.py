"""P9 over real sockets: what is no request gets a named error, and costs nobody else anything."""

import random
import socket
import threading
from collections.abc import Iterator

import pytest

from chat.protocol.codec import encode
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.events import Goodbye, Welcome
from chat.protocol.replies import Error, HelloResult, PingResult
from chat.protocol.requests import Hello, Ping
from tests.support.frames import LIMITS
from tests.support.net_service import Served, serving
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient


@pytest.fixture
def served() -> Iterator[Served]:
    """A running service."""
    with serving() as served:
        yield served


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"x" * 70_000, ErrorCode.LINE_TOO_LONG),
        (b'{"type":"ping","id":"\xff"}', ErrorCode.INVALID_UTF8),
        (b'{"a":' * 17 + b"1" + b"}" * 17, ErrorCode.NESTED_TOO_DEEP),
        (b"hello?", ErrorCode.INVALID_JSON),
        (b"[1, 2]", ErrorCode.INVALID_JSON),
        (b'{"type":"ping","id":NaN}', ErrorCode.INVALID_JSON),
        (b'{"type":"ping"}', ErrorCode.INVALID_REQUEST),
        (b'{"type":"ping","id":7}', ErrorCode.INVALID_REQUEST),
        (b'{"type":"launch","id":"x"}', ErrorCode.UNKNOWN_REQUEST),
    ],
)
def test_a_bad_line_is_named_and_the_next_one_runs(served: Served, line: bytes, code: ErrorCode) -> None:
    """The link lives on."""
    with served.member("ann") as ann:
        ann.send_line(line)
        assert ann.expect(Error).code is code
        ann.barrier()


def test_an_endless_line_is_answered_once_and_held_nowhere(served: Served) -> None:
    """Its bytes are dropped as they come."""
    with served.member("ann") as ann:
        for _ in range(64):
            ann.send_bytes(b"x" * 65536)
        assert ann.expect(Error).code is ErrorCode.LINE_TOO_LONG
        ann.send_line(b"")
        ann.barrier()
        assert isinstance(ann.frames[-1], PingResult)
        assert sum(isinstance(frame, Error) for frame in ann.frames) == 1


def test_three_lines_that_are_no_frames_end_the_link(served: Served) -> None:
    """All three are answered, and the goodbye says why."""
    with served.member("ann") as ann:
        for _ in range(2):
            ann.send_line(b"what?")
            assert ann.expect(Error).code is ErrorCode.INVALID_JSON
            ann.barrier()
        ann.send_line(b"what?")
        goodbye = ann.goodbye()
        assert goodbye.reason is CloseReason.BAD_FRAMING
        assert not goodbye.reconnect
        assert sum(isinstance(frame, Error) for frame in ann.frames) == 3


def test_nothing_behind_the_third_is_run(served: Served) -> None:
    """Whoever speaks something else is not listened to."""
    with served.member("ann") as ann:
        before = served.commands.count(Ping)
        ann.send_bytes(b"what?\n" * 3 + encode(Ping(id="late")) * 3)
        ann.goodbye()
        assert served.commands.count(Ping) == before


def test_requests_of_unknown_type_never_end_a_link(served: Served) -> None:
    """They are frames; this server is too old for them."""
    with served.member("ann") as ann:
        for n in range(50):
            ann.send_line(b'{"type":"launch","id":"%d"}' % n)
            assert ann.expect(Error).code is ErrorCode.UNKNOWN_REQUEST
        ann.barrier()


def test_twenty_requests_are_enough_for_a_hello(served: Served) -> None:
    """The twentieth may be it."""
    with served.client() as client:
        for _ in range(LIMITS.requests_before_hello - 1):
            client.barrier()
        reply = client.ask(Hello(id="h", version_min=1, version_max=1, nick="n", token="0" * 64, new=True))
        assert isinstance(reply, HelloResult)
        for _ in range(LIMITS.requests_before_hello):
            client.barrier()


def test_the_next_request_before_hello_ends_the_link(served: Served) -> None:
    """With an error and a goodbye."""
    with served.client() as client:
        for _ in range(LIMITS.requests_before_hello):
            client.barrier()
        client.send(Ping(id="one too many"))
        assert client.expect(Error).code is ErrorCode.TOO_MANY_REQUESTS
        assert client.goodbye().reason is CloseReason.TOO_MANY_REQUESTS


@pytest.mark.parametrize("cut", [0, 1, 4, 20])
def test_a_browser_gets_a_page(served: Served, cut: int) -> None:
    """It says how to join; no welcome is mixed into it, however the request is cut."""
    request = b"GET /chat HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n"
    with served.client(opening=request[:cut]) as browser:
        browser.send_bytes(request[cut:])
        page = browser.read_to_end()
    assert page.startswith(b"HTTP/1.1 400 ")
    assert b"chat-tui example.org" in page


def test_who_says_nothing_is_welcomed_after_a_moment(served: Served) -> None:
    """Somebody who types by hand need not know that a client begins."""
    with served.client(opening=b"") as client:
        client.barrier()


def test_who_waits_for_the_server_is_welcomed(served: Served) -> None:
    """Nothing is sent at all."""
    with served.client(opening=b"") as client:
        client.expect(Welcome)


def test_a_capital_letter_alone_does_not_keep_the_welcome_back(served: Served) -> None:
    """It might have been HTTP; after a moment the server speaks all the same."""
    with served.client(opening=b"G") as client:
        client.expect(Welcome)
        client.send_line(b"ET lost")
        assert client.expect(Error).code is ErrorCode.INVALID_JSON


@pytest.mark.parametrize("seed", range(8))
def test_garbage_costs_nothing(served: Served, seed: int) -> None:
    """Broken bytes of many kinds, in pieces: every link ends in order and others notice nothing."""
    chance = random.Random(seed)
    with served.member("ann") as ann:
        for _ in range(12):
            with WireClient(served.address, opening=b"") as noisy:
                try:
                    for _ in range(chance.randrange(1, 6)):
                        noisy.send_bytes(garbage(chance))
                except ConnectionError:
                    pass  # cut in the middle of it, as it should be
        ann.barrier()
        wait_until(lambda: served.service.open_links == 1, what="the noisy links to end")
    assert served.deaths.empty()


def garbage(chance: random.Random) -> bytes:
    """Bytes that a client should not say."""
    hello = b'{"type":"hello","id":"h","version_min":1,"version_max":1,"nick":"x","token":"' + b"0" * 64
    line = chance.choice(
        [
            chance.randbytes(chance.randrange(2000)),
            hello + b'","new":true}',
            hello[: chance.randrange(len(hello))],
            b'{"type":"send","id":"\\ud800","send_id":"12345678","target":"#x","text":"\\u0000"}',
            b"[" * 40_000,
            b'{"id":' * 100,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\x00" * 100,
        ]
    )
    return line + chance.choice([b"\n", b"\r\n", b"", b"\n\n\n"])


def test_nobody_notices_a_client_that_only_talks(served: Served) -> None:
    """One link floods lines without reading a reply while another is served."""
    with served.member("ann") as ann, served.member("flood", receive_buffer=4096) as flood:
        stop = threading.Event()

        def talk() -> None:
            flood.socket.settimeout(0.05)
            while not stop.is_set():
                try:
                    flood.socket.sendall(b'{"type":"launch","id":"x"}\n' * 500)
                except TimeoutError:
                    continue
                except ConnectionError:
                    return

        talker = threading.Thread(target=talk)
        talker.start()
        for _ in range(50):
            ann.barrier()
        stop.set()
        talker.join()


def test_lines_of_one_client_never_mix_with_anothers(served: Served) -> None:
    """Half a line of one and half a line of another are two lines."""
    with served.client() as one, served.client() as other:
        one.send_bytes(b'{"type":"ping",')
        other.send_bytes(b'{"type":"ping",')
        one.send_bytes(b'"id":"1"}\n')
        other.send_bytes(b'"id":"2"}\n')
        assert one.wait_for(PingResult).id == "1"
        assert other.wait_for(PingResult).id == "2"


def test_a_client_that_stops_talking_still_hears_its_replies(served: Served) -> None:
    """As with `nc`, whose input ends: what it asked is answered, then comes the goodbye."""
    with served.member("ann") as ann:
        ann.send_bytes(encode(Ping(id="a")) + encode(Ping(id="b")))
        ann.socket.shutdown(socket.SHUT_WR)
        assert ann.expect(PingResult).id == "a"
        assert ann.expect(PingResult).id == "b"
        assert ann.expect(Goodbye).reason is CloseReason.QUIT
        assert ann.read_to_end() == b""
