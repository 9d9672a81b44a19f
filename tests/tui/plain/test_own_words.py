"""Having what one wrote and taking it back, in the line mode."""

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from chat.client.export import Exported, Progress
from chat.errors import UsageError
from chat.protocol.requests import History
from tests.support.line_run import LineRun


@pytest.fixture
def run() -> LineRun:
    """A server, and somebody about to join it."""
    return LineRun()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)


def texts(run: LineRun) -> list[str]:
    """What somebody else reads in the channel."""
    entries = run.hub.ask(run.person("bob"), History, target="#general", after=0).entries
    return [entry.text for entry in entries if entry.__struct_config__.tag == "message"]


def test_what_one_wrote_lies_in_the_current_folder_afterwards(run: LineRun, tmp_path: Path) -> None:
    """The answer says how much of it there is, and where."""
    run.run("hello", "/export")
    path = tmp_path / "chat-export.jsonl"
    assert '"hello"' in path.read_text()
    assert run.talk[-1] == f"{len(path.read_text().splitlines()) - 1} entries are in {path} now."
    assert f"-- All that you wrote is being written to {path}." in run.notes


def test_a_file_that_is_there_is_refused(run: LineRun, tmp_path: Path) -> None:
    """As a line that could not be carried out."""
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match="1 line could not"):
        run.run("/export mine.txt")
    assert any("mine.txt exists already and is not overwritten" in note for note in run.notes)


def test_the_home_of_who_types_may_be_written_short(
    run: LineRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a shell; with spaces."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    run.run("/export ~/my words")
    assert (tmp_path / "home" / "my words").exists()


def test_how_far_it_is_is_told_meanwhile(run: LineRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that follow wait for the file, the end of the input too."""
    path, done = Path("big"), Future[Exported]()

    def export(_: Path, progress: Progress) -> Future[Exported]:
        progress(10_000)
        progress(20_000)
        later = threading.Timer(0.05, done.set_result, [Exported(path, 20_001)])
        later.start()
        return done

    monkeypatch.setattr(run.client, "export", export)
    run.run("/export", "bye")
    assert [note for note in run.notes if "so far" in note] == [
        "-- 10,000 entries are written so far.",
        "-- 20,000 entries are written so far.",
    ]
    assert run.talk[-2:] == ["20,001 entries are in big now.", run.stamped("<ann> bye")]


def test_who_types_is_told_what_erasing_does_and_says_it_twice(run: LineRun) -> None:
    """Another name in between begins anew."""
    run.run("secret", "/erase", "/erase bob", by_hand=True)
    assert texts(run) == ["secret"]
    question = "-- Take back all that you wrote? In every conversation, for everybody and for good."
    assert any(note.startswith(question) for note in run.notes)
    assert any("Take back all that bob wrote?" in note for note in run.notes)


def test_what_was_said_twice_is_done(run: LineRun) -> None:
    """Everybody sees it."""
    run.run("secret", "/erase", "/erase", by_hand=True)
    assert texts(run) == [""]
    assert "1 message is being taken back." in run.talk


def test_a_program_means_what_it_says(run: LineRun) -> None:
    """Nobody is there to be asked."""
    run.run("secret", "/erase")
    assert texts(run) == [""]
