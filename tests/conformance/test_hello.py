"""The life of a link: welcome, hello, silence."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chat.ids import new_token
from chat.protocol.accounts import (
    AddDevice,
    AddDeviceResult,
    ChangePassword,
    Register,
    RegisterResult,
    RevokeDevice,
)
from chat.protocol.codec import VERSION, ServerFrame
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.events import Goodbye, UserChanged, Welcome
from chat.protocol.replies import (
    ChangeNickResult,
    Error,
    HelloResult,
    MembersResult,
    PingResult,
    SendResult,
    SyncResult,
)
from chat.protocol.requests import ChangeNick, Hello, Members, Ping, Quit, Send, Sync
from chat.server.config import ServerConfig
from chat.server.domain.limits import default_limits
from tests.support.clock import HastyClock
from tests.support.frames import EVERY_REQUEST
from tests.support.passwords import GOOD, OTHER
from tests.support.people import People
from tests.support.server import running_server
from tests.support.wire_client import WireClient

LIMITS = default_limits()


def hello(
    nick: str = "ann", *, token: str = "", new: bool = True, version: int = VERSION, code: str = ""
) -> Hello:
    """A `hello` with the id `h`."""
    return Hello(
        id="h",
        version_min=version,
        version_max=version,
        nick=nick,
        token=token or new_token(),
        new=new,
        code=code,
    )


def test_the_server_speaks_first(people: People) -> None:
    """H1: A server MUST say `welcome` first on every link."""
    for _ in range(3):
        link = people.link()
        welcome = link.expect(Welcome)
        assert welcome.limits == LIMITS
        assert (welcome.version_min, welcome.version_max) == (VERSION, VERSION)
        assert not welcome.encrypted
    impatient = people.link()
    impatient.send(Ping(id="p"))
    assert isinstance(impatient.read(), Welcome)
    assert isinstance(impatient.read(), PingResult)


def test_all_links_are_welcomed_to_the_same_server(people: People) -> None:
    """The id and the epoch are those of the database, not of the link."""
    one, other = (people.link().expect(Welcome) for _ in range(2))
    assert (one.server_id, one.epoch) == (other.server_id, other.epoch)


def test_who_says_nothing_is_welcomed_too(people: People) -> None:
    """H2: A client that does not send the opening MUST get its `welcome` too, after a moment."""
    assert isinstance(people.link(opening=b"").read(), Welcome)


def test_before_hello_one_may_do_little(people: People) -> None:
    """Who one is comes before everything.

    H3: Until `hello` is accepted, requests other than `hello`, `ping` and `quit` MUST be refused with
    `not_allowed_now`.
    """
    for request in EVERY_REQUEST:
        if not isinstance(request, Hello | Ping | Quit):
            link = people.link()
            link.read()
            reply = link.ask(request)
            assert isinstance(reply, Error)
            assert reply.code is ErrorCode.NOT_ALLOWED_NOW
            link.barrier()


def test_a_refused_hello_may_be_followed_by_another(people: People) -> None:
    """H4: A `hello` that was refused MUST leave the link as it was, so that another may follow."""
    people.come("ben")
    link = people.link()
    link.read()
    for refused, code in (
        (hello(new=False), ErrorCode.UNKNOWN_DEVICE),
        (hello("ben"), ErrorCode.NICK_TAKEN),
        (hello(""), ErrorCode.INVALID_NAME),
        (hello(version=99), ErrorCode.UNSUPPORTED_VERSION),
    ):
        reply = link.ask(refused)
        assert isinstance(reply, Error)
        assert reply.code is code
    assert isinstance(link.ask(hello()), HelloResult)
    assert isinstance(link.ask(Sync(id="s")), SyncResult)


def test_hello_is_said_once(people: People) -> None:
    """H5: A second `hello` after an accepted one MUST be refused with `not_allowed_now`."""
    ann = people.come("ann")
    reply = ann.link.ask(hello(token=ann.token))
    assert isinstance(reply, Error)
    assert reply.code is ErrorCode.NOT_ALLOWED_NOW
    assert ann.news() == []


def test_who_only_talks_is_sent_away(people: People) -> None:
    """Trying tokens or nicks in a row leads nowhere.

    H6: More lines than `limits.requests_before_hello` before `hello` is accepted MUST be answered with
    `too_many_requests`, and end the link for that reason.
    """
    link = people.link()
    for _ in range(LIMITS.requests_before_hello):
        link.send(hello(new=False))
    link.send(Ping(id="too many"))
    link.wait_for(Welcome)
    for _ in range(LIMITS.requests_before_hello):
        assert link.expect(Error).code is ErrorCode.UNKNOWN_DEVICE
    assert link.expect(Error).code is ErrorCode.TOO_MANY_REQUESTS
    assert link.goodbye().reason is CloseReason.TOO_MANY_REQUESTS


def test_who_never_says_hello_is_sent_away() -> None:
    """Others on the same server are not.

    H7: A link without an accepted `hello` after `limits.login_seconds` MUST be ended with the reason
    `login_timeout`.
    """
    clock = HastyClock()
    with (
        running_server(ServerConfig(login_seconds=7), clock=clock) as server,
        People(server.address) as people,
    ):
        ann = people.come("ann")
        talker = people.link()
        assert talker.expect(Welcome).limits.login_seconds == 7
        talker.barrier()
        clock.advance(8)
        assert talker.goodbye().reason is CloseReason.LOGIN_TIMEOUT
        ann.link.barrier()


def test_a_repeated_hello_makes_no_second_guest(people: People) -> None:
    """Many links that say it at the same time are one guest in the end.

    H8: `hello` with `new` MUST make a guest and a device for a token that is unknown, and only one, however
    often it is repeated.
    """
    token = new_token()
    first = people.greet("ann", token).hello
    assert first.created
    again = people.greet("ann", token).hello
    assert (again.user, again.device, again.created) == (first.user, first.device, False)

    other = new_token()
    links = [people.link() for _ in range(8)]
    with ThreadPoolExecutor(len(links)) as threads:
        ends = list(threads.map(partial(_hello_until_replaced, token=other), links))
    results = [end for end in ends if isinstance(end, HelloResult)]
    assert len({result.user.id for result in results}) == 1
    assert sum(result.created for result in results) <= 1
    eve = people.come("eve")
    nicks = [member.user.nick for member in eve.get(MembersResult, Members, target="#general").members]
    assert sorted(nicks) == ["ann", "ben", "eve"]


def _hello_until_replaced(link: WireClient, token: str) -> ServerFrame:
    """Say hello as Ben; returns the answer, or the goodbye where another link came first."""
    link.send(hello("ben", token=token))
    return link.read_until(lambda frame: isinstance(frame, HelloResult | Goodbye))


def test_an_unknown_token_opens_nothing(people: People) -> None:
    """H9: `hello` with an unknown token and without `new` MUST be refused with `unknown_device`."""
    people.come("ann").link.close()
    link = people.link()
    link.read()
    reply = link.ask(hello("ann", new=False))
    assert isinstance(reply, Error)
    assert (reply.code, reply.field) == (ErrorCode.UNKNOWN_DEVICE, "token")


def test_the_token_says_who_one_is(people: People) -> None:
    """A nick is a label: it neither opens nor changes anything here.

    H10: `hello` with a known token MUST be answered as the user it belongs to, whatever the nick in it; where
    the two differ, `asked_nick` repeats what was asked.
    """
    ann = people.come("ann")
    ben = people.come("ben")
    same = people.greet("ann", ann.token, new=False).hello
    assert (same.user, same.asked_nick) == (ann.hello.user, "")
    other = people.greet("Ben", ann.token, new=False).hello
    assert (other.user, other.asked_nick) == (ann.hello.user, "Ben")
    assert not any(isinstance(event, UserChanged) for event in ben.news())


def test_a_nick_has_one_holder(people: People) -> None:
    """H11: A new guest MUST NOT get a nick that somebody holds: `nick_taken`."""
    people.come("ann")
    link = people.link()
    link.read()
    reply = link.ask(hello("Ann"))
    assert isinstance(reply, Error)
    assert (reply.code, reply.field) == (ErrorCode.NICK_TAKEN, "nick")


def test_a_returning_guest_whose_nick_was_taken_gets_the_next_one() -> None:
    """An hour after the last session the claim on it is anybody's."""
    clock = HastyClock()
    with running_server(clock=clock) as server, People(server.address) as people:
        ann = people.come("ann")
        ann.link.close()
        eve = people.come("eve")
        for _ in range(4000 // 40):
            clock.advance(40)
            eve.link.barrier()
        assert eve.get(ChangeNickResult, ChangeNick, nick="ann").user.nick == "ann"
        back = people.greet("ann", ann.token)
        assert (back.id, back.hello.user.nick, back.hello.asked_nick) == (ann.id, "ann2", "ann")


def test_a_code_makes_a_device_of_its_user(people: People) -> None:
    """Two devices are one person, of whom nobody hears twice.

    H15: `hello` with `new`, an unknown token and a `code` MUST make that token a device of the code's user,
    whatever the nick in it, and no guest.
    """
    ann, ben = people.come("ann"), people.come("ben")
    code = ann.get(AddDeviceResult, AddDevice).code
    for person in (ann, ben):
        person.news()
    phone = people.come("ben", code=code)
    assert (phone.id, phone.hello.user.nick, phone.hello.created) == (ann.id, "ann", False)
    assert phone.hello.device != ann.hello.device
    assert ann.news() == ben.news() == []
    members = ben.get(MembersResult, Members, target="#general").members
    assert sorted(member.user.nick for member in members) == ["ann", "ben"]


def test_a_code_is_good_for_one_device(people: People) -> None:
    """However many say it at the same time.

    H16: A `code` MUST be good for one token; where it is wrong, was used by another, was replaced by a newer
    one, has ended or is older than `limits.device_code_seconds`, nothing is made: `wrong_code`.
    """
    ann = people.come("ann")
    code = ann.get(AddDeviceResult, AddDevice).code
    links = [people.link() for _ in range(4)]
    for link in links:
        link.read()
    with ThreadPoolExecutor(len(links)) as threads:
        replies = list(threads.map(lambda link: link.ask(hello(code=code)), links))
    refused = [reply for reply in replies if isinstance(reply, Error)]
    assert [(reply.code, reply.field) for reply in refused] == [(ErrorCode.WRONG_CODE, "code")] * 3
    assert sum(isinstance(reply, HelloResult) and reply.user.id == ann.id for reply in replies) == 1
    link = people.link()
    link.read()
    for wrong in (code, "AAAAA-AAAAA", "x"):
        assert isinstance(error := link.ask(hello("eve", code=wrong)), Error)
        assert error.code is ErrorCode.WRONG_CODE
    assert isinstance(error := link.ask(hello("eve", new=False)), Error)
    assert error.code is ErrorCode.UNKNOWN_DEVICE
    (member,) = ann.get(MembersResult, Members, target="#general").members
    assert member.user.id == ann.id


def test_a_code_does_not_last() -> None:
    """`expires` says when it ends."""
    clock = HastyClock()
    with running_server(clock=clock) as server, People(server.address) as people:
        made = people.come("ann").get(AddDeviceResult, AddDevice)
        assert made.expires > clock.now()
        clock.advance(LIMITS.device_code_seconds)
        link = people.link()
        link.read()
        assert isinstance(error := link.ask(hello(code=made.code)), Error)
        assert error.code is ErrorCode.WRONG_CODE


def test_a_newer_code_voids_the_older(people: People) -> None:
    """Whoever showed a code to the wrong person makes another.

    P9: `add_device` MUST void the code that it told before.
    """
    ann = people.come("ann")
    older, newer = (ann.get(AddDeviceResult, AddDevice).code for _ in range(2))
    link = people.link()
    link.read()
    assert isinstance(error := link.ask(hello(code=older)), Error)
    assert error.code is ErrorCode.WRONG_CODE
    assert isinstance(reply := link.ask(hello(code=newer)), HelloResult)
    assert reply.user.id == ann.id


def test_a_code_ends_with_what_ends_devices(people: People) -> None:
    """Whoever holds one gets no device back by it. By administrators it is tried with the commands.

    P10: A code MUST end with the device that asked for it, and with each `change_password`, `set_password`,
    `disable_user` and `revoke_device` of all others that is decided for its user, also where it was shown
    before that and makes its device after.
    """
    ann = people.come("ann")
    ann.get(RegisterResult, Register, password=GOOD)
    phone = people.come("ann", code=ann.get(AddDeviceResult, AddDevice).code)
    for asker, end in (
        (phone, ann.make(RevokeDevice, device=phone.hello.device)),
        (ann, ann.make(RevokeDevice)),
        (ann, ann.make(ChangePassword, old=GOOD, new=OTHER)),
    ):
        code = asker.get(AddDeviceResult, AddDevice).code
        ann.link.send(end)
        ann.link.reply_to(end.id)
        link = people.link()
        link.read()
        assert isinstance(error := link.ask(hello(code=code)), Error)
        assert error.code is ErrorCode.WRONG_CODE


def test_a_hello_with_a_code_may_be_repeated(people: People) -> None:
    """A lost reply costs nobody the code.

    H17: The same `hello` with a `code` again MUST be answered as the device that it made.
    """
    ann = people.come("ann")
    code, token = ann.get(AddDeviceResult, AddDevice).code, new_token()
    first, again = (people.greet("x", token, code=code).hello for _ in range(2))
    assert (again.user, again.device, again.created) == (first.user, first.device, False)
    assert first.user == ann.hello.user


def test_a_newer_link_takes_the_place_of_the_older(people: People) -> None:
    """Two links of one device would each get half of what is said to it.

    H12: When a device says `hello` on a second link, the first one MUST be ended with the reason
    `replaced`.
    """
    ann = people.come("ann")
    newer = people.come("ann", ann.token)
    goodbye = ann.link.goodbye()
    assert (goodbye.reason, goodbye.reconnect) == (CloseReason.REPLACED, False)
    newer.get(SendResult, Send, target="#general", text="still here")


def test_silence_ends_a_link() -> None:
    """Nothing else of the protocol tells a dead link from a quiet one.

    H13: A link on which nothing came from the client for `heartbeat_seconds` and `grace_seconds` together
    MUST be ended with the reason `silent`; any line counts, also an empty one.
    """
    clock = HastyClock()
    with running_server(clock=clock) as server, People(server.address) as people:
        silent, lively, witness = (people.come(nick) for nick in ("ann", "ben", "eve"))
        clock.advance(30)
        lively.link.send_bytes(b"\n")
        for _ in range(2):  # when the second is answered, what was sent before the first is read
            witness.link.barrier()
        clock.advance(20)
        goodbye = silent.link.goodbye()
        assert (goodbye.reason, goodbye.reconnect) == (CloseReason.SILENT, True)
        lively.link.barrier()
        assert not lively.link.has_more()


@pytest.mark.parametrize("versions", [(VERSION + 1, VERSION + 3), (0, VERSION - 1)])
def test_versions_must_meet(people: People, versions: tuple[int, int]) -> None:
    """The refusal says which versions would do.

    H14: A `hello` whose range does not hold the server's version MUST be refused with
    `unsupported_version`.
    """
    link = people.link()
    link.read()
    first, last = versions
    reply = link.ask(
        Hello(id="h", version_min=first, version_max=last, nick="ann", token=new_token(), new=True)
    )
    assert isinstance(reply, Error)
    assert reply.code is ErrorCode.UNSUPPORTED_VERSION
    assert f"version {VERSION}" in reply.message
    wide = Hello(id="h", version_min=0, version_max=99, nick="ann", token=new_token(), new=True)
    result = link.ask(wide)
    assert isinstance(result, HelloResult)
    assert result.version == VERSION
