"""Rules of what is not kept: where a log begins, and what an operator may say about it."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.config_file import read_settings
from chat.errors import BadConfig
from chat.protocol.entries import Message
from chat.protocol.folding import kept_pins
from chat.server.config import ServerConfig
from chat.server.domain.retention import Keep, Retention, first_kept
from tests.support.batches import MOMENT, channel, direct, message

DAY = timedelta(days=1)


def _aged(*days: float, first: int = 1) -> list[Message]:
    """Return messages from a number on, so many days old at `MOMENT`."""
    return [
        msgspec.structs.replace(message(number), timestamp=MOMENT - age * DAY)
        for number, age in enumerate(days, first)
    ]


@pytest.mark.parametrize(
    ("keep", "first"),
    [
        (Keep(), 1),
        (Keep(days=7), 3),
        (Keep(days=90), 1),
        (Keep(messages=1), 4),
        (Keep(messages=4), 1),
        (Keep(days=7, messages=3), 3),
        (Keep(days=30, messages=1), 4),
        (Keep(days=1), 4),
    ],
)
def test_what_is_too_old_or_too_much_goes(keep: Keep, first: int) -> None:
    """Either is reason enough; an entry that is just as old as may be stays."""
    assert first_kept(keep, _aged(30, 8, 7, 1), first=1, last=4, now=MOMENT) == first


def test_a_log_may_end_up_empty() -> None:
    """The next number is still the next one."""
    assert first_kept(Keep(days=1), _aged(9, 8, first=3), first=3, last=4, now=MOMENT) == 5
    assert first_kept(Keep(days=1), [], first=5, last=4, now=MOMENT) == 5


@given(
    st.lists(st.floats(0, 40), max_size=12),
    st.builds(Keep, days=st.integers(0, 30), messages=st.integers(0, 12)),
    st.integers(0, 5),
)
def test_whatever_clocks_have_written_nothing_young_goes(ages: list[float], keep: Keep, first: int) -> None:
    """All that goes is too old or too much, and what stays first is neither."""
    entries = _aged(*ages, first=first + 1)
    last = first + len(entries)
    now = first_kept(keep, entries, first=first + 1, last=last, now=MOMENT)
    assert first + 1 <= now <= last + 1

    def goes(entry: Message) -> bool:
        old = keep.days and MOMENT - entry.timestamp > keep.days * DAY
        return bool(old or (keep.messages and entry.number <= last - keep.messages))

    assert all(goes(entry) for entry in entries if entry.number < now)
    assert not any(goes(entry) for entry in entries if entry.number == now)


def test_pins_below_the_beginning_are_gone() -> None:
    """Those above stay in their order."""
    assert kept_pins((7, 3, 5), 4) == (7, 5)
    assert kept_pins((7, 3, 5), 3) == (7, 3, 5)
    assert kept_pins((), 9) == ()
    assert kept_pins((1, 2), 9) == ()


def test_channels_and_people_have_settings_of_their_own(tmp_path: Path) -> None:
    """A channel that is named is kept as it says, in whatever case; direct conversations by their own."""
    file = tmp_path / "config.toml"
    file.write_text(
        "[retention]\ndays = 90\n"
        '[retention.channels."#Channel-2"]\nmessages = 500\n'
        '[retention.channels."#channel-3"]\n'
        "[retention.direct]\ndays = 365\n"
    )
    kept = read_settings(file, ServerConfig).kept()
    assert kept.of(channel(1)) == Keep(days=90)
    assert kept.of(channel(2)) == Keep(messages=500)
    assert kept.of(channel(3)) == Keep()
    assert kept.of(direct(4, 1, 2)) == Keep(days=365)
    nothing = ServerConfig().kept()
    assert {nothing.of(channel(1)), nothing.of(direct(4, 1, 2))} == {Keep()}


def test_what_makes_no_sense_is_told_at_the_start(tmp_path: Path) -> None:
    """A name that is none, a number below 0, a key that does not exist."""
    with pytest.raises(BadConfig, match="retention"):
        ServerConfig(retention=Retention(channels={"random": Keep()})).kept()
    file = tmp_path / "config.toml"
    for text in ("days = -1", "weeks = 3", '[retention.channels."#a"]\nday = 3'):
        file.write_text(f"[retention]\n{text}\n")
        with pytest.raises(BadConfig, match="retention"):
            read_settings(file, ServerConfig)
