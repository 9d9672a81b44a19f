"""Accounts: registering, logging in, wrong passwords, devices and their end, nicks that stay somebody's."""

from datetime import timedelta

import pytest

from chat.ids import new_token, token_hash
from chat.protocol.accounts import ChangePassword, Devices, Register, RevokeDevice
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.records import Gate, UserKind
from chat.protocol.replies import Error, HelloResult
from chat.protocol.requests import ChangeNick, CreateChannel, Hello
from chat.protocol.staff import DisableUser, SetGate, SetPassword
from chat.server.domain.accounts import DEVICE_LASTS
from chat.server.domain.attempts import FREE
from chat.server.state.housekeeping import seating_console
from chat.server.state.session import Session
from tests.support.hub import Hub, closed_for, hello_fields, peer_of
from tests.support.passwords import GOOD, OTHER
from tests.support.recording_peer import RecordingPeer

TOKEN = "a" * 64


def registered(hub: Hub, nick: str = "ann", token: str = TOKEN) -> Session:
    """A session of somebody who has an account with the password `GOOD`."""
    session = hub.guest(nick, token)
    hub.ask(session, Register, password=GOOD)
    hub.forget(session)
    return session


def log_in(hub: Hub, nick: str = "ann", password: str = GOOD, token: str = "") -> HelloResult | Error:
    """What comes of a hello with a password."""
    reply = hub.ask(
        hub.connect(), Hello, **hello_fields(nick, token or new_token()), new=True, password=password
    )
    assert isinstance(reply, HelloResult | Error)
    return reply


def code(reply: object) -> ErrorCode:
    """The code of a refusal."""
    assert isinstance(reply, Error), reply
    return reply.code


def staff(hub: Hub) -> Session:
    """A session of the server's own user, as its console has it."""
    token = new_token()
    hub.queue.put(seating_console(token_hash(token)))
    hub.settle()
    session = hub.connect()
    hub.ask(session, Hello, **hello_fields("console", token))
    hub.forget(session)
    return session


def test_registering_keeps_who_one_is() -> None:
    """The same user, memberships and device; the nick is taken for good."""
    hub = Hub()
    session = hub.guest("ann", TOKEN)
    before = hub.world.conversations_of(session.user)
    reply = hub.ask(session, Register, password=GOOD)
    assert (reply.user.id, reply.user.kind) == (session.user, UserKind.REGISTERED)
    assert hub.world.conversations_of(session.user) == before
    assert code(hub.ask(session, Register, password=GOOD)) == ErrorCode.ALREADY_REGISTERED
    hub.drop(session, at_once=True)
    hub.fake_clock.advance(7200)
    refused = hub.ask(hub.connect(), Hello, **hello_fields("Ann", new_token()), new=True)
    assert code(refused) == ErrorCode.NICK_TAKEN
    assert "/login ann" in refused.message


def test_no_hash_and_no_password_is_shown() -> None:
    """Whatever is logged of a user."""
    hub = Hub()
    user = hub.world.directory.known(registered(hub).user)
    assert user.password is not None
    assert user.password.value not in repr(user)


def test_a_weak_password_makes_no_account() -> None:
    """One stays a guest."""
    hub = Hub()
    session = hub.guest("ann")
    assert code(hub.ask(session, Register, password="short")) == ErrorCode.WEAK_PASSWORD
    assert hub.world.directory.known(session.user).kind is UserKind.GUEST


def test_passwords_are_taken_where_nobody_reads_along() -> None:
    """Encrypted, or from this machine."""
    hub = Hub()
    peer = RecordingPeer()
    plain = peer.session = Session(peer, "192.168.3.4")
    hub.peers.append(peer)
    hub.ask(plain, Hello, **hello_fields("ann", TOKEN), new=True)
    assert code(hub.ask(plain, Register, password=GOOD)) == ErrorCode.NOT_ENCRYPTED
    assert Session(RecordingPeer(), "192.168.3.4", encrypted=True).secret


def test_the_password_makes_a_device_of_the_account_once() -> None:
    """However often the hello is repeated; later the token is enough."""
    hub = Hub()
    ann = registered(hub)
    token = new_token()
    first, again = log_in(hub, "ANN", token=token), log_in(hub, "ann", token=token)
    assert isinstance(first, HelloResult)
    assert isinstance(again, HelloResult)
    assert (first.user.id, first.device) == (ann.user, again.device)
    assert not first.created


def test_who_has_no_account_is_told_the_same_as_who_is_wrong() -> None:
    """And costs one comparison as well; a guest has none either."""
    hub = Hub()
    registered(hub)
    hub.guest("ben")
    asked = hub.passwords.asked
    replies = [log_in(hub, nick, OTHER) for nick in ("ann", "ben", "nobody")]
    assert {(code(each), each.field, each.message) for each in replies if isinstance(each, Error)} == {
        (ErrorCode.WRONG_PASSWORD, "password", "Nick and password do not belong together.")
    }
    assert hub.passwords.asked == asked + 3


