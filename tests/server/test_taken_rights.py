"""A right that was taken away is gone, over real sockets: for what is told, what is read, what is asked."""

import time

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Left, Message
from chat.protocol.order import (
    BanResult,
    BanUsers,
    Grant,
    GrantResult,
    Kick,
    KickResult,
    Mute,
    MuteResult,
    Revoke,
    RevokeResult,
)
from chat.protocol.replies import Error, HistoryResult, JoinResult, SendResult, SyncResult
from chat.protocol.requests import History, Join, Members, Send, Sync
from chat.server.storage.memory import MemoryStore
from tests.support.faulty_store import FaultyStore
from tests.support.people import People, Person
from tests.support.server import running_server

WITHIN_SECONDS = 1.0


@pytest.mark.parametrize("how", ["kick", "ban"])
def test_within_a_second_nothing_is_told_nor_shown_to_who_was_sent_out(how: str) -> None:
    """On all devices; the last that each hears is how it left."""
    with running_server() as server, People(server.address) as people:
        ann, eve = people.come("ann"), people.come("eve")
        phone = people.second_device(eve)
        ann.get(JoinResult, Join, target="#tea")
        tea = eve.get(JoinResult, Join, target="#tea").conversation.conversation
        for device in (eve, phone):
            device.get(HistoryResult, History, target="#tea")
            device.news()
        began = time.monotonic()
        send_out(ann, how)
        ann.get(SendResult, Send, target="#tea", text="secret")
        for device in (eve, phone):
            assert device.refused(History, target=tea).code is ErrorCode.NOT_MEMBER
        assert time.monotonic() - began < WITHIN_SECONDS
        for device in (eve, phone):
            entries = [each for each in device.news() if isinstance(each, Left | Message)]
            assert [type(each) for each in entries if each.conversation == tea] == [Left]
            assert device.refused(Send, target=tea, text="still here").code is ErrorCode.NOT_MEMBER


def send_out(ann: Person, how: str) -> None:
    """Kick or ban Eve."""
    if how == "kick":
        ann.get(KickResult, Kick, target="#tea", user="@eve")
    else:
        ann.get(BanResult, BanUsers, target="#tea", mask="@eve")


def test_within_a_second_a_rank_that_was_taken_is_worth_nothing() -> None:
    """Nor on a link that was open all the time."""
    with running_server() as server, People(server.address) as people:
        ann, eve = people.come("ann"), people.come("eve")
        ann.get(JoinResult, Join, target="#tea")
        eve.get(JoinResult, Join, target="#tea")
        ann.get(GrantResult, Grant, target="#tea", user="@eve")
        people.come("ben").get(JoinResult, Join, target="#tea")
        eve.get(MuteResult, Mute, target="#tea", user="@ben")
        began = time.monotonic()
        ann.get(RevokeResult, Revoke, target="#tea", user="@eve")
        assert eve.refused(Kick, target="#tea", user="@ann").code is ErrorCode.FORBIDDEN
        assert time.monotonic() - began < WITHIN_SECONDS


@pytest.mark.parametrize("kind", [History, Members, Sync])
def test_who_comes_from_a_banned_address_reads_nothing_while_the_disk_is_slow(kind: type[Request]) -> None:
    """The hello is answered at once, and what is read behind it when the taking out is stored."""
    store = FaultyStore(MemoryStore())
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ann, eve = people.come("ann"), people.come("eve")
        tea = ann.get(JoinResult, Join, target="#tea").conversation.conversation
        eve.get(JoinResult, Join, target="#tea")
        ann.get(GrantResult, Grant, target="#tea", user="@eve")
        ann.get(BanResult, BanUsers, target="#tea", mask="127.0.0.0/8")
        ann.get(RevokeResult, Revoke, target="#tea", user="@eve")
        with store.held() as held:
            back = people.greet("eve", eve.token)
            asked = back.say(kind, **({} if kind is Sync else {"target": tea}))
            assert held.reached.wait(WITHIN_SECONDS)
            ann.get(HistoryResult, History, target="#tea")
            held.release.set()
            reply = back.link.reply_to(asked)
        if isinstance(reply, SyncResult):
            assert tea not in {each.conversation for each in reply.conversations}
        else:
            assert isinstance(reply, Error)
            assert reply.code is ErrorCode.NOT_MEMBER
