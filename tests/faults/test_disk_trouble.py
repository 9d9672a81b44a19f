"""P8 with a real database under a real server: trouble is told, reading goes on, it heals by itself."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chat.deadline import Deadline
from chat.protocol.codes import ERRORS, ErrorCode
from chat.protocol.entries import Message
from chat.protocol.replies import Error, HistoryResult, MembersResult, SendResult
from chat.protocol.requests import History, Members, Send, SetTopic
from chat.server.state.journal.queue import TOO_OLD
from tests.support.clock import HastyClock
from tests.support.disks import (
    Trouble,
    full_disk,
    locked_by_another_process,
    read_only_database,
    small_disk,
)
from tests.support.faulty_store import Fault, FaultyStore
from tests.support.opened_store import OpenedStore, fail_with
from tests.support.people import People, Person
from tests.support.server import RunningServer, ServerProcess, running_server

BIG = "x" * 4000
"""Too long for a page of the database."""
TOLD_WITHIN = 2.0


class House:
    """A server on a real database, and Ann and Ben on it.

    Attributes:
        store: the database, with its connections in the test's hands.
        faulty: stands around it.
    """

    def __init__(self, folder: Path, resources: ExitStack) -> None:
        self.folder = folder
        self.clock = HastyClock()
        self.store = OpenedStore(folder)
        self.faulty = FaultyStore(self.store.store)
        self.server: RunningServer = resources.enter_context(
            running_server(store=lambda: self.faulty, clock=self.clock)
        )
        self.people = resources.enter_context(People(self.server.address))
        self.ann, self.ben = self.people.come("ann"), self.people.come("ben")
        self.ann.get(SendResult, Send, target="#general", text="before")
        self.ben.news()

    def reading_goes_on(self) -> None:
        """History, members, and a device that dials again: none of them waits for a write."""
        _texts(self.ben)
        self.ben.get(MembersResult, Members, target="#general")
        self.ben = self.people.come("ben", self.ben.token)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house on a healthy disk, left clean."""
    with ExitStack() as resources:
        yield House(tmp_path / "data", resources)


def _texts(person: Person) -> list[str]:
    entries = person.get(HistoryResult, History, target="#general").entries
    return [entry.text for entry in entries if isinstance(entry, Message)]


@pytest.mark.parametrize("trouble", [full_disk, read_only_database, locked_by_another_process])
def test_changes_are_refused_until_the_disk_is_well_again(house: House, trouble: Trouble) -> None:
    """Within two seconds, with a wait, stored nowhere and shown to nobody; then the same again is stored."""
    request = house.ann.make(Send, target="#general", text=BIG)
    with trouble(house.store):
        began = time.monotonic()
        house.ann.link.send(request)
        house.reading_goes_on()
        refused = house.ann.link.reply_to(request.id)
        assert time.monotonic() - began < TOLD_WITHIN
        assert isinstance(refused, Error)
        assert (refused.code, refused.retryable) == (ErrorCode.STORAGE_TROUBLE, True)
        assert refused.message == ERRORS[ErrorCode.STORAGE_TROUBLE].meaning
        assert refused.retry_after_ms
        assert _texts(house.ben) == ["before"]
        assert house.ben.news() == []
    first = house.ann.link.ask(request)
    again = house.ann.link.ask(request)
    assert isinstance(first, SendResult), first
    assert isinstance(again, SendResult)
    assert again.number == first.number
    assert house.ben.numbers(first.conversation) == [first.number]
    assert _texts(house.ben) == ["before", BIG]


