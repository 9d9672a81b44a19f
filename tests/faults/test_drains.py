"""Rule 15 on real server processes: a stop answers, says goodbye, ends in time and loses nothing."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.events import Goodbye
from chat.protocol.replies import Error, HistoryResult, SendResult
from chat.protocol.requests import History, Ping, Send
from tests.support.account import account_of
from tests.support.people import People, Person
from tests.support.server import ServerProcess
from tests.support.stalling_server import reached_file, stall_file
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

SENDERS = 3
MESSAGES = 250


class Talker:
    """Somebody with many sends under way.

    Attributes:
        acknowledged: the numbers of the texts that were stored, as far as was told.
        refused: how many of the texts after those were refused.
        goodbye: the server's last words.
    """

    def __init__(self, person: Person, nick: str) -> None:
        self.person = person
        self.sends = [
            person.make(Send, target="#general", text=f"{nick} {number}") for number in range(MESSAGES)
        ]
        self.texts = [send.text for send in self.sends]
        self.acknowledged: dict[str, int] = {}
        self.refused = 0
        self.goodbye: Goodbye | None = None

    def say_all(self) -> None:
        """Say everything in one go, waiting for nothing."""
        self.person.link.send_bytes(b"".join(msgspec.json.encode(send) + b"\n" for send in self.sends))

    def hear_the_end(self) -> None:
        """Read to the goodbye: answers come in order, and no yes behind a no."""
        while not isinstance(frame := self.person.link.read(), Goodbye):
            if isinstance(frame, SendResult):
                assert not self.refused
                assert frame.text == self.texts[len(self.acknowledged)]
                self.acknowledged[frame.text] = frame.number
            elif isinstance(frame, Error):
                assert frame.code in {ErrorCode.STOPPING, ErrorCode.OUT_OF_ORDER}
                assert frame.retryable
                self.refused += 1
        self.goodbye = frame

    def repeat(self, person: Person) -> None:
        """Say everything again under the same ids; what was acknowledged gets its first answer."""
        for send in self.sends:
            person.link.send(send)
        for send in self.sends:
            reply = person.link.reply_to(send.id)
            assert isinstance(reply, SendResult), reply
            assert self.acknowledged.setdefault(send.text, reply.number) == reply.number


def _log(person: Person) -> list[AnyEntry]:
    entries: list[AnyEntry] = []
    while True:
        after = entries[-1].number if entries else 0
        page = person.get(HistoryResult, History, target="#general", after=after)
        entries.extend(page.entries)
        if entries[-1].number == page.last:
            return entries


def test_sigterm_under_load_answers_everything_and_loses_nothing(tmp_path: Path) -> None:
    """Yes, no, or found by a retry; goodbye with the advice to come back; code 0; each message once."""
    nicks = [f"n{number}" for number in range(SENDERS)]
    with ServerProcess(tmp_path / "data") as server, ExitStack() as links:
        people = links.enter_context(People(server.address))
        reader = people.come("reader")
        talkers = [Talker(people.come(nick), nick) for nick in nicks]
        for talker in talkers:
            talker.say_all()
        reader.link.wait_for(Message)
        began = time.monotonic()
        server.tell(signal.SIGTERM)
        for talker in talkers:
            talker.hear_the_end()
            assert talker.goodbye is not None
            assert (talker.goodbye.reason, talker.goodbye.reconnect) == (CloseReason.STOPPING, True)
        assert server.wait() == 0
        assert time.monotonic() - began < 10
        assert any(len(talker.acknowledged) < MESSAGES for talker in talkers), "it stopped too late to matter"

        server.start()
        again = links.enter_context(People(server.address))
        for nick, talker in zip(nicks, talkers, strict=True):
            talker.repeat(again.come(nick, talker.person.token))
        log = _log(again.come("reader", reader.token))
    acknowledged = {text: number for talker in talkers for text, number in talker.acknowledged.items()}
    account = account_of(
        {nick: talker.texts for nick, talker in zip(nicks, talkers, strict=True)}, acknowledged, log
    )
    assert account.clean, account
    assert account.ok == SENDERS * MESSAGES


@contextmanager
def _held_up(tmp_path: Path, *options: str) -> Iterator[tuple[ServerProcess, Person]]:
    """A server that was told to stop while its disk stands still, and Ann, who waits for an answer."""
    data = tmp_path / "data"
    with (
        ServerProcess(data, *options, program="tests.support.stalling_server") as server,
        People(server.address) as people,
    ):
        ann, ben = people.come("ann"), people.come("ben")
        stall_file(data).touch()
        ann.say(Send, target="#general", text="under way")
        wait_until(reached_file(data).exists, what="the commit to hang")
        server.tell(signal.SIGTERM)
        wait_until(lambda: isinstance(ben.ask(Ping), Error), what="the stop to begin")
        yield server, ann


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """Whatever it waits for."""
    with _held_up(tmp_path) as (server, ann):
        began = time.monotonic()
        server.tell(signal.SIGTERM)
        assert server.wait() == 130
        assert time.monotonic() - began < 2
        assert not any(isinstance(frame, Goodbye) for frame in ann.link.frames)


def test_a_disk_that_stalls_holds_up_no_stop(tmp_path: Path) -> None:
    """Who waits for an answer gets a goodbye instead; the exit code tells that not all was well."""
    with _held_up(tmp_path, "--patience", "0.2") as (server, ann):
        goodbye = ann.link.goodbye()
        assert (goodbye.reason, goodbye.reconnect) == (CloseReason.STOPPING, True)
        assert not any(isinstance(frame, SendResult | Error) for frame in ann.link.frames)
        assert server.wait(10) == 70


@pytest.mark.soak
def test_a_stop_on_a_disk_that_stalls_takes_less_than_ten_seconds(tmp_path: Path) -> None:
    """With the times as they are."""
    with _held_up(tmp_path) as (server, _):
        began = time.monotonic()
        assert server.wait(20) == 70
        assert time.monotonic() - began < 10
