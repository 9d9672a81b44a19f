"""What a client knew, on disk: given back to whose it is, bounded, consistent; trouble is told and heals."""

import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from chat.client.cache import ENTRIES_KEPT, Cached
from chat.client.cache_file import BOXES_KEPT
from chat.client.changes import (
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    EntriesRevised,
    UserChanged,
)
from chat.client.identity import Owner
from chat.protocol.records import Reaction
from tests.support.cache_stores import (
    ATTIC,
    BEN,
    CELLAR,
    cache_in,
    cached,
    fill,
    numbers,
    texts_in,
    wait_texts,
)
from tests.support.frames import EVERY_ENTRY, channel, direct, message, user
from tests.support.waiting import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet, in a folder that is not there yet."""
    return tmp_path / "state" / "cache.sqlite"


# ---------------------------------------------------------------------- keeping


def test_what_was_noted_is_on_disk_without_an_end(path: Path) -> None:
    """Being killed a moment later loses nothing of it."""
    with cache_in(path) as kept:
        kept.greet(channel(last=2))
        kept.hear(message(1, "a"), message(2, "b"))
        wait_texts(path, ["a", "b"])


def test_the_next_life_finds_it_all(path: Path) -> None:
    """Oneself, conversations in the order in which they came, entries of every kind, and when it was."""
    with cache_in(path) as kept:
        kept.greet(direct("ben", last=1), channel(last=9, topic="all sorts"))
        for number, entry in enumerate(EVERY_ENTRY, 1):
            kept.hear(replace(entry, conversation="c-general", number=number))
        kept.hear(message(1, "psst", where="d-ben"))
        seen_at = kept.clock.now()
    found = cached(path)
    assert (found.me, found.seen_at, found.epoch) == (user("ann"), seen_at, "e" * 16)
    ben, general = found.talks
    assert (ben.record, general.record) == (direct("ben", last=1), channel(last=9, topic="all sorts"))
    assert [entry.number for entry in general.entries] == list(range(1, len(EVERY_ENTRY) + 1))
    assert [type(entry) for entry in general.entries] == [type(entry) for entry in EVERY_ENTRY]


def test_the_last_word_counts(path: Path) -> None:
    """Revised entries and changed records take the place of what was there, written or not."""
    with cache_in(path) as kept:
        kept.greet(channel(last=2))
        kept.hear(message(1, "a"), message(2, "b"))
        wait_texts(path, ["a", "b"])
        revised = (message(1, "a!", revision=3),)
        kept.note(
            EntriesRevised("c-general", revised), ConversationChanged(channel(last=3, topic="new", unread=1))
        )
    (talk,) = cached(path).talks
    assert talk.entries[0] == message(1, "a!", revision=3)
    assert talk.record == channel(last=3, topic="new", unread=1)


def test_the_newest_entries_are_kept_and_no_others(path: Path) -> None:
    """However they come: live, in one flood, or from far above."""
    last = ENTRIES_KEPT + 10
    with cache_in(path) as kept:
        kept.greet(channel(last=last))
        kept.note(EntriesAdded("c-general", tuple(message(number) for number in range(1, 20)), live=False))
        kept.note(EntriesAdded("c-general", tuple(map(message, range(5, last + 1))), live=False))
        wait_until(lambda: len(texts_in(path)) == ENTRIES_KEPT, what="the newest on disk")
        kept.hear(message(last + 1))
        kept.hear(message(1))
    assert numbers(cached(path)) == list(range(12, last + 2))


def test_a_conversation_that_is_gone_is_gone_from_disk(path: Path) -> None:
    """Also when it comes again, as a new one."""
    fill(path)
    with cache_in(path) as kept:
        kept.greet()
        kept.note(ConversationRemoved(channel(last=3)))
        kept.greet(channel(last=9))
        kept.hear(message(9))
    assert numbers(cached(path)) == [9]


def test_people_whom_the_entries_name_are_kept(path: Path) -> None:
    """Who spoke and who reacted, by their newest record; whom nothing shown names is left out."""
    with cache_in(path) as kept:
        kept.people.recall(None, [user(name) for name in ("ben", "cat", "dan")])
        kept.greet(channel(last=1))
        reactions = (Reaction(emoji="x", users=("u-cat", "u-who")),)
        kept.hear(message(1, who="ben", reactions=reactions))
        kept.note(
            UserChanged(user("ben", version=2, status_text="away")), UserChanged(user("dan", version=2))
        )
    found = {each.nick: each.version for each in cached(path).people}
    assert found == {"ben": 2, "cat": 1}


def test_what_one_was_writing_is_kept(path: Path) -> None:
    """The last word of each conversation, whatever it holds; nothing for what was sent."""
    with cache_in(path) as kept:
        kept.store.keep_draft("c-general", "half a")
        kept.store.keep_draft("c-general", "half a \ud800 thou\x00\n")
        kept.store.keep_draft("d-ben", "sent soon")
        kept.store.keep_draft("d-ben", "")
    assert cached(path).drafts == {"c-general": "half a \ud800 thou\x00\n"}


def test_it_is_noted_when_the_server_was_heard_last(path: Path) -> None:
    """What one writes oneself is no sign of it."""
    fill(path)
    with cache_in(path) as kept:
        kept.clock.advance(60)
        kept.store.heard()
        heard = kept.clock.now()
    with cache_in(path) as kept:
        kept.clock.advance(3600)
        kept.store.keep_draft("c-general", "later")
    assert cached(path).seen_at == heard


def test_nothing_new_writes_nothing(path: Path) -> None:
    """A start and an end alone touch nothing."""
    fill(path)
    before = path.read_bytes()
    with cache_in(path):
        pass
    assert path.read_bytes() == before


# ---------------------------------------------------------------------- whose it is


def test_an_identity_on_a_server_finds_its_own_only(path: Path) -> None:
    """Not another person of the same home, not the same person on another server."""
    fill(path, (1, 2))
    assert cached(path, CELLAR) == cached(path, BEN) == Cached()
    fill(path, (1, 2, 3), BEN, me="ben")
    fill(path, (7,), CELLAR)
    assert [numbers(cached(path, owner)) for owner in (ATTIC, BEN, CELLAR)] == [[1, 2], [1, 2, 3], [7]]


def test_what_comes_while_nobody_is_known_belongs_to_nobody(path: Path) -> None:
    """As between a server that turns out to be another one and knowing who one is there."""
    fill(path, (1, 2))
    with cache_in(path) as kept:
        kept.store.load(None)
        kept.greet(epoch="f" * 16)
        kept.store.load(CELLAR)
    assert numbers(cached(path)) == [1, 2]
    assert cached(path, CELLAR) == Cached()


def test_two_clients_write_beside_each_other(path: Path) -> None:
    """Each its own, into one file, at the same time."""
    with cache_in(path) as ann, cache_in(path, BEN, nick="ben") as ben:
        for kept, number in ((ann, 1), (ben, 2)):
            kept.greet(channel(last=number))
            kept.hear(message(number))
        ann.hear(message(3))
        assert ann.told == ben.told == []
    assert numbers(cached(path)) == [1, 3]
    assert numbers(cached(path, BEN)) == [2]
    assert ann.told == ben.told == []


def test_the_server_that_answered_last_is_known_by_address_and_nick(path: Path) -> None:
    """Before that there is none; a nick that was never there finds none either."""
    with cache_in(path, None) as kept:
        assert kept.store.last_server() == ""
    fill(path)
    with cache_in(path, None) as kept:
        assert kept.store.last_server() == ATTIC.server_id
    with cache_in(path, None, nick="zoe") as kept:
        assert kept.store.last_server() == ""


def test_identities_seen_long_ago_are_forgotten(path: Path) -> None:
    """The file does not grow with every guest one ever was."""
    owners = [Owner("a" * 32, f"box {number}") for number in range(BOXES_KEPT + 3)]
    with cache_in(path, None) as kept:
        for owner in owners:
            kept.clock.advance(60)
            kept.store.load(owner)
            kept.greet(channel(last=1))
        kept.store.load(None)
    assert [bool(cached(path, owner).talks) for owner in owners] == [False] * 3 + [True] * BOXES_KEPT


# ---------------------------------------------------------------------- epochs


def test_another_epoch_throws_away_all_but_the_drafts(path: Path) -> None:
    """What was not written yet of the old one too; what comes after it is kept."""
    fill(path)
    with cache_in(path) as kept:
        kept.store.keep_draft("c-general", "half")
        kept.greet(channel("other", last=5), epoch="f" * 16)
        kept.hear(message(5, where="c-other"))
    found = cached(path)
    assert (found.epoch, [talk.record.name for talk in found.talks]) == ("f" * 16, ["#other"])
    assert (numbers(found), found.drafts) == ([5], {"c-general": "half"})


def test_who_shows_nothing_from_disk_learns_the_epoch_all_the_same(path: Path) -> None:
    """As the line mode does; what it hears it keeps like any other."""
    fill(path)
    with cache_in(path, shows=False) as kept:
        assert kept.found == Cached("e" * 16)
        kept.greet(channel(last=4))
        kept.hear(message(4))
    assert numbers(cached(path)) == [1, 2, 3, 4]


# ---------------------------------------------------------------------- trouble


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """It holds what people wrote."""
    fill(path)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_damaged_file_is_put_aside_and_told(path: Path) -> None:
    """A new one is begun with what is known now."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with cache_in(path) as kept:
        assert kept.found == Cached()
        kept.greet(channel(last=1))
        kept.hear(message(1))
    (told,) = kept.told
    assert "damaged" in told
    assert path.with_suffix(".damaged").exists()
    assert numbers(cached(path)) == [1]


