"""Rule 6: after a retryable refusal of a send, later ones of that link wait for it to come again."""

import threading

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import Join, Send, Sync
from tests.support.faulty_store import Fault
from tests.support.hub import Answer, Hub, send_id_of
from tests.support.waiting import wait_until


def _codes(*answers: Answer) -> list[ErrorCode | None]:
    return [answer.reply.code if isinstance(answer.reply, Error) else None for answer in answers]


def test_after_a_failed_commit_later_sends_wait_for_the_first_refused_one() -> None:
    """Those of its batch and those behind it; repeated in their order, all are stored in their order."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    requests = [hub.request(Send, target="#general", text=text) for text in ("one", "two", "three")]
    hub.store.switch.fail_next(Fault.REFUSED)
    failed = [hub.give(ann, request) for request in requests[:2]]
    hub.work()
    behind = hub.give(ann, requests[2])
    other = hub.submit(bob, Send, target="#general", text="another link")
    hub.settle()
    assert _codes(*failed) == [ErrorCode.STORAGE_TROUBLE] * 2
    assert _codes(behind, other) == [ErrorCode.OUT_OF_ORDER, None]
    second_too_early = hub.give(ann, requests[1])
    hub.settle()
    assert _codes(second_too_early) == [ErrorCode.OUT_OF_ORDER]
    hub.forget(ann)
    repeated = [hub.give(ann, request) for request in requests]
    hub.settle()
    assert _codes(*repeated) == [None, None, None]
    assert [event.text for event in hub.events_of(ann, Message)] == ["one", "two", "three"]


def test_a_refusal_that_no_retry_would_change_holds_nothing_up() -> None:
    """What comes behind it goes on."""
    hub = Hub()
    ann = hub.guest("ann")
    bad = hub.submit(ann, Send, target="#nowhere", text="one")
    good = hub.submit(ann, Send, target="#general", text="two")
    hub.settle()
    assert _codes(bad, good) == [ErrorCode.UNKNOWN_CONVERSATION, None]


def test_out_of_order_is_retryable_at_once() -> None:
    """As soon as the first refused one was repeated."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.ask(ann, Send, target="#general", text="one")
    refused = hub.ask(ann, Send, target="#general", text="two")
    assert isinstance(refused, Error)
    assert (refused.code, refused.retryable, refused.retry_after_ms) == (ErrorCode.OUT_OF_ORDER, True, 0)


def test_sync_lets_sends_go_on() -> None:
    """A client that gives the refused one up begins anew."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.ask(ann, Send, target="#general", text="given up")
    hub.ask(ann, Sync)
    assert isinstance(hub.ask(ann, Send, target="#general", text="next"), SendResult)


def test_other_requests_are_not_held_up() -> None:
    """Only sends have an order that people see."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.ask(ann, Send, target="#general", text="one")
    assert hub.ask(ann, Join, target="#tea").number == 2


def test_a_repeated_send_that_was_stored_gets_its_answer_though_another_is_awaited() -> None:
    """It changes nothing, so it can't break the order."""
    hub = Hub()
    ann = hub.guest("ann")
    stored = hub.request(Send, target="#general", text="stored")
    first = hub.ask_again(ann, stored)
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.ask(ann, Send, target="#general", text="refused")
    assert hub.ask_again(ann, stored) == first
    assert hub.ask(ann, Send, target="#general", text="later").code is ErrorCode.OUT_OF_ORDER


def test_a_repeated_send_that_is_now_refused_for_good_sets_the_way_free() -> None:
    """Its text stays unsaid, what follows may go on."""
    hub = Hub()
    ann = hub.guest("ann")
    phone = hub.second_device(ann)
    request = hub.request(Send, target="#general", text="unsaid")
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.ask_again(ann, request)
    hub.ask(phone, Send, target="#general", text="other", send_id=send_id_of(request))
    assert hub.ask_again(ann, request).code is ErrorCode.CONFLICT
    assert isinstance(hub.ask(ann, Send, target="#general", text="next"), SendResult)


def test_what_the_watchdog_took_back_does_not_overtake_what_was_being_stored() -> None:
    """The earlier send fails after the later one was refused: still the earlier one is awaited."""
    hub = Hub()
    ann = hub.guest("ann")
    one, two = (hub.request(Send, target="#general", text=text) for text in ("one", "two"))
    hub.store.switch.fail_next(Fault.REFUSED)
    with hub.store.held() as held:
        first = hub.give(ann, one)
        journal = threading.Thread(target=hub.journal.work, args=(hub.queue.take(),))
        journal.start()
        wait_until(held.reached.is_set)
        second = hub.give(ann, two)
        hub.fake_clock.advance(3)
        assert hub.queue.take_back() == 1
        held.release.set()
        journal.join()
    assert _codes(first, second) == [ErrorCode.STORAGE_TROUBLE, ErrorCode.OVERLOADED]
    too_early, first_again, second_again = hub.give(ann, two), hub.give(ann, one), hub.give(ann, two)
    hub.settle()
    assert _codes(too_early, first_again, second_again) == [ErrorCode.OUT_OF_ORDER, None, None]
