"""Keeping order in a channel, over a server: what it changes for everybody concerned."""

from datetime import timedelta
from typing import Any

import pytest

from chat.ids import new_token
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Banned, Joined, Left, Message, RoleChanged
from chat.protocol.events import ConversationRemoved, Invitation, PresenceChanged, TypingSeen
from chat.protocol.order import (
    ArchiveChannel,
    Bans,
    BanUsers,
    DeleteChannel,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetMode,
    Unban,
    Unmute,
)
from chat.protocol.records import ChannelMode, Role
from chat.protocol.replies import Error
from chat.protocol.requests import (
    CreateChannel,
    Delete,
    Edit,
    Hello,
    History,
    Join,
    ListChannels,
    Members,
    Part,
    React,
    Send,
    SetTopic,
    Sync,
    Typing,
    Watch,
)
from chat.server.domain.permissions import Standing
from chat.server.ports import Batch
from chat.server.state.session import Session
from tests.support.agreement import assert_published_equals_stored
from tests.support.hub import hello_fields
from tests.support.standing import Tearoom, make_admin

TEA = {"target": "#tea"}


@pytest.fixture
def tea() -> Tearoom:
    """#tea with olaf, who keeps order, and sue."""
    return Tearoom()


def refused(tea: Tearoom, session: Session, kind: type[Request], **fields: Any) -> ErrorCode:
    """Return with which code somebody is refused."""
    reply = tea.hub.ask(session, kind, **fields)
    assert isinstance(reply, Error), reply
    assert reply.message.endswith((".", "!")), "a refusal is a sentence"
    return ErrorCode(reply.code)


def done(tea: Tearoom, session: Session, kind: type[Request], **fields: Any) -> Any:
    """Return the result of something that is not refused."""
    reply = tea.hub.ask(session, kind, **fields)
    assert not isinstance(reply, Error), reply
    return reply


def channels(tea: Tearoom, session: Session) -> list[str]:
    """Return the names of the channels that somebody is shown."""
    return [each.name for each in done(tea, session, ListChannels).channels]


# ------------------------------------------------------------------ private channels


def test_a_private_channel_is_hidden_from_who_is_neither_member_nor_invited(tea: Tearoom) -> None:
    """Its name only says that it is taken; its id says nothing."""
    eve = tea.hub.guest("eve")
    made = done(tea, tea.olaf, SetMode, **TEA, private=True)
    assert made.mode == ChannelMode(private=True)
    assert "#tea" not in channels(tea, eve)
    assert "#tea" in channels(tea, tea.sue)
    for kind, fields in ((History, {}), (Members, {}), (Send, {"text": "x"}), (Bans, {}), (Part, {})):
        assert refused(tea, eve, kind, **TEA, **fields) is ErrorCode.UNKNOWN_CONVERSATION
    assert refused(tea, eve, Join, **TEA) is ErrorCode.INVITE_ONLY
    assert refused(tea, eve, Join, target=made.conversation) is ErrorCode.UNKNOWN_CONVERSATION


def test_administrators_need_an_invitation_too(tea: Tearoom) -> None:
    """A private channel is for its members alone; in a public one they keep order without joining."""
    ada = tea.hub.guest("ada")
    make_admin(tea.hub, ada)
    assert done(tea, ada, Kick, **TEA, user="@sue").number
    done(tea, tea.olaf, SetMode, **TEA, private=True)
    assert refused(tea, ada, Kick, **TEA, user="@olaf") is ErrorCode.UNKNOWN_CONVERSATION
    assert refused(tea, ada, Join, **TEA) is ErrorCode.INVITE_ONLY
    done(tea, tea.olaf, Invite, **TEA, user="@ada")
    assert refused(tea, ada, Kick, **TEA, user="@olaf") is ErrorCode.UNKNOWN_CONVERSATION
    assert refused(tea, ada, History, **TEA) is ErrorCode.NOT_MEMBER


