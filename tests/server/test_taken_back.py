"""What an operator took back of somebody else is nowhere any more, and in no backup made later."""

import random
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.protocol.entries import Deleted
from chat.protocol.order import Grant, Revoke
from chat.protocol.requests import CreateChannel, Delete, Edit, History, Join, Pin, Send
from chat.server.backup.making import Origin, make_backup
from chat.server.storage import open_store
from tests.support.clock import FakeClock
from tests.support.hub import Hub
from tests.support.standing import make_admin

TEA = {"target": "#tea"}
WORDS, EDITED = (random.Random(seed).randbytes(3000).hex()[:3900] for seed in (1, 2))


class House:
    """A server on files, and #tea with Olaf, its operator, Sue, who said something, and Tim."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.folder, self.hub = folder, hub
        self.olaf, self.sue, self.tim = (hub.guest(nick) for nick in ("olaf", "sue", "tim"))
        hub.ask(self.olaf, CreateChannel, name="#tea")
        for each in (self.sue, self.tim):
            hub.ask(each, Join, **TEA)
        self.number = hub.ask(self.sue, Send, **TEA, text=WORDS).number
        hub.ask(self.sue, Edit, **TEA, message=self.number, text=EDITED)
        hub.ask(self.tim, Pin, **TEA, message=self.number)
        hub.forget(self.olaf, self.sue, self.tim)

    def backed_up(self, name: str) -> bytes:
        """Return the database of a backup that is made now, while the server runs."""
        file = self.folder / name
        make_backup(Origin(self.folder / "data", self.folder / "none"), file, FakeClock())
        with tarfile.open(file) as tar:
            content = tar.extractfile("chat.db")
            assert content
            return content.read()

    def is_in(self, content: bytes) -> bool:
        """Whether any piece of what Sue said is."""
        return any(
            text[at : at + 32].encode() in content for text in (WORDS, EDITED) for at in range(0, 3900, 32)
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Over when the test is."""
    with closing(open_store(tmp_path / "data", FakeClock())) as store:
        yield House(tmp_path, Hub(store))


@pytest.mark.parametrize("who", ["operator", "administrator"])
def test_what_was_taken_back_of_another_is_nowhere(house: House, who: str) -> None:
    """Neither in the history, the store and its files, nor in a backup that is made then."""
    hub, keeper = house.hub, house.olaf
    if who == "administrator":
        keeper = house.tim
        make_admin(hub, keeper)
    assert house.is_in(house.backed_up("before.tar")), "else this looks in the wrong place"
    number = hub.ask(keeper, Delete, **TEA, message=house.number).number
    assert not house.is_in(house.backed_up("after.tar"))
    for each in (house.olaf, house.sue, house.tim):
        (told,) = hub.events_of(each, Deleted)
        assert (told.number, told.message) == (number, house.number)
        assert not house.is_in(repr(hub.ask(each, History, **TEA)).encode())
    hub.store.checkpoint()
    assert not house.is_in(b"".join(file.read_bytes() for file in (house.folder / "data").glob("chat.db*")))
    (noted,) = hub.store.audit(limit=9)
    assert (noted.action, noted.subject, noted.detail) == ("delete", "sue", f"#tea: number {house.number}")


def test_who_is_an_operator_elsewhere_takes_back_nothing_of_others(house: House) -> None:
    """Nor who was one here, and is none any more where it is decided."""
    hub = house.hub
    hub.ask(house.tim, CreateChannel, name="#mine")
    assert hub.ask(house.tim, Delete, **TEA, message=house.number).code == "not_your_message"
    hub.ask(house.olaf, Grant, **TEA, user="@tim")
    hub.submit(house.olaf, Revoke, **TEA, user="@tim")
    late = hub.submit(house.tim, Delete, **TEA, message=house.number)
    hub.settle()
    assert late.reply.code == "not_your_message"
    assert house.is_in(repr(hub.ask(house.tim, History, **TEA)).encode())
