"""A server that is started from the client: found, waited for, stopped, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.client.client import ChatClient, ClientSettings
from chat.client.hosting import HostedServer, HostOptions, host
from chat.client.identity_stores import MemoryIdentities
from chat.client.probe import welcome_at
from chat.errors import BadConfig, ChatError
from chat.file_lock import FileLock
from chat.protocol.entries import Message
from tests.support.frames import welcome
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder that is not there yet."""
    return tmp_path / "state" / "chat-tui"


@pytest.fixture
def options(tmp_path: Path) -> HostOptions:
    """A server on a free port with a database of its own."""
    return HostOptions(listen=("127.0.0.1:0",), data=str(tmp_path / "data"))


@pytest.fixture
def hosted(options: HostOptions, folder: Path) -> Iterator[HostedServer]:
    """A real server."""
    server = host(options, folder)
    yield server
    assert server.stop()


def program(tmp_path: Path, *lines: str) -> list[str]:
    """A command that is said to start a server and does what the test wants."""
    script = tmp_path / "program.py"
    script.write_text("\n".join(("import os, sys", *lines)))
    return [sys.executable, str(script)]


def test_a_hosted_server_can_be_joined_and_stopped(options: HostOptions, folder: Path) -> None:
    """It listens when `host` returns, serves, and is gone after `stop`."""
    server = host(options, folder)
    assert server.is_ours
    settings = ClientSettings(identities=MemoryIdentities())
    with ChatClient([server.address], "ann", settings=settings) as client:
        assert client.wait_open(10)
        client.say("#general", "hello")
        assert client.wait_idle(10)
    assert server.stop()
    assert welcome_at(server.address) is None
    assert "stopped" in server.log.read_text()


def test_a_second_host_finds_the_running_server(
    hosted: HostedServer, options: HostOptions, folder: Path
) -> None:
    """It is used as it is, and stopping what was only found stops nothing."""
    second = host(options, folder)
    assert second.address == hosted.address
    assert second.fingerprint == hosted.fingerprint
    assert len(hosted.fingerprint) == 64
    assert not second.is_ours
    assert second.stop()
    assert welcome_at(hosted.address) is not None


def test_a_server_that_was_written_down_but_is_gone_is_replaced(options: HostOptions, folder: Path) -> None:
    """A note of yesterday, or a damaged one, is no server."""
    first = host(options, folder)
    assert first.stop()
    second = host(options, folder)
    assert second.is_ours
    assert second.stop()
    (folder / "hosted.json").write_bytes(b'{"address": 7}')
    third = host(options, folder)
    assert third.is_ours
    assert third.stop()


def test_a_hosted_server_never_outlives_its_owner(options: HostOptions, folder: Path) -> None:
    """When the client's process is killed, the server stops by itself."""
    script = "\n".join(
        (
            "import pathlib, sys",
            "from chat.client.hosting import HostOptions, host",
            "options = HostOptions(listen=('127.0.0.1:0',), data=sys.argv[1])",
            "print(host(options, pathlib.Path(sys.argv[2])).address.port, flush=True)",
            "sys.stdin.read()",
        )
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, options.data, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        found = host(options, folder)
        assert (found.address.port, found.is_ours) == (port, False)
        owner.kill()
    wait_until(lambda: welcome_at(found.address) is None, seconds=10, what="the server to stop")


def test_a_server_that_is_kept_goes_on(options: HostOptions, folder: Path) -> None:
    """It is not stopped with the one who started it, and is found by the next."""
    server = host(HostOptions(options.listen, data=options.data, keep=True), folder)
    assert not server.is_ours
    assert server.stop()
    assert welcome_at(server.address) is not None
    again = host(options, folder)
    assert again.address == server.address
    assert server.process_id is not None
    os.kill(server.process_id, signal.SIGTERM)
    server.wait(10)


def test_a_server_that_was_killed_is_started_again_where_it_was(hosted: HostedServer) -> None:
    """Clients come back by themselves, and what was stored is there; in order it stops as ever."""
    settings = ClientSettings(identities=MemoryIdentities())
    with ChatClient([hosted.address], "ann", settings=settings) as client:
        assert client.wait_open(10)
        client.say("#general", "before")
        assert client.wait_idle(10)
        killed = hosted.process_id
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        client.say("#general", "after")
        assert client.wait_idle(20)
        assert hosted.process_id not in {killed, None}
        entries = client.fill("#general", after=0).result(10).entries
    assert [entry.text for entry in entries if isinstance(entry, Message)] == ["before", "after"]


def test_a_server_that_somebody_stopped_in_order_stays_stopped(options: HostOptions, folder: Path) -> None:
    """Whoever did that had a reason."""
    server = host(options, folder)
    first = server.process_id
    assert first is not None
    os.kill(first, signal.SIGTERM)
    assert server.wait(10)
    assert server.stop()
    assert server.process_id == first
    assert welcome_at(server.address) is None


def test_a_server_that_does_not_start_says_why(options: HostOptions, folder: Path) -> None:
    """Its own sentence is passed on, such as that of a port in use."""
    with ScriptedServer() as other, pytest.raises(ChatError, match=f"{other.address.port} is in use"):
        host(HostOptions((str(other.address),), data=options.data), folder)
    assert not (folder / "hosted.json").exists()


def test_a_server_that_ends_without_a_word_is_named_too(
    options: HostOptions, folder: Path, tmp_path: Path
) -> None:
    """The sentence tells where its log is."""
    with pytest.raises(ChatError, match=r"said nothing; its log is .*server\.log"):
        host(options, folder, program(tmp_path, "sys.exit(3)"))


def test_a_server_that_is_never_ready_is_given_up(
    monkeypatch: pytest.MonkeyPatch, options: HostOptions, folder: Path, tmp_path: Path
) -> None:
    """It is killed, so that it does not surprise anybody later."""
    monkeypatch.setattr("chat.client.hosting.READY_SECONDS", 0.5)
    note = tmp_path / "pid"
    command = program(tmp_path, f"open({str(note)!r}, 'w').write(str(os.getpid()))", "sys.stdin.read()")
    with pytest.raises(ChatError, match="not ready"):
        host(options, folder, command)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_a_server_that_ignores_the_request_to_stop_is_killed(
    options: HostOptions, folder: Path, tmp_path: Path
) -> None:
    """`stop` says that it was not done in order, and leaves nothing behind."""
    command = program(
        tmp_path,
        "import signal",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "print('listening on 127.0.0.1:9', flush=True)",
        "sys.stdin.read()",
        "signal.pause()",
    )
    server = host(options, folder, command)
    assert not server.stop(seconds=0.2)
    assert server.process_id is not None
    with pytest.raises(ProcessLookupError):
        os.kill(server.process_id, 0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("listening on 0.0.0.0:7420", "127.0.0.1:7420"),
        ("listening on [::]:7420", "[::1]:7420"),
        ("listening on :7420", "127.0.0.1:7420"),
        ("listening on 192.0.2.7:7420", "192.0.2.7:7420"),
        ('{\\"event\\":\\"listening on [::1]:7421\\"}', "[::1]:7421"),
    ],
)
def test_the_address_is_the_one_that_this_machine_can_use(
    options: HostOptions, folder: Path, tmp_path: Path, line: str, expected: str
) -> None:
    """What listens on all interfaces is reached by loopback."""
    command = program(tmp_path, f'print("{line}", flush=True)', "sys.stdin.read()")
    server = host(options, folder, command)
    server.stop()
    assert str(server.address) == expected


