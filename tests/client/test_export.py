"""All that one wrote, in a file: whole or not at all, for its owner alone, and never in place of another."""

import json
import stat
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from chat.client import export as exporting
from chat.client.export import Exported, NotExported, begin_export, export
from chat.client.requester import Offline
from chat.protocol.accounts import ExportData, ExportDataResult
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import Send
from tests.support.frames import message, user
from tests.support.hub import Hub

ANN = user("ann")


class Server:
    """Answers one request after the other, and notes where each page was to begin."""

    def __init__(self, *outcomes: ExportDataResult | Exception) -> None:
        self.asked: list[object] = []
        self._outcomes = list(outcomes)

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        assert request is ExportData
        self.asked.append(fields["after"])
        future: Future[Any] = Future()
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
        return future


def page(*texts: str, after: str = "") -> ExportDataResult:
    """A page with messages, and where the next begins."""
    entries = tuple(message(number, text) for number, text in enumerate(texts, start=1))
    return ExportDataResult(id="1", user=ANN, entries=entries, next=after)


def write(server: Server, path: Path, waits: list[float] | None = None) -> Exported:
    """Export to a file; note how long it was waited."""
    waits = [] if waits is None else waits
    return export(server, path, lambda _: None, waits.append)


def texts(path: Path) -> Sequence[str]:
    """What was said, as the lines behind the first tell it."""
    return [json.loads(line)["text"] for line in path.read_text().splitlines()[1:]]


def test_all_pages_are_written_line_by_line(tmp_path: Path) -> None:
    """Who it is first; a page may be empty and not the last."""
    path = tmp_path / "mine.jsonl"
    server = Server(page("one", "two", after="7"), page(after="9"), page("three"))
    assert write(server, path) == Exported(path, 3)
    assert server.asked == ["", "7", "9"]
    assert texts(path) == ["one", "two", "three"]
    first, second, *_ = map(json.loads, path.read_text().splitlines())
    assert first["user"]["nick"] == "ann"
    assert second["type"] == "message"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """From its first byte on."""
    write(Server(page("one")), tmp_path / "mine")
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600


def test_haste_is_waited_out(tmp_path: Path) -> None:
    """The same page is asked for again; never does it wait so long that who leaves would notice."""
    hasty = Refused(ErrorCode.RATE_LIMITED, retry_after_ms=200)
    busy = Refused(ErrorCode.OVERLOADED, retry_after_ms=60_000)
    waits: list[float] = []
    server = Server(page("one", after="7"), hasty, busy, page("two"))
    assert write(server, tmp_path / "mine", waits).entries == 2
    assert (server.asked, waits) == (["", "7", "7", "7"], [0.2, 1.0])


@pytest.mark.parametrize(
    "trouble",
    [Offline("No connection."), Refused(ErrorCode.STORAGE_TROUBLE, retry_after_ms=1000)],
)
def test_what_was_broken_off_leaves_nothing(tmp_path: Path, trouble: Exception) -> None:
    """Half a file would look like all of it."""
    with pytest.raises(type(trouble)):
        write(Server(page("one", after="7"), trouble), tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Nothing is asked either."""
    path = tmp_path / "mine"
    path.write_text("precious")
    server = Server()
    with pytest.raises(
        NotExported, match=r"mine exists already and is not overwritten: name another file\.$"
    ):
        write(server, path)
    assert (path.read_text(), server.asked) == ("precious", [])


def test_a_link_that_leads_nowhere_is_no_place_either(tmp_path: Path) -> None:
    """Nobody is led to write elsewhere."""
    path = tmp_path / "mine"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotExported, match="exists already"):
        write(Server(), path)


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_came_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """On file systems without links too."""
    path = tmp_path / "mine"

    class Meanwhile(Server):
        def ask(self, request: type[Request], **fields: object) -> Future[Any]:
            path.write_text("precious")
            return super().ask(request, **fields)

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", _no_links)
    with pytest.raises(NotExported, match="exists already"):
        write(Meanwhile(page("one")), path)
    assert [path.read_text(), *tmp_path.iterdir()] == ["precious", path]


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a USB stick."""
    monkeypatch.setattr(Path, "hardlink_to", _no_links)
    path = tmp_path / "mine"
    write(Server(page("one")), path)
    assert (texts(path), list(tmp_path.iterdir())) == (["one"], [path])


@pytest.mark.parametrize("name", ["missing/mine", "no\0name", "x" * 300])
def test_a_place_that_is_none_is_told_with_its_reason(tmp_path: Path, name: str) -> None:
    """As a sentence."""
    with pytest.raises(NotExported, match=r"can't be written: .*\.$"):
        write(Server(page("one")), tmp_path / name)


def test_it_is_told_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with every page."""
    monkeypatch.setattr(exporting, "TOLD_EVERY", 3)
    told: list[int] = []
    pages = (page("a", "b", after="1"), page("c", "d", after="2"), page("e", after="3"), page("f", "g"))
    export(Server(*pages), tmp_path / "mine", told.append, lambda _: None)
    assert told == [4, 7]


def test_who_asks_does_not_wait(tmp_path: Path) -> None:
    """A thread of its own does, and ends."""
    began, threads = threading.Event(), []

    class Slow(Server):
        def ask(self, request: type[Request], **fields: object) -> Future[Any]:
            assert began.wait(5)
            threads.append(threading.current_thread())
            return super().ask(request, **fields)

    done = begin_export(Slow(page("one")), tmp_path / "mine", lambda _: None, lambda _: None)
    assert not done.done()
    began.set()
    assert done.result(5).entries == 1
    (thread,) = threads
    assert thread.name.startswith("export")
    thread.join(5)
    assert not thread.is_alive()


def test_what_the_server_gives_is_what_is_written(tmp_path: Path) -> None:
    """With the real rules of the server."""
    hub = Hub()
    ann = hub.guest("ann")
    for text in ("one", "zwei – drei"):
        hub.ask(ann, Send, target="#general", text=text)

    class Real:
        def ask(self, request: type[Request], **fields: object) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(hub.ask(ann, request, **fields))
            return future

    path = tmp_path / "mine"
    export(Real(), path, lambda _: None, lambda _: None)
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [each["text"] for each in lines if each["type"] == "message"] == ["one", "zwei – drei"]


def _no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")
