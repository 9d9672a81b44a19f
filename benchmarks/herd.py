"""How a crowd fares: 1,000 clients of a server that is killed, and 60 that must all hear the same.

    python -m benchmarks.herd              the figures of docs/performance.md, about a minute
    python -m benchmarks.herd --quick      small and short, to see that it works

All clients are raw links in one process. Those of the killed server dial all in the same moment, when it
listens again: harsher than the pauses of our clients would have it.
"""

import argparse
import hashlib
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.herd import Herd
from tests.support.server import ServerProcess

BACK_WITHIN = 15.0
"""P7."""
PATIENCE = 120.0


def back_after_a_kill(clients: int) -> None:
    """Kill the server, start it again, and see when everybody is in step."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(Path(folder) / "data", program="chat.server.cli") as server,
        Herd(server.address, clients) as herd,
    ):
        herd.come(PATIENCE)
        first = max(herd.back_after)
        server.kill()
        herd.run_until(lambda: not any(sheep.in_step for sheep in herd.sheep), 10, "links to be lost")
        server.start()
        herd.come(PATIENCE)
        errors = sum(len(sheep.errors) for sheep in herd.sheep)
        times = sorted(herd.back_after)
    print("| clients | new ones in step, s | back after a kill, s: p50 | p99 | last | errors |")
    print("|---|---|---|---|---|---|")
    middle, late, last = times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]
    print(f"| {clients:,} | {first:.1f} | {middle:.2f} | {late:.2f} | {last:.2f} | {errors} |")
    assert not errors
    assert last <= BACK_WITHIN, f"promised within {BACK_WITHIN:g} s"


def one_order_for_all(clients: int, channels: int, messages: int) -> None:
    """Let all talk at once in all channels, and compare what each has heard, byte for byte."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(Path(folder) / "data", program="chat.server.cli") as server,
        Herd(server.address, clients) as herd,
    ):
        herd.come(PATIENCE)
        rooms = [f"#room{number}" for number in range(channels)]
        _ask_all(herd, "join", [{"target": room} for room in rooms])
        _ask_all(herd, "ping", [{}])
        for sheep in herd.sheep:
            sheep.heard.clear()
        began = time.monotonic()
        each = messages // clients
        _say_all(herd, rooms, each)
        herd.run_until(_all_heard(herd, each * clients), PATIENCE * 2, "all to hear all")
        passed = time.monotonic() - began
        logs = {_digest(sheep.heard) for sheep in herd.sheep}
        dense = all(_is_dense(lines) for lines in herd.sheep[0].heard.values())
    said = each * clients
    print("| clients | channels | messages | deliveries/s | different logs | dense |")
    print("|---|---|---|---|---|---|")
    rate = said * clients / passed
    print(f"| {clients} | {channels} | {said:,} | {rate:,.0f} | {len(logs) - 1} | {dense} |")
    assert len(logs) == 1
    assert dense


def _ask_all(herd: Herd, kind: str, requests: list[dict[str, str]]) -> None:
    """Have everybody ask this, and wait for all answers."""
    wanted = herd.sheep[0].answers + len(requests)
    for sheep in herd.sheep:
        for number, fields in enumerate(requests):
            send_id = {"send_id": f"{sheep.nick}-{kind}-{number}"} if kind != "ping" else {}
            sheep.say(kind, id="r", **send_id, **fields)
    herd.push()
    herd.run_until(lambda: all(sheep.answers == wanted for sheep in herd.sheep), PATIENCE, kind)


def _say_all(herd: Herd, rooms: list[str], each: int) -> None:
    for sheep in herd.sheep:
        for number in range(each):
            target, text = rooms[number % len(rooms)], f"{sheep.nick} {number}"
            sheep.say("send", id="s", send_id=f"{sheep.nick}-send-{number}", target=target, text=text)
    herd.push()


def _all_heard(herd: Herd, said: int) -> Callable[[], bool]:
    return lambda: all(sum(map(len, sheep.heard.values())) == said for sheep in herd.sheep)


def _digest(heard: dict[str, list[bytes]]) -> str:
    return hashlib.sha256(b"\n".join(b"\n".join(heard[room]) for room in sorted(heard))).hexdigest()


def _is_dense(lines: list[bytes]) -> bool:
    numbers = [json.loads(line)["number"] for line in lines]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    back_after_a_kill(50 if options.quick else 1000)
    print()
    if options.quick:
        one_order_for_all(6, 4, 600)
    else:
        one_order_for_all(60, 20, 30_000)


if __name__ == "__main__":
    main()