def test_the_invited_are_told_at_once_and_may_join_once(tea: Tearoom) -> None:
    """On all their devices, and the list of channels shows it; joining uses the invitation up."""
    eve = tea.hub.guest("eve")
    phone = tea.hub.second_device(eve)
    tea.hub.forget(eve)
    done(tea, tea.olaf, SetMode, **TEA, private=True)
    number = done(tea, tea.olaf, Invite, **TEA, user="@eve").number
    assert done(tea, tea.olaf, Invite, **TEA, user="@eve").number == 0
    for session in (eve, phone):
        (told,) = tea.hub.events_of(session, Invitation)
        assert (told.name, told.nick) == ("#tea", "olaf")
    assert "#tea" in channels(tea, eve)
    assert done(tea, eve, Join, **TEA).number == number + 1
    done(tea, eve, Part, **TEA)
    assert refused(tea, eve, Join, **TEA) is ErrorCode.INVITE_ONLY


# ------------------------------------------------------------------ taking out


def test_the_kicked_hear_the_kick_and_nothing_after_it(tea: Tearoom) -> None:
    """Neither entries nor typing nor presence; all their devices are told that they are out."""
    phone = tea.hub.second_device(tea.sue)
    done(tea, tea.sue, Watch, targets=["#tea"])
    tea.hub.forget(tea.sue, phone)
    kicked = done(tea, tea.olaf, Kick, **TEA, user="@sue", reason="spam")
    done(tea, tea.olaf, Send, **TEA, text="she is gone")
    done(tea, tea.olaf, Typing, **TEA)
    eve = tea.hub.guest("eve")
    done(tea, eve, Join, **TEA)
    tea.hub.drop(eve, at_once=True)
    for session in (tea.sue, phone):
        events = tea.hub.events(session)
        left, removed = [e for e in events if isinstance(e, Left | ConversationRemoved)]
        assert isinstance(left, Left)
        assert (left.user, left.by, left.reason) == (tea.sue.user, "olaf", "spam")
        assert (removed.number, removed.reason, removed.by) == (kicked.number, "spam", "olaf")
        assert not removed.banned
        rest = [e for e in events if isinstance(e, Message | TypingSeen | PresenceChanged)]
        assert not [e for e in rest if getattr(e, "conversation", "") == kicked.conversation]
    assert refused(tea, tea.sue, History, **TEA) is ErrorCode.NOT_MEMBER
    assert done(tea, tea.olaf, Kick, **TEA, user="@sue").number == 0


def test_a_page_that_is_being_read_is_not_shown_to_who_is_kicked_meanwhile(tea: Tearoom) -> None:
    """The right is looked at again after the query."""
    store, page = tea.hub.store, tea.hub.store.page

    def slow(*args: Any, **bounds: Any) -> Any:
        found = page(*args, **bounds)
        tea.hub.submit(tea.olaf, Kick, **TEA, user="@sue")
        tea.hub.work()
        return found

    store.page = slow  # type: ignore[method-assign]
    assert refused(tea, tea.sue, History, **TEA) is ErrorCode.NOT_MEMBER


def test_a_right_that_was_taken_away_is_gone_for_what_still_waits(tea: Tearoom) -> None:
    """In one batch: what was asked behind the kick, or behind the revoking, is refused."""
    tim = tea.of(Standing.OPERATOR)
    waiting = [
        tea.hub.submit(tea.olaf, Kick, **TEA, user="@sue"),
        tea.hub.submit(tea.sue, Send, **TEA, text="still here?"),
        tea.hub.submit(tea.olaf, Revoke, **TEA, user="@tim"),
        tea.hub.submit(tim, Kick, **TEA, user="@olaf"),
    ]
    tea.hub.settle()
    codes = [getattr(each.reply, "code", None) for each in waiting]
    assert codes == [None, ErrorCode.NOT_MEMBER, None, ErrorCode.FORBIDDEN]


