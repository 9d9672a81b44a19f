"""Encrypted backups: what comes out is what went in, or an error; nothing in between."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.server.backup.archive import BadBackup, is_encrypted, read_manifest
from chat.server.backup.checking import check
from chat.server.backup.making import Origin, make_backup
from chat.server.backup.restoring import restore
from chat.server.backup.sealing import PIECE, BadSeal, Passphrase, Sealer, Unsealed, is_sealed
from chat.server.backup.series import Series
from tests.support.backups import origin, settle_in
from tests.support.clock import FakeClock

SECRET = Passphrase("correct horse battery", cost=4)
HEADER = 29 + 4 + 16 + 7 + 32
SEALED_PIECE = PIECE + 16


def sealed(plain: bytes, passphrase: Passphrase = SECRET) -> bytes:
    """Encrypt some bytes."""
    file = io.BytesIO()
    sealer = Sealer(file, passphrase)
    sealer.write(plain)
    sealer.finish()
    return file.getvalue()


def opened(content: bytes, passphrase: Passphrase = SECRET) -> bytes:
    """Decrypt all of it."""
    return Unsealed(io.BytesIO(content), passphrase).read()


PLAIN = os.urandom(3 * PIECE + 7)
CONTENT = sealed(PLAIN)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1])
def test_what_was_sealed_comes_out_as_it_was(size: int) -> None:
    """Of every size around the borders of pieces, with a tag for each piece and nothing of the text in it."""
    content = sealed(PLAIN[:size])
    assert opened(content) == PLAIN[:size]
    assert len(content) == HEADER + size + 16 * max(-(-size // PIECE), 1)


@given(st.lists(st.tuples(st.integers(0, len(PLAIN)), st.integers(0, 2 * PIECE)), max_size=8))
def test_it_can_be_read_at_any_place(reads: list[tuple[int, int]]) -> None:
    """As a tar is: forwards and back, within pieces and across them."""
    file = Unsealed(io.BytesIO(CONTENT), SECRET)
    for at, size in reads:
        file.seek(at)
        assert file.read(size) == PLAIN[at : at + size]


def test_two_of_the_same_differ_and_nothing_shows_through() -> None:
    """Salt and nonces are new each time."""
    one, other = sealed(b"attack at dawn" * 9), sealed(b"attack at dawn" * 9)
    assert one[HEADER:] != other[HEADER:]
    assert b"attack" not in one


def test_another_passphrase_is_told_from_a_damaged_file() -> None:
    """Who mistyped is told so; letters typed as other code points are the same."""
    with pytest.raises(BadSeal, match="passphrase is another one"):
        opened(CONTENT, Passphrase("correct horse battery."))
    composed, apart = Passphrase("pässword!", cost=4), Passphrase("pa\u0308ssword!")
    assert opened(sealed(b"x", composed), apart) == b"x"


@pytest.mark.parametrize(
    "cut", [0, 10, HEADER - 1, HEADER, HEADER + 15, HEADER + SEALED_PIECE, len(CONTENT) - 1]
)
def test_what_was_cut_off_is_refused_at_once(cut: int) -> None:
    """Also right between two pieces, before anything is read."""
    with pytest.raises(BadSeal):
        Unsealed(io.BytesIO(CONTENT[:cut]), SECRET)


def test_what_was_added_behind_is_refused() -> None:
    """The last piece is the last one."""
    with pytest.raises(BadSeal):
        Unsealed(io.BytesIO(CONTENT + CONTENT[HEADER : HEADER + SEALED_PIECE]), SECRET)


@pytest.mark.parametrize(
    "at", [0, 29, 30, 31, 32, 33, 49, 56, HEADER, HEADER + SEALED_PIECE, len(CONTENT) - 1]
)
def test_a_bit_that_fell_over_is_found_wherever_it_is(at: int) -> None:
    """In every part of the header, in pieces and in tags."""
    damaged = bytearray(CONTENT)
    damaged[at] ^= 1
    if at == 0:
        damaged[:29] = CONTENT[:29]  # without its mark it is no such file at all
        damaged[-1] ^= 0x80
    with pytest.raises(BadSeal):
        opened(bytes(damaged))


def test_pieces_that_changed_places_are_found() -> None:
    """Each belongs where it was; and one of another file belongs nowhere."""
    one, two = (CONTENT[HEADER + at * SEALED_PIECE :][:SEALED_PIECE] for at in (0, 1))
    rest = CONTENT[HEADER + 2 * SEALED_PIECE :]
    for head in (two + one, one + one, sealed(PLAIN)[HEADER : HEADER + SEALED_PIECE] + two):
        with pytest.raises(BadSeal, match="damaged"):
            opened(CONTENT[:HEADER] + head + rest)


@pytest.mark.parametrize(("at", "value"), [(29, 2), (30, 63), (31, 200), (32, 0)])
def test_parameters_out_of_bounds_cost_nothing(at: int, value: int) -> None:
    """A stranger's file can not ask for all memory there is."""
    with pytest.raises(BadSeal):
        Unsealed(io.BytesIO(CONTENT[:at] + bytes([value]) + CONTENT[at + 1 :]), SECRET)


