"""The server's certificate: made once, kept for its owner alone, read anew when it changes."""

import shutil
import ssl
import stat
from pathlib import Path

import pytest

from chat.errors import BadConfig
from chat.server.net.certificates import LOOK_SECONDS, Certificates, KeyPair, make, own_pair
from chat.transport.tls import fingerprint
from tests.support.clock import FakeClock
from tests.support.tls import key_pair


def copied(folder: Path, name: str = "test") -> KeyPair:
    """A pair of the test's own."""
    pair = own_pair(folder)
    pair.certificate.parent.mkdir(exist_ok=True)
    for source, target in zip(key_pair(name), pair, strict=True):
        shutil.copy(source, target)
    return pair


def test_a_new_certificate_is_ecdsa_and_readable_for_its_owner_alone(tmp_path: Path) -> None:
    """On P-256, for localhost too, key and folder closed to others."""
    pair = own_pair(tmp_path / "data")
    make(pair, "lan-server", FakeClock())
    assert stat.S_IMODE(pair.private_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(pair.certificate.parent.stat().st_mode) == 0o700
    certificates = Certificates(pair, FakeClock().monotonic)
    der = ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())
    assert certificates.fingerprint == fingerprint(der)
    assert b"localhost" in der
    assert bytes.fromhex("2a8648ce3d030107") in der, "the curve P-256"


def test_one_ticket_is_given_and_nobody_renegotiates(tmp_path: Path) -> None:
    """Each more would cost work that no client of ours uses; TLS before 1.2 is off."""
    context = Certificates(copied(tmp_path), FakeClock().monotonic).context()
    assert context.num_tickets == 1
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_certificate_that_changed_is_used_from_then_on(tmp_path: Path) -> None:
    """Without a restart; a look at the files is taken every few seconds."""
    clock = FakeClock()
    pair = copied(tmp_path)
    certificates = Certificates(pair, clock.monotonic)
    first = certificates.context()
    copied(tmp_path, "another")
    assert certificates.context() is first, "not looked at yet"
    clock.advance(LOOK_SECONDS)
    second = certificates.context()
    assert second is not first
    clock.advance(LOOK_SECONDS)
    assert certificates.context() is second


def test_a_bad_new_certificate_changes_nothing(tmp_path: Path) -> None:
    """The old one stays in use until a good one comes."""
    clock = FakeClock()
    pair = copied(tmp_path)
    certificates = Certificates(pair, clock.monotonic)
    first = certificates.context()
    pair.certificate.write_text("rubbish")
    clock.advance(LOOK_SECONDS)
    assert certificates.context() is first
    pair.certificate.unlink()
    clock.advance(LOOK_SECONDS)
    assert certificates.context() is first
    copied(tmp_path, "another")
    clock.advance(LOOK_SECONDS)
    assert certificates.context() is not first


@pytest.mark.parametrize("what", ["missing", "rubbish", "another's key"])
def test_a_certificate_that_can_not_be_used_ends_the_start_with_a_sentence(tmp_path: Path, what: str) -> None:
    """It names the file."""
    pair = copied(tmp_path)
    if what == "missing":
        pair.certificate.unlink()
    elif what == "rubbish":
        pair.certificate.write_text("rubbish")
    else:
        shutil.copy(key_pair("another").private_key, pair.private_key)
    with pytest.raises(BadConfig, match=r"certificate\.pem can't be used"):
        Certificates(pair, FakeClock().monotonic)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "tls").write_text("")
    with pytest.raises(BadConfig, match="can't be kept"):
        make(own_pair(tmp_path), "lan-server", FakeClock())
