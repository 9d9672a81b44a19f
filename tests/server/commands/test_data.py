"""Having all that one wrote, and taking it back."""

from typing import Any

import msgspec
import pytest

from chat.protocol.accounts import EraseMessages, EraseMessagesResult, ExportData
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Deleted, Message
from chat.protocol.order import DeleteChannel, Kick
from chat.protocol.replies import Error
from chat.protocol.requests import CreateChannel, Delete, Edit, History, Join, OpenDirect, Part, React, Send
from chat.protocol.staff import Audit, DisableUser, SetAdmin
from chat.server.domain.model import conversation_id
from chat.server.domain.rate import Rate, Rates
from chat.server.domain.retention import Keep, Retention
from chat.server.ports import WrittenMessages
from chat.server.state.session import Session
from tests.support.agreement import assert_published_equals_stored
from tests.support.hub import Hub
from tests.support.standing import change_user, make_admin

C1 = conversation_id(1)


def _say(hub: Hub, session: Session, text: str, target: str = "#general") -> int:
    number: int = hub.ask(session, Send, target=target, text=text).number
    return number


def _exported(hub: Hub, session: Session) -> tuple[list[AnyEntry], int]:
    """Ask page by page; return everything, and how many pages that were."""
    found: list[AnyEntry] = []
    after, pages = "", 0
    while True:
        page = hub.ask(session, ExportData, after=after)
        found += page.entries
        pages += 1
        assert page.user.id == session.user
        if not page.next:
            return found, pages
        after = page.next


def _texts(hub: Hub, session: Session, target: str = "#general") -> list[str]:
    entries = hub.ask(session, History, target=target, after=0).entries
    return [entry.text for entry in entries if isinstance(entry, Message)]


def test_one_gets_all_that_one_wrote_as_it_stands() -> None:
    """Everywhere, also where one is no member any more, with what one did; nothing of others."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    first = _say(hub, ann, "typo")
    hub.ask(ann, Edit, target="#general", message=first, text="right")
    _say(hub, bob, "not hers")
    hub.ask(ann, CreateChannel, name="#tea")
    _say(hub, ann, "tea", "#tea")
    hub.ask(ann, Part, target="#tea")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    _say(hub, ann, "psst", direct)
    entries, _ = _exported(hub, ann)
    assert {entry.user for entry in entries} == {ann.user}
    assert [each.text for each in entries if isinstance(each, Message)] == ["right", "tea", "psst"]


def test_nothing_is_in_it_that_can_not_be_read_any_more() -> None:
    """What lies below `first`, though it is not deleted yet, nor that one deleted a channel."""
    hub = Hub(retention=Retention(channels={"#general": Keep(messages=1)}))
    ann = hub.guest("ann")
    hub.ask(ann, CreateChannel, name="#tea")
    hub.ask(ann, DeleteChannel, target="#tea")
    for text in ("old", "new"):
        _say(hub, ann, text)
    hub.retaining.begin()
    while hub.run_deferred() or hub.work():
        entries = hub.submit(ann, ExportData).reply.entries
        state = hub.world.conversation(C1)
        assert state is not None
        assert all((entry.conversation, entry.number >= state.first) == (C1, True) for entry in entries)
    assert [getattr(entry, "text", "") for entry in entries] == ["new"]


def test_who_was_taken_out_is_not_told_what_others_do_since() -> None:
    """One's own words alone, as one wrote them."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, CreateChannel, name="#tea")
    hub.ask(bob, Join, target="#tea")
    number = _say(hub, bob, "mine", "#tea")
    hub.ask(ann, React, target="#tea", message=number, emoji="👀")
    (before,) = (each for each in _exported(hub, bob)[0] if isinstance(each, Message))
    hub.ask(ann, Kick, target="#tea", user="@bob")
    (after,) = (each for each in _exported(hub, bob)[0] if isinstance(each, Message))
    assert len(before.reactions) == 1
    assert (after.text, after.reactions, after.revision) == ("mine", (), 0)


