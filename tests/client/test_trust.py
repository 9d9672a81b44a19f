"""Whom a client believes: first use, the same again, a change, a downgrade; and the file that says so."""

import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from chat.client.trust import Pin, Seen, TrustStore, Verdict, is_near, judge, read_fingerprint
from chat.client.trust_stores import FileTrust, MemoryTrust
from chat.errors import BadConfig, UsageError
from chat.file_lock import FileLock

SEEN = Seen("s1", "lan-server", "lan:7420", "a" * 64)
OTHER_PRINT = "b" * 64


@pytest.mark.parametrize(
    ("seen", "pin", "verdict"),
    [
        (SEEN, None, Verdict.NEW),
        (SEEN, Pin("a" * 64, "lan-server"), Verdict.TRUSTED),
        (SEEN, Pin(OTHER_PRINT, "lan-server"), Verdict.CHANGED),
        (SEEN, Pin("", "lan-server"), Verdict.NEW),
        (replace(SEEN, near=True), None, Verdict.TRUSTED),
        (replace(SEEN, near=True), Pin(OTHER_PRINT, "lan-server"), Verdict.CHANGED),
        (replace(SEEN, verified=True), Pin(OTHER_PRINT, "lan-server"), Verdict.TRUSTED),
        (replace(SEEN, verified=True), None, Verdict.TRUSTED),
        (replace(SEEN, fingerprint=""), None, Verdict.NEW),
        (replace(SEEN, fingerprint=""), Pin("", "lan-server"), Verdict.TRUSTED),
        (replace(SEEN, fingerprint=""), Pin("a" * 64, "lan-server"), Verdict.UNENCRYPTED),
        (replace(SEEN, fingerprint="", near=True), Pin("a" * 64, "lan-server"), Verdict.TRUSTED),
    ],
)
def test_a_server_is_judged_by_what_is_known_of_its_id(seen: Seen, pin: Pin | None, verdict: Verdict) -> None:
    """Each row of the rule."""
    assert judge(seen, pin) is verdict


@pytest.mark.parametrize("pin", [None, Pin("a" * 64, "lan-server"), Pin(OTHER_PRINT, "lan-server")])
@pytest.mark.parametrize("near", [False, True])
def test_a_fingerprint_that_was_demanded_says_it_all(pin: Pin | None, near: bool) -> None:
    """Whatever was known, wherever it is, and whoever vouches for it."""
    seen = replace(SEEN, near=near)
    assert judge(seen, pin, "a" * 64) is Verdict.TRUSTED
    assert judge(replace(seen, verified=True), pin, OTHER_PRINT) is Verdict.UNEXPECTED
    assert judge(replace(seen, fingerprint=""), pin, "a" * 64) is Verdict.UNEXPECTED


@pytest.mark.parametrize("text", ["ab" * 32, "AB" * 32, " ".join(["abab"] * 16), ":".join(["AB"] * 32)])
def test_a_fingerprint_is_read_as_people_copy_it(text: str) -> None:
    """From the server's start, from a dialog, or from another program."""
    assert read_fingerprint(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "beef", "xy" * 32, "ab" * 33])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    """Before anything is connected to."""
    with pytest.raises(UsageError, match="64 digits"):
        read_fingerprint(text)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TrustStore:
    """Either place; both fulfil one contract."""
    return MemoryTrust() if request.param == "memory" else FileTrust(tmp_path / "home" / "known_servers.json")


def test_what_is_kept_is_found_again(store: TrustStore) -> None:
    """By server id; the newest fingerprint counts."""
    assert store.pin_of("s1") is None
    store.keep(SEEN)
    store.keep(replace(SEEN, server_id="s2", address="attic:7420"))
    assert store.pin_of("s1") == Pin("a" * 64, "lan-server", ("lan:7420",))
    store.keep(replace(SEEN, fingerprint=OTHER_PRINT, address="lan:1234"))
    assert store.pin_of("s1") == Pin(OTHER_PRINT, "lan-server", ("lan:7420", "lan:1234"))


def test_another_server_at_a_known_address_is_noticed(store: TrustStore) -> None:
    """An address leads to the server that answered there last."""
    store.keep(SEEN)
    assert store.last_at("lan:7420") == ("s1", Pin("a" * 64, "lan-server", ("lan:7420",)))
    assert store.last_at("attic:7420") is None
    store.keep(replace(SEEN, server_id="s2", name="another", verified=True))
    assert store.last_at("lan:7420") == ("s2", Pin("a" * 64, "another", ("lan:7420",), verified=True))


def test_meeting_a_server_without_its_certificate_forgets_nothing(store: TrustStore) -> None:
    """On its own machine a client may talk unencrypted; the pin stays."""
    store.keep(SEEN)
    store.keep(replace(SEEN, fingerprint="", near=True, address="localhost"))
    pin = store.pin_of("s1")
    assert pin is not None
    assert pin.fingerprint == "a" * 64


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    """0600 in a folder of 0700."""
    path = tmp_path / "home" / "known_servers.json"
    FileTrust(path).keep(SEEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_can_not_be_understood_makes_no_server_a_new_one(tmp_path: Path) -> None:
    """Else whoever damages it could take a known server's place; the sentence says what to do."""
    path = tmp_path / "known_servers.json"
    path.write_text("{")
    with pytest.raises(BadConfig, match="compare the fingerprints anew"):
        FileTrust(path).pin_of("s1")


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A folder stands in its place, or another program holds it."""
    (tmp_path / "known_servers.json").mkdir()
    with pytest.raises(BadConfig):
        FileTrust(tmp_path / "known_servers.json").keep(SEEN)
    path = tmp_path / "held.json"
    lock = FileLock.take(path.with_suffix(".lock"))
    assert lock is not None
    with pytest.raises(BadConfig, match="held by another program"):
        FileTrust(path).keep(SEEN)
    lock.release()


def test_this_machine_is_near() -> None:
    """By name, by address, by leaving the host away."""
    assert all(map(is_near, ("", "localhost", "127.0.0.1", "::1")))
    assert not any(map(is_near, ("lan", "192.168.1.2", "fe80::1%eth0", "localhost.evil.example")))
