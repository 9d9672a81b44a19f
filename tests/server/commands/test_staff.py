"""What administrators ask: what comes of it, who is told, and what the audit log keeps."""

from typing import Any

import pytest

from chat.protocol.accounts import RevokeDevice
from chat.protocol.asking import Request
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import Message
from chat.protocol.events import Announced
from chat.protocol.records import Gate, Presence, UserKind
from chat.protocol.requests import Send, Whois
from chat.protocol.staff import (
    AddUser,
    Announce,
    Audit,
    DisableUser,
    Disconnect,
    ListUsers,
    ListUsersResult,
    SetAdmin,
    SetGate,
    SetPassword,
    Stats,
)
from chat.server.domain.audit import broken_at
from chat.server.state.roster import OFFLINE_AFTER
from chat.server.state.session import Session
from tests.support.hub import Hub, closed_for, peer_of
from tests.support.passwords import GOOD
from tests.support.standing import make_admin


class House:
    """A hub with an administrator and a guest."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.ada, self.ben = self.hub.guest("ada"), self.hub.guest("ben")
        make_admin(self.hub, self.ada)
        self.hub.forget(self.ada, self.ben)

    def notes(self) -> list[tuple[str, str, str, str]]:
        """Who did what to whom and why, the oldest first, after the chain was checked."""
        records = self.hub.ask(self.ada, Audit).records[::-1]
        assert broken_at(records) is None
        return [(each.nick, each.action, each.subject, each.detail) for each in records]


@pytest.fixture
def house() -> House:
    """A house in which nothing happened yet."""
    return House()


def test_everybody_who_is_here_hears_an_announcement_once(house: House) -> None:
    """On each device, also before `sync`; it is cleaned as a message is, and kept nowhere."""
    hub = house.hub
    phone, quiet = hub.second_device(house.ben), hub.guest("cid", sync=False)
    hub.forget(house.ada, house.ben, phone)
    reply = hub.ask(house.ada, Announce, text="noon\x07: tea\n")
    assert reply.sessions == 4
    for session in (house.ada, house.ben, phone, quiet):
        (event,) = hub.events_of(session, Announced)
        assert (event.nick, event.text) == ("ada", "noon\ufffd: tea")
    assert not hub.events_of(hub.guest("dora"), Announced)
    assert house.notes() == [("ada", "announce", "", "")]


@pytest.mark.parametrize(
    ("text", "code"), [(" \n", ErrorCode.EMPTY_TEXT), ("x" * 4001, ErrorCode.TEXT_TOO_LONG)]
)
def test_an_announcement_is_bounded_as_a_message_is(house: House, text: str, code: ErrorCode) -> None:
    """Nobody is told, and nothing is noted."""
    assert house.hub.ask(house.ada, Announce, text=text).code is code
    assert not house.hub.events_of(house.ben, Announced)
    assert house.notes() == []


def test_all_sessions_of_somebody_end_and_nobody_elses(house: House) -> None:
    """They may come back; by whom and why they were sent off they are told, and it is in the audit log."""
    hub = house.hub
    phone = hub.second_device(house.ben)
    assert hub.ask(house.ada, Disconnect, user="@ben", reason="too\nmuch").sessions == 2
    assert [closed_for(each) for each in (house.ben, phone, house.ada)] == [
        CloseReason.DISCONNECTED,
        CloseReason.DISCONNECTED,
        None,
    ]
    assert {peer_of(each).sentence for each in (house.ben, phone)} == {"ada ended the connection: too much."}
    hub.drop(house.ben, at_once=True)
    hub.drop(phone, at_once=True)
    assert hub.ask(house.ada, Disconnect, user="@ben").sessions == 0
    back = hub.second_device(house.ben)
    assert hub.ask(house.ada, Whois, target="@ben").presence is Presence.ONLINE
    hub.ask(house.ada, Disconnect, user="@ben")
    assert peer_of(back).sentence == "ada ended the connection."
    assert house.notes() == [
        ("ada", "disconnect", "ben", "too much"),
        *[("ada", "disconnect", "ben", "")] * 2,
    ]


def test_who_is_not_known_is_not_sent_off(house: House) -> None:
    """Nothing is noted either."""
    assert house.hub.ask(house.ada, Disconnect, user="@nobody").code is ErrorCode.UNKNOWN_USER
    assert house.hub.ask(house.ada, Disconnect, user="@ben", reason="x" * 301).field == "reason"
    assert house.notes() == []
    assert closed_for(house.ben) is None


BUILT_IN = "server is built in; it can't be disabled, and its rights and password can't be changed."


@pytest.mark.parametrize("name", ["@server", "u1"])
@pytest.mark.parametrize(
    ("kind", "fields"), [(DisableUser, {}), (SetAdmin, {"admin": False}), (SetPassword, {"password": GOOD})]
)
def test_the_servers_own_user_stays_as_it_is(
    house: House, kind: type[Request], fields: dict[str, Any], name: str
) -> None:
    """Its nick means it, though nobody may take it."""
    refused = house.hub.ask(house.ada, kind, user=name, **fields)
    assert (refused.code, refused.field, refused.message) == (ErrorCode.FORBIDDEN, "user", BUILT_IN)
    assert house.notes() == []


def test_a_nick_that_nobody_has_is_said_to_be_nobodys(house: House) -> None:
    """Also one that nobody may take."""
    for nick in ("@nobody", "@admin"):
        refused = house.hub.ask(house.ada, DisableUser, user=nick)
        assert (refused.code, refused.field) == (ErrorCode.UNKNOWN_USER, "user")
        assert refused.message == f"Nobody here is called {nick}."


def test_an_account_is_made_once(house: House) -> None:
    """Who makes accounts is told what to do for one that there is, not how a guest would log in."""
    hub = house.hub
    hub.ask(house.ada, AddUser, nick="Cid", password=GOOD)
    refused = hub.ask(house.ada, AddUser, nick="cid", password=GOOD)
    assert (refused.code, refused.field) == (ErrorCode.NICK_TAKEN, "nick")
    assert refused.message == (
        "Cid has an account already; `chat-server user passwd Cid` gives it a new password."
    )
    refused = hub.ask(house.ada, AddUser, nick="ben", password=GOOD)
    assert (refused.code, refused.field) == (ErrorCode.NICK_TAKEN, "nick")
    assert refused.message == (
        "A guest is called ben: they can keep it with /register, or choose another nick."
    )


def test_the_numbers_of_the_server_are_those_of_the_moment(house: House) -> None:
    """Users with two devices count once, the server's own user is one."""
    hub = house.hub
    before = hub.ask(house.ada, Stats)
    assert (before.links, before.users_here, before.users, before.gate) == (2, 2, 3, Gate.OPEN)
    assert (before.queue, before.pending_bytes, before.conversations) == (0, 0, 1)
    hub.second_device(house.ben)
    hub.guest("cid")
    hub.ask(house.ada, SetGate, gate=Gate.NO_REGISTRATION)
    after = hub.ask(house.ada, Stats)
    assert (after.links, after.users_here, after.users, after.gate) == (4, 3, 4, Gate.NO_REGISTRATION)


