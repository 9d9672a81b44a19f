"""`chat-server` alone: where it listens, as whom it shows itself, and what it says at its start."""

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from click.testing import CliRunner

from chat.client.secured import Secured, secured
from chat.client.trust_stores import MemoryTrust
from chat.errors import BadConfig, UsageError
from chat.server.cli.command import command
from chat.server.cli.serving import ServeOptions, addresses_of, certificates_of, settings_of
from chat.server.config import ServerConfig
from chat.server.net.certificates import LOOK_SECONDS, Certificates, make, own_pair
from chat.transport.address import Address, parse_address
from chat.transport.own_address import own_address
from chat.transport.sockets import dial, wait_ready
from chat.transport.tls import spoken
from tests.support.clock import FakeClock
from tests.support.server import START_SECONDS, running_server
from tests.support.tls import key_pair


def options(**given: object) -> ServeOptions:
    """What stands on a command line, the rest left away."""
    nothing = dict.fromkeys(ServeOptions.__dataclass_fields__)
    return ServeOptions(**{**nothing, "listen": (), "owner_pipe": False, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "listens_on"),
    [
        ({}, [Address("")]),
        ({"lan": True}, [Address("")]),
        ({"local": True}, [Address("localhost")]),
        ({"listen": ("a:1", "b:2")}, [Address("a", 1), Address("b", 2)]),
    ],
)
def test_it_listens_on_the_network_unless_told_otherwise(
    given: dict[str, object], listens_on: list[Address]
) -> None:
    """What was once asked for with --lan happens anyway."""
    assert addresses_of(settings_of(options(**given))) == listens_on


@pytest.mark.parametrize(
    ("line", "given", "listens_on"),
    [
        ("local = true", {}, [Address("localhost")]),
        ("local = true", {"lan": True}, [Address("")]),
        ("local = true", {"listen": ("a:1",)}, [Address("a", 1)]),
        ('listen = ["a:1"]', {"local": True}, [Address("localhost")]),
    ],
)
def test_the_command_line_wins_over_the_file(
    tmp_path: Path, line: str, given: dict[str, object], listens_on: list[Address]
) -> None:
    """Also where the two say it with different words."""
    file = tmp_path / "config.toml"
    file.write_text(line)
    assert addresses_of(settings_of(options(config=file, **given))) == listens_on


@pytest.mark.parametrize("more", [("--lan",), ("--listen", "127.0.0.1:0")])
def test_local_contradicts_what_lets_others_in(more: tuple[str, ...]) -> None:
    """It is a wrong use, told before anything is opened."""
    error = CliRunner().invoke(command, ["--local", *more]).exception
    assert isinstance(error, UsageError)
    assert "--local" in str(error)


@pytest.mark.parametrize(
    ("named", "missing"), [("certificate", "private_key"), ("private_key", "certificate")]
)
def test_half_of_an_own_certificate_is_refused(named: str, missing: str) -> None:
    """The sentence says which half is missing."""
    with pytest.raises(BadConfig, match=f"no '{missing}'"):
        certificates_of(msgspec.convert({named: "some.pem"}, ServerConfig), FakeClock())


def test_an_own_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the file, and why it can't be used."""
    settings = ServerConfig(certificate=str(tmp_path / "none.pem"), private_key=str(tmp_path / "none.key"))
    with pytest.raises(BadConfig, match=r"none\.pem can't be used"):
        certificates_of(settings, FakeClock())()


def test_a_certificate_is_made_once_and_stays(tmp_path: Path) -> None:
    """The second start shows the same one, or everybody would be warned."""
    settings = ServerConfig(data=str(tmp_path), name="kitchen")
    first = certificates_of(settings, FakeClock())()
    again = certificates_of(settings, FakeClock())()
    assert first.fingerprint == again.fingerprint
    assert own_pair(tmp_path).private_key.stat().st_mode & 0o777 == 0o600


def test_the_operators_own_certificate_is_used(tmp_path: Path) -> None:
    """And none is made beside it."""
    pair = key_pair()
    settings = ServerConfig(
        data=str(tmp_path), certificate=str(pair.certificate), private_key=str(pair.private_key)
    )
    given = certificates_of(settings, FakeClock())()
    assert given.fingerprint == Certificates(pair, FakeClock().monotonic).fingerprint
    assert not own_pair(tmp_path).certificate.exists()


def met(address: tuple[str, int]) -> Secured:
    """What a client sees of the certificate that is in use."""
    there = Address(*address)
    seen = secured(there, MemoryTrust(), lambda: dial(there), wait_ready)
    seen.wire.close()
    return seen


def test_a_new_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    """Who connects after the files were replaced is shown the new one; who is here stays."""
    pair, clock = own_pair(tmp_path), FakeClock()
    make(pair, "kitchen", clock)
    with running_server(certificates=Certificates(pair, clock.monotonic)) as server:
        before = met(server.address)
        make(pair, "kitchen", clock)
        assert met(server.address).fingerprint == before.fingerprint, "not looked at yet"
        clock.advance(LOOK_SECONDS)
        after = met(server.address)
        assert after.fingerprint not in ("", before.fingerprint)
        assert after.fingerprint == server.app.fingerprint


@pytest.mark.e2e
@pytest.mark.parametrize("plain", [False, True])
def test_the_start_tells_where_it_is_by_what_it_is_known_and_how_to_join(tmp_path: Path, plain: bool) -> None:
    """On standard output, for people and for who started it; what is not encrypted is said too."""
    config = tmp_path / "config.toml"
    config.write_text("plain_everywhere = true\n" if plain else "")
    told = start("--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0", "--config", str(config))
    port = parse_address(told.lines[0].removeprefix("listening on ")).port
    pair = own_pair(tmp_path / "data")
    assert told.lines[1] == f"fingerprint {spoken(Certificates(pair, FakeClock().monotonic).fingerprint)}"
    assert told.lines[2] == f"join with: chat-tui {own_address()}:{port}"
    assert [line for line in told.lines if line.startswith("not encrypted")] == told.lines[3:]
    assert len(told.lines[3:]) == plain
    assert told.code == 0


@pytest.mark.e2e
def test_what_listens_for_this_machine_is_joined_on_this_machine(tmp_path: Path) -> None:
    """By a name that everybody can remember."""
    told = start("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
    port = parse_address(told.lines[0].removeprefix("listening on ")).port
    assert told.lines[2] == f"join with: chat-tui localhost:{port}"


def start(*arguments: str) -> SimpleNamespace:
    """Run the command until it has said all that it says at its start; give the lines and the exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chat.server.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip("\n")]
        process.send_signal(signal.SIGTERM)
        lines += process.stdout.read().splitlines()
        return SimpleNamespace(lines=lines, code=process.wait(START_SECONDS))