@pytest.fixture
def place(tmp_path: Path) -> Origin:
    """A server with a short talk, settings and keys."""
    place = origin(tmp_path / "old")
    settle_in(place)
    return place


@pytest.fixture
def backup(place: Origin, tmp_path: Path) -> Path:
    """An encrypted backup of it."""
    file = tmp_path / "b.sealed"
    make_backup(place, file, FakeClock(), passphrase=SECRET)
    return file


def test_an_encrypted_backup_is_verified_and_restored(backup: Path, place: Origin, tmp_path: Path) -> None:
    """With settings and private keys, as from any other; in the file itself nothing of them can be read."""
    assert is_encrypted(backup)
    assert is_sealed(backup)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert check(backup, SECRET).manifest.parts.keys() >= {"config.toml", "tls/server.key"}
    key = (place.data / "tls" / "server.key").read_bytes()
    assert key not in backup.read_bytes()
    to = Origin(tmp_path / "new" / "data", tmp_path / "new" / "config.toml")
    restore(backup, to, FakeClock(), passphrase=SECRET)
    assert (to.data / "tls" / "server.key").read_bytes() == key
    assert to.config.read_bytes() == place.config.read_bytes()


def test_without_the_passphrase_or_whole_file_nothing_is_restored(backup: Path, tmp_path: Path) -> None:
    """No passphrase, another one, a file cut off, a bit fallen over: a sentence each, and nothing there."""
    whole = backup.read_bytes()
    to = Origin(tmp_path / "new" / "data", tmp_path / "new" / "config.toml")
    flipped = bytearray(whole)
    flipped[HEADER + 100] ^= 1
    for content, passphrase, said in (
        (whole, None, "is encrypted: give the passphrase"),
        (whole, Passphrase("something else"), "the passphrase is another one"),
        (whole[: HEADER + SEALED_PIECE], SECRET, "cut off"),
        (bytes(flipped), SECRET, "damaged"),
    ):
        backup.write_bytes(content)
        with pytest.raises(BadBackup, match=said):
            restore(backup, to, FakeClock(), passphrase=passphrase)
        assert not (to.data / "chat.db").exists()
        assert not list(to.data.glob("*staged*"))
        assert not to.config.exists()


def test_a_series_keeps_only_what_it_can_read(place: Origin, tmp_path: Path) -> None:
    """Encrypted ones count as members by their passphrase; those of another one are left alone."""
    clock = FakeClock()
    series = Series(tmp_path / "b.tar", SECRET)
    for passphrase in (Passphrase("another one", cost=4), SECRET, SECRET):
        clock.advance(60)
        make_backup(place, series.at(clock.now()), clock, passphrase=passphrase)
    server = read_manifest(series.at(clock.now()), SECRET).server_id
    removed = series.keep(1, server)
    assert len(removed) == 1
    assert len(list(tmp_path.glob("b-*.tar"))) == 2
