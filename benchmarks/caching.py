"""What it costs a client to keep what it hears for the next start, in processor time of all its threads.

    python benchmarks/caching.py

A client without a screen takes in 1,000 messages a second for some seconds, in turns without and with a cache
on disk. Takes less than a minute.
"""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from chat.client.cache import NothingCached
from chat.client.cache_store import SqliteCache
from chat.client.catch_up import NewestFirst
from chat.client.core import ClientCore
from chat.client.identity import Owner
from chat.client.outbox import Outbox
from chat.clock import SystemClock
from chat.protocol import replies
from chat.protocol.entries import Message
from chat.protocol.records import Conversation, ConversationKind

RATE = 1_000
SECONDS = 6.0
TICK = 0.005
ROUNDS = 3
TEXT = "the probe on node three still fails after last night could you look at it"


def message(number: int) -> Message:
    """Somebody says something of usual length."""
    user = f"u{number % 9}"
    return Message(
        conversation="one", number=number, user=user, nick=user, timestamp=datetime.now(UTC), text=TEXT
    )


def caching(path: Path | None) -> float:
    """Take in messages for a while, kept in a file if one is given; returns the share of a processor."""
    cache = SqliteCache(path, "localhost", "me") if path else NothingCached()
    core = ClientCore(SystemClock(), Outbox(), NewestFirst(), lambda: None, cache)
    core.begin()
    core.recall(Owner("server", "me"))
    record = Conversation(conversation="one", kind=ConversationKind.CHANNEL, name="#one")
    with core.guard:
        changes = core.state.apply(replies.CreateChannelResult(id="1", conversation=record, number=1))
    cache.note(changes, core.state.people)
    began, used, sent = time.monotonic(), time.process_time(), 0
    while (now := time.monotonic() - began) < SECONDS:
        due = int(now * RATE)
        for number in range(sent, due):
            core.receive([message(number + 1)])
            core.take_news()
        sent = due
        time.sleep(TICK)
    share = (time.process_time() - used) / (time.monotonic() - began)
    core.close()
    return share


def main() -> None:
    """Measure in turns, and print each pair."""
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS):
            without, kept = caching(None), caching(Path(folder) / f"{turn}.sqlite")
            print(f"{RATE:,} messages/s: {without:.1%} processor, {kept:.1%} while they are kept")


if __name__ == "__main__":
    main()
