"""One's own messages on the desk until they are stored."""

from datetime import UTC, datetime

from chat.client.changes import OutboxItem, SendState
from chat.tui.desk.desk import Desk
from chat.tui.desk.unsent import Unsent
from chat.tui.render.rows import RowStatus
from tests.support.clock import FakeClock
from tests.support.desk import lines, rows_of
from tests.support.entries import READER
from tests.support.frames import channel, direct


def a_desk() -> tuple[Desk, Unsent]:
    """A desk with a channel and a person, and nothing unsent."""
    desk = Desk()
    desk.be(READER)
    desk.put(channel())
    desk.put(direct("bob"))
    return desk, Unsent(desk, FakeClock())


def test_only_what_waits_is_counted_as_waiting() -> None:
    """A message that takes the usual moment to be stored is no news for the status line."""
    _, unsent = a_desk()
    unsent.put(OutboxItem("1", "c-general", "a"))
    unsent.put(OutboxItem("2", "c-general", "b", state=SendState.SENT))
    assert unsent.waiting == 1


def test_stored_messages_are_not_unsent_and_refused_ones_do_not_wait() -> None:
    """Neither is still to be sent, but what to do with a refused one is still to be decided."""
    _, unsent = a_desk()
    for send_id, state in (("1", SendState.STORED), ("2", SendState.FAILED)):
        unsent.put(OutboxItem(send_id, "c-general", "a"))
        unsent.put(OutboxItem(send_id, "c-general", "a", state=state))
    assert (unsent.item("1"), unsent.waiting) == (None, 0)
    failed = unsent.item("2")
    assert failed is not None
    assert failed.state is SendState.FAILED


def test_a_failed_message_of_an_earlier_run_shows_in_its_talk_when_that_comes() -> None:
    """The outbox is read before the conversations are known."""
    desk, unsent = a_desk()
    said_at = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    unsent.put(OutboxItem("1", "@cleo", "hi", state=SendState.FAILED, said_at=said_at, sentence="Too old."))
    talk = desk.put(direct("cleo"))
    unsent.show_in(talk)
    (row,) = rows_of(talk)
    assert (row.status, row.time) == (RowStatus.FAILED, said_at)
    assert row.detail == "Too old. Ctrl+Up, then S send again, B put back, X drop"


def test_a_dropped_message_is_gone_from_its_talk() -> None:
    """Row and memory of it."""
    desk, unsent = a_desk()
    item = OutboxItem("1", "#general", "a", state=SendState.FAILED)
    unsent.put(item)
    unsent.drop(item)
    assert lines(desk.talks["c-general"]) == []
    assert unsent.item("1") is None


def test_a_message_finds_its_talk_by_id_and_by_name() -> None:
    """Whatever it was addressed to, and in whatever case."""
    desk, unsent = a_desk()
    for send_id, target in (("1", "c-general"), ("2", "#GENERAL"), ("3", "@Bob")):
        unsent.put(OutboxItem(send_id, target, target))
    assert lines(desk.talks["c-general"]) == ["c-general", "#GENERAL"]
    assert lines(desk.talks["d-bob"]) == ["@Bob"]


def test_a_message_for_a_talk_that_is_not_there_is_shown_when_it_comes() -> None:
    """The first words to somebody, written without a connection."""
    desk, unsent = a_desk()
    unsent.put(OutboxItem("1", "@cleo", "hello"))
    assert unsent.waiting == 1
    talk = desk.put(direct("cleo"))
    unsent.show_in(talk)
    unsent.show_in(talk)
    assert lines(talk) == ["hello"]


def test_without_a_connection_nothing_is_on_its_way() -> None:
    """What was under way waits again, and its row says so."""
    desk, unsent = a_desk()
    unsent.put(OutboxItem("1", "c-general", "a", state=SendState.SENT))
    unsent.link_lost()
    assert unsent.waiting == 1
    assert rows_of(desk.talks["c-general"])[0].status is RowStatus.WAITING


def test_renewing_shows_exactly_what_the_outbox_holds() -> None:
    """What is gone from it is gone from the talks, what is new in it is shown, failed ones too."""
    desk, unsent = a_desk()
    unsent.put(OutboxItem("1", "c-general", "gone"))
    unsent.put(OutboxItem("2", "c-general", "stays"))
    failed = OutboxItem("3", "c-general", "failed", state=SendState.FAILED)
    unsent.renew([OutboxItem("2", "c-general", "stays"), failed])
    assert sorted(lines(desk.talks["c-general"])) == ["failed", "stays"]
    assert unsent.waiting == 1