def test_what_waits_is_counted(house: House) -> None:
    """Changes for the journal, and bytes for the writer."""
    hub = house.hub
    hub.submit(house.ben, Send, target="#general", text="hello")
    waiting = hub.submit(house.ada, Stats).reply
    assert (waiting.queue, waiting.pending_bytes) == (1, 0)
    hub.work()
    written = hub.submit(house.ada, Stats).reply
    assert written.queue == 0
    assert written.pending_bytes > 0


def test_the_list_of_users_tells_what_each_is(house: House) -> None:
    """In the order in which they came; who left is told with the time."""
    hub = house.hub
    hub.ask(house.ada, AddUser, nick="cid", password=GOOD, admin=True)
    hub.drop(house.ben, at_once=True)
    hub.fake_clock.advance(OFFLINE_AFTER)
    rows = {row.user.nick: row for row in hub.ask(house.ada, ListUsers).users}
    assert list(rows) == ["server", "ada", "ben", "cid"]
    kinds = {nick: (row.user.kind, row.user.admin, row.here) for nick, row in rows.items()}
    assert kinds["ada"] == (UserKind.REGISTERED, True, True)
    assert kinds["ben"] == (UserKind.GUEST, False, False)
    assert kinds["cid"] == (UserKind.REGISTERED, True, False)
    assert rows["ben"].last_seen is not None
    assert rows["cid"].last_seen is None


