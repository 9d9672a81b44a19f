"""P3 and P7 with crowds of raw links: one order for all, and everybody back soon after a restart."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.server.storage import MemoryStore
from tests.support.faulty_store import FaultyStore
from tests.support.herd import Herd
from tests.support.schema import validate_server_line
from tests.support.server import ServerProcess, running_server

BACK_WITHIN = 15.0


@pytest.mark.e2e
def test_a_herd_is_back_soon_after_the_server_was_killed(tmp_path: Path) -> None:
    """Everybody as who they were, each after a pause of their own."""
    with ServerProcess(tmp_path / "data") as server, Herd(server.address, 100) as herd:
        herd.come(BACK_WITHIN)
        server.kill()
        server.start()
        herd.run_until(lambda: not any(sheep.in_step for sheep in herd.sheep), 5, "all links to be lost")
        herd.come(BACK_WITHIN)
        assert not any(sheep.errors for sheep in herd.sheep)
        assert not any(sheep.new for sheep in herd.sheep)
        spread = max(herd.back_after) - min(herd.back_after)
        assert spread > 0.1, f"all came within {spread} s"


def test_a_known_device_comes_back_though_nothing_can_be_written() -> None:
    """Neither hello nor sync waits for a write."""
    store = FaultyStore(MemoryStore())
    with running_server(store=lambda: store) as first, Herd(first.address, 20) as herd:
        herd.come(5)
        first.stop()
        store.switch.refuse_writes()
        with running_server(store=lambda: store) as second:
            herd.address = second.address
            herd.run_until(lambda: not any(sheep.in_step for sheep in herd.sheep), 5, "all links to be lost")
            herd.come(5)
            assert not any(sheep.errors for sheep in herd.sheep)


@pytest.fixture
def herd() -> Iterator[Herd]:
    """Twelve clients in step with a server."""
    with running_server() as server, Herd(server.address, 12) as herd:
        herd.come(5)
        yield herd


def test_all_hear_the_same_in_the_same_order(herd: Herd) -> None:
    """Byte for byte, in every channel, whoever talks at the same time."""
    channels, rounds = [f"#room{number}" for number in range(4)], 25
    for sheep in herd.sheep:
        for channel in channels:
            sheep.say("join", id="j", send_id=f"{sheep.nick}-{channel[1:]}", target=channel)
    herd.push()
    _hear_all(herd, 4, "all to have joined")
    for sheep in herd.sheep:
        sheep.say("ping", id="p")
    herd.push()
    _hear_all(herd, 5, "all to have heard of that")
    for sheep in herd.sheep:
        sheep.heard.clear()
        for number in range(rounds * 4):
            text = f"{sheep.nick} {number}"
            target = channels[number % 4]
            sheep.say("send", id="s", send_id=f"{sheep.nick}-send-{number}", target=target, text=text)
    herd.push()
    said = len(herd.sheep) * rounds
    herd.run_until(lambda: all(_complete(sheep.heard, said) for sheep in herd.sheep), 20, "all to hear all")
    logs = herd.sheep[0].heard
    assert all(sheep.heard == logs for sheep in herd.sheep)
    for lines in logs.values():
        numbers = [json.loads(line)["number"] for line in lines]
        assert numbers == list(range(numbers[0], numbers[0] + said))
        for line in lines[::50]:
            validate_server_line(line)


def _hear_all(herd: Herd, answers: int, what: str) -> None:
    herd.run_until(lambda: all(sheep.answers == answers for sheep in herd.sheep), 10, what)


def _complete(heard: dict[str, list[bytes]], said: int) -> bool:
    return len(heard) == 4 and all(len(lines) == said for lines in heard.values())