def test_wrong_passwords_make_who_tries_wait() -> None:
    """On the account, the right password too; devices that are known come in; each lock is noted."""
    hub = Hub()
    registered(hub)
    for _ in range(FREE):
        assert code(log_in(hub, password=OTHER)) == ErrorCode.WRONG_PASSWORD
    refused = log_in(hub)
    assert code(refused) == ErrorCode.TOO_MANY_ATTEMPTS
    assert isinstance(refused, Error)
    assert refused.retry_after_ms is not None
    assert 1000 <= refused.retry_after_ms <= 1001
    asked = hub.passwords.asked
    assert isinstance(hub.ask(hub.connect(), Hello, **hello_fields("ann", TOKEN)), HelloResult)
    assert hub.passwords.asked == asked
    hub.fake_clock.advance(1.1)
    assert code(log_in(hub, password=OTHER)) == ErrorCode.WRONG_PASSWORD
    hub.fake_clock.advance(1.1)
    assert code(log_in(hub)) == ErrorCode.TOO_MANY_ATTEMPTS
    hub.fake_clock.advance(1.0)
    assert isinstance(log_in(hub), HelloResult)
    assert code(log_in(hub, password=OTHER)) == ErrorCode.WRONG_PASSWORD
    assert [(each.action, each.subject, each.detail) for each in hub.store.audit(limit=9)] == [
        ("login_locked", "ann", "account")
    ] * 2


def test_hello_of_a_known_device_waits_for_nothing() -> None:
    """No hash and no commit, not even after days: that it is in use is written behind it."""
    hub = Hub()
    registered(hub)
    hub.fake_clock.advance(86_400 * 3)
    asked = hub.passwords.asked
    answer = hub.submit(hub.connect(), Hello, **hello_fields("ann", TOKEN), client="x 1")
    assert isinstance(answer.reply, HelloResult)
    assert (hub.passwords.asked, hub.queue.waiting) == (asked, 1)
    hub.settle()
    batch = hub.store.last_batch()
    hub.ask(hub.connect(), Hello, **hello_fields("ann", TOKEN))
    assert hub.store.last_batch() == batch
    (device,) = hub.store.load().devices
    assert (device.client, device.last_used) == ("x 1", hub.clock.now())


def test_a_device_of_an_account_expires_unless_it_is_used() -> None:
    """After 30 days from its last use; the password makes the same token good again. A guest's does not."""
    hub = Hub()
    hub.drop(registered(hub), at_once=True)
    hub.drop(hub.guest("ben", "b" * 64), at_once=True)
    for _ in range(2):
        hub.fake_clock.advance((DEVICE_LASTS - timedelta(days=1)).total_seconds())
        assert isinstance(hub.ask(hub.connect(), Hello, **hello_fields("ann", TOKEN)), HelloResult)
    hub.fake_clock.advance(DEVICE_LASTS.total_seconds())
    refused = hub.ask(hub.connect(), Hello, **hello_fields("ann", TOKEN))
    assert code(refused) == ErrorCode.UNKNOWN_DEVICE
    assert "log in again" in refused.message
    assert isinstance(hub.ask(hub.connect(), Hello, **hello_fields("ben", "b" * 64)), HelloResult)
    assert isinstance(log_in(hub, token=TOKEN), HelloResult)


@pytest.mark.parametrize("named", [True, False])
def test_a_device_that_is_logged_out_ends_at_once(named: bool) -> None:
    """One, or all others: its session ends and its token opens nothing."""
    hub = Hub()
    ann = registered(hub)
    token = new_token()
    other = hub.connect()
    hub.ask(other, Hello, **hello_fields("ann", token), new=True, password=GOOD)
    listed = hub.ask(ann, Devices).devices
    assert {(each.device, each.current) for each in listed} == {(ann.device, True), (other.device, False)}
    assert all(each.expires == each.last_used + DEVICE_LASTS for each in listed)
    reply = hub.ask(ann, RevokeDevice, device=other.device if named else "")
    assert reply.logged_out == 1
    assert (closed_for(other), closed_for(ann)) == (CloseReason.LOGGED_OUT, None)
    assert code(hub.ask(hub.connect(), Hello, **hello_fields("ann", token))) == ErrorCode.UNKNOWN_DEVICE
    assert code(hub.ask(ann, RevokeDevice, device=other.device)) == ErrorCode.UNKNOWN_DEVICE