def test_a_long_list_of_users_comes_in_pages_that_fit_a_line(house: House) -> None:
    """Each user once, none missing."""
    hub = house.hub
    for number in range(600):
        hub.guest(f"guest{number:025}", sync=False)
    nicks: list[str] = []
    page = ListUsersResult(id="", users=())
    pages = 0
    while not pages or page.next:
        page = hub.ask(house.ada, ListUsers, after=page.next)
        nicks += [row.user.nick for row in page.users]
        pages += 1
    assert pages > 1
    assert len(nicks) == len(set(nicks)) == 603


def test_the_audit_log_is_read_backwards(house: House) -> None:
    """Page by page, down to its first record; what people said is not in it."""
    hub = house.hub
    hub.ask(house.ben, Send, target="#general", text="a secret")
    for _ in range(250):
        hub.ask(house.ada, Announce, text="a secret")
    numbers: list[int] = []
    page = hub.ask(house.ada, Audit)
    while page.records:
        assert "secret" not in str(page)
        numbers += [each.number for each in page.records]
        page = hub.ask(house.ada, Audit, before=numbers[-1])
    assert numbers == list(range(250, 0, -1))


@pytest.mark.parametrize(
    ("kind", "fields"), [(SetAdmin, {"user": "@cid", "admin": False}), (DisableUser, {"user": "@cid"})]
)
@pytest.mark.parametrize(
    ("late_kind", "late_fields"),
    [
        (Announce, {"text": "still me"}),
        (DisableUser, {"user": "@ada"}),
        (SetGate, {"gate": Gate.STAFF_ONLY}),
        (AddUser, {"nick": "dan", "password": GOOD, "admin": True}),
    ],
)
def test_a_right_that_was_taken_away_bites_on_what_waits(
    house: House,
    kind: type[Request],
    fields: dict[str, Any],
    late_kind: type[Request],
    late_fields: dict[str, Any],
) -> None:
    """It was asked for in time, and decided too late."""
    hub = house.hub
    cid = registered_admin(hub)
    hub.forget(house.ben)
    hub.submit(house.ada, kind, **fields)
    late = hub.submit(cid, late_kind, **late_fields)
    hub.settle()
    assert late.reply.code is ErrorCode.FORBIDDEN
    assert not hub.events_of(house.ben, Announced)


@pytest.mark.parametrize("in_one_batch", [True, False])
@pytest.mark.parametrize(
    ("kind", "fields"), [(DisableUser, {"user": "@ben"}), (SetGate, {"gate": Gate.STAFF_ONLY})]
)
def test_who_is_let_in_no_more_says_nothing_more(
    house: House, kind: type[Request], fields: dict[str, Any], in_one_batch: bool
) -> None:
    """What was sent before and is decided after is not stored; only administrators hear of it all."""
    hub = house.hub
    early = hub.submit(house.ben, Send, target="#general", text="before")
    hub.submit(house.ada, kind, **fields)
    batch = [] if in_one_batch else hub.queue.take()
    late = hub.submit(house.ben, Send, target="#general", text="after")
    hub.journal.work(batch)
    hub.settle()
    assert early.reply.number
    assert late.reply.code is ErrorCode.NOT_ALLOWED_NOW
    assert [each.text for each in hub.events_of(house.ada, Message)] == ["before"]


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_device_that_was_logged_out_says_nothing_more(house: House, in_one_batch: bool) -> None:
    """The others of the same person may."""
    hub = house.hub
    phone = hub.second_device(house.ben)
    hub.submit(house.ben, RevokeDevice)
    batch = [] if in_one_batch else hub.queue.take()
    late = hub.submit(phone, Send, target="#general", text="stolen")
    hub.journal.work(batch)
    hub.submit(house.ben, Send, target="#general", text="mine")
    hub.settle()
    assert late.reply.code is ErrorCode.NOT_ALLOWED_NOW
    assert [each.text for each in hub.events_of(house.ada, Message)] == ["mine"]


def test_what_was_stored_before_is_acknowledged_all_the_same(house: House) -> None:
    """Its answer was lost; that it stands there stays true."""
    hub = house.hub
    request = hub.request(Send, target="#general", text="before")
    first = hub.ask_again(house.ben, request)
    hub.submit(house.ada, DisableUser, user="@ben")
    again = hub.give(house.ben, request)
    hub.settle()
    assert again.reply.number == first.number


def registered_admin(hub: Hub) -> Session:
    """One more administrator."""
    cid = hub.guest("cid")
    make_admin(hub, cid)
    return cid
