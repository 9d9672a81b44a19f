"""What tests of the client share about its being started."""

from collections.abc import Callable, Iterator

from chat.client.client import ChatClient
from tests.support.recorder import Recorder

Connect = Callable[..., tuple[ChatClient, Recorder]]


def no_pauses() -> Iterator[float]:
    """Try again at once."""
    while True:
        yield 0.0