def test_a_file_that_is_damaged_later_is_begun_anew(path: Path) -> None:
    """Who one is and where does not come again by itself, so it is written again."""
    with cache_in(path) as kept:
        kept.greet(channel(last=2))
        kept.hear(message(1))
        wait_until(lambda: len(texts_in(path)) == 1, what="the first on disk")
        path.write_bytes(b"no database" * 1000)
        kept.hear(message(2))
    found = cached(path)
    assert (found.me, numbers(found)) == (user("ann"), [2])


def test_rows_that_mean_nothing_count_as_damage(path: Path) -> None:
    """A file can be whole and its contents not."""
    fill(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("update entry set entry = x'c1'")
        database.commit()
    with cache_in(path) as kept:
        assert kept.found == Cached()
        assert "damaged" in kept.told[0]


def test_a_place_that_can_not_be_written_is_told_once_and_heals(tmp_path: Path) -> None:
    """All goes on meanwhile; what could not be written is, once it can."""
    folder = tmp_path / "state"
    folder.write_text("a file, where the folder should be")
    path = folder / "cache.sqlite"
    with cache_in(path) as kept:
        kept.greet(channel(last=1))
        kept.hear(message(1, "a"))
        folder.unlink()
        wait_texts(path, ["a"])
    (told,) = kept.told
    assert str(path) in told
    assert "All goes on" in told


def test_a_full_disk_is_told_once(path: Path) -> None:
    """As the database says it; nothing is half written."""
    with cache_in(path) as kept:
        kept.greet(channel(last=1))
        kept.hear(message(1, "a"))
        wait_texts(path, ["a"])
        with closing(sqlite3.connect(path)) as database:
            database.execute(
                "create trigger full before insert on entry begin select raise(abort, 'disk is full'); end"
            )
        kept.hear(message(2, "b"))
        kept.note(ConversationChanged(channel(last=2, unread=1)))
        wait_until(lambda: bool(kept.told), what="the trouble to be told")
        assert cached(path).talks[0].record == channel(last=1)
        with closing(sqlite3.connect(path)) as database:
            database.execute("drop trigger full")
    assert len(kept.told) == 1
    assert numbers(cached(path)) == [1, 2]


def test_the_moment_of_a_batch_is_that_of_its_last_change(path: Path) -> None:
    """So that "last seen" is never later than what is shown."""
    with cache_in(path) as kept:
        kept.greet(channel(last=1))
        kept.clock.advance(5)
        kept.hear(message(1))
        then = kept.clock.now()
        kept.clock.advance(5)
    assert cached(path).seen_at == then
    assert kept.clock.now() - then == timedelta(seconds=5)
