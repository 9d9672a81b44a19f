"""How the operator's commands reach a server that runs, wherever it listens; in one process."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chat.errors import BadConfig
from chat.protocol.staff import AddUser, Stats
from chat.server.cli.asking import asking
from chat.server.config import ServerConfig
from chat.server.console import key_file
from chat.server.storage.folder import DataFolder
from tests.support.passwords import GOOD
from tests.support.server import running_server
from tests.support.tls import certificates, key_pair


@contextmanager
def running(data: Path) -> Iterator[ServerConfig]:
    """Give the settings of a server that runs on a data folder."""
    pair = key_pair()
    settings = ServerConfig(
        data=str(data), certificate=str(pair.certificate), private_key=str(pair.private_key)
    )
    with closing(DataFolder(data)), running_server(certificates=certificates(), console=key_file(data)):
        yield settings


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 be an address like those that other machines have."""
    for place in ("net.entrance", "cli.asking"):
        monkeypatch.setattr(f"chat.server.{place}.is_loopback", lambda _: False)
    monkeypatch.setattr("chat.server.state.session.on_this_machine", lambda _: False)


@pytest.mark.usefixtures("elsewhere")
def test_a_server_on_one_address_of_the_network_is_asked_over_tls(tmp_path: Path) -> None:
    """Passwords too: it takes no plain text there."""
    with running(tmp_path) as settings, asking(settings) as ask:
        assert ask(AddUser(id="1", nick="ann", password=GOOD)).user.nick == "ann"


@pytest.mark.usefixtures("elsewhere")
def test_the_key_is_told_to_the_server_of_this_folder_alone(tmp_path: Path) -> None:
    """Its certificate says whether it is that: an address may have become somebody else's."""
    with running(tmp_path) as settings:
        other = key_pair("another")
        named = ServerConfig(
            data=settings.data, certificate=str(other.certificate), private_key=str(other.private_key)
        )
        with pytest.raises(BadConfig, match="is not the server of this folder"), asking(named):
            pass


def test_a_server_that_ends_the_connection_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own words."""
    with running(tmp_path) as settings:
        monkeypatch.setattr("chat.server.net.entrance.is_loopback", lambda _: False)
        with pytest.raises(BadConfig, match="connect with TLS on the same port"), asking(settings) as ask:
            ask(Stats(id="1"))
