"""The journal on its thread: waiting for the writer, stopping, dying, and many who ask at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chat.protocol.codes import ErrorCode
from chat.protocol.replies import SendResult
from chat.protocol.requests import History, Send
from chat.server.state.journal.change import Change
from chat.server.state.journal.journal import FANOUT_BACKLOG
from tests.support.hub import Answer, Hub
from tests.support.waiting import wait_until


@contextmanager
def _running(hub: Hub) -> Iterator[list[BaseException]]:
    """Let the journal work on its thread; gives what it died of."""
    deaths: list[BaseException] = []
    hub.journal.start(deaths.append)
    try:
        yield deaths
    finally:
        assert hub.journal.stop(10)


def _fill(hub: Hub) -> None:
    """Let as much wait for the writer as keeps the journal from starting a batch."""
    hub.fanout.append(hub.fanout.everyone, b"x" * FANOUT_BACKLOG)


def test_no_batch_starts_while_the_writer_is_far_behind() -> None:
    """Rule 11: changes wait in the queue, where the watchdog takes them back, until the writer made room."""
    hub = Hub()
    ann = hub.guest("ann")
    _fill(hub)
    request = hub.request(Send, target="#general", text="hello")
    with _running(hub):
        waiting = hub.give(ann, request)
        hub.fake_clock.advance(3)
        assert hub.queue.take_back() == 1
        assert waiting.reply.code is ErrorCode.OVERLOADED
        again = hub.give(ann, request)
        assert again.replies == []
        hub.write()
        wait_until(lambda: bool(again.replies))
    assert isinstance(again.reply, SendResult)


def test_nothing_is_taken_before_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal waits first and takes then: all that waits can still be taken back."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.submit(ann, Send, target="#general", text="hello")
    waiting: list[int] = []
    wait_for_room = hub.fanout.wait_for_room

    def look(limit: int, seconds: float) -> bool:
        waiting.append(hub.queue.waiting)
        return wait_for_room(limit, seconds)

    monkeypatch.setattr(hub.fanout, "wait_for_room", look)
    with _running(hub):
        wait_until(lambda: hub.queue.waiting == 0)
    assert waiting[0] == 1


def test_a_stop_decides_what_is_queued_though_the_writer_is_behind() -> None:
    """What was accepted is answered; what comes later is told that the server stops."""
    hub = Hub()
    ann = hub.guest("ann")
    _fill(hub)
    with _running(hub):
        answers = [hub.submit(ann, Send, target="#general", text=f"{number}") for number in range(20)]
    assert all(isinstance(answer.reply, SendResult) for answer in answers)
    assert hub.journal.ended
    late = hub.submit(ann, Send, target="#general", text="late")
    assert late.reply.code is ErrorCode.STOPPING


def test_a_stop_has_a_limit() -> None:
    """A store that hangs is told of, not waited for."""
    hub = Hub()
    ann = hub.guest("ann")
    with _running(hub), hub.store.held() as held:
        hub.submit(ann, Send, target="#general", text="stuck")
        wait_until(held.reached.is_set)
        assert not hub.journal.stop(0.01)
        assert not hub.journal.ended


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_death_of_the_journal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is no trouble of the store ends it: the server must stop."""
    hub = Hub()
    ann = hub.guest("ann")

    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(hub.store, "commit", broken)
    with _running(hub) as deaths:
        hub.submit(ann, Send, target="#general", text="hello")
        wait_until(lambda: hub.journal.ended)
    assert [str(death) for death in deaths] == ["a bug"]


def test_fifty_threads_that_send_one_id_at_once_get_equal_answers() -> None:
    """Promise P2: one row, fifty times the same answer."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="once")
    start = threading.Barrier(50)
    answers = [Answer(ann) for _ in range(50)]

    def send(answer: Answer) -> None:
        start.wait()
        hub.dispatcher.dispatch(ann, request, answer)

    with _running(hub):
        threads = [threading.Thread(target=send, args=(answer,)) for answer in answers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({answer.reply for answer in answers}) == 1
    assert hub.give(ann, hub.request(History, target="#general")).reply.last == 3


def test_what_waits_while_a_commit_lasts_is_one_batch() -> None:
    """No timer: a batch is whatever came meanwhile."""
    hub = Hub()
    ann = hub.guest("ann")
    before = hub.store.last_batch()
    with _running(hub), hub.store.held() as held:
        first = hub.submit(ann, Send, target="#general", text="first")
        wait_until(held.reached.is_set)
        others = [hub.submit(ann, Send, target="#general", text=f"{number}") for number in range(50)]
        held.release.set()
        wait_until(lambda: all(answer.replies for answer in others))
    assert first.replies
    assert hub.store.last_batch() == before + 2


def test_the_journal_goes_on_after_an_answer_that_breaks() -> None:
    """On its thread as by hand."""
    hub = Hub()
    ann = hub.guest("ann")

    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    with _running(hub) as deaths:
        hub.queue.put(Change(decide=broken, answer=broken))  # type: ignore[arg-type]
        said = hub.submit(ann, Send, target="#general", text="hello")
        wait_until(lambda: bool(said.replies))
    assert deaths == []