def test_another_password_logs_out_all_other_devices() -> None:
    """The old one is compared, and counts when it is wrong."""
    hub = Hub()
    ann = registered(hub)
    other = hub.connect()
    hub.ask(other, Hello, **hello_fields("ann", new_token()), new=True, password=GOOD)
    assert code(hub.ask(ann, ChangePassword, old=OTHER, new=OTHER)) == ErrorCode.WRONG_PASSWORD
    assert code(hub.ask(ann, ChangePassword, old=GOOD, new="short")) == ErrorCode.WEAK_PASSWORD
    assert hub.ask(ann, ChangePassword, old=GOOD, new=OTHER).logged_out == 1
    assert (closed_for(other), closed_for(ann)) == (CloseReason.LOGGED_OUT, None)
    assert code(log_in(hub)) == ErrorCode.WRONG_PASSWORD
    assert isinstance(log_in(hub, password=OTHER), HelloResult)
    ben = hub.guest("ben")
    assert code(hub.ask(ben, ChangePassword, old=GOOD, new=OTHER)) == ErrorCode.NOT_REGISTERED


def test_an_administrator_gives_a_new_password() -> None:
    """All devices of the account are logged out."""
    hub = Hub()
    ann = registered(hub)
    hub.ask(staff(hub), SetPassword, user="@ann", password=OTHER)
    assert closed_for(ann) is CloseReason.LOGGED_OUT
    assert isinstance(log_in(hub, password=OTHER), HelloResult)


def test_a_closed_account_lets_nobody_in() -> None:
    """Whoever is here goes; with the wrong password one learns nothing of it."""
    hub = Hub()
    ann, keeper = registered(hub), staff(hub)
    hub.ask(keeper, DisableUser, user="@ann")
    assert closed_for(ann) is CloseReason.DISCONNECTED
    assert peer_of(ann).sentence == "This account is closed; ask an administrator of the server."
    assert code(log_in(hub)) == ErrorCode.ACCOUNT_DISABLED
    assert code(log_in(hub, password=OTHER)) == ErrorCode.WRONG_PASSWORD
    assert code(hub.ask(hub.connect(), Hello, **hello_fields("ann", TOKEN))) == ErrorCode.ACCOUNT_DISABLED
    hub.ask(keeper, DisableUser, user="@ann", disabled=False)
    assert isinstance(log_in(hub), HelloResult)


def test_the_gate_keeps_out_more_and_more() -> None:
    """At once; accounts stay, and at last the staff alone."""
    hub = Hub()
    ann, ben, keeper = registered(hub), hub.guest("ben", "b" * 64), staff(hub)
    hub.ask(keeper, SetGate, gate=Gate.NO_REGISTRATION)
    hashed = hub.passwords.asked
    assert code(hub.ask(ben, Register, password=GOOD)) == ErrorCode.GATE_CLOSED
    assert hub.passwords.asked == hashed, "what is refused anyway cost a hash"
    hub.ask(keeper, SetGate, gate=Gate.NO_GUESTS)
    assert (closed_for(ben), closed_for(ann)) == (CloseReason.DISCONNECTED, None)
    assert peer_of(ben).sentence.startswith("Guests are not let in")
    for token, new in (("b" * 64, False), (new_token(), True)):
        refused = hub.ask(hub.connect(), Hello, **hello_fields("cid", token), new=new)
        assert code(refused) == ErrorCode.GATE_CLOSED
    hub.ask(keeper, SetGate, gate=Gate.STAFF_ONLY)
    assert (closed_for(ann), closed_for(keeper)) == (CloseReason.DISCONNECTED, None)
    assert code(log_in(hub)) == ErrorCode.GATE_CLOSED
    assert Hub(hub.store.inside).world.gate() is Gate.STAFF_ONLY
    hub.ask(keeper, SetGate, gate=Gate.OPEN)
    assert isinstance(log_in(hub), HelloResult)


def test_a_nick_that_looks_like_another_is_taken() -> None:
    """By letters of other scripts, or other letters of the same; mixtures of scripts are none at all."""
    hub = Hub()
    registered(hub, "corn")
    ben = hub.guest("ben")
    for nick in ("com", "\u0441orn", "C0rn"):
        refused = hub.ask(ben, ChangeNick, nick=nick)
        assert code(refused) in (ErrorCode.NICK_TAKEN, ErrorCode.INVALID_NAME), nick
    assert code(hub.ask(ben, ChangeNick, nick="b\u0435n")) == ErrorCode.INVALID_NAME
    assert not isinstance(hub.ask(ben, ChangeNick, nick="Ben"), Error)


def test_a_channel_that_looks_like_another_exists() -> None:
    """So nobody is led into the wrong one."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, CreateChannel, name="#corn")
    assert code(hub.ask(ann, CreateChannel, name="#com")) == ErrorCode.CHANNEL_EXISTS
    assert code(hub.ask(ann, CreateChannel, name="#c\u043ern")) == ErrorCode.INVALID_NAME
