"""What was edited or deleted is gone from the database's files, not only from its tables."""

import random
import sqlite3
from collections.abc import Iterable
from itertools import starmap
from typing import Any

import msgspec
import pytest

from chat.protocol.entries import Deleted, Edited, Message
from chat.server.domain.model import MessageKey, Trim, conversation_id
from chat.server.ports import Batch
from tests.support.batches import MOMENT, change, channel, founding, message, said, talk
from tests.support.opened_store import OpenedStore

C1 = conversation_id(1)
LENGTHS = (20, 900, 16_000)
"""Of texts within a page, filling a good part of one, and reaching over several."""


def secret(length: int) -> str:
    """A text without repetition, so that any piece of it is told from all else."""
    return random.Random(length).randbytes(length // 2).hex()


def erase(opened: OpenedStore, first: int, texts: Iterable[str]) -> None:
    """Say these, move them into the database, edit each into another such text, and delete it."""
    numbers = {first + at: text for at, text in enumerate(texts)}
    batch, last = opened.store.last_batch(), first + len(numbers) - 1
    opened.store.commit(said(batch + 1, *(message(*each) for each in numbers.items())))
    opened.store.checkpoint()
    for number, text in numbers.items():
        batch, last = batch + 2, last + 2
        edit = change(Edited, last - 1, of=number, text=text[::-1])
        edited = msgspec.structs.replace(message(number, edit.text), edited=edit.number)
        opened.store.commit(msgspec.structs.replace(said(batch, edit), revised=[edited]))
        gone = msgspec.structs.replace(message(number, ""), deleted=True)
        deletion = said(batch + 1, change(Deleted, last, of=number))
        stripped = [MessageKey(C1, edit.number)]
        opened.store.commit(msgspec.structs.replace(deletion, revised=[gone], stripped=stripped))


def left_of(opened: OpenedStore, texts: Iterable[str]) -> list[int]:
    """The lengths of texts of which a piece stands in a file, as they were or as they were edited."""
    files = b"\n".join(path.read_bytes() for path in opened.database.parent.glob("chat.db*"))
    pieces = {
        text: [way[at : at + 16].encode() for way in (text, text[::-1]) for at in range(0, len(text), 16)]
        for text in texts
    }
    return [len(text) for text, some in pieces.items() if any(piece in files for piece in some)]


def test_no_file_has_a_deleted_text_after_a_checkpoint(opened: OpenedStore) -> None:
    """Neither the database nor its log, whether it fills a part of a page or several pages."""
    talk(opened.store, 40)
    texts = [secret(length) for length in LENGTHS]
    erase(opened, 42, texts)
    assert left_of(opened, texts) == [*LENGTHS], "else this looks in the wrong place"
    opened.store.checkpoint()
    assert left_of(opened, texts) == []


def test_a_log_that_somebody_reads_is_erased_when_they_are_done(opened: OpenedStore) -> None:
    """It is not forgotten, however often it was in vain."""
    talk(opened.store, 40)
    texts = [secret(length) for length in LENGTHS]
    intruder = opened.intruder()
    intruder.execute("begin")
    intruder.execute("select count(*) from entries").fetchone()
    erase(opened, 42, texts)
    for _ in range(2):
        opened.store.checkpoint()
        assert left_of(opened, texts) == [*LENGTHS]
    intruder.close()
    opened.store.checkpoint()
    assert left_of(opened, texts) == []


def test_a_log_that_a_killed_server_left_is_erased(opened: OpenedStore) -> None:
    """Nobody knows what stands in it, so its first checkpoint empties it."""
    talk(opened.store, 40)
    log = opened.database.with_name("chat.db-wal")
    assert log.stat().st_size > 0
    opened.store.checkpoint()
    assert log.stat().st_size == 0


def test_a_log_without_erased_texts_keeps_its_room(opened: OpenedStore) -> None:
    """Writing over what is there is cheaper than making a file grow."""
    opened.store.commit(founding())
    opened.store.checkpoint()
    opened.store.commit(said(2, *(message(number) for number in range(2, 50))))
    log = opened.database.with_name("chat.db-wal")
    grown = log.stat().st_size
    opened.store.checkpoint()
    assert log.stat().st_size == grown > 0


def test_trouble_while_erasing_is_tried_again(opened: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that failed has erased nothing."""
    talk(opened.store, 10)
    texts = [secret(900)]
    erase(opened, 12, texts)

    def fails(how: str) -> tuple[bool, int, int]:
        raise sqlite3.OperationalError(how)

    with monkeypatch.context() as broken:
        broken.setattr(opened.store, "_move_log", fails)
        with pytest.raises(sqlite3.OperationalError):
            opened.store.checkpoint()
    opened.store.checkpoint()
    assert left_of(opened, texts) == []


def test_a_text_of_one_revision_is_the_only_one_that_stays(opened: OpenedStore) -> None:
    """What was edited last stands, what it was before does not."""
    talk(opened.store, 40)
    before, after = secret(900), secret(902)
    opened.store.commit(said(opened.store.last_batch() + 1, message(42, before)))
    edit = change(Edited, 43, of=42, text=after)
    revised: list[Message] = [msgspec.structs.replace(message(42, after), edited=43)]
    opened.store.commit(msgspec.structs.replace(said(opened.store.last_batch() + 1, edit), revised=revised))
    opened.store.checkpoint()
    assert (left_of(opened, [before]), left_of(opened, [after])) == ([], [902])


@pytest.mark.parametrize("gone", [{"trims": [Trim(C1, 45, below=45, when=MOMENT)]}, {"gone": [C1]}])
def test_no_file_has_a_text_that_was_too_old_or_of_a_deleted_channel(
    opened: OpenedStore, gone: dict[str, Any]
) -> None:
    """What is not kept leaves the files as what was deleted does."""
    talk(opened.store, 40)
    texts = [secret(length) for length in LENGTHS]
    opened.store.checkpoint()
    opened.store.commit(said(opened.store.last_batch() + 1, *starmap(message, enumerate(texts, 42))))
    state = msgspec.structs.replace(channel(1, last=44), first=45)
    opened.store.commit(Batch(number=opened.store.last_batch() + 1, conversations=[state], **gone))
    assert left_of(opened, texts) == [*LENGTHS], "else this looks in the wrong place"
    opened.store.checkpoint()
    assert left_of(opened, texts) == []
