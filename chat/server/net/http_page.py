"""What a web browser gets that was pointed at the chat's port: a short page that says how to join.

Bytes in, bytes out.
"""

import re

_REQUEST_LINE = re.compile(rb"[A-Z]{1,16} \S{1,4096} HTTP/[0-9.]{1,4}")

_PAGE = """\
This is a chat server, not a web site.

Join it from a terminal:

    {command}
"""


def looks_like_http(line: bytes) -> bool:
    """Return whether a link's first line is that of an HTTP request."""
    return _REQUEST_LINE.fullmatch(line) is not None


def http_page(command: str) -> bytes:
    """Return the whole response; `command` is what to type to join."""
    body = _PAGE.format(command=command).encode()
    head = (
        "HTTP/1.1 400 Bad Request\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n"
        "\r\n"
    )
    return head.encode() + body
