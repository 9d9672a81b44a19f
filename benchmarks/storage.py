"""How many messages a second the store keeps, by the size of a batch; each batch is flushed to disk.

    python benchmarks/storage.py [--seconds 2] [--folder FOLDER]

Prints a table. The folder decides which disk is measured; what is made in it is removed.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from chat.clock import SystemClock
from chat.deadline import Deadline
from chat.ids import SendId, new_send_id
from chat.protocol.entries import Created, Message
from chat.protocol.records import ConversationKind, UserKind
from chat.server.domain.model import ConversationState, SendRow, UserState, conversation_id, user_id
from chat.server.ports import Batch, Store
from chat.server.storage import open_store

BATCH_SIZES = (1, 8, 64, 512)
CHANNELS = 20
USERS = 100
TEXT = " ".join(["message"] * 16)
NOW = datetime.now(UTC)


class Measured(NamedTuple):
    """What one batch size came to."""

    size: int
    messages: int
    seconds: float
    cpu_seconds: float
    commits: list[float]

    def row(self) -> str:
        """Return a line of the table."""
        ordered = sorted(self.commits)
        middle, slow = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return (
            f"| {self.size:>5} | {self.messages / self.seconds:>10,.0f} | "
            f"{self.cpu_seconds / self.messages * 1e6:>14.1f} | {middle * 1e3:>13.2f} | {slow * 1e3:>13.2f} |"
        )


def founding() -> Batch:
    """Return the first batch: users and channels."""
    users = [
        UserState(id=user_id(row), kind=UserKind.GUEST, nick=f"n{row}", nick_key=f"n{row}", created=NOW)
        for row in range(1, USERS + 1)
    ]
    channels = [_channel(row, last=1) for row in range(1, CHANNELS + 1)]
    entries = [
        Created(
            conversation=channel.id,
            number=1,
            user=users[0].id,
            nick=users[0].nick,
            timestamp=NOW,
            kind=channel.kind,
            name=channel.name,
        )
        for channel in channels
    ]
    return Batch(number=1, users=users, conversations=channels, entries=entries)


def batches(size: int) -> Iterator[Batch]:
    """Yield batches of messages without end, spread over all channels and users."""
    last = dict.fromkeys(range(1, CHANNELS + 1), 1)
    number, sent = 1, 0
    while True:
        entries, sends = [], []
        for _ in range(size):
            sent += 1
            channel, user = sent * 7 % CHANNELS + 1, user_id(sent * 13 % USERS + 1)
            last[channel] += 1
            message = _message(channel, last[channel], user)
            entries.append(message)
            sends.append(
                SendRow(
                    user=user,
                    send_id=SendId(message.send_id),
                    request_hash=b"0123456789abcdef",
                    conversation=conversation_id(channel),
                    number=message.number,
                    timestamp=message.timestamp,
                )
            )
        number += 1
        touched = {int(entry.conversation[1:]) for entry in entries}
        states = [_channel(row, last[row]) for row in touched]
        yield Batch(number=number, conversations=states, entries=entries, sends=sends)


def measure(store: Store, size: int, seconds: float) -> Measured:
    """Commit batches of one size for some time; making them is not counted."""
    store.commit(founding())
    deadline, commits, cpu = Deadline(seconds), list[float](), 0.0
    for batch in batches(size):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        store.commit(batch)
        commits.append(time.perf_counter() - begun)
        cpu += time.process_time() - begun_cpu
        if deadline.expired:
            break
    return Measured(size, size * len(commits), sum(commits), cpu, commits)


def main() -> None:
    """Measure all sizes and print the table."""
    parser = argparse.ArgumentParser(description="Messages a second that the store keeps, by batch size.")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each size")
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    options = parser.parse_args()
    print("| batch | messages/s | CPU us/message | commit p50 ms | commit p99 ms |")
    print("|------:|-----------:|---------------:|--------------:|--------------:|")
    for size in BATCH_SIZES:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            store = open_store(Path(folder), SystemClock())
            print(measure(store, size, options.seconds).row(), flush=True)
            store.close()


def _channel(row: int, last: int) -> ConversationState:
    name = f"#channel-{row}"
    return ConversationState(
        id=conversation_id(row), kind=ConversationKind.CHANNEL, name=name, name_key=name, last=last
    )


def _message(channel: int, number: int, user: str) -> Message:
    return Message(
        conversation=conversation_id(channel),
        number=number,
        user=user,
        nick="somebody",
        timestamp=NOW,
        text=TEXT,
        send_id=new_send_id(time.time_ns() // 1_000_000),
    )


if __name__ == "__main__":
    main()
