"""The file of a backup: what goes in comes out, and whatever else a file may be is refused."""

import stat
import tarfile
from pathlib import Path

import pytest

from chat.errors import BadConfig
from chat.server.backup.archive import BadBackup, read_manifest, unpack
from chat.server.backup.checking import check
from tests.support.backups import backup_of, forged, origin, settle_in, tarred


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A backup with every kind of part."""
    place = origin(tmp_path)
    settle_in(place)
    return backup_of(place, tmp_path / "good.tar")


def test_what_was_backed_up_comes_out_as_it_was(good: Path, tmp_path: Path) -> None:
    """Byte for byte, for its owner's eyes only."""
    out = tmp_path / "out"
    out.mkdir()
    manifest = unpack(good, out)
    assert set(manifest.parts) == {"chat.db", "config.toml", "tls/server.crt", "tls/server.key"}
    for name in ("config.toml", "tls/server.crt", "tls/server.key"):
        original = tmp_path / name if name == "config.toml" else tmp_path / "data" / name
        assert (out / name).read_bytes() == original.read_bytes()
        assert stat.S_IMODE((out / name).stat().st_mode) == 0o600


def test_any_tar_can_read_it_and_the_manifest_stands_last(good: Path) -> None:
    """So that an operator can look into it, and a file that was cut off has none."""
    with tarfile.open(good) as tar:
        names = tar.getnames()
    assert names == ["chat.db", "config.toml", "tls/server.crt", "tls/server.key", "manifest.json"]
    assert stat.S_IMODE(good.stat().st_mode) == 0o600


def test_a_backup_that_was_cut_off_anywhere_is_refused(good: Path, tmp_path: Path) -> None:
    """At the edges of blocks too, where a tar seems to end well."""
    whole = good.read_bytes()
    cut = tmp_path / "cut.tar"
    with tarfile.open(good) as tar:
        edges = [member.offset for member in tar.getmembers()]
    for length in {0, 1, 511, 512, 513, 5000, *edges, *(edge + 512 for edge in edges)}:
        cut.write_bytes(whole[:length])
        with pytest.raises(BadBackup, match=r"cut\.tar .*take another one") as refused:
            read_manifest(cut)
        assert refused.value.exit_code == 65


@pytest.mark.parametrize("part", ["chat.db", "config.toml", "tls/server.key"])
def test_a_bit_that_fell_over_is_found(good: Path, tmp_path: Path, part: str) -> None:
    """In any part; the sums are those of the moment when it was made."""
    with tarfile.open(good) as tar:
        at = tar.getmember(part).offset_data + 5
    content = bytearray(good.read_bytes())
    content[at] ^= 4
    good.write_bytes(content)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BadBackup, match=f"good.tar is damaged: its {part} is not what was backed up"):
        unpack(good, out)


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    """A text, a database, a tar of somebody's pictures, a folder, or nothing at all."""
    text = tmp_path / "diary"
    text.write_text("my diary\n" * 1000)
    for file in (text, origin(tmp_path).data / "chat.db", tarred(tmp_path / "p.tar", {"cat.png": b"png"})):
        with pytest.raises(BadBackup, match="is no backup of chat-server, or was cut off"):
            read_manifest(file)
    with pytest.raises(BadBackup, match=r"There is no backup .*nothing\."):
        read_manifest(tmp_path / "nothing")
    with pytest.raises(BadConfig, match="can't be read"):
        read_manifest(tmp_path)


def test_a_backup_of_a_later_format_is_refused_by_its_age(tmp_path: Path) -> None:
    """Not as damaged, however little of it is understood."""
    file = tarred(tmp_path / "new.tar", {"manifest.json": b'{"format": 2, "else": []}'})
    with pytest.raises(BadBackup, match="made by a newer version of chat-server: update"):
        read_manifest(file)


@pytest.mark.parametrize("manifest", [b"no json", b"[]", b'{"format": 1}', b'{"format": "one"}'])
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path: Path, manifest: bytes) -> None:
    """It is never half believed."""
    with pytest.raises(BadBackup, match=r"damaged: its manifest\.json makes no sense"):
        read_manifest(tarred(tmp_path / "bad.tar", {"manifest.json": manifest}))


@pytest.mark.parametrize(
    "name", ["../escaped", "/tmp/escaped", "tls/../escaped", "tls/..", "tls/a/b", "other"]
)
def test_a_part_that_would_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    """A backup may come from a stranger: only names that we write are unpacked."""
    database = origin(tmp_path).data / "chat.db"
    part = {"bytes": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
    file = forged(tmp_path / "bad.tar", database, parts={"chat.db": part, name: part})
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    with pytest.raises(BadBackup, match="holds what no backup of chat-server does"):
        unpack(file, out)
    assert not list(tmp_path.rglob("escaped"))


def test_a_link_in_a_backup_is_refused(good: Path) -> None:
    """It could lead anywhere."""
    with tarfile.open(good, "a") as tar:
        link = tarfile.TarInfo("tls/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BadBackup, match="holds what no backup of chat-server does"):
        read_manifest(good)


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    """As one that somebody took out."""
    database = origin(tmp_path).data / "chat.db"
    file = forged(tmp_path / "bad.tar", database)
    with tarfile.open(file) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        only = tarred(tmp_path / "less.tar", {"manifest.json": manifest.read()})
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BadBackup, match=r"its chat\.db is not what was backed up"):
        unpack(only, out)


def test_a_good_backup_is_counted(good: Path) -> None:
    """Users, conversations and messages; nothing of the checking is left behind."""
    checked = check(good)
    assert checked.contents.sentence == "3 users, 1 conversations, 20 messages"
    assert checked.manifest.rows["entries"] == 21


def test_a_database_that_is_damaged_inside_is_found_though_the_sums_are_right(tmp_path: Path) -> None:
    """A backup of a damaged database is no good backup."""
    database = origin(tmp_path, messages=500).data / "chat.db"
    content = bytearray(database.read_bytes())
    content[-4096:] = b"\xff" * 4096
    broken = tmp_path / "broken.db"
    broken.write_bytes(content)
    file = forged(tmp_path / "bad.tar", broken, told_of=database)
    with pytest.raises(BadBackup, match=r"bad\.tar can't be used. The database is .*damaged"):
        check(file)


def test_a_manifest_of_another_database_is_found(tmp_path: Path) -> None:
    """Counts, server id and epoch are those of the database, or it is not trusted."""
    database = origin(tmp_path).data / "chat.db"
    file = forged(tmp_path / "bad.tar", database, epoch="0" * 16)
    with pytest.raises(BadBackup, match="manifest tells of another database"):
        check(file)


def test_there_may_be_no_room_for_looking_at_it(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the way out."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(BadConfig, match=r"can't be unpacked into .*nowhere .*TMPDIR"):
        check(good)