@pytest.mark.parametrize("mask", ["@sue", "s?e", "S*", "10.0.0.0/8", "10.1.2.3"])
def test_whom_a_ban_means_is_out_at_once_and_stays_out(tea: Tearoom, mask: str) -> None:
    """By id, by a pattern of nicks, by address; the entry behind those who left tells the ban."""
    tea.sue.host = "10.1.2.3"
    tea.hub.forget(tea.olaf)
    made = done(tea, tea.olaf, BanUsers, **TEA, mask=mask, reason="spam", seconds=3600)
    (told,) = tea.hub.events_of(tea.sue, ConversationRemoved)
    assert (told.by, told.reason, told.banned, told.until) == ("olaf", "spam", True, made.ban.until)
    entries = [e for e in tea.hub.events(tea.olaf) if isinstance(e, Left | Banned)]
    assert [type(each) for each in entries] == [Left, Banned]
    assert (made.ban.ban, made.number) == (f"b{entries[-1].number}", entries[-1].number)
    reply = tea.hub.ask(tea.sue, Join, **TEA)
    assert reply.code == ErrorCode.BANNED
    assert "spam" in reply.message
    assert "UTC" in reply.message
    tea.hub.fake_clock.advance(3601)
    assert done(tea, tea.olaf, Bans, **TEA).bans == ()
    assert done(tea, tea.sue, Join, **TEA).number


@pytest.mark.parametrize("mask", ["127.0.0.0/8", "e*"])
def test_who_is_banned_from_the_lobby_does_not_come_back_into_it_as_a_new_guest(
    tea: Tearoom, mask: str
) -> None:
    """They become a guest, who may go elsewhere; joining says why not there, until the ban is lifted."""
    hub = tea.hub
    ada = hub.guest("ada")
    make_admin(hub, ada)
    done(tea, ada, BanUsers, target="#general", mask=mask, reason="spam")
    hub.forget(ada)
    eve = hub.connect()
    greeted = done(tea, eve, Hello, **hello_fields("eve", new_token()), new=True)
    assert (greeted.created, greeted.user.nick) == (True, "eve")
    assert done(tea, eve, Sync).conversations == ()
    assert hub.events_of(ada, Joined) == []
    refusal = hub.ask(eve, Join, target="#general")
    assert refusal.code is ErrorCode.BANNED
    assert "(spam)" in refusal.message
    assert done(tea, eve, Join, **TEA).number
    done(tea, ada, Unban, target="#general", ban=mask)
    assert done(tea, eve, Join, target="#general").number
    assert_published_equals_stored(hub)


BANNED_HOST = "10.1.2.3"


def arrive(tea: Tearoom, token: str, **fields: Any) -> Session:
    """Say hello from a banned address, and nothing more."""
    session = tea.hub.connect()
    session.host = BANNED_HOST
    assert done(tea, session, Hello, **hello_fields("eve", token), **fields).user.nick == "eve"
    return session


@pytest.mark.parametrize("how", ["back", "further device"])
def test_whom_an_address_ban_means_only_once_they_come_back_is_taken_out_then(tea: Tearoom, how: str) -> None:
    """Before all that they ask for, with who banned them, why and until when; others read it too."""
    token = new_token()
    eve = tea.hub.guest("eve", token)
    done(tea, eve, Join, **TEA)
    code = tea.hub.services.codes.issue(eve.user, eve.device)
    tea.hub.drop(eve)
    ban = done(tea, tea.olaf, BanUsers, **TEA, mask="10.0.0.0/8", reason="spam", seconds=3600).ban
    tea.hub.forget(tea.olaf)
    back = arrive(tea, token) if how == "back" else arrive(tea, new_token(), new=True, code=code)
    (left,) = tea.hub.events_of(tea.olaf, Left)
    (removed,) = tea.hub.events_of(back, ConversationRemoved)
    for told in (left, removed):
        assert (told.by, told.reason, told.banned, told.until) == ("olaf", "spam", True, ban.until)
    assert [each.name for each in done(tea, back, Sync).conversations] == ["#general"]
    for kind, fields in ((History, {}), (Send, {"text": "x"})):
        assert refused(tea, back, kind, **TEA, **fields) is ErrorCode.NOT_MEMBER
    assert refused(tea, back, Join, **TEA) is ErrorCode.BANNED
    assert_published_equals_stored(tea.hub)


