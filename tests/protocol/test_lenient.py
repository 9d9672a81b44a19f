"""Words of newer servers: a client judges them by what stands beside them."""

import msgspec
import pytest

from chat.protocol.codec import BadLine
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.connection import Connection
from chat.protocol.events import Goodbye
from chat.protocol.lenient import newer_frame
from chat.protocol.replies import Error
from chat.protocol.states import LinkState, Role


def line(**fields: object) -> bytes:
    """A line with these fields."""
    return msgspec.json.encode(fields)


@pytest.mark.parametrize(
    ("retryable", "code"), [(True, ErrorCode.OVERLOADED), (False, ErrorCode.INTERNAL_ERROR)]
)
def test_an_error_of_an_unknown_code_is_judged_by_retryable(retryable: bool, code: ErrorCode) -> None:
    """Sentence, field and wait stay; the code becomes one that is treated the same."""
    newer = newer_frame(
        line(
            type="error",
            id="7",
            code="moon_phase",
            message="Wait for the moon.",
            retryable=retryable,
            retry_after_ms=50,
            field="moon",
        )
    )
    assert newer == Error(
        id="7", code=code, message="Wait for the moon.", retryable=retryable, retry_after_ms=50, field="moon"
    )


@pytest.mark.parametrize("reconnect", [True, False])
def test_a_goodbye_of_an_unknown_reason_is_judged_by_reconnect(reconnect: bool) -> None:
    """The server's sentence and its wait stay."""
    fields = {"message": "Dark.", "reconnect": reconnect, "retry_after_ms": 50}
    newer = newer_frame(line(type="goodbye", reason="eclipse", **fields))
    assert newer == Goodbye(
        reason=CloseReason.INTERNAL_ERROR, message="Dark.", reconnect=reconnect, retry_after_ms=50
    )


@pytest.mark.parametrize(
    "other",
    [line(type="user_banned", user="u1"), line(type="error"), line(type="goodbye"), b"{", b"\xff", b"[]"],
)
def test_everything_else_is_no_newer_frame(other: bytes) -> None:
    """An unknown event is for the caller to pass over; garbage stays garbage."""
    assert newer_frame(other) is None


def test_a_client_takes_newer_words_and_a_server_does_not() -> None:
    """Only clients meet newer servers; a server's requests have no such words."""
    error = line(type="error", id="1", code="moon_phase", message="Wait.")
    client = Connection(Role.CLIENT, 1000, 1000)
    client.state = LinkState.OPEN
    assert isinstance(client.accept(error), Error)
    server = Connection(Role.SERVER, 1000, 1000)
    server.state = LinkState.OPEN
    with pytest.raises(BadLine):
        server.accept(error)
