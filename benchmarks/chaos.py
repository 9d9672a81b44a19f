"""Twenty people talk while the server is killed 50 times and their links are cut 200 times: who lost what?

    python -m benchmarks.chaos              the whole account, some minutes
    python -m benchmarks.chaos --quick      a small one, to see that it works
    python -m benchmarks.chaos --only resume

Run it in the checkout's folder: the bad network between the clients and the server is that of the tests. The
server is a process of its own on a database of its own, killed by SIGKILL at random instants and started
again; each client has a way of its own to it, which is reset or closed, now or exactly where a request or a
reply passes. At the end every message is accounted for, as the sender, as the log and as each reader saw it.
Loopback only; ends within `--seconds` and cleans up after itself. The exit code is 1 unless nothing was lost,
doubled or swapped.
"""

import argparse
import gc
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from chat.client.catch_up import Forwards
from chat.client.changes import Change, EntriesAdded, OutboxChanged, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.state import ClientState
from chat.ids import new_send_id
from chat.protocol.codec import encode
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Conversation
from chat.protocol.replies import HistoryResult, SendResult
from chat.protocol.requests import Join, Send
from tests.support.account import account_of
from tests.support.fault_links import End, Trap, Way
from tests.support.fault_proxy import FaultProxy
from tests.support.server import ServerProcess
from tests.support.wire_client import WireClient

CHANNELS = ("#general", "#dev", "#ops", "#random")
WINDOW = 64
SEED = 20

_PASSING = (b'"type":"send"', b'"send_result"')


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    clients: int
    sends: int
    kills: int
    cuts: int
    seconds: float
    resume: int


class Person:
    """A client that says numbered messages in all channels, and notes what it sent and what it heard."""

    def __init__(self, nick: str, server: tuple[str, int], sends: int) -> None:
        self.nick = nick
        self.proxy = FaultProxy(server)
        self.sent = {
            name: [f"{nick} {number}" for number in range(at, sends, len(CHANNELS))]
            for at, name in enumerate(CHANNELS)
        }
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.heard: Counter[tuple[str, int]] = Counter()
        self._cuts = 0
        self._traps: list[Trap] = []
        self._lock = threading.Lock()
        settings = ClientSettings(identities=MemoryIdentities(), policy=Forwards())
        self.client = ChatClient([self.proxy.address], nick, self._hear, settings)
        self.client.start()

    def join_all(self) -> None:
        """Be a member everywhere."""
        assert self.client.wait_open(30), self.client.link
        for name in CHANNELS[1:]:
            self.client.ask(Join, target=name).result(30)

    def say_all(self) -> None:
        """Put everything into the outbox, the channels in turn."""
        for number in range(max(map(len, self.sent.values()))):
            for name, texts in self.sent.items():
                if number < len(texts):
                    self.client.say(name, texts[number])

    @property
    def done(self) -> int:
        """How many messages were acknowledged."""
        with self._lock:
            return len(self.acknowledged)

    @property
    def cuts(self) -> int:
        """How often the link was cut."""
        return self._cuts + sum(trap.cuts for trap in self._traps)

    def cut(self, chance: random.Random) -> None:
        """End the link in one of four ways."""
        end = chance.choice((End.RESET, End.CLOSE))
        if chance.random() < 0.5:
            self._cuts += self.proxy.links
            self.proxy.cut(end)
        else:
            pattern = chance.choice(_PASSING)
            way = Way.TO_SERVER if pattern is _PASSING[0] else Way.TO_CLIENT
            self._traps.append(self.proxy.cut_at(way, pattern, passing=chance.random() < 0.5, end=end))

    def stop(self) -> None:
        """Leave, and take the network down."""
        self.client.stop()
        self.proxy.close()

    def _hear(self, change: Change) -> None:
        with self._lock:
            if isinstance(change, OutboxChanged) and change.item.state is SendState.STORED:
                assert change.item.text not in self.acknowledged, "acknowledged twice"
                self.acknowledged[change.item.text] = (change.item.conversation, change.item.number)
            elif isinstance(change, EntriesAdded):
                self.heard.update((entry.conversation, entry.number) for entry in change.entries)