def test_what_comes_with_the_hello_from_a_banned_address_waits_behind_the_taking_out(tea: Tearoom) -> None:
    """A send that is on its way behind the hello is decided as by one who is out."""
    token = new_token()
    eve = tea.hub.guest("eve", token)
    done(tea, eve, Join, **TEA)
    tea.hub.drop(eve)
    done(tea, tea.olaf, BanUsers, **TEA, mask=BANNED_HOST)
    back = tea.hub.connect()
    back.host = BANNED_HOST
    tea.hub.submit(back, Hello, **hello_fields("eve", token))
    said = tea.hub.submit(back, Send, **TEA, text="still here?")
    tea.hub.settle()
    assert said.reply.code is ErrorCode.NOT_MEMBER


def test_who_comes_while_a_ban_of_their_address_is_stored_is_found_behind_it(tea: Tearoom) -> None:
    """It was decided before they were here, and published after their hello had looked for bans."""
    token = new_token()
    eve = tea.hub.guest("eve", token)
    done(tea, eve, Join, **TEA)
    tea.hub.drop(eve)
    commit = tea.hub.store.commit
    arrived: list[Session] = []

    def slow(batch: Batch) -> None:
        if not arrived:
            arrived.append(tea.hub.connect())
            arrived[0].host = BANNED_HOST
            tea.hub.submit(arrived[0], Hello, **hello_fields("eve", token))
        commit(batch)

    tea.hub.store.commit = slow  # type: ignore[method-assign]
    done(tea, tea.olaf, BanUsers, **TEA, mask=BANNED_HOST)
    assert refused(tea, arrived[0], History, **TEA) is ErrorCode.NOT_MEMBER


def test_an_ended_ban_of_an_address_takes_nobody_out(tea: Tearoom) -> None:
    """Nor one who keeps order, nor who comes from elsewhere."""
    tokens = {nick: new_token() for nick in ("eve", "tim", "kim")}
    for nick, token in tokens.items():
        session = tea.hub.guest(nick, token)
        done(tea, session, Join, **TEA)
        tea.hub.drop(session)
    done(tea, tea.olaf, Grant, **TEA, user="@tim")
    done(tea, tea.olaf, BanUsers, **TEA, mask=BANNED_HOST, seconds=60)
    tea.hub.forget(tea.olaf)
    for nick, host in (("tim", BANNED_HOST), ("kim", "10.1.2.4")):
        session = tea.hub.connect()
        session.host = host
        done(tea, session, Hello, **hello_fields(nick, tokens[nick]))
    tea.hub.fake_clock.advance(61)
    arrive(tea, tokens["eve"])
    assert tea.hub.events_of(tea.olaf, Left) == []


def test_nobody_joins_from_elsewhere_while_here_from_a_banned_address(tea: Tearoom) -> None:
    """All devices of somebody come along."""
    eve = tea.hub.guest("eve")
    tea.hub.second_device(eve).host = BANNED_HOST
    done(tea, tea.olaf, BanUsers, **TEA, mask=BANNED_HOST)
    assert refused(tea, eve, Join, **TEA) is ErrorCode.BANNED


def test_bans_are_listed_and_lifted_by_id_or_mask(tea: Tearoom) -> None:
    """What is banned already is so; what is not, need not be lifted."""
    first = done(tea, tea.olaf, BanUsers, **TEA, mask="@sue").ban
    done(tea, tea.olaf, BanUsers, **TEA, mask="Bad*")
    assert done(tea, tea.olaf, BanUsers, **TEA, mask="bad*").number == 0
    assert [each.mask for each in done(tea, tea.olaf, Bans, **TEA).bans] == [tea.sue.user, "bad*"]
    assert done(tea, tea.olaf, Unban, **TEA, ban=first.ban).number
    assert done(tea, tea.olaf, Unban, **TEA, ban="BAD*").number
    assert done(tea, tea.olaf, Unban, **TEA, ban="@sue").number == 0
    assert done(tea, tea.olaf, Bans, **TEA).bans == ()
    assert done(tea, tea.sue, Join, **TEA).number


def test_a_pattern_spares_those_who_keep_order(tea: Tearoom) -> None:
    """Else `*` would leave nobody to lift it."""
    ada = tea.member("ada")
    make_admin(tea.hub, ada)
    done(tea, tea.olaf, BanUsers, **TEA, mask="*")
    state = tea.hub.world.conversation(done(tea, tea.olaf, Members, **TEA).conversation)
    assert state is not None
    assert state.members.keys() == {tea.olaf.user, ada.user}


