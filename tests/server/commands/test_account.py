"""Who one is: hello, nick, status, looking somebody up, leaving."""

from datetime import timedelta

import pytest

from chat.protocol.accounts import AddDevice
from chat.protocol.codec import VERSION
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import Joined
from chat.protocol.events import UserChanged
from chat.protocol.records import Presence, Status, UserKind
from chat.protocol.replies import Error, HelloResult, PingResult, QuitResult
from chat.protocol.requests import ChangeNick, Hello, Join, Ping, Quit, Send, SetStatus, Sync, Whois
from chat.server.state.roster import CLAIM_KEPT
from tests.support.hub import Hub, closed_for, hello_fields

TOKEN, OTHER_TOKEN = "a" * 64, "b" * 64


def _hello(hub: Hub, nick: str, token: str = TOKEN, **fields: object) -> HelloResult | Error:
    reply = hub.ask(hub.connect(), Hello, **{**hello_fields(nick, token), **fields})
    assert isinstance(reply, HelloResult | Error)
    return reply


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def _device(hub: Hub, code: str, token: str = TOKEN, **fields: object) -> HelloResult | Error:
    return _hello(hub, "any nick at all", token, new=True, code=code, **fields)


# ---------------------------------------------------------------------- further devices


def test_a_code_makes_a_device_of_its_user() -> None:
    """Nobody joins and nobody is told; the nick in hello does not matter, legal or not."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    made = hub.ask(ann, AddDevice)
    assert made.expires == hub.clock.now() + timedelta(minutes=10)
    hub.forget(ann, bob)
    device = _device(hub, made.code.lower().replace("-", " "))
    assert isinstance(device, HelloResult)
    assert (device.user.id, device.user.nick) == (ann.user, "ann")
    assert (device.created, device.asked_nick) == (False, "")
    assert device.device != ann.device
    assert hub.events(ann) == hub.events(bob) == []
    assert [user.nick for user in hub.world.directory.everybody()] == ["server", "ann", "bob"]


def test_a_device_whose_reply_was_lost_comes_again() -> None:
    """With the code, which is used by then, or without it."""
    hub = Hub()
    code = hub.ask(hub.guest("ann"), AddDevice).code
    first, again = _device(hub, code), _device(hub, code)
    hub.fake_clock.advance(3600)
    later = _device(hub, code)
    known = _hello(hub, "ann")
    for reply in (again, later, known):
        assert isinstance(reply, HelloResult)
        assert isinstance(first, HelloResult)
        assert (reply.user, reply.device) == (first.user, first.device)


def test_a_code_survives_a_commit_that_failed() -> None:
    """The device that showed it repeats its hello; nobody else could have taken it meanwhile."""
    hub = Hub()
    ann = hub.guest("ann")
    code = hub.ask(ann, AddDevice).code
    hub.store.switch.refuse_writes()
    refused = _device(hub, code)
    assert isinstance(refused, Error)
    assert refused.retryable
    hub.store.switch.heal()
    assert _refused(_device(hub, code, OTHER_TOKEN)) == (ErrorCode.WRONG_CODE, "code")
    made = _device(hub, code)
    assert isinstance(made, HelloResult)
    assert made.user.id == ann.user


def test_a_wrong_code_makes_nothing() -> None:
    """No guest either, though a nick came with it; one that was used or is too old is wrong too."""
    hub = Hub()
    ann = hub.guest("ann")
    used = hub.ask(ann, AddDevice).code
    _device(hub, used)
    old = hub.ask(ann, AddDevice).code
    hub.fake_clock.advance(600)
    for code in ("AAAAA-AAAAA", used, old):
        assert _refused(_device(hub, code, OTHER_TOKEN)) == (ErrorCode.WRONG_CODE, "code")
    assert _refused(_hello(hub, "eve", OTHER_TOKEN)) == (ErrorCode.UNKNOWN_DEVICE, "token")
    assert [user.nick for user in hub.world.directory.everybody()] == ["server", "ann"]


def test_of_two_devices_with_one_code_one_gets_it() -> None:
    """Also when neither is decided yet."""
    hub = Hub()
    code = hub.ask(hub.guest("ann"), AddDevice).code
    answers = [
        hub.submit(hub.connect(), Hello, **hello_fields("x", token), new=True, code=code)
        for token in (TOKEN, OTHER_TOKEN)
    ]
    hub.settle()
    assert isinstance(answers[0].reply, HelloResult)
    assert _refused(answers[1].reply) == (ErrorCode.WRONG_CODE, "code")


# ---------------------------------------------------------------------- hello


def test_a_new_hello_makes_a_guest_in_the_lobby() -> None:
    """With the nick as it was written, and a device."""
    hub = Hub()
    bob = hub.guest("bob")
    session = hub.connect()
    reply = hub.ask(session, Hello, **hello_fields("Ann", TOKEN), new=True)
    assert (reply.version, reply.created, reply.asked_nick) == (VERSION, True, "")
    assert (reply.user.nick, reply.user.kind) == ("Ann", UserKind.GUEST)
    assert (session.user, session.device) == (reply.user.id, reply.device)
    assert [event.nick for event in hub.events_of(bob, Joined)] == ["Ann"]
    assert [record.name for record in hub.ask(session, Sync).conversations] == ["#general"]


def test_a_repeated_new_hello_makes_no_second_guest() -> None:
    """Whether the first is decided, under way, or long ago; it says that it made nobody."""
    hub = Hub()
    sessions = [hub.connect(), hub.connect()]
    answers = [hub.submit(each, Hello, **hello_fields("ann", TOKEN), new=True) for each in sessions]
    hub.settle()
    later = _hello(hub, "ann", new=True)
    replies = [answers[0].reply, answers[1].reply, later]
    assert len({reply.user.id for reply in replies}) == 1
    assert [reply.created for reply in replies] == [True, False, False]
    assert [user.nick for user in hub.world.directory.everybody()] == ["server", "ann"]


def test_a_known_device_comes_back_without_a_write() -> None:
    """Promise P7: also while the store can't be written."""
    hub = Hub()
    first = _hello(hub, "ann", new=True)
    hub.store.switch.refuse_writes()
    before = hub.queue.waiting
    session = hub.connect()
    answer = hub.submit(session, Hello, **hello_fields("ann", TOKEN))
    assert hub.queue.waiting == before
    assert answer.reply.user == first.user  # type: ignore[union-attr]


