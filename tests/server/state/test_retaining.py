"""Letting go of what is not kept: what people see of it, and what is left in the store."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Edited, Message
from chat.protocol.order import DeleteChannel
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import CreateChannel, Edit, History, Join, MarkRead, OpenDirect, Pin, Send, Sync
from chat.server.domain.model import MessageKey, conversation_id
from chat.server.domain.retention import Keep, Retention
from chat.server.ports import TRIMMED_AT_ONCE, Store
from chat.server.state.session import Session
from chat.server.storage import MemoryStore
from tests.support.batches import talk
from tests.support.faulty_store import Fault
from tests.support.hub import Hub, send_id_of

C1 = conversation_id(1)
WEEK = Retention(days=7)


def _days(hub: Hub, days: float) -> None:
    hub.fake_clock.advance(timedelta(days=days).total_seconds())


def _let_go(hub: Hub) -> None:
    hub.retaining.begin()
    hub.settle()


def _say(hub: Hub, session: Session, *texts: str, target: str = "#general") -> list[int]:
    return [hub.ask(session, Send, target=target, text=text).number for text in texts]


def _history(hub: Hub, session: Session, **fields: Any) -> Any:
    return hub.ask(session, History, **{"target": "#general", **fields})


def _stored(store: Store, conversation: str = "c1") -> list[int]:
    page = store.page(conversation_id(int(conversation[1:])), limit=10_000, limit_bytes=1 << 30)
    return [entry.number for entry in page]


def test_old_entries_go_and_first_says_so() -> None:
    """In every answer, and the rest is as it was; what is gone is gone from the store too."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    old = _say(hub, ann, "one", "two")
    _days(hub, 6)
    young = _say(hub, ann, "three")
    _let_go(hub)
    assert _history(hub, ann).first == 1
    _days(hub, 2)
    _let_go(hub)
    for fields in ({}, {"after": 0}, {"before": young[0] + 1}, {"around": old[0]}, {"around": 1}):
        page = _history(hub, ann, **fields)
        assert (page.first, page.last) == (young[0], young[0])
        assert [entry.number for entry in page.entries] == young
    assert _history(hub, ann, before=old[1]).entries == ()
    assert hub.ask(ann, Sync).conversations[0].first == young[0]
    assert _stored(hub.store) == young
    assert _say(hub, ann, "four") == [young[0] + 1]


def test_an_empty_log_still_goes_on() -> None:
    """Everything was old; a newcomer finds nothing, and the next number follows the last."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    last = _say(hub, ann, "one")[0]
    _days(hub, 8)
    _let_go(hub)
    assert (_history(hub, ann).first, _history(hub, ann).entries) == (last + 1, ())
    bob = hub.guest("bob")
    assert _say(hub, bob, "two") == [last + 2]
    again = Hub(hub.store.inside, hub.clock)
    assert again.world.conversation(C1) == hub.world.conversation(C1)


def test_count_and_age_are_of_each_channel_and_of_people() -> None:
    """Only where it is set."""
    hub = Hub(retention=Retention(channels={"#tea": Keep(messages=2)}, direct=Keep(days=1)))
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    _say(hub, ann, "one", "two", "three", target="#tea")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    _say(hub, ann, "psst", target=direct)
    _say(hub, bob, "hi")
    _days(hub, 2)
    before = _stored(hub.store)
    _let_go(hub)
    assert (_stored(hub.store), _history(hub, bob).first) == (before, 1)
    assert [entry.text for entry in _history(hub, ann, target="#tea").entries] == ["two", "three"]
    assert _history(hub, ann, target=direct).entries == ()


def test_pins_go_with_their_messages() -> None:
    """Those of messages that stay, stay."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    old = _say(hub, ann, "one")[0]
    _days(hub, 8)
    young = _say(hub, ann, "two")[0]
    for number in (old, young):
        hub.ask(ann, Pin, target="#general", message=number)
    _let_go(hub)
    assert hub.ask(ann, Sync).conversations[0].pins == (young,)
    assert hub.store.load().conversations[0].pins == (young,)


def test_what_is_gone_is_not_unread() -> None:
    """`sync`, `mark_read` and the store count the same: what can still be read."""
    hub = Hub(retention=WEEK)
    ann, bob = hub.guest("ann"), hub.guest("bob")
    _say(hub, ann, "one", "@bob two")
    _days(hub, 8)
    _say(hub, ann, "@bob three")
    record = hub.ask(bob, Sync).conversations[0]
    assert (record.unread, record.mentions) == (3, 2)
    _let_go(hub)
    record = hub.ask(bob, Sync).conversations[0]
    assert (record.unread, record.mentions) == (1, 1)
    marked = hub.ask(bob, MarkRead, target="#general", number=1)
    assert (marked.unread, marked.mentions) == (1, 1)


