"""The server's settings of limits, as an operator writes them."""

import re
import textwrap
from pathlib import Path

import msgspec
import pytest

from chat.config_file import read_settings
from chat.errors import BadConfig
from chat.server.config import ServerConfig
from chat.server.domain.rate import Rate, Rates
from chat.server.domain.retention import Keep, Kept
from tests.support.rates import UNLIMITED, UNLIMITED_TOML

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"


def settings(tmp_path: Path, text: str) -> ServerConfig:
    """Read a file with this in it."""
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, ServerConfig)


def test_some_rates_may_be_set_and_the_others_stay(tmp_path: Path) -> None:
    """Each as what may be had at once, and a second."""
    read = settings(tmp_path, "[rates]\nguest_sends = [5, 0.5]\n")
    assert read.rates == Rates(guest_sends=Rate(5, 0.5))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[rates]\nsends = [0, 1]\n", r"sends"),
        ("[rates]\nsend = [1, 1]\n", r"send"),
        ("rates = 5\n", r"'rates' does not fit"),
        ("new_devices = 0\n", r"'new_devices' does not fit"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """With the key it was."""
    with pytest.raises(BadConfig, match=why):
        settings(tmp_path, text)


def test_a_network_that_is_none_is_refused_with_an_example(tmp_path: Path) -> None:
    """At the start, before anything else happens."""
    read = settings(tmp_path, 'exempt = ["10.0.0.0/8", "the office"]\n')
    with pytest.raises(BadConfig, match=r"the office.*192\.168\.0\.0/16"):
        read.counted()


def test_so_many_new_devices_come_in_ten_minutes() -> None:
    """All at once, or one after the other."""
    assert ServerConfig(new_devices=60).new_device_rate() == Rate(60, 0.1)


def test_rates_without_bounds_are_those_of_the_file_for_tests(tmp_path: Path) -> None:
    """Servers in tests are alike, in this process or another."""
    assert settings(tmp_path, UNLIMITED_TOML).rates == UNLIMITED


def test_the_manual_shows_the_usual_rates(tmp_path: Path) -> None:
    """What it gives as an example can be pasted, and changes nothing."""
    text = OPERATING.read_text(encoding="utf-8")
    found = re.search(r"(?m)^    \[rates\]\n(    .*\n)+", text)
    assert found is not None
    assert settings(tmp_path, re.sub(r"(?m)^    ", "", found[0])).rates == Rates()


def test_the_manual_names_every_setting() -> None:
    """In its table, each with its name."""
    rows = re.findall(r"(?m)^\| (`[^|]+`) \|", OPERATING.read_text(encoding="utf-8"))
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert {field.name for field in msgspec.structs.fields(ServerConfig)} <= named


def test_the_manual_shows_what_may_be_set_of_what_is_kept(tmp_path: Path) -> None:
    """As it is read: for all channels, for some, for talks between two."""
    shown = re.search(r"(    \[retention\]\n(?:    .*\n|\n)+)", OPERATING.read_text(encoding="utf-8"))
    assert shown is not None
    kept = settings(tmp_path, textwrap.dedent(shown[1])).kept()
    assert kept == Kept(
        Keep(days=365, messages=100_000),
        {"#news": Keep(messages=500), "#minutes": Keep()},
        Keep(days=90),
    )