def chaos(plan: Plan) -> bool:
    """Run it and print the account; returns whether every promise was kept."""
    chance = random.Random(SEED)
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chat-chaos-")))
        server = stack.enter_context(ServerProcess(folder / "data", program="chat.server.cli"))
        people = [
            Person(f"p{number}", server.address, plan.sends // plan.clients) for number in range(plan.clients)
        ]
        for person in people:
            stack.callback(person.stop)
        for person in people:
            person.join_all()
        for person in people:
            person.say_all()
        kills = _make_trouble(plan, server, people, chance, began)
        _wait_until_all_is_said(plan, people, began)
        logs = {name: _log(people[0].client, name) for name in CHANNELS}
        caught_up = all(person.client.wait_idle(60) for person in people)
        took = time.monotonic() - began
        return _account(people, logs, kills, took) and caught_up


def _make_trouble(
    plan: Plan, server: ServerProcess, people: list[Person], chance: random.Random, began: float
) -> int:
    """Kill and cut at random numbers of acknowledged messages; gives how often the server was killed."""
    total = plan.sends // plan.clients * plan.clients
    # Past the last one nothing is under way, so the instants keep away from the very end. Some cuts meet a
    # link that is down already, or wait for a request that never comes: so there are more than are wanted.
    instants = [(chance.randrange(total * 9 // 10), "kill") for _ in range(plan.kills)]
    instants += [(chance.randrange(total * 9 // 10), "cut") for _ in range(plan.cuts * 2)]
    killed = 0
    for instant, what in sorted(instants):
        if not _wait(lambda at=instant: sum(person.done for person in people) >= at, plan.seconds, began):
            break
        if what == "kill":
            server.kill()
            server.start()
            killed += 1
            for person in people:
                person.client.connect_now()
        elif sum(person.cuts for person in people) < plan.cuts:
            unlucky = chance.choice(people)
            unlucky.cut(chance)
            unlucky.client.connect_now()
    return killed


def _wait_until_all_is_said(plan: Plan, people: list[Person], began: float) -> None:
    for person in people:
        person.proxy.restore()
    expected = {person.nick: sum(map(len, person.sent.values())) for person in people}
    _wait(lambda: all(person.done == expected[person.nick] for person in people), plan.seconds, began)


def _wait(condition: Callable[[], bool], seconds: float, began: float) -> bool:
    """Wait until something is so; says whether it came to that in time."""
    pause = threading.Event()
    while not condition():
        if time.monotonic() - began > seconds:
            return False
        pause.wait(0.002)
    return True


def _log(client: ChatClient, name: str) -> list[AnyEntry]:
    """Read a whole log back, page by page."""
    entries: list[AnyEntry] = []
    while True:
        after = entries[-1].number if entries else 0
        page: HistoryResult = client.fill(name, after=after).result(30)
        entries.extend(page.entries)
        if not page.entries or entries[-1].number >= page.last:
            return entries


def _account(people: list[Person], logs: Mapping[str, list[AnyEntry]], kills: int, took: float) -> bool:
    """Print what became of everything."""
    cuts = sum(person.cuts for person in people)
    print(f"\n{kills} kills of the server and {cuts} cuts of links in {took:.0f} s, {len(people)} clients\n")
    print(
        f"{'channel':<10}{'sent':>8}{'ok':>8}{'lost':>6}{'doubled':>9}{'swapped':>9}{'moved':>7}{'unknown':>9}"
        f"{'holes':>7}"
    )
    clean = True
    for name, log in logs.items():
        sent = {person.nick: person.sent[name] for person in people}
        texts = {text for said in sent.values() for text in said}
        acknowledged = {
            text: place[1]
            for person in people
            for text, place in person.acknowledged.items()
            if text in texts
        }
        account = account_of(sent, acknowledged, log)
        holes = [entry.number for entry in log] != list(range(1, len(log) + 1))
        print(
            f"{name:<10}{len(texts):>8}{account.ok:>8}{account.lost:>6}{account.doubled:>9}"
            f"{account.swapped:>9}{account.moved:>7}{account.unknown:>9}{holes:>7}"
        )
        clean = clean and account.clean and not account.unknown and not holes
    missed, twice = _as_readers_saw_it(people, logs.values())
    print(f"\nas the readers saw it: {missed} entries missed, {twice} shown twice, over all clients")
    return clean and not missed and not twice


def _as_readers_saw_it(people: list[Person], logs: Iterable[list[AnyEntry]]) -> tuple[int, int]:
    """Count what any reader missed of what was said, and what was told to one twice."""
    said = {(entry.conversation, entry.number) for log in logs for entry in log if isinstance(entry, Message)}
    missed = sum(len(said - person.heard.keys()) for person in people)
    twice = sum(count > 1 for person in people for count in person.heard.values())
    return missed, twice


def resume(plan: Plan) -> bool:
    """Be away while much is said, come back under live traffic, and print time and memory."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chat-resume-")))
        server = stack.enter_context(ServerProcess(folder / "data", program="chat.server.cli"))
        proxy = stack.enter_context(FaultProxy(server.address))
        heard: Counter[int] = Counter()
        settings = ClientSettings(identities=MemoryIdentities(), policy=Forwards())
        reader = ChatClient([proxy.address], "reader", lambda change: _count(change, heard), settings)
        stack.callback(reader.stop)
        reader.start()
        assert reader.wait_open(30)
        with reader.reading() as state:
            position = _general(state).last
        proxy.refuse()
        proxy.cut()
        first = _flood(server.address, plan.resume)
        gc.collect()
        before = _resident_mebibytes()
        began = time.monotonic()
        proxy.restore()
        reader.connect_now()
        writer = threading.Thread(target=_flood, args=(server.address, 2000))
        writer.start()
        shown = _wait(lambda: len(heard) > 0, 60, began)
        first_page = time.monotonic() - began
        _wait(lambda: heard[first] > 0 and len(heard) >= plan.resume, plan.seconds, began)
        took = time.monotonic() - began
        writer.join()
        assert reader.wait_idle(60)
        grown = _resident_mebibytes() - before
        with reader.reading() as state:
            record = _general(state)
        missed = set(range(position + 1, record.last + 1)) - heard.keys()
    twice = sum(count > 1 for count in heard.values())
    print(
        f"\nresume of {plan.resume} missed messages while 2,000 more were said: first page after "
        f"{first_page * 1000:.0f} ms, all after {took:.1f} s ({plan.resume / took:,.0f}/s), "
        f"{grown:.0f} MiB more memory; {len(missed)} missed, {twice} shown twice"
    )
    return shown and not missed and not twice


def _general(state: ClientState) -> Conversation:
    """Return the record of the lobby."""
    found = state.conversations.find("#general")
    assert found is not None
    return found.record


def _resident_mebibytes() -> float:
    """Return what this process has in memory, where the system tells it; else 0."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _count(change: Change, heard: Counter[int]) -> None:
    if isinstance(change, EntriesAdded):
        heard.update(entry.number for entry in change.entries)


def _flood(server: tuple[str, int], count: int) -> int:
    """Say so many messages as fast as the server stores them; gives the number of the last one."""
    with WireClient(server, patience=60) as client:
        client.hello(f"flood{count}")
        number = 0
        for begin in range(0, count, WINDOW):
            window = range(begin, min(count, begin + WINDOW))
            # not validated against the schema, which would take longer than all the rest
            client.send_bytes(b"".join(encode(_send(at)) for at in window))
            for _ in window:
                number = msgspec.json.decode(client.read_line(), type=SendResult).number
    return number


def _send(number: int) -> Send:
    text = f"message {number} of many, of the length that people's messages have"
    send_id = new_send_id(int(time.time() * 1000))
    return Send(id=str(number), send_id=send_id, target="#general", text=text)


def main() -> int:
    """Parse the options, run, and say by the exit code whether every promise was kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="4 clients, 1,200 sends, 4 kills, 12 cuts")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--sends", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--resume", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=900.0, help="give up after so long")
    parser.add_argument("--only", choices=["chaos", "resume"])
    options = parser.parse_args()
    plan = Plan(options.clients, options.sends, options.kills, options.cuts, options.seconds, options.resume)
    if options.quick:
        plan = Plan(4, 1200, 4, 12, 120.0, 5000)
    kept = True
    if options.only != "chaos":
        kept = resume(plan)
    if options.only != "resume":
        kept = chaos(plan) and kept
    print("\nevery promise was kept" if kept else "\nA PROMISE WAS BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