@pytest.mark.parametrize(
    ("kind", "fields"), [(Kick, {"user": "@ada"}), (BanUsers, {"mask": "@ada"}), (Mute, {"user": "@ada"})]
)
def test_nobody_acts_against_an_administrator(
    tea: Tearoom, kind: type[Request], fields: dict[str, str]
) -> None:
    """Nor against oneself."""
    ada = tea.member("ada")
    make_admin(tea.hub, ada)
    assert refused(tea, tea.olaf, kind, **TEA, **fields) is ErrorCode.FORBIDDEN
    assert refused(tea, ada, kind, **TEA, **fields) is ErrorCode.FORBIDDEN


# ------------------------------------------------------------------ writing


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Send, {"text": "x"}),
        (Edit, {"message": 4, "text": "x"}),
        (React, {"message": 4, "emoji": "x"}),
        (SetTopic, {"topic": "x"}),
    ],
)
def test_the_muted_write_nothing_until_their_time_is_over(
    tea: Tearoom, kind: type[Request], fields: dict[str, Any]
) -> None:
    """Leaving and coming back lifts nothing; the time does, by itself, and so does an operator."""
    done(tea, tea.sue, Send, **TEA, text="hello")
    done(tea, tea.olaf, Mute, **TEA, user="@sue", seconds=60)
    assert refused(tea, tea.sue, kind, **TEA, **fields) is ErrorCode.MUTED
    done(tea, tea.sue, Part, **TEA)
    done(tea, tea.sue, Join, **TEA)
    assert refused(tea, tea.sue, kind, **TEA, **fields) is ErrorCode.MUTED
    muted = [each.muted for each in done(tea, tea.olaf, Members, **TEA).members]
    assert muted == [False, True]
    assert done(tea, tea.sue, Delete, **TEA, message=4).number
    tea.hub.fake_clock.advance(61)
    assert done(tea, tea.sue, Send, **TEA, text="back").number
    done(tea, tea.olaf, Mute, **TEA, user="@sue")
    assert done(tea, tea.olaf, Mute, **TEA, user="@sue").number == 0
    assert done(tea, tea.olaf, Unmute, **TEA, user="@sue").number
    assert done(tea, tea.olaf, Unmute, **TEA, user="@sue").number == 0
    assert done(tea, tea.sue, Send, **TEA, text="back").number


def test_slow_mode_lets_one_message_through_and_tells_the_wait(tea: Tearoom) -> None:
    """Per person and channel, within one batch too; operators do not wait."""
    done(tea, tea.olaf, SetMode, **TEA, slow_seconds=30)
    waiting = [tea.hub.submit(tea.sue, Send, **TEA, text=str(each)) for each in range(3)]
    tea.hub.settle()
    assert [getattr(each.reply, "code", None) for each in waiting] == [None, "slow_mode", "slow_mode"]
    assert 29_000 < waiting[1].reply.retry_after_ms <= 30_001
    assert done(tea, tea.sue, Send, target="#general", text="elsewhere").number
    tea.hub.fake_clock.advance(31)
    assert done(tea, tea.sue, Send, **TEA, text="again").number
    for text in ("one", "two"):
        assert done(tea, tea.olaf, Send, **TEA, text=text).number
    done(tea, tea.olaf, SetMode, **TEA, slow_seconds=0)
    assert done(tea, tea.sue, Send, **TEA, text="free").number


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Mute, {"user": "@sue"}),
        (SetMode, {"read_only": True}),
        (SetMode, {"slow_seconds": 30}),
        (ArchiveChannel, {}),
    ],
)
def test_who_may_not_say_something_leaves_without_a_reason(
    tea: Tearoom, kind: type[Request], fields: dict[str, Any]
) -> None:
    """It would be a way to say it all the same, again and again."""
    done(tea, tea.olaf, kind, **TEA, **fields)
    tea.hub.ask(tea.sue, Send, **TEA, text="the last for a while, where it may be said")
    done(tea, tea.sue, Part, **TEA, reason="buy")
    (left,) = (each for each in tea.hub.events(tea.olaf) if isinstance(each, Left))
    assert (left.user, left.reason) == (tea.sue.user, "")


