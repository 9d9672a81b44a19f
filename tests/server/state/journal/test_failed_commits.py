"""Rule 3: a failed commit leaves no trace, or turns out to be stored; then it is published after all."""

import pytest

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.events import ConversationAdded
from chat.protocol.replies import Error, HelloResult, SendResult
from chat.protocol.requests import ChangeNick, Hello, History, Join, Ping, Send
from chat.server.ports import FlushError, StoreError
from tests.support.faulty_store import Fault
from tests.support.hub import Answer, Hub, hello_fields
from tests.support.waiting import wait_until


def _refusal(answer: Answer) -> tuple[ErrorCode, bool]:
    reply = answer.reply
    assert isinstance(reply, Error)
    return reply.code, reply.retryable


def test_a_failed_commit_drops_the_drafts_and_refuses_retryably() -> None:
    """State, numbers and send ids are as before; the retry is as good as new."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(ann, bob)
    hub.store.switch.fail_next(Fault.REFUSED)
    request = hub.request(Send, target="#general", text="hello")
    said = hub.give(ann, request)
    joined = hub.submit(bob, Join, target="#tea")
    renamed = hub.submit(bob, ChangeNick, nick="robert")
    hub.settle()
    for answer in (said, joined, renamed):
        assert _refusal(answer) == (ErrorCode.STORAGE_TROUBLE, True)
    assert hub.events(bob) == []
    assert hub.world.channel_named("#tea") is None
    assert hub.world.nick_holder("robert") is None
    again = hub.ask_again(ann, request)
    assert again.number == 4
    assert [event.number for event in hub.events_of(bob, Message)] == [4]


def test_what_waits_behind_a_failed_batch_loses_nothing_but_time() -> None:
    """It was not decided yet, so it is decided on the state as it is."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    with hub.store.held() as held:
        hub.store.switch.fail_next(Fault.REFUSED)
        failing = hub.submit(ann, Send, target="#general", text="lost for now")
        hub.journal.start(_no_death)
        wait_until(held.reached.is_set)
        behind = hub.submit(bob, Send, target="#general", text="behind")
        held.release.set()
        wait_until(lambda: bool(behind.replies))
    hub.journal.stop(5)
    assert _refusal(failing) == (ErrorCode.STORAGE_TROUBLE, True)
    assert isinstance(behind.reply, SendResult)
    assert behind.reply.number == 4


def test_an_unknown_outcome_that_was_stored_is_published() -> None:
    """With the next batch, before it: everybody sees it, and the retry finds its first answer."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(ann, bob)
    hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    request = hub.request(Send, target="#general", text="stored all the same")
    refused = hub.give(ann, request)
    hub.settle()
    assert _refusal(refused) == (ErrorCode.STORAGE_TROUBLE, True)
    assert hub.events(bob) == []

    said = hub.ask(bob, Send, target="#general", text="next")
    again = hub.ask_again(ann, request)

    assert [(event.number, event.text) for event in hub.events_of(bob, Message)] == [
        (4, "stored all the same"),
        (5, "next"),
    ]
    assert said.number == 5
    assert again.number == 4


def test_of_an_unknown_outcome_everybody_is_told_also_who_asked() -> None:
    """The answer said that it failed: so the asker hears of the membership like any other device."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    hub.submit(ann, Join, target="#tea")
    hub.forget(ann)
    hub.ask(ann, ChangeNick, nick="anna")
    (added,) = hub.events_of(ann, ConversationAdded)
    assert added.conversation.name == "#tea"
    hub.ask(ann, Send, target="#tea", text="heard?")
    assert [event.text for event in hub.events_of(ann, Message)] == ["heard?"]


def test_a_hello_whose_outcome_was_unknown_succeeds_when_repeated() -> None:
    """As the guest that it made the first time."""
    hub = Hub()
    session = hub.connect()
    hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    hello = hub.request(Hello, **hello_fields("ann", "a" * 64), new=True)
    assert hub.ask_again(session, hello).code is ErrorCode.STORAGE_TROUBLE
    again = hub.ask_again(session, hello)
    assert isinstance(again, HelloResult)
    assert [user.nick for user in hub.world.directory.everybody()] == ["server", "ann"]


def test_while_the_store_can_not_write_reading_goes_on_and_it_heals_by_itself() -> None:
    """Changes are refused with a wait, again and again; then they are stored."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.refuse_writes()
    for _ in range(3):
        refused = hub.submit(ann, Join, target="#tea")
        hub.settle()
        assert _refusal(refused) == (ErrorCode.STORAGE_TROUBLE, True)
        assert hub.ask(ann, History, target="#general").last == 2
        assert hub.ask(ann, Ping).time
    hub.store.switch.heal()
    assert hub.ask(ann, Join, target="#tea").number == 2


def test_while_it_is_not_known_what_was_stored_nothing_is_decided() -> None:
    """Not even a probe is made before `last_batch` has answered."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    request = hub.request(Send, target="#general", text="one")
    hub.store.switch.fail_next(Fault.OUTCOME_UNKNOWN)
    hub.give(ann, request)
    hub.settle()
    hub.store.switch.refuse_lookups()
    refused = hub.submit(bob, Send, target="#general", text="two")
    hub.settle()
    assert _refusal(refused) == (ErrorCode.STORAGE_TROUBLE, True)
    hub.store.switch.heal()
    assert hub.ask_again(ann, request).number == 4


def test_when_send_ids_can_not_be_looked_up_nothing_is_decided() -> None:
    """A retry must never be taken for a new request."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="once")
    hub.ask_again(ann, request)
    hub.store.switch.refuse_lookups()
    refused = hub.give(ann, request)
    hub.settle()
    assert _refusal(refused) == (ErrorCode.STORAGE_TROUBLE, True)
    hub.store.switch.heal()
    assert hub.ask_again(ann, request).number == 3
    assert hub.ask(ann, History, target="#general").last == 3


def test_after_a_failed_flush_only_reading_goes_on() -> None:
    """For ever, though the store would write again: what the disk holds is not known."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.FLUSH_FAILED)
    for _ in range(2):
        refused = hub.submit(ann, Send, target="#general", text="hello")
        hub.settle()
        assert _refusal(refused) == (ErrorCode.READ_ONLY, True)
        hub.store.switch.heal()
    assert hub.ask(ann, History, target="#general").last == 2
    with pytest.raises(FlushError):
        hub.store.probe()


def test_a_flush_that_fails_in_the_probe_counts_as_well() -> None:
    """From then on nothing is written, though the first trouble was a passing one."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.store.switch.fail_next(Fault.REFUSED)
    hub.submit(ann, Join, target="#tea")
    hub.settle()
    probes: list[StoreError] = [FlushError("the flush failed, as the test wants")]

    def probe() -> None:
        if probes:
            raise probes.pop()

    hub.store.probe = probe  # type: ignore[method-assign]
    for _ in range(3):
        refused = hub.submit(ann, Join, target="#tea")
        hub.settle()
        assert _refusal(refused) == (ErrorCode.READ_ONLY, True)


def _no_death(death: BaseException) -> None:
    raise AssertionError from death
