"""Rule 2: what is seen was stored, and is seen whole before anybody is answered."""

import threading
from collections.abc import Callable
from types import TracebackType

from chat.protocol.entries import Message
from chat.protocol.replies import SendResult
from chat.protocol.requests import ChangeNick, History, Join, ListChannels, MarkRead, Members, Send, Whois
from chat.server.state.locks import Rank, RankedLock
from tests.support.hub import Hub
from tests.support.waiting import wait_until


def test_nobody_sees_what_was_not_stored() -> None:
    """While a commit is under way, reading shows the state before it, and nothing is told or answered."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(ann, bob)
    with hub.store.held() as held:
        answers = [
            hub.submit(ann, Join, target="#tea"),
            hub.submit(ann, Send, target="#general", text="hello"),
            hub.submit(ann, ChangeNick, nick="anna"),
            hub.submit(ann, MarkRead, target="#general", number=99),
        ]
        batch = hub.queue.take()
        journal = threading.Thread(target=hub.journal.work, args=(batch,))
        journal.start()
        wait_until(held.reached.is_set)
        hub.write()
        assert [channel.name for channel in hub.give(bob, hub.request(ListChannels)).reply.channels] == [
            "#general"
        ]
        nicks = {
            member.user.nick
            for member in hub.give(bob, hub.request(Members, target="#general")).reply.members
        }
        history = hub.give(bob, hub.request(History, target="#general")).reply
        assert nicks == {"ann", "bob"}
        assert not any(isinstance(entry, Message) for entry in history.entries)
        assert [answer.replies for answer in answers] == [[], [], [], []]
        held.release.set()
        journal.join()
    hub.settle()
    assert all(answer.replies for answer in answers)
    assert [event.text for event in hub.events_of(bob, Message)] == ["hello"]
    assert hub.ask(bob, Whois, target="@anna").user.id == ann.user


def test_what_was_answered_is_seen_by_all_who_ask_from_then_on() -> None:
    """Answers come last: at that moment the state is the new one."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    seen: list[int] = []
    request = hub.request(Send, target="#general", text="hello")

    def reply(answer: object) -> None:
        assert isinstance(answer, SendResult)
        seen.append(hub.give(bob, hub.request(History, target="#general")).reply.last - answer.number)

    hub.dispatcher.dispatch(ann, request, reply)
    hub.settle()
    assert seen == [0]


def test_entries_come_before_the_reply_to_who_made_them() -> None:
    """Rule 5: who asks sees the entry, then the answer."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.submit(ann, Send, target="#general", text="hello")
    assert [type(frame) for frame in hub.frames(ann)] == [Message, SendResult]


def test_an_entry_is_the_same_bytes_to_all() -> None:
    """The sender too: everybody gets the sender's `send_id`."""
    hub = Hub()
    sessions = [hub.guest(nick) for nick in ("ann", "bob", "eve")]
    hub.forget(*sessions)
    hub.submit(sessions[0], Send, target="#general", text="hello", send_id="the-senders-own")
    heard = [hub.events_of(session, Message) for session in sessions]
    assert heard[0] == heard[1] == heard[2]
    assert [message.send_id for message in heard[0]] == ["the-senders-own"]


def test_all_of_a_batch_carries_one_time_in_whole_milliseconds() -> None:
    """So that what is stored, told and shown is the same."""
    hub = Hub()
    hub.fake_clock.advance(0.0006)
    ann = hub.guest("ann")
    answers = [hub.submit(ann, Send, target="#general", text=text) for text in ("one", "two")]
    hub.settle()
    times = {answer.reply.timestamp for answer in answers}
    assert len(times) == 1
    assert times.pop().microsecond % 1000 == 0


def test_a_change_that_changes_nothing_is_not_stored() -> None:
    """And answered all the same."""
    hub = Hub()
    ann = hub.guest("ann")
    before = hub.store.last_batch()
    assert hub.ask(ann, Join, target="#general").number == 0
    assert hub.ask(ann, ChangeNick, nick="ann").user.nick == "ann"
    assert hub.ask(ann, MarkRead, target="#general", number=0).read == 2
    assert hub.store.last_batch() == before


class _Eager(RankedLock):
    """A conversation's lock that somebody always waits for: they are next, whenever it is given back."""

    __slots__ = ("_next",)

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__(Rank.CONVERSATION)
        self._next = [then]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        while self._next:
            self._next.pop()()


def test_entries_and_value_appear_in_one_step() -> None:
    """Who comes in as soon as the lock is free misses no entry, and gets none that it was told of."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob", sync=False)
    key = hub.world.channel_named("#general")
    assert key is not None
    slot = hub.world.conversations.slot(key)
    assert slot is not None
    told: list[int] = []

    def come_in() -> None:
        told.append(slot.attach(bob, hub.fanout).last)

    hub.submit(ann, Send, target="#general", text="one")
    slot.lock = _Eager(come_in)
    hub.work()
    hub.ask(ann, Send, target="#general", text="two")
    assert told == [4]
    assert [event.number for event in hub.events_of(bob, Message)] == [5]


def test_waking_the_writer_holds_no_lock() -> None:
    """However many conversations a batch touches, the writer is woken once, outside all locks."""
    hub = Hub()
    ann = hub.guest("ann")
    for name in ("#a", "#b", "#c"):
        hub.ask(ann, Join, target=name)
    for name in ("#a", "#b", "#c"):
        hub.submit(ann, Send, target=name, text="hello")
    woken = hub.woken
    hub.work()
    assert hub.woken == woken + 1