def test_an_unknown_token_without_new_is_an_unknown_device() -> None:
    """A nick opens nothing, neither a free one nor one that somebody has."""
    hub = Hub()
    hub.guest("ann")
    for nick in ("ann", "bob"):
        assert _refused(_hello(hub, nick, OTHER_TOKEN)) == (ErrorCode.UNKNOWN_DEVICE, "token")


def test_a_taken_nick_is_refused_and_another_may_follow() -> None:
    """On the same link, by the same token."""
    hub = Hub()
    hub.guest("ann")
    session = hub.connect()
    refused = hub.ask(session, Hello, **hello_fields("ANN", TOKEN), new=True)
    assert _refused(refused) == (ErrorCode.NICK_TAKEN, "nick")
    assert not session.identified
    assert hub.ask(session, Hello, **hello_fields("anna", TOKEN), new=True).user.nick == "anna"


@pytest.mark.parametrize("nick", ["", "#ann", "server", "a b", "x" * 33])
def test_an_illegal_nick_is_refused(nick: str) -> None:
    """Also for a device that is known."""
    hub = Hub()
    assert _refused(_hello(hub, nick, new=True)) == (ErrorCode.INVALID_NAME, "nick")


@pytest.mark.parametrize(
    ("lowest", "highest", "field"),
    [(VERSION + 1, VERSION + 3, "version_min"), (0, VERSION - 1, "version_max")],
)
def test_a_range_without_the_servers_version_is_refused(lowest: int, highest: int, field: str) -> None:
    """With a sentence that names both."""
    hub = Hub()
    reply = _hello(hub, "ann", new=True, version_min=lowest, version_max=highest)
    assert _refused(reply) == (ErrorCode.UNSUPPORTED_VERSION, field)
    assert isinstance(reply, Error)
    assert f"{VERSION};" in reply.message
    assert f"{lowest} to {highest}" in reply.message


def test_a_range_around_the_servers_version_is_accepted() -> None:
    """The server says which one is spoken."""
    hub = Hub()
    reply = _hello(hub, "ann", new=True, version_min=0, version_max=99)
    assert isinstance(reply, HelloResult)
    assert reply.version == VERSION


