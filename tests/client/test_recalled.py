"""What an earlier run knew, in the next one: there at once, put right by the server, never anybody else's."""

from itertools import repeat
from pathlib import Path

import pytest

from chat.client.cache_store import SqliteCache
from chat.client.changes import (
    CacheTrouble,
    ConversationAdded,
    ConversationRemoved,
    EntriesAdded,
    LinkChanged,
    MeChanged,
    Phase,
    Recalled,
    WelcomeSeen,
)
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.client.outbox_store import SqliteOutbox
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import HelloResult, SyncResult
from chat.protocol.requests import Hello, History, Send, Sync
from tests.support.cache_stores import texts_in
from tests.support.connecting import Connect
from tests.support.frames import channel, direct, message, user, welcome
from tests.support.recorder import Recorder
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

OLD = tuple(message(number, f"old {number}") for number in (1, 2, 3))
OLD_TEXTS = ["old 1", "old 2", "old 3"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where it is kept."""
    return tmp_path / "cache.sqlite"


@pytest.fixture
def home(server: ScriptedServer, connect: Connect, path: Path) -> MemoryIdentities:
    """A home in which Ann was on the server, knew three messages of two conversations and wrote on."""
    home = MemoryIdentities()
    client, told = connect("ann", home, cache=cache(path), route=once(server))
    link = server.accept()
    link.greet(channel(last=3), direct("ben", last=0))
    client.show("c-general")
    told.wait_phase(Phase.OPEN)
    for request in iter(link.hear, None):
        if isinstance(request, History):
            link.give_history(request, OLD, last=3)
            break
    told.wait(EntriesAdded)
    client.keep_draft("c-general", "half a thou")
    link.close()
    assert client.stop()
    return home


def cache(path: Path, *, shows: bool = True) -> SqliteCache:
    """A store of Ann's on the scripted server."""
    return SqliteCache(path, "scripted", "ann", shows=shows)


def outbox(path: Path) -> SqliteOutbox:
    """What Ann says there, kept on disk."""
    return SqliteOutbox(path, "scripted", "ann")


def once(server: ScriptedServer) -> Route:
    """The way to a server that is tried once, so that no other connection waits to be accepted."""
    return Route([server.address], pauses=lambda: repeat(60.0))


def told_in_order(told: Recorder, *kinds: type) -> list[type]:
    """The changes of these kinds, by name, in the order in which they were told."""
    return [type(change) for change in told.all(object) if isinstance(change, kinds)]


def test_what_was_known_is_told_before_any_server_answers(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """Also when none is there at all: as if from history, with what one was writing."""
    server.close()
    client, told = connect("ann", home, cache=cache(path), route=once(server))
    told.wait(EntriesAdded)
    assert told.texts() == OLD_TEXTS
    assert told_in_order(told, Recalled, MeChanged, ConversationAdded, EntriesAdded)[:3] == [
        Recalled,
        MeChanged,
        ConversationAdded,
    ]
    assert [change.live for change in told.all(EntriesAdded)] == [False]
    (recalled,) = told.all(Recalled)
    assert (recalled.drafts, recalled.seen_at is None) == ({"c-general": "half a thou"}, False)
    with client.reading() as state:
        assert (state.me, state.welcome) == (user("ann"), None)


def test_what_waits_from_last_time_is_seen_before_any_server_answers(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """Nobody has to fear that it is lost; it goes out once, and another server gets nothing of it."""
    box = path.with_name("outbox.sqlite")
    client, _ = connect("ann", home, cache=cache(path), outbox=outbox(box), route=once(server))
    link = server.accept()
    link.greet(channel(last=3))
    assert client.wait_open(5)
    client.say("#general", "did it get through?")
    link.expect(Send)
    link.close()
    assert client.stop()

    client, told = connect("ann", home, cache=cache(path), outbox=outbox(box), route=once(server))
    told.wait(EntriesAdded)
    assert [item.text for item in client.unsent()] == ["did it get through?"]
    other = server.accept()
    other.greet(channel("cellar"), server_id="6" * 32)
    assert client.wait_open(5)
    assert client.unsent() == ()
    other.close()
    assert client.stop()

    client, told = connect("ann", home, cache=cache(path), outbox=outbox(box), route=once(server))
    link = server.accept()
    link.greet(channel(last=3))
    assert link.expect(Send).text == "did it get through?"
    assert [item.text for item in client.unsent()] == ["did it get through?"]


def test_the_server_puts_it_right_and_nothing_comes_twice(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """Records are replaced, what is gone vanishes, and what was missed comes from its newest end."""
    client, told = connect("ann", home, cache=cache(path))
    client.show("c-general")
    link = server.accept()
    told.wait(EntriesAdded)
    link.greet(channel(last=300, unread=297, read=3))
    removed = told.wait(ConversationRemoved)
    assert removed.conversation.conversation == "d-ben"
    for request in iter(link.hear, None):
        if isinstance(request, History):
            assert request.before == 301
            newest = tuple(message(number, f"new {number}") for number in range(201, 301))
            link.give_history(request, newest, last=300)
            break
    told.wait(EntriesAdded, lambda change: change.entries[-1].number == 300)
    assert told.texts() == [*OLD_TEXTS, *(f"new {number}" for number in range(201, 301))]
    with client.reading() as state:
        general = state.conversations.get("c-general")
        assert general is not None
        assert (general.record.unread, general.record.read) == (297, 3)
        (gap,) = general.timeline.gaps()
        assert (gap.first, gap.last) == (4, 200)


def test_another_server_at_the_address_shows_nothing_of_it(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """It is gone before anything of the other is told, and comes back with the right server."""
    client, told = connect("ann", home, cache=cache(path), route=once(server))
    link = server.accept()
    link.greet(channel("cellar"), server_id="6" * 32)
    assert client.wait_open(5)
    kinds = told_in_order(told, ConversationAdded, ConversationRemoved, WelcomeSeen)
    added, removed = [ConversationAdded] * 2, [ConversationRemoved] * 2
    assert kinds == [*added, *removed, WelcomeSeen, ConversationAdded]
    assert [change.drafts for change in told.all(Recalled)] == [{"c-general": "half a thou"}, {}]
    with client.reading() as state:
        assert [known.title for known in state.conversations] == ["#cellar"]
    link.close()
    assert client.stop()
    assert texts_in(path) == OLD_TEXTS


def test_a_new_epoch_is_told_and_drops_all_but_the_draft(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """The backup was restored while the client was not running."""
    client, told = connect("ann", home, cache=cache(path), route=once(server))
    link = server.accept()
    link.greet(channel(last=1), epoch="f" * 16)
    assert client.wait_open(5)
    (seen,) = told.all(WelcomeSeen)
    assert seen.new_epoch
    assert told_in_order(told, WelcomeSeen, ConversationRemoved)[:2] == [WelcomeSeen, ConversationRemoved]
    with client.reading() as state:
        (known,) = state.conversations
        assert len(known.timeline) == 0
    wait_until(lambda: texts_in(path) == [], what="the old entries to be gone from disk")
    link.close()
    assert client.stop()
    _, again = connect("ann", home, cache=cache(path))
    assert again.wait(Recalled).drafts == {"c-general": "half a thou"}
    link = server.accept()
    link.say(welcome(epoch="f" * 16))
    assert not again.wait(WelcomeSeen).new_epoch


def test_who_shows_nothing_from_disk_hears_of_a_new_epoch_too(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """The line mode begins with nothing and says it all the same."""
    _, told = connect("ann", home, cache=cache(path, shows=False))
    server.accept().greet(channel(last=1), epoch="f" * 16)
    assert told.wait(WelcomeSeen).new_epoch
    told.wait(ConversationAdded)
    assert told.texts() == []
    assert told.all(ConversationRemoved) == []


def test_a_device_that_the_server_does_not_know_any_more_keeps_nothing(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """One is a new guest: what the other one knew is gone before one hears who one is."""
    _, told = connect("ann", home, cache=cache(path))
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), ErrorCode.UNKNOWN_DEVICE)
    hello = link.expect(Hello)
    link.say(HelloResult(id=hello.id, version=1, user=user("ann-anew"), device="d2"))
    told.wait(MeChanged, lambda change: change.user.id == "u-ann-anew")
    assert told_in_order(told, ConversationRemoved, MeChanged) == [
        MeChanged,
        *[ConversationRemoved] * 2,
        MeChanged,
    ]
    link.say(SyncResult(id=link.expect(Sync).id, conversations=()))
    told.wait_phase(Phase.OPEN)
    wait_until(lambda: texts_in(path) == [], what="the other's entries to be gone from disk")


def test_another_client_of_the_home_is_another_person_with_another_cache(
    server: ScriptedServer, connect: Connect, home: MemoryIdentities, path: Path
) -> None:
    """Who comes second sees nothing of what the first one knows."""
    _, first = connect("ann", home, cache=cache(path))
    first.wait(EntriesAdded)
    _, second = connect("ann", home, cache=cache(path))
    second.wait_phase(Phase.DIALLING)
    links = [server.accept(), server.accept()]
    for link in links:
        link.say(welcome())
    assert {link.expect(Hello).nick for link in links} == {"ann", "ann2"}
    assert second.all(EntriesAdded) == []
    assert second.all(ConversationAdded) == []


def test_a_disk_that_can_not_be_written_is_told_and_changes_nothing_else(
    server: ScriptedServer, connect: Connect, tmp_path: Path
) -> None:
    """The client connects as if nothing had ever been kept."""
    (tmp_path / "blocked").write_text("a file, where the folder should be")
    client, told = connect("ann", cache=cache(tmp_path / "blocked" / "cache.sqlite"))
    server.accept().greet(channel(last=1))
    assert client.wait_open(5)
    assert "can't be kept" in told.wait(CacheTrouble).sentence
    assert len(told.all(CacheTrouble)) == 1
    assert told.all(LinkChanged)[-1].phase is Phase.OPEN
