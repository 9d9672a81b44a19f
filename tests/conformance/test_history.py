"""Catching up: what `sync` tells, what comes live from there, and what is fetched by number."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.clock import SystemClock
from chat.protocol.entries import Entry, Message
from chat.protocol.records import Conversation
from chat.protocol.replies import HistoryResult, JoinResult, MarkReadResult, SendResult
from chat.protocol.requests import History, Join, MarkRead, Send
from chat.server.domain.limits import default_limits
from chat.server.storage import MemoryStore, open_store
from tests.support.people import People, Person
from tests.support.server import running_server

LIMITS = default_limits()


def talk(person: Person, count: int, text: str = "hi") -> None:
    """Say so many things in the lobby without waiting between them."""
    for _ in range(count):
        person.say(Send, target="#general", text=text)
    person.link.barrier()


def conversations(person: Person) -> list[Conversation]:
    """All that `sync` tells."""
    return [record for page in person.link.sync() for record in page.conversations]


def lobby(person: Person) -> Conversation:
    """The lobby as `sync` tells it."""
    return conversations(person)[0]


def numbers(page: HistoryResult) -> list[int]:
    """The numbers on a page."""
    return [entry.number for entry in page.entries]


def catch_up(person: Person, have: int) -> list[Entry]:
    """Fetch forwards what lies above a number, page by page."""
    found: list[Entry] = []
    while True:
        page = person.get(HistoryResult, History, target="#general", after=have)
        found += page.entries
        have = max([have, *numbers(page)])
        if have >= page.last:
            return found


def test_a_stream_begins_where_sync_ends(people: People) -> None:
    """While others talk on, nothing is missed and nothing comes twice.

    S1: After `sync` a session MUST get every entry above the `last` it was told, and none at or below it.
    """
    ann = people.come("ann")
    comers = [people.greet(f"comer{number}") for number in range(5)]
    with ThreadPoolExecutor(1) as threads:
        talking = threads.submit(talk, ann, 200)
        told = [lobby(comer).last for comer in comers]
        talking.result()
    last = lobby(ann).last
    for comer, began in zip(comers, told, strict=True):
        assert comer.numbers("c1") == list(range(began + 1, last + 1))


def test_nothing_of_a_conversation_comes_before_sync(people: People) -> None:
    """A client that only asks for a page of history is not told what follows."""
    ann, comer = people.come("ann"), people.greet("comer")
    talk(ann, 3)
    assert comer.news() == []
    assert numbers(comer.get(HistoryResult, History, target="#general"))[-1] == 6


def test_all_that_was_missed_can_be_fetched(tmp_path: Path) -> None:
    """Under live traffic, over many pages, and after a restart of the server.

    S2: A client that was away MUST be able to fetch every entry from `first` to `last`, in order and none
    twice, however long it was away.
    """
    with (
        running_server(store=lambda: open_store(tmp_path, SystemClock())) as server,
        People(server.address) as people,
    ):
        ann, ben = people.come("ann"), people.come("ben")
        have = lobby(ben).last
        ben.link.close()
        talk(ann, 1200)
    with (
        running_server(store=lambda: open_store(tmp_path, SystemClock())) as server,
        People(server.address) as people,
    ):
        ann, ben = people.come("ann", ann.token), people.greet("ben", ben.token)
        with ThreadPoolExecutor(1) as threads:
            talking = threads.submit(talk, ann, 100)
            told = lobby(ben).last
            fetched = [entry.number for entry in catch_up(ben, have)]
            talking.result()
        live = ben.numbers("c1")
        assert fetched == list(range(have + 1, fetched[-1] + 1))
        assert fetched[-1] >= told
        assert sorted({*fetched, *live}) == list(range(have + 1, have + 1301))


def test_sync_tells_every_conversation(people: People) -> None:
    """Also more than one page holds.

    S3: `sync` MUST tell every conversation that one is a member of, on one page or, by `next` and `after`, on
    several.
    """
    ann = people.come("ann")
    for number in range(230):
        ann.say(Join, target=f"#channel-{number}")
    ann.link.barrier()
    pages = ann.link.sync()
    assert len(pages) > 1
    names = [record.name for page in pages for record in page.conversations]
    assert names == ["#general", *(f"#channel-{number}" for number in range(230))]


def test_what_is_unread_is_counted(people: People) -> None:
    """One's own messages and what is no message do not count.

    S4: `unread` MUST count the messages of others above `read`, and `mentions` those of them that mention
    one.
    """
    ann, ben = people.come("ann"), people.come("ben")
    for text in ("one", "two for @ben", "three"):
        ann.get(SendResult, Send, target="#general", text=text)
    ben.get(SendResult, Send, target="#general", text="mine, @ben")
    ann.get(JoinResult, Join, target="#general")
    record = lobby(ben)
    assert (record.unread, record.mentions) == (3, 1)
    ben.get(MarkReadResult, MarkRead, target="#general", number=record.last - 2)
    record = lobby(ben)
    assert (record.unread, record.mentions) == (1, 0)
    assert lobby(ann).unread == 1


def test_counting_stops_somewhere(people: People) -> None:
    """More than 999 are as many as 999."""
    ann, ben = people.come("ann"), people.greet("ben")
    talk(ann, 1001, "@ben!")
    record = lobby(ben)
    assert (record.unread, record.mentions) == (999, 999)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, range(1, 23)),
        ({"limit": 5}, range(18, 23)),
        ({"before": 10, "limit": 3}, range(7, 10)),
        ({"before": 3}, range(1, 3)),
        ({"before": 1}, range(0)),
        ({"before": 999, "limit": 2}, range(21, 23)),
        ({"after": 0, "limit": 4}, range(1, 5)),
        ({"after": 20}, range(21, 23)),
        ({"after": 22}, range(0)),
        ({"around": 10, "limit": 5}, range(8, 13)),
        ({"around": 10, "limit": 1}, range(10, 11)),
        ({"around": 1, "limit": 4}, range(1, 4)),
        ({"around": 22, "limit": 4}, range(21, 23)),
        ({"limit": 10_000}, range(1, 23)),
    ],
)
def test_a_page_is_a_piece_of_the_log(people: People, fields: dict[str, int], expected: range) -> None:
    """From whichever number one asks.

    S5: A page MUST hold entries in ascending order without a hole: with `after` it begins right above that
    number, with `before` it ends right below it.
    """
    ann = people.come("ann")
    talk(ann, 20)
    page = ann.get(HistoryResult, History, target="#general", **fields)
    assert numbers(page) == list(expected)


def test_a_page_ends_in_time(people: People) -> None:
    """By entries or by bytes, and it holds one entry at least."""
    ann = people.come("ann")
    talk(ann, LIMITS.page_entries + 50)
    page = ann.get(HistoryResult, History, target="#general", after=0)
    assert 1 < len(page.entries) <= LIMITS.page_entries
    talk(ann, 20, "\U0001f4a9" * LIMITS.text_characters)
    newest = ann.get(HistoryResult, History, target="#general")
    assert 1 <= len(newest.entries) <= 4
    assert newest.entries[-1].number == newest.last


def test_a_client_knows_when_it_has_all(people: People) -> None:
    """An empty page says so too.

    S6: `first` and `last` MUST be those of the log, so that a client knows from its numbers when it has all.
    """
    ann = people.come("ann")
    talk(ann, 10)
    for fields in ({}, {"before": 5, "limit": 1}, {"after": 12}):
        page = ann.get(HistoryResult, History, target="#general", **fields)
        assert (page.first, page.last) == (1, 12)
    assert numbers(ann.get(HistoryResult, History, target="#general", after=12)) == []


def test_members_read_what_was_before_them(people: People) -> None:
    """A newcomer has the whole log, and the reply to `join` its end."""
    ann = people.come("ann")
    ann.get(JoinResult, Join, target="#tea")
    for number in range(80):
        ann.say(Send, target="#tea", text=f"cup {number}")
    ann.link.barrier()
    eve = people.come("eve")
    joined = eve.get(JoinResult, Join, target="#tea")
    assert [entry.number for entry in joined.entries] == list(range(84 - LIMITS.join_entries, 84))
    page = eve.get(HistoryResult, History, target="#tea", before=joined.entries[0].number)
    assert numbers(page) == list(range(1, joined.entries[0].number))


def test_entries_in_history_are_those_that_were_told() -> None:
    """Live and later they are the same, to the timestamp."""
    store = MemoryStore()
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        talk(ann, 5, "tea, @ben?")
        told = [event for event in ben.news() if isinstance(event, Message)]
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ben = people.come("ben", ben.token)
        page = ben.get(HistoryResult, History, target="#general")
        assert [entry for entry in page.entries if isinstance(entry, Message)] == told