def test_the_options_reach_the_server(folder: Path, tmp_path: Path) -> None:
    """Each has its place on the command line; a server that ends with its owner watches its input."""
    command = program(
        tmp_path,
        "print(sys.argv[1:], file=sys.stderr)",
        "print('listening on :1', flush=True)",
        "sys.stdin.read()",
    )
    server = host(HostOptions(("a:1", "b:2"), local=True, data="d"), folder, command)
    server.stop()
    assert (
        server.log.read_text().split()
        == str(["--listen", "a:1", "--listen", "b:2", "--local", "--data", "d", "--owner-pipe"]).split()
    )
    assert server.log.stat().st_mode & 0o777 == 0o600


def test_a_long_log_is_begun_anew(
    monkeypatch: pytest.MonkeyPatch, options: HostOptions, folder: Path, tmp_path: Path
) -> None:
    """Logs of many runs do not fill the disk; those of the last runs are kept."""
    monkeypatch.setattr("chat.client.hosting._LOG_BYTES", 1000)
    command = program(
        tmp_path,
        "print('x' * 700, file=sys.stderr)",
        "print('listening on :1', flush=True)",
        "sys.stdin.read()",
    )
    sizes = []
    for _ in range(3):
        server = host(options, folder, command)
        server.stop()
        sizes.append(server.log.stat().st_size)
    assert sizes == [701, 1402, 701]


def test_two_clients_do_not_start_two_servers(
    monkeypatch: pytest.MonkeyPatch, options: HostOptions, folder: Path
) -> None:
    """Who comes while another is starting one waits, and is told when that takes too long."""
    monkeypatch.setattr("chat.client.hosting.READY_SECONDS", 0.1)
    folder.mkdir(parents=True)
    lock = FileLock.take(folder / "hosted.lock")
    assert lock is not None
    with pytest.raises(ChatError, match="Another client"):
        host(options, folder)
    lock.release()


def test_a_folder_that_can_not_be_used_is_named(options: HostOptions, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="can't be used"):
        host(options, tmp_path / "file" / "below")


def test_a_look_at_an_address_tells_who_is_there() -> None:
    """A chat server by its welcome; anything else, silence and nobody are no server."""
    with ScriptedServer() as server:
        assert welcome_at(server.address, seconds=0.1) is None
        server.accept()
    assert welcome_at(server.address, seconds=0.1) is None


@pytest.mark.parametrize(("said", "found"), [(welcome(), True), (b"SSH-2.0-x\r\n", False), (b"", False)])
def test_what_says_something_else_is_no_chat_server(said: object, found: bool) -> None:
    """The first line decides."""
    with ScriptedServer() as server:

        def play() -> None:
            link = server.accept()
            if isinstance(said, bytes):
                link.say_bytes(said)
            else:
                link.say(welcome())
            link.close()

        thread = threading.Thread(target=play)
        thread.start()
        assert (welcome_at(server.address) is not None) is found
        thread.join()