def test_it_comes_in_pages_that_fit_a_line() -> None:
    """None twice, none left out."""
    hub = Hub(rates=Rates(guest_sends=Rate(1000, 1000)))
    ann = hub.guest("ann")
    texts = [str(number) + "x" * 3000 for number in range(60)]
    for text in texts:
        _say(hub, ann, text)
    entries, pages = _exported(hub, ann)
    assert [each.text for each in entries if isinstance(each, Message)] == texts
    assert pages > 1
    page = hub.ask(ann, ExportData)
    assert len(msgspec.json.encode(page)) < hub.services.limits.line_bytes


@pytest.mark.parametrize("cursor", ["c1", "-1", "1.5", "9" * 30, "\u0661"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    """With the field."""
    hub = Hub()
    reply = hub.ask(hub.guest("ann"), ExportData, after=cursor)
    assert isinstance(reply, Error)
    assert (reply.code, reply.field) == (ErrorCode.INVALID_REQUEST, "after")


def test_one_takes_back_all_that_one_wrote() -> None:
    """In each conversation, by entries that everybody gets; texts of edits too; others keep theirs."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    for target in ("#general", direct):
        number = _say(hub, ann, "secret", target)
        hub.ask(ann, Edit, target=target, message=number, text="secret too")
    hub.ask(ann, Delete, target="#general", message=_say(hub, ann, "gone already"))
    his = _say(hub, bob, "his")
    hub.ask(ann, React, target="#general", message=his, emoji="👍")
    hub.forget(ann, bob)
    assert hub.ask(ann, EraseMessages).messages == 2
    told = hub.events_of(bob, Deleted)
    assert [(entry.user, entry.conversation) for entry in told] == [(ann.user, "c1"), (ann.user, direct)]
    assert _texts(hub, bob) == ["", "", "his"]
    assert _texts(hub, bob, direct) == [""]
    entries, _ = _exported(hub, ann)
    assert b"secret" not in msgspec.json.encode(entries)
    assert hub.ask(ann, EraseMessages).messages == 0
    assert hub.store.erasures() == []
    assert_published_equals_stored(hub)


def test_an_administrator_takes_back_what_anybody_wrote_and_that_is_noted() -> None:
    """Nobody else may; the audit log has no text."""
    hub = Hub()
    ann, bob, ada = hub.guest("ann"), hub.guest("bob"), hub.guest("ada")
    make_admin(hub, ada)
    _say(hub, bob, "spam")
    refused = hub.ask(ann, EraseMessages, user="@bob")
    assert isinstance(refused, Error)
    assert refused.code is ErrorCode.FORBIDDEN
    assert hub.ask(ann, EraseMessages, user="@ann").messages == 0
    assert hub.ask(ada, EraseMessages, user="@bob").messages == 1
    assert _texts(hub, ann) == [""]
    record = hub.ask(ada, Audit).records[0]
    assert (record.action, record.nick, record.subject) == ("erase_messages", "ada", "bob")
    unknown = hub.ask(ada, EraseMessages, user="@nobody")
    assert unknown.code is ErrorCode.UNKNOWN_USER


def test_what_is_on_its_way_already_is_noted_once() -> None:
    """Also who asks again and again, or another one asks; what came since is noted."""
    hub = Hub()
    ann, ada = hub.guest("ann"), hub.guest("ada")
    make_admin(hub, ada)
    before = len(hub.ask(ada, Audit).records)
    assert hub.ask(ann, EraseMessages).messages == 0
    _say(hub, ann, "old")
    hub.submit(ann, EraseMessages)
    hub.work()
    hub.submit(ada, EraseMessages, user="@ann")
    hub.work()
    hub.submit(ann, EraseMessages)
    hub.settle()
    assert hub.ask(ann, EraseMessages).messages == 0
    assert len(hub.ask(ada, Audit).records) == before + 1
    _say(hub, ann, "new")
    hub.ask(ann, EraseMessages)
    assert len(hub.ask(ada, Audit).records) == before + 2


def _erases(hub: Hub, session: Session, user: str = "") -> Refused | None:
    """Ask for it, unless the budget does not allow it; return why not."""
    refused = hub.dispatcher.too_hasty(session, hub.request(EraseMessages, user=user))
    if refused is None:
        assert isinstance(hub.ask(session, EraseMessages, user=user), EraseMessagesResult)
    return refused


def test_who_asks_to_erase_again_and_again_must_wait() -> None:
    """Each time all logs are walked; administrators, who do it for others, need not."""
    hub = Hub()
    ann, ada = hub.guest("ann"), hub.guest("ada")
    make_admin(hub, ada)
    assert [_erases(hub, ann, user) for user in ("", "@ann", ann.user)] == [None] * 3
    refused = _erases(hub, ann)
    assert refused is not None
    assert (refused.code, refused.retry_after_ms) == (ErrorCode.RATE_LIMITED, 10001)
    assert hub.dispatcher.too_hasty(ann, hub.request(History, target="#general")) is None
    hub.fake_clock.advance(10.001)
    assert _erases(hub, ann) is None
    assert [_erases(hub, ada, "@ann") for _ in range(9)] == [None] * 9


def test_where_nothing_is_left_nothing_is_begun() -> None:
    """Neither stored, nor noted, nor looked for."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    _say(hub, bob, "his")
    batch = hub.store.last_batch()
    assert hub.ask(ann, EraseMessages).messages == 0
    hub.submit(ann, EraseMessages)
    hub.work()
    assert not hub.retaining.under_way
    assert (hub.store.last_batch(), hub.store.erasures()) == (batch, [])


def test_an_erasure_goes_on_after_a_kill() -> None:
    """What was asked for is stored with the answer; the next server does the rest."""
    hub = Hub(rates=Rates(guest_sends=Rate(1000, 1000)))
    ann = hub.guest("ann")
    for number in range(150):
        _say(hub, ann, str(number))
    answer = hub.submit(ann, EraseMessages)
    hub.work()
    assert answer.reply.messages == 150
    hub.run_deferred()
    hub.work()
    assert hub.store.written_messages(ann.user) == {C1: WrittenMessages(50, 152)}
    again = Hub(hub.store.inside, hub.clock)
    again.retaining.begin()
    again.settle()
    assert again.store.written_messages(ann.user) == {}
    assert again.store.erasures() == []


def _on_its_way(*others: str) -> tuple[Hub, list[Session]]:
    """Return a hub where Ada has 100 of Bob's 150 messages erased so far; and Bob, Ada, others of staff."""
    hub = Hub(rates=Rates(guest_sends=Rate(1000, 1000)))
    bob, *staff = (hub.guest(nick) for nick in ("bob", "ada", *others))
    for session in staff:
        make_admin(hub, session)
        _say(hub, session, "keep me")
    for number in range(150):
        _say(hub, bob, str(number))
    hub.submit(staff[0], EraseMessages, user="@bob")
    hub.work()
    hub.run_deferred()
    hub.work()
    assert hub.store.written_messages(bob.user)[C1].messages == 50
    return hub, [bob, *staff]


@pytest.mark.parametrize(
    ("kind", "fields"), [(SetAdmin, {"admin": False}), (DisableUser, {})], ids=["demoted", "disabled"]
)
def test_who_is_no_administrator_any_more_erases_nothing_more_of_others(
    kind: type[Request], fields: dict[str, Any]
) -> None:
    """What waits behind the taking of the right is refused, and what is on its way ends for good."""
    hub, (bob, ada, boss) = _on_its_way("boss")
    hub.submit(boss, kind, user="@ada", **fields)
    late = hub.submit(ada, EraseMessages, user="@boss")
    hub.settle()
    assert late.reply.code is ErrorCode.FORBIDDEN
    assert hub.store.written_messages(bob.user)[C1].messages == 50
    assert hub.store.written_messages(boss.user)[C1].messages == 1
    assert hub.store.erasures() == []
    records = [each for each in hub.ask(boss, Audit).records if each.action == "erase_messages"]
    assert [each.subject for each in records] == ["bob"]


@pytest.mark.parametrize("who", ["boss", "bob"])
def test_who_asks_for_the_same_is_served_though_the_first_has_no_right_any_more(who: str) -> None:
    """Another administrator, or the author; of these the one who asked last is noted."""
    hub, (bob, _, boss) = _on_its_way("boss")
    asks = boss if who == "boss" else bob
    hub.submit(asks, EraseMessages, user="@bob")
    hub.submit(boss, SetAdmin, user="@ada", admin=False)
    hub.settle()
    assert hub.store.written_messages(bob.user) == {}
    assert hub.store.erasures() == []
    records = [each for each in hub.ask(boss, Audit).records if each.action == "erase_messages"]
    assert [each.nick for each in records] == [who, "ada"]


def test_one_s_own_erasure_goes_on_whatever_becomes_of_one() -> None:
    """It takes no right."""
    hub, (bob, ada) = _on_its_way()
    hub.submit(ada, EraseMessages)
    hub.work()
    change_user(hub, ada, lambda user: msgspec.structs.replace(user, admin=False, disabled=True))
    assert hub.store.written_messages(ada.user) == {}
    assert hub.store.written_messages(bob.user)[C1].messages == 50


def test_two_who_ask_at_once_are_both_served() -> None:
    """Also who asks while another's are on their way."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    _say(hub, ann, "hers")
    _say(hub, bob, "his")
    one = hub.submit(ann, EraseMessages)
    hub.work()
    hub.run_deferred()
    other = hub.submit(bob, EraseMessages)
    hub.settle()
    assert (one.reply.messages, other.reply.messages) == (1, 1)
    assert _texts(hub, ann) == ["", ""]


def test_what_is_said_after_asking_stays() -> None:
    """Also while the rest is on its way, and also in another conversation."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, CreateChannel, name="#tea")
    _say(hub, ann, "old")
    answer = hub.submit(ann, EraseMessages)
    hub.work()
    assert answer.reply.messages == 1
    for target in ("#general", "#tea"):
        hub.submit(ann, Send, target=target, text="new")
    hub.settle()
    assert (_texts(hub, ann), _texts(hub, ann, "#tea")) == (["", "new"], ["new"])
    again = Hub(hub.store.inside, hub.clock)
    again.retaining.begin()
    again.settle()
    assert again.store.written_messages(ann.user) == hub.store.written_messages(ann.user)


@pytest.mark.parametrize("steps", range(6))
def test_who_asks_again_is_served_again(steps: int) -> None:
    """However far the first is, all that was said before the second goes."""
    hub = Hub()
    ann = hub.guest("ann")
    _say(hub, ann, "old")
    hub.submit(ann, EraseMessages)
    hub.work()
    for step in range(steps):
        hub.work() if step % 2 else hub.run_deferred()
    hub.submit(ann, Send, target="#general", text="said between")
    hub.work()
    again = hub.submit(ann, EraseMessages)
    hub.settle()
    assert again.reply.messages in (1, 2)
    assert _texts(hub, ann) == ["", ""]
    assert hub.store.erasures() == []


def test_who_came_later_reads_nothing_of_it() -> None:
    """Not even in a page that is asked for between two parts."""
    hub = Hub()
    ann = hub.guest("ann")
    _say(hub, ann, "secret")
    hub.ask(ann, EraseMessages)
    bob = hub.guest("bob")
    hub.ask(bob, Join, target="#general")
    assert _texts(hub, bob) == [""]