def test_an_archived_channel_is_read_and_not_written(tea: Tearoom) -> None:
    """Not by operators either, until it is opened again."""
    done(tea, tea.olaf, ArchiveChannel, **TEA)
    assert done(tea, tea.olaf, ArchiveChannel, **TEA).number == 0
    for session in (tea.olaf, tea.sue):
        assert refused(tea, session, Send, **TEA, text="x") is ErrorCode.ARCHIVED
        assert refused(tea, session, SetTopic, **TEA, topic="x") is ErrorCode.ARCHIVED
    assert done(tea, tea.sue, History, **TEA).entries
    (record,) = [each for each in done(tea, tea.sue, Sync).conversations if each.name == "#tea"]
    assert record.archived
    done(tea, tea.olaf, ArchiveChannel, **TEA, archived=False)
    assert done(tea, tea.sue, Send, **TEA, text="x").number


# ------------------------------------------------------------------ roles


def test_who_is_granted_keeps_order_and_the_last_operator_may_step_down(tea: Tearoom) -> None:
    """Then an administrator can make another one."""
    tea.hub.forget(tea.sue)
    done(tea, tea.olaf, Mute, **TEA, user="@sue")
    number = done(tea, tea.olaf, Grant, **TEA, user="@sue").number
    (told,) = tea.hub.events_of(tea.sue, RoleChanged)
    assert (told.number, told.member, told.role) == (number, tea.sue.user, Role.OPERATOR)
    assert done(tea, tea.sue, Send, **TEA, text="not muted any more").number
    assert done(tea, tea.olaf, Grant, **TEA, user="@sue").number == 0
    for who in ("@olaf", "@sue"):
        done(tea, tea.sue, Revoke, **TEA, user=who)
    assert refused(tea, tea.sue, Grant, **TEA, user="@sue") is ErrorCode.FORBIDDEN
    ada = tea.hub.guest("ada")
    make_admin(tea.hub, ada)
    assert done(tea, ada, Grant, **TEA, user="@olaf").number


def test_only_members_are_granted_or_muted(tea: Tearoom) -> None:
    """And nobody whom nobody knows."""
    tea.hub.guest("eve")
    unknown: tuple[tuple[type[Request], str], ...] = (
        *((kind, "@eve") for kind in (Grant, Revoke, Mute)),
        *((kind, "@nobody") for kind in (Invite, Kick, Unmute)),
    )
    for kind, who in unknown:
        assert refused(tea, tea.olaf, kind, **TEA, user=who) is ErrorCode.UNKNOWN_USER
    assert refused(tea, tea.olaf, BanUsers, **TEA, mask="nobody") is ErrorCode.UNKNOWN_USER


# ------------------------------------------------------------------ the end of a channel


def test_a_deleted_channel_is_gone_for_all_and_its_name_is_free(tea: Tearoom) -> None:
    """Members are told, the one who did it by the reply; a repeated request gets the first answer."""
    old = done(tea, tea.sue, Send, **TEA, text="what was said")
    tea.hub.forget(tea.olaf, tea.sue)
    request = tea.hub.request(DeleteChannel, **TEA)
    first = tea.hub.ask_again(tea.olaf, request)
    (told,) = tea.hub.events_of(tea.sue, ConversationRemoved)
    assert (told.number, told.by) == (first.number, "olaf")
    assert tea.hub.events_of(tea.olaf, ConversationRemoved) == []
    assert tea.hub.ask_again(tea.olaf, request) == first
    assert "#tea" not in channels(tea, tea.sue)
    assert refused(tea, tea.sue, History, target=old.conversation) is ErrorCode.UNKNOWN_CONVERSATION
    new = done(tea, tea.sue, CreateChannel, name="#tea").conversation
    assert new.conversation != old.conversation
    assert not [e for e in done(tea, tea.sue, History, **TEA).entries if isinstance(e, Message)]
    assert_published_equals_stored(tea.hub)