def test_a_message_that_is_gone_changes_no_more() -> None:
    """From the moment on that `first` passes it."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    old = _say(hub, ann, "one")[0]
    _days(hub, 8)
    _let_go(hub)
    refused = hub.ask(ann, Edit, target="#general", message=old, text="new")
    assert isinstance(refused, Error)
    assert refused.code is ErrorCode.UNKNOWN_MESSAGE


def test_an_edit_gives_its_text_up_with_its_message() -> None:
    """It stands above `first`, but nobody reads what a gone message said, not even between two steps."""
    hub = Hub(retention=Retention(messages=2))
    ann = hub.guest("ann")
    old = _say(hub, ann, "old")[0]
    young = _say(hub, ann, "young")[0]
    hub.ask(ann, Edit, target="#general", message=old, text="secret")
    hub.retaining.begin()
    while hub.run_deferred() or hub.work():
        page = hub.submit(ann, History, target="#general", after=0).reply
        texts = [entry.text for entry in page.entries if isinstance(entry, Message | Edited)]
        assert "secret" not in texts or page.first <= old
    assert texts == ["young", ""]
    assert page.first == young


def test_a_repeated_send_finds_its_number_for_sixty_days_after_its_text() -> None:
    """And the time, without the text; after that it is forgotten, and would be a new message."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="one")
    first = hub.ask_again(ann, request)
    number = first.number
    _days(hub, 8)
    _let_go(hub)
    for days in (0, 30, 30):
        _days(hub, days)
        _let_go(hub)
        again = hub.ask_again(ann, request)
        assert isinstance(again, SendResult)
        assert again == replace(first, text="")
    other = hub.request(Send, target="#general", text="other", send_id=send_id_of(request))
    assert hub.ask_again(ann, other).code is ErrorCode.CONFLICT
    _days(hub, 1)
    _let_go(hub)
    assert hub.ask_again(ann, request).number > number


def test_nothing_is_left_of_a_deleted_channel_after_sixty_days() -> None:
    """Neither its last entry nor a send id; of what is there, all."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, CreateChannel, name="#tea")
    requests = [
        hub.request(Send, target="#general", text="stays"),
        hub.request(Send, target="#tea", text="goes"),
        hub.request(DeleteChannel, target="#tea"),
    ]
    replies = [hub.ask_again(ann, request) for request in requests]
    keys = [(ann.user, send_id_of(request)) for request in requests]
    _days(hub, 60)
    _let_go(hub)
    assert len(hub.store.answered(keys)) == 3
    assert hub.ask_again(ann, requests[1]).code is ErrorCode.UNKNOWN_CONVERSATION
    assert hub.ask_again(ann, requests[2]) == replies[2]
    _days(hub, 1)
    _let_go(hub)
    assert list(hub.store.answered(keys)) == keys[:1]
    assert (hub.store.oldest_trim(), _stored(hub.store, "c2")) == (None, [])
    assert hub.ask_again(ann, requests[0]) == replies[0]


def test_many_go_in_small_parts_and_people_in_between() -> None:
    """Never more than one part waits for the journal; what is said meanwhile stays."""
    store = MemoryStore()
    talk(store, 2 * TRIMMED_AT_ONCE)
    hub = Hub(store, retention=Retention(messages=10))
    ann = hub.guest("ann")
    hub.ask(ann, Join, target="#channel-1")
    hub.retaining.begin()
    hub.run_deferred()
    parts = 0
    while hub.queue.waiting:
        assert hub.queue.waiting == 1
        answer = hub.submit(ann, Send, target="#channel-1", text=str(parts))
        hub.work()
        assert isinstance(answer.reply, SendResult)
        parts += 1
        while not hub.queue.waiting and hub.run_deferred():
            pass
    assert parts == 3
    assert len(_stored(store)) == 10 + parts


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.OUTCOME_UNKNOWN])
def test_trouble_with_the_disk_puts_it_off(fault: Fault) -> None:
    """Nothing is lost or shown by half; the next time it is done."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    _say(hub, ann, "one")
    _days(hub, 8)
    hub.store.switch.fail_next(fault)
    _let_go(hub)
    hub.store.switch.refuse_lookups()
    _let_go(hub)
    hub.store.switch.heal()
    _let_go(hub)
    page = _history(hub, ann)
    assert (page.first, page.entries) == (page.last + 1, ())
    assert _stored(hub.store) == []


def test_what_a_killed_server_left_is_deleted_by_the_next() -> None:
    """`first` had moved, the texts were still there: nobody can read them, and they go."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann", "a" * 64)
    said = _say(hub, ann, "one", "two")
    _days(hub, 8)
    hub.retaining.begin()
    hub.run_deferred()
    hub.work()
    assert _stored(hub.store) == list(range(1, said[-1] + 1))
    again = Hub(hub.store.inside, hub.clock)
    ann = again.guest("ann", "a" * 64)
    assert _history(again, ann, after=0).entries == ()
    _let_go(again)
    assert _stored(again.store) == []


def test_no_reader_ever_finds_a_hole() -> None:
    """Whatever moment a page is read at, it has all from the `first` that it tells."""
    hub = Hub(retention=Retention(messages=2))
    ann = hub.guest("ann")
    _say(hub, ann, *map(str, range(20)))
    hub.retaining.begin()
    while hub.run_deferred() or hub.work():
        answer = hub.submit(ann, History, target="#general", after=0)
        page = answer.reply
        assert [entry.number for entry in page.entries] == list(range(page.first, page.last + 1))
    assert page.first == page.last - 1


def test_messages_are_known_by_place_until_they_are_gone() -> None:
    """What the journal looks up agrees with what is there."""
    hub = Hub(retention=WEEK)
    ann = hub.guest("ann")
    number = _say(hub, ann, "one")[0]
    assert isinstance(hub.store.messages([MessageKey(C1, number)])[MessageKey(C1, number)], Message)
    _days(hub, 8)
    _let_go(hub)
    assert hub.store.messages([MessageKey(C1, number)]) == {}