def test_a_second_session_of_a_device_replaces_the_first() -> None:
    """Which is closed with that reason; presence does not move."""
    hub = Hub()
    old = hub.guest("ann", TOKEN)
    new = hub.guest("ann", TOKEN)
    assert closed_for(old) is CloseReason.REPLACED
    assert hub.roster.sessions_of(new.user) == (new,)


def test_who_says_hello_by_another_nick_is_told_which_one_they_have() -> None:
    """The token says who one is."""
    hub = Hub()
    hub.guest("ann", TOKEN)
    reply = _hello(hub, "somebody")
    assert isinstance(reply, HelloResult)
    assert (reply.user.nick, reply.asked_nick, reply.created) == ("ann", "somebody", False)


def test_a_returning_guest_whose_nick_was_taken_gets_a_number_and_everybody_hears() -> None:
    """After an hour away; they keep everything else."""
    hub = Hub()
    old = hub.guest("ann", TOKEN)
    hub.ask(old, Join, target="#tea")
    hub.drop(old, at_once=True)
    hub.fake_clock.advance(CLAIM_KEPT + 1)
    taker = hub.guest("ann", OTHER_TOKEN)
    hub.forget(taker)
    session = hub.connect()
    reply = hub.ask(session, Hello, **hello_fields("ann", TOKEN))
    assert (reply.user.id, reply.user.nick, reply.asked_nick) == (old.user, "ann2", "ann")
    (changed,) = hub.events_of(taker, UserChanged)
    assert (changed.user, changed.old_nick) == (reply.user, "ann")
    assert [record.name for record in hub.ask(session, Sync).conversations] == ["#general", "#tea"]


def test_a_nick_can_not_be_taken_while_its_guest_is_here_or_just_left() -> None:
    """Until the hour is over."""
    hub = Hub()
    ann = hub.guest("ann", TOKEN)
    hub.fake_clock.advance(CLAIM_KEPT * 2)
    assert _refused(_hello(hub, "ann", OTHER_TOKEN, new=True)) == (ErrorCode.NICK_TAKEN, "nick")
    hub.drop(ann, at_once=True)
    hub.fake_clock.advance(CLAIM_KEPT)
    assert _refused(_hello(hub, "ann", OTHER_TOKEN, new=True)) == (ErrorCode.NICK_TAKEN, "nick")
    hub.fake_clock.advance(1)
    assert isinstance(_hello(hub, "ann", OTHER_TOKEN, new=True), HelloResult)


def test_two_never_share_a_nick_though_one_returns_while_it_is_taken() -> None:
    """The taking is decided but not published when the old holder says hello: it is looked at again."""
    hub = Hub()
    old = hub.guest("ann", TOKEN)
    hub.drop(old, at_once=True)
    hub.fake_clock.advance(CLAIM_KEPT + 1)
    back = hub.connect()
    commit = hub.store.inside.commit
    came_back: list[HelloResult] = []

    def commit_while_they_return(batch: object) -> None:
        if not came_back:
            came_back.append(hub.submit(back, Hello, **hello_fields("ann", TOKEN)).reply)
        commit(batch)  # type: ignore[arg-type]

    hub.store.inside.commit = commit_while_they_return  # type: ignore[method-assign]
    taker = _hello(hub, "ann", OTHER_TOKEN, new=True)
    assert isinstance(taker, HelloResult)
    assert isinstance(came_back[0], HelloResult)
    assert came_back[0].user.nick == "ann"
    assert hub.world.directory.known(back.user).nick == "ann2"
    assert [(event.user.nick, event.old_nick) for event in hub.events_of(back, UserChanged)] == [
        ("ann2", "ann")
    ]


def test_a_returning_guest_whose_claim_ran_out_but_was_not_taken_keeps_the_nick() -> None:
    """Nothing is written for it but that the device is in use."""
    hub = Hub()
    hub.drop(hub.guest("ann", TOKEN), at_once=True)
    hub.fake_clock.advance(CLAIM_KEPT + 1)
    before = hub.store.load().users
    reply = _hello(hub, "ann")
    assert isinstance(reply, HelloResult)
    assert (reply.user.nick, reply.asked_nick) == ("ann", "")
    assert hub.store.load().users == before


def test_a_session_is_nobody_while_its_hello_is_under_way() -> None:
    """And is told to nobody if its link ends before."""
    hub = Hub()
    bob = hub.guest("bob")
    session = hub.connect()
    hub.submit(session, Hello, **hello_fields("ann", TOKEN), new=True)
    assert not session.identified
    hub.drop(session)
    assert hub.roster.everyone() == [bob]
    assert hub.guest("ann", TOKEN).user == session.user


