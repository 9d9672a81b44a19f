"""Backups again and again: names with the time in them, how many are kept, and when the next one is due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from chat.errors import BadConfig, ChatError, UsageError
from chat.server.backup.contents import contents_of
from chat.server.backup.series import Series, repeat, seconds_of
from tests.support.backups import backup_of, forged, origin
from tests.support.clock import FakeClock


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1), ("30m", 1800), ("6h", 21600), ("1d", 86400)])
def test_durations_are_a_number_and_a_letter(text: str, seconds: int) -> None:
    """As operators write them."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "0h", "-1h", "1.5h", "6 h", "6H", "1w", "1h30m", "9999999d"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(UsageError, match="no duration: write a number with s, m, h or d, as in 30m or 6h"):
        seconds_of(text)


def test_the_time_stands_before_the_ending_in_utc() -> None:
    """So that names sort by time, wherever the machine stands."""
    moment = datetime(2026, 5, 1, 8, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert Series(Path("/b/chat.tar")).at(moment) == Path("/b/chat-20260501T060000Z.tar")
    assert Series(Path("/b/chat")).at(moment) == Path("/b/chat-20260501T060000Z")


def test_the_newest_are_kept_and_strangers_are_left_alone(tmp_path: Path) -> None:
    """Removed are backups of this server with the name of the series, nothing else whatever it is called."""
    place = origin(tmp_path / "one")
    server_id = contents_of(place.data / "chat.db").server_id
    series = Series(tmp_path / "chat.tar")
    mine = [series.at(datetime(2026, 5, day, tzinfo=UTC)) for day in range(1, 6)]
    for file in mine:
        backup_of(place, file)
    strangers = [
        backup_of(place, tmp_path / name)
        for name in (
            "chat.tar",
            "chat-old.tar",
            "chat-20260501T000000Z.tar.bak",
            "Xchat-20260501T000000Z.tar",
        )
    ]
    another = backup_of(origin(tmp_path / "two"), series.at(datetime(2026, 4, 1, tzinfo=UTC)))
    diary = series.at(datetime(2026, 4, 2, tzinfo=UTC))
    diary.write_text("of somebody")
    link = series.at(datetime(2026, 4, 3, tzinfo=UTC))
    link.symlink_to(mine[4])
    assert series.keep(2, server_id) == [mine[2], mine[1], mine[0]]
    left = {path for path in tmp_path.iterdir() if not path.is_dir()}
    assert left == {mine[3], mine[4], *strangers, another, diary, link}


def test_an_old_one_that_can_not_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not passed over in silence: the disk would fill."""
    place = origin(tmp_path)
    series = Series(tmp_path / "chat.tar")
    for day in (1, 2):
        forged(series.at(datetime(2026, 5, day, tzinfo=UTC)), place.data / "chat.db")

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(BadConfig, match=r"old backup .*20260501T000000Z\.tar can't be removed \(Permission"):
        series.keep(1, contents_of(place.data / "chat.db").server_id)


class Enough(BaseException):
    """The test has seen what it wanted, as a signal ends the command."""


def _repeated(clock: FakeClock, every: int, jobs: list[Callable[[], None]]) -> tuple[list[float], list[str]]:
    """Repeat until the jobs are used up; return when each began, and what was told."""
    begun = list[float]()
    told = list[str]()

    def job() -> None:
        if len(begun) == len(jobs):
            raise Enough
        begun.append(clock.monotonic())
        jobs[len(begun) - 1]()

    with pytest.raises(Enough):
        repeat(job, every, clock, clock.advance, lambda error: told.append(str(error)))
    return begun, told


def test_each_begins_as_long_after_the_other_whatever_it_takes() -> None:
    """And the first at once; one that took longer than that leaves out what it ran into."""
    clock = FakeClock()

    def takes(seconds: float) -> Callable[[], None]:
        return lambda: clock.advance(seconds)

    begun, told = _repeated(clock, 60, [takes(0), takes(10), takes(59), takes(130), takes(1), takes(1)])
    assert begun == [0, 60, 120, 180, 360, 420]
    assert told == []


def test_one_that_fails_is_told_and_the_next_comes_in_time() -> None:
    """A disk that is full now may have room in six hours."""

    def fails() -> None:
        raise BadConfig("There is no room.")

    begun, told = _repeated(FakeClock(), 60, [lambda: None, fails, fails, lambda: None])
    assert begun == [0, 60, 120, 180]
    assert told == ["There is no room."] * 2


def test_a_first_one_that_fails_ends_it() -> None:
    """Whoever starts it is still looking, and has a chance to mend it."""

    def fails() -> None:
        raise BadConfig("There is no such folder.")

    clock = FakeClock()
    with pytest.raises(ChatError, match="no such folder"):
        repeat(fails, 60, clock, clock.advance, lambda _: None)
    assert clock.monotonic() == 0
