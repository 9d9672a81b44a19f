"""What somebody gets who speaks HTTP to the chat's port."""

import pytest

from chat.server.net.http_page import http_page, looks_like_http


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1", b"POST /index.html?x=1 HTTP/1.0", b"OPTIONS * HTTP/2", b"CONNECT a:443 HTTP/1.1"],
)
def test_a_request_line_is_known(line: bytes) -> None:
    """Any method, any version."""
    assert looks_like_http(line)


@pytest.mark.parametrize(
    "line",
    [b"", b"GET", b"GET /", b"get / http/1.1", b'{"type":"hello"}', b"HELLO THERE EVERYBODY", b"GET / HTTP/"],
)
def test_other_lines_are_not(line: bytes) -> None:
    """They get the named error of a bad line."""
    assert not looks_like_http(line)


def test_the_page_says_how_to_join() -> None:
    """It is a whole response, of the length it says."""
    head, _, body = http_page("chat-tui example.org").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head.splitlines()
    assert b"chat-tui example.org" in body
