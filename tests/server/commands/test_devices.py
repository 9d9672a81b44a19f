"""What a device is called in the list of one's own: what its client says of itself in hello."""

from collections.abc import Callable

import pytest

from chat.ids import new_token
from chat.protocol.accounts import AddDevice, Devices, Register
from chat.protocol.replies import HelloResult
from chat.protocol.requests import Hello
from chat.server.state.session import Session
from tests.support.hub import Hub, hello_fields
from tests.support.passwords import GOOD

TOKEN = "a" * 64
LAPTOP, PHONE = "chat-tui 0.1.0 on laptop", "chat-tui 0.1.0 on phone"


def greeted(hub: Hub, client: str, token: str = TOKEN, **fields: object) -> Session:
    """A session of a hello by a client of this name."""
    session = hub.connect()
    reply = hub.ask(session, Hello, **hello_fields("ann", token), client=client, **fields)
    assert isinstance(reply, HelloResult), reply
    hub.forget(session)
    return session


def names(hub: Hub, session: Session) -> list[str]:
    """What one's devices are called, as the store has them too."""
    listed = {each.device: each.client for each in hub.ask(session, Devices).devices}
    assert listed == {each.id: each.client for each in hub.store.load().devices if each.user == session.user}
    return sorted(listed.values())


def by_code(hub: Hub, ann: Session) -> Session:
    """A second device that came with a code of the first."""
    return greeted(hub, PHONE, new_token(), new=True, code=hub.ask(ann, AddDevice).code)


def by_password(hub: Hub, ann: Session) -> Session:
    """A second device that came with the password."""
    hub.ask(ann, Register, password=GOOD)
    return greeted(hub, PHONE, new_token(), new=True, password=GOOD)


def test_the_first_device_is_named_at_once() -> None:
    """With what its client said when it came."""
    hub = Hub()
    assert names(hub, greeted(hub, LAPTOP, new=True)) == [LAPTOP]


@pytest.mark.parametrize("come", [by_code, by_password])
def test_a_further_device_is_named_at_once(come: Callable[[Hub, Session], Session]) -> None:
    """Whichever way it came; each has its own name."""
    hub = Hub()
    ann = greeted(hub, LAPTOP, new=True)
    assert names(hub, come(hub, ann)) == [LAPTOP, PHONE]


def test_another_name_is_noted_at_once_and_the_same_one_is_not() -> None:
    """Within the hour too; a client that says nothing changes nothing."""
    hub = Hub()
    greeted(hub, LAPTOP, new=True)
    assert names(hub, greeted(hub, PHONE)) == [PHONE]
    batch = hub.store.last_batch()
    for client in (PHONE, ""):
        assert names(hub, greeted(hub, client)) == [PHONE]
    assert hub.store.last_batch() == batch


def test_a_name_cannot_touch_the_terminal_it_is_shown_on() -> None:
    """It is one line, clean, and the same one again is no other name."""
    hub = Hub()
    assert names(hub, greeted(hub, " a\x1b[2J\nb\u202e ", new=True)) == ["a\ufffd[2J b"]
    batch = hub.store.last_batch()
    greeted(hub, " a\x1b[2J\nb\u202e ")
    assert hub.store.last_batch() == batch