# ---------------------------------------------------------------------- nick and status


def test_a_new_nick_is_told_to_everybody_with_the_old_one() -> None:
    """Also to those who share no conversation, and to oneself; the version grows."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob", sync=False)
    reply = hub.ask(ann, ChangeNick, nick="Anna")
    assert (reply.user.nick, reply.user.version) == ("Anna", 2)
    for session in (ann, bob):
        (changed,) = hub.events_of(session, UserChanged)
        assert (changed.user, changed.old_nick) == (reply.user, "ann")
    assert hub.ask(bob, Whois, target="@anna").user == reply.user


def test_a_nick_that_is_taken_or_illegal_is_refused() -> None:
    """And nobody hears of it."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    assert _refused(hub.ask(ann, ChangeNick, nick="BOB")) == (ErrorCode.NICK_TAKEN, "nick")
    assert _refused(hub.ask(ann, ChangeNick, nick="#bob")) == (ErrorCode.INVALID_NAME, "nick")
    assert hub.events(bob) == []
    assert hub.world.nick_holder("ann") == ann.user


def test_a_status_is_told_to_everybody() -> None:
    """Cleaned, on one line; the nick has not changed."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    reply = hub.ask(ann, SetStatus, status=Status.AWAY, text=" lunch\n\x07 ")
    assert (reply.user.status, reply.user.status_text) == (Status.AWAY, "lunch \ufffd")
    (changed,) = hub.events_of(bob, UserChanged)
    assert (changed.user, changed.old_nick) == (reply.user, "")


def test_a_long_status_is_refused() -> None:
    """By the limit that the welcome tells."""
    hub = Hub()
    ann = hub.guest("ann")
    limit = hub.services.limits.status_characters
    assert _refused(hub.ask(ann, SetStatus, status=Status.BUSY, text="x" * (limit + 1))) == (
        ErrorCode.TEXT_TOO_LONG,
        "text",
    )
    assert hub.ask(ann, SetStatus, status=Status.BUSY, text="x" * limit).user.status_text


# ---------------------------------------------------------------------- whois, ping, quit


def test_whois_tells_what_everybody_may_know() -> None:
    """Record, presence, since when, and the channels that both are in, by name."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for session, names in ((ann, ("#tea", "#both")), (bob, ("#secret", "#both"))):
        for name in names:
            hub.ask(session, Join, target=name)
    hub.ask(ann, Send, target="@bob", text="hi")
    reply = hub.ask(ann, Whois, target="@Bob")
    assert (reply.user.id, reply.presence, reply.last_seen) == (bob.user, Presence.ONLINE, None)
    assert reply.channels == ("#both", "#general")
    assert reply.since is not None
    assert hub.ask(ann, Whois, target=bob.user, id=reply.id) == reply


def test_whois_of_who_shares_many_channels_fits_a_line() -> None:
    """The first hundred by name are enough."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for number in range(120):
        for session in (ann, bob):
            hub.submit(session, Join, target=f"#{number:060}")
    reply = hub.ask(ann, Whois, target="@bob")
    assert len(reply.channels) == 100
    assert reply.channels[0] == f"#{0:060}"


def test_whois_of_who_is_gone_tells_when() -> None:
    """And that they are offline."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.fake_clock.advance(60)
    hub.drop(bob, at_once=True)
    reply = hub.ask(ann, Whois, target="@bob")
    assert (reply.presence, reply.last_seen) == (Presence.OFFLINE, hub.clock.now())


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("u99", ErrorCode.UNKNOWN_USER),
        ("#general", ErrorCode.UNKNOWN_USER),
        ("@", ErrorCode.INVALID_NAME),
    ],
)
def test_whois_of_nobody_is_refused(target: str, code: ErrorCode) -> None:
    """At the target."""
    hub = Hub()
    assert _refused(hub.ask(hub.guest("ann"), Whois, target=target)) == (code, "target")


def test_ping_and_quit_are_answered_before_and_after_hello() -> None:
    """They need no user."""
    hub = Hub()
    session = hub.connect()
    assert isinstance(hub.ask(session, Ping), PingResult)
    assert hub.ask(session, Ping).time == hub.clock.now()
    ann = hub.guest("ann")
    assert isinstance(hub.ask(ann, Quit), QuitResult)
