"""Caches on disk as a client uses them, and what stands in their file."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chat.client.cache import Cached, CachedTalk, NothingCached
from chat.client.cache_store import SqliteCache
from chat.client.changes import (
    Change,
    ConversationAdded,
    EntriesAdded,
    MeChanged,
    WelcomeSeen,
)
from chat.client.identity import Owner
from chat.client.people import People
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Conversation, User
from tests.support.clock import FakeClock
from tests.support.frames import channel, message, user, welcome
from tests.support.hub_client import HubClient
from tests.support.waiting import wait_until

ATTIC = Owner("a" * 32, "ann's")
"""Ann on one server."""
CELLAR = Owner("c" * 32, "ann's")
"""Ann on another."""
BEN = Owner("a" * 32, "ben's")
"""Ben on the first."""


class KeptCache:
    """A store that has begun, with an owner.

    Attributes:
        store: the store.
        told: what it said of trouble.
        people: who is known to the client.
        clock: the time.
    """

    def __init__(self, path: Path, owner: Owner | None = ATTIC, *, nick: str = "ann", **options: Any) -> None:
        self.clock = FakeClock()
        self.store = SqliteCache(path, "attic:7420", nick, clock=self.clock, **options)
        self.told: list[str] = []
        self.people = People()
        self.store.begin(self.told.append)
        self.found = self.store.load(owner)

    def note(self, *changes: Change) -> None:
        """Have changes kept."""
        self.store.note(changes, self.people)

    def greet(self, *records: Conversation, epoch: str = "e" * 16, me: str = "ann") -> None:
        """A server introduces itself, and says who one is and where."""
        self.note(WelcomeSeen(welcome(epoch=epoch)), MeChanged(user(me)), *map(ConversationAdded, records))

    def hear(self, *entries: AnyEntry) -> None:
        """Entries of the channel come."""
        self.note(EntriesAdded(entries[0].conversation, entries, live=True))


@contextmanager
def cache_in(path: Path, owner: Owner | None = ATTIC, **options: Any) -> Iterator[KeptCache]:
    """A store, closed at the end."""
    kept = KeptCache(path, owner, **options)
    try:
        yield kept
    finally:
        kept.store.close()


def cached(path: Path, owner: Owner = ATTIC) -> Cached:
    """What the next life of an owner finds."""
    with cache_in(path, owner) as kept:
        return kept.found


class Remembering(NothingCached):
    """A store that holds what a client of a stage knows when it is made."""

    def __init__(self, client: HubClient, seen_at: datetime, drafts: Mapping[str, str] = {}) -> None:
        with client.reading() as state:
            talks = [
                CachedTalk(each.record, tuple(each.timeline.between(1, each.timeline.last)))
                for each in state.conversations
            ]
            self._cached = Cached(
                state.welcome.epoch if state.welcome else "",
                seen_at,
                state.me,
                tuple(state.people.users.values()),
                tuple(talks),
                drafts,
            )

    def load(self, owner: Owner | None) -> Cached:
        return self._cached


def fill(path: Path, numbers: Iterable[int] = (1, 2, 3), owner: Owner = ATTIC, **greeting: Any) -> None:
    """Have some messages kept in a channel."""
    entries = [message(number, f"no {number}") for number in numbers]
    with cache_in(path, owner) as kept:
        kept.greet(channel(last=entries[-1].number), **greeting)
        kept.hear(*entries)


def numbers(found: Cached) -> list[int]:
    """The numbers of the entries of the only conversation."""
    (talk,) = found.talks
    return [entry.number for entry in talk.entries]


def texts_in(path: Path) -> list[str]:
    """The texts of the messages that stand in a file, in order; none while it is not one yet."""
    decode = msgspec.msgpack.Decoder(AnyEntry).decode
    entries = _rows(path, "select entry from entry order by talk, number", decode)
    return [entry.text for entry in entries if isinstance(entry, Message)]


def drafts_in(path: Path) -> list[str]:
    """The drafts that stand in a file, in their own order."""
    return sorted(_rows(path, "select text from draft", bytes.decode))


def people_in(path: Path) -> list[str]:
    """The nicks of those whose cache it is."""
    decode = msgspec.msgpack.Decoder(User).decode
    return sorted(me.nick for me in _rows(path, "select me from box where me is not null", decode))


def wait_texts(path: Path, texts: list[str]) -> None:
    """Wait until exactly these messages are on disk."""
    wait_until(lambda: texts_in(path) == texts, what="the messages on disk")


def _rows(path: Path, query: str, read: Callable[[bytes], Any]) -> list[Any]:
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return [read(value) for (value,) in database.execute(query)]
    except sqlite3.DatabaseError:
        return []