def test_what_was_said_in_a_deleted_channel_is_not_said_again_in_the_next(tea: Tearoom) -> None:
    """A send that is repeated by a client that missed its answer is known, and that it is gone."""
    request = tea.hub.request(Send, **TEA, text="once")
    tea.hub.ask_again(tea.sue, request)
    tea.hub.submit(tea.olaf, DeleteChannel, **TEA)
    tea.hub.submit(tea.sue, Join, **TEA)
    tea.hub.settle()
    assert tea.hub.ask_again(tea.sue, request).code == ErrorCode.UNKNOWN_CONVERSATION
    assert_published_equals_stored(tea.hub)


@pytest.mark.parametrize(
    ("kind", "fields"), [(SetMode, {"private": True}), (ArchiveChannel, {}), (DeleteChannel, {})]
)
def test_where_everybody_arrives_stays_open(
    tea: Tearoom, kind: type[Request], fields: dict[str, Any]
) -> None:
    """#general is neither private nor closed nor deleted, by nobody."""
    ada = tea.member("ada")
    make_admin(tea.hub, ada)
    assert refused(tea, ada, kind, target="#general", **fields) is ErrorCode.FORBIDDEN


def test_a_direct_conversation_has_no_order_to_keep(tea: Tearoom) -> None:
    """Whoever asks, by nick or by id."""
    talk = done(tea, tea.sue, Send, target="@olaf", text="psst").conversation
    for target in ("@olaf", talk):
        for kind, fields in ((Kick, {"user": "@olaf"}), (SetMode, {"private": True}), (Bans, {})):
            code = refused(tea, tea.sue, kind, target=target, **fields)
            assert code is ErrorCode.NOT_A_CHANNEL


# ------------------------------------------------------------------ what is kept of it


def test_everything_that_was_done_is_in_the_audit_log_and_nothing_that_was_said(tea: Tearoom) -> None:
    """In order, with who did it, to whom, and where; what was refused or so already is not."""
    said = done(tea, tea.sue, Send, **TEA, text="secret words").number
    done(tea, tea.olaf, Mute, **TEA, user="@sue", seconds=60, reason="loud")
    done(tea, tea.olaf, Delete, **TEA, message=said)
    done(tea, tea.olaf, SetMode, **TEA, read_only=True)
    done(tea, tea.olaf, SetMode, **TEA, read_only=True)
    refused(tea, tea.sue, Kick, **TEA, user="@olaf")
    done(tea, tea.olaf, Kick, **TEA, user="@sue", reason="spam")
    records = tea.hub.store.inside.audit(limit=99)[::-1]
    assert [(each.action, each.nick, each.subject, each.detail) for each in records] == [
        ("mute", "olaf", "sue", "#tea: loud (60 s)"),
        ("delete", "olaf", "sue", f"#tea: number {said}"),
        ("set_mode", "olaf", "#tea", "#tea: read_only=True"),
        ("kick", "olaf", "sue", "#tea: spam"),
    ]
    assert not [each for each in records if "secret" in repr(each)]


def test_the_order_of_a_channel_outlives_a_restart(tea: Tearoom) -> None:
    """Modes, bans, mutes, invitations, slow mode's clock and roles are stored with what made them."""
    tea.hub.guest("eve")
    done(tea, tea.olaf, SetMode, **TEA, private=True, slow_seconds=30, topic_locked=True)
    done(tea, tea.olaf, BanUsers, **TEA, mask="bad*", seconds=60)
    done(tea, tea.olaf, Mute, **TEA, user="@sue", seconds=60)
    done(tea, tea.olaf, Invite, **TEA, user="@eve")
    done(tea, tea.olaf, Send, **TEA, text="hello")
    done(tea, tea.olaf, ArchiveChannel, **TEA)
    assert_published_equals_stored(tea.hub)
    state = next(each for each in tea.hub.store.inside.load().conversations if each.name == "#tea")
    now = tea.hub.clock.now()
    assert state.rules.muted(tea.sue.user, now)
    assert not state.rules.muted(tea.sue.user, now + timedelta(seconds=60))
    assert (len(state.rules.bans), len(state.rules.invited), len(state.rules.spoke)) == (1, 1, 1)
    assert Joined in {type(each) for each in done(tea, tea.olaf, History, **TEA).entries}