@pytest.mark.e2e
def test_a_disk_that_is_really_full_is_told_and_healed(tmp_path: Path) -> None:
    """A small disk of its own, filled by another program; the server is a process of its own."""
    with small_disk(tmp_path / "disk", 2048) as mounted:
        if not mounted:
            pytest.skip("mounting a small disk is not allowed here")
        filler = tmp_path / "disk" / "filler"
        with ServerProcess(tmp_path / "disk" / "data") as server, People(server.address) as people:
            ann, ben = people.come("ann"), people.come("ben")
            _fill(filler)
            stored = 0
            while isinstance(reply := ann.ask(Send, target="#general", text=BIG), SendResult):
                stored += 1  # pages that the database had already
            assert isinstance(reply, Error)
            assert reply.code is ErrorCode.STORAGE_TROUBLE, reply
            assert _texts(ben) == [BIG] * stored
            filler.unlink()
            ann.link.sync()
            ann.get(SendResult, Send, target="#general", text="room again")
            assert _texts(ben)[-1] == "room again"


def _fill(file: Path) -> None:
    """Write until nothing goes any more."""
    with file.open("wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def test_after_a_failed_flush_only_a_restart_helps(house: House) -> None:
    """The server says so, reads, and stores the repeated message once when it is started again."""
    request = house.ann.make(Send, target="#general", text="flushed?")
    house.store.journal.before_commit = fail_with("SQLITE_IOERR_FSYNC", sqlite3.SQLITE_IOERR_FSYNC)
    for _ in range(2):
        refused = house.ann.link.ask(request)
        assert isinstance(refused, Error)
        assert (refused.code, refused.retryable) == (ErrorCode.READ_ONLY, True)
        assert "restart" in refused.message
        house.store.journal.before_commit = lambda: None  # the disk is well again, but who knows
    house.reading_goes_on()
    assert _texts(house.ben) == ["before"]
    house.server.stop()
    with ExitStack() as resources:
        store = OpenedStore(house.folder).store
        server = resources.enter_context(running_server(store=lambda: store))
        people = resources.enter_context(People(server.address))
        ann = people.come("ann", house.ann.token)
        numbers = {ann.link.ask(request).number for _ in range(2)}  # type: ignore[union-attr]
        assert len(numbers) == 1
        assert _texts(ann) == ["before", "flushed?"]


def test_a_disk_that_stalls_stops_no_reader_and_no_history(house: House) -> None:
    """What waits is refused after two seconds; what is inside the commit is answered by the commit alone."""
    late = house.ben.make(Send, target="#general", text="too late")
    with house.faulty.held() as commit:
        begun = house.ann.say(Send, target="#general", text="inside")
        assert commit.reached.wait(5)
        house.ben.link.send(late)
        cleo = house.people.link()
        house.clock.advance(TOO_OLD + 0.1)
        refused = house.ben.link.reply_to(late.id)
        assert isinstance(refused, Error)
        assert (refused.code, refused.retryable) == (ErrorCode.OVERLOADED, True)
        house.reading_goes_on()
        assert _texts(house.ben) == ["before"]
        cleo.barrier()
    assert isinstance(house.ann.link.reply_to(begun), SendResult)
    assert isinstance(house.ben.link.ask(late), SendResult)
    assert _texts(house.ann) == ["before", "inside", "too late"]


def test_what_was_stored_though_it_failed_is_shown_without_another_request(house: House) -> None:
    """The server looks after its store by itself, so nothing that is stored stays unseen."""
    house.faulty.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    assert house.ann.refused(Send, target="#general", text="stored").code is ErrorCode.STORAGE_TROUBLE
    assert house.ben.news() == []
    house.clock.advance(5)
    assert house.ben.link.wait_for(Message).text == "stored"


@pytest.mark.soak
@pytest.mark.timeout(120)
def test_a_minute_of_a_stalled_disk_stops_no_reader(house: House) -> None:
    """With the times as they are: changes are refused, history is given, and the end of it heals all."""
    with house.faulty.held(patience=90) as commit:
        begun = house.ann.say(Send, target="#general", text="inside")
        assert commit.reached.wait(5)
        over = Deadline(60)
        while not over.expired:
            began = time.monotonic()
            assert house.ben.refused(SetTopic, target="#general", topic="x").code is ErrorCode.OVERLOADED
            assert time.monotonic() - began < TOO_OLD + 1
            house.reading_goes_on()
            house.ann.link.send_bytes(b"\n")
    assert isinstance(house.ann.link.reply_to(begun), SendResult)
