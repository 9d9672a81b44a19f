"""Who one is: hello, further devices, nick, status, looking somebody up, leaving."""

from collections.abc import Callable
from datetime import timedelta

from chat.ids import token_hash
from chat.names import Name
from chat.protocol.accounts import AddDevice, AddDeviceResult
from chat.protocol.codec import VERSION
from chat.protocol.codes import CloseReason, ErrorCode, Refused
from chat.protocol.records import ConversationKind, Presence
from chat.protocol.replies import (
    ChangeNickResult,
    HelloResult,
    PingResult,
    QuitResult,
    SetStatusResult,
    WhoisResult,
)
from chat.protocol.requests import ChangeNick, Hello, Ping, Quit, SetStatus, Whois
from chat.server.commands.arrival import look_at_bans
from chat.server.commands.haste import count_new_device
from chat.server.commands.lookup import nick_of, user_of
from chat.server.commands.spec import Command, Reply, Services, answering, go_on, require_secret
from chat.server.commands.trial import Trial
from chat.server.domain import user as rules
from chat.server.domain.accounts import (
    USE_NOTED_AFTER,
    add_device,
    expired,
    log_in,
    require_admitted,
    shut_out,
    used,
    wrong_code,
)
from chat.server.domain.draft import Draft
from chat.server.domain.limits import clean_line
from chat.server.domain.model import Decision, DeviceState
from chat.server.ports import Checked
from chat.server.state.attempts import Tried
from chat.server.state.device_codes import Asker
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session
from chat.text import sanitize_line

WHOIS_CHANNELS = 100
"""Channels that `whois` names at most, so that the answer fits a line."""


def handle_hello(
    services: Services, session: Session, request: Hello, reply: Reply
) -> HelloResult | Change | None:
    """Begin a session; a known device waits for no write unless its nick was taken meanwhile."""
    if not request.version_min <= VERSION <= request.version_max:
        raise Refused(
            ErrorCode.UNSUPPORTED_VERSION,
            f"This server speaks version {VERSION}; "
            f"the client speaks {request.version_min} to {request.version_max}.",
            field="version_max" if request.version_max < VERSION else "version_min",
        )
    hashed = token_hash(request.token)
    device = services.world.device(hashed)
    if device is None or _expired(services, device):
        if request.new and request.password and not request.code:
            _log_in(services, session, request, hashed, reply)
            return None
        if device is not None or not request.new:
            raise _unknown(device)
        return _newcome(services, session, request, hashed, reply)
    return _come_back(services, session, request, device, reply)


def _come_back(
    services: Services, session: Session, request: Hello, device: DeviceState, reply: Reply
) -> HelloResult | Change:
    """Begin the session of a device that is known."""
    if not request.code:
        nick_of(request.nick)

    def finish(_: Outcome) -> HelloResult:
        return _begin(services, session, request, device.token_hash, created=False)

    user = services.world.directory.known(device.user)
    require_admitted(services.world.gate(), user)
    if user.holds_nick:
        return finish(Outcome(None, None))
    return Change(
        decide=lambda draft: rules.reclaim(draft, user.id), answer=answering(request, reply, finish)
    )


def _expired(services: Services, device: DeviceState) -> bool:
    return expired(device, services.world.directory.known(device.user), services.clock.now())


def _unknown(device: DeviceState | None) -> Refused:
    """Return the refusal of a token that opens nothing, or nothing any more."""
    sentence = "" if device is None else "This device was not here for 30 days: log in again."
    return Refused(ErrorCode.UNKNOWN_DEVICE, sentence, field="token")


def _newcome(services: Services, session: Session, request: Hello, hashed: str, reply: Reply) -> Change:
    """Make a guest, or one more device of the user whose code came."""
    nick = None if request.code else nick_of(request.nick)
    if nick is not None:
        require_admitted(services.world.gate(), None)
    count_new_device(services, session)
    decide = _newcomer(services, request, nick, hashed, session.host)

    def finish(outcome: Outcome) -> HelloResult:
        return _begin(services, session, request, hashed, created=bool(outcome.users))

    return Change(decide=decide, answer=answering(request, reply, finish))


def _log_in(services: Services, session: Session, request: Hello, hashed: str, reply: Reply) -> None:
    """Compare the password, and make a device of the account that it belongs to."""
    require_secret(session)
    nick = nick_of(request.nick)
    count_new_device(services, session)
    holder = services.world.nick_holder(nick.key)
    user = services.world.user(holder) if holder else None
    kept = user.password if user else None

    def finish(_: Outcome) -> HelloResult:
        return _begin(services, session, request, hashed, created=False)

    def follow(checked: Checked) -> Change:
        assert user is not None
        assert kept is not None
        require_admitted(services.world.gate(), user)
        return Change(
            decide=lambda draft: log_in(
                draft,
                user.id,
                token_hash=hashed,
                client=_program(request),
                checked=kept,
                renewed=checked.renewed,
            ),
            answer=answering(request, reply, finish),
        )

    Trial(services, session, request, reply, Tried(nick.key, session.host), "password").run(
        request.password,
        kept,
        lambda checked: go_on(services, session, request, reply, lambda: follow(checked)),
    )


def _newcomer(
    services: Services, request: Hello, nick: Name | None, hashed: str, host: str
) -> Callable[[Draft], Decision]:
    """Return the rule that makes the device of a new token: of a guest, or of the user whose code came."""
    client = _program(request)
    if nick is not None:
        return lambda draft: rules.make_guest(draft, nick=nick, token_hash=hashed, client=client, host=host)
    seen = _asker(services, request.code, hashed)

    def by_code(draft: Draft) -> Decision:
        # again, for the code may have ended meanwhile; what it made before that is there
        asker = seen if draft.device(hashed) else _asker(services, request.code, hashed)
        return add_device(draft, asker.user, by=asker.device, token_hash=hashed, client=client)

    return by_code


def _asker(services: Services, code: str, hashed: str) -> Asker:
    """Return who asked for a code that is good for this token; raises `Refused`."""
    asker = services.codes.take(code, hashed)
    if asker is None:
        raise wrong_code()
    return asker


def _begin(
    services: Services, session: Session, request: Hello, hashed: str, *, created: bool
) -> HelloResult:
    """Register the session of a device that exists, in place of an older one."""
    device = services.world.device(hashed)
    if device is None:
        raise _unknown(None)  # logged out in the same moment
    arrival = services.world.roster.register(session, device.user, device.id)
    if arrival.replaced is not None:
        arrival.replaced.peer.close(CloseReason.REPLACED)
    services.fanout.fence(services.fanout.everyone, session, enters=True)
    if arrival.claim_had_run_out:
        # somebody may be taking the nick at this moment: once that is decided, look again
        services.queue.put(
            Change(decide=lambda draft: rules.reclaim(draft, device.user), answer=lambda _: None)
        )
    if arrival.came_online:
        services.presence.came(device.user)
    state = services.world.directory.known(device.user)
    # whoever took the right away meanwhile looked at the sessions before this one was there
    if services.world.device(hashed) is None:
        session.peer.close(CloseReason.LOGGED_OUT)
    elif sentence := shut_out(services.world.gate(), state):
        session.peer.close(CloseReason.DISCONNECTED, sentence)
    look_at_bans(services, session)
    _note_use(services, device, _program(request))
    user = state.record()
    asked = "" if request.code or nick_of(request.nick).text == user.nick else request.nick
    return HelloResult(
        id=request.id, version=VERSION, user=user, device=device.id, created=created, asked_nick=asked
    )


def _note_use(services: Services, device: DeviceState, client: str) -> None:
    """Have it stored that a device is in use, once an hour, and by what program, once that is another.

    Nobody waits for that.
    """
    is_other = client not in ("", device.client)
    if is_other or services.clock.now() - device.used >= USE_NOTED_AFTER:
        hashed = device.token_hash
        services.queue.put(Change(decide=lambda draft: used(draft, hashed, client), answer=lambda _: None))


def _program(request: Hello) -> str:
    """Return what a client says of itself, as one line that can be shown."""
    return sanitize_line(request.client).strip()


def handle_add_device(services: Services, session: Session, request: AddDevice, _: Reply) -> AddDeviceResult:
    """Make a code for one more device; one made before is void."""
    expires = services.clock.now() + timedelta(seconds=services.limits.device_code_seconds)
    code = services.codes.issue(session.user, session.device)
    return AddDeviceResult(id=request.id, code=code, expires=expires)


def handle_change_nick(services: Services, session: Session, request: ChangeNick, reply: Reply) -> Change:
    """Take another nick."""
    user, nick = session.user, nick_of(request.nick)

    def finish(_: Outcome) -> ChangeNickResult:
        return ChangeNickResult(id=request.id, user=services.world.directory.known(user).record())

    return Change(
        decide=lambda draft: rules.change_nick(draft, user, nick=nick),
        answer=answering(request, reply, finish),
    )


def handle_set_status(services: Services, session: Session, request: SetStatus, reply: Reply) -> Change:
    """Say that one is online, away or busy."""
    user, status = session.user, request.status
    text = clean_line(request.text, services.limits.status_characters, "text")

    def finish(_: Outcome) -> SetStatusResult:
        return SetStatusResult(id=request.id, user=services.world.directory.known(user).record())

    return Change(
        decide=lambda draft: rules.set_status(draft, user, status=status, text=text),
        answer=answering(request, reply, finish),
    )


def handle_whois(services: Services, session: Session, request: Whois, _: Reply) -> WhoisResult:
    """Tell what everybody may know of somebody, and which channels both are in."""
    world = services.world
    user = user_of(world, request.target)
    shared = (world.conversation(each) for each in world.conversations_of(user.id))
    channels = sorted(
        state.name
        for state in shared
        if state is not None and state.kind is ConversationKind.CHANNEL and session.user in state.members
    )
    presence = world.presence_of(user.id)
    return WhoisResult(
        id=request.id,
        user=user.record(),
        presence=presence,
        last_seen=user.last_seen if presence is Presence.OFFLINE else None,
        since=user.created,
        channels=tuple(channels[:WHOIS_CHANNELS]),
    )


def handle_ping(services: Services, _: Session, request: Ping, __: Reply) -> PingResult:
    """Answer, after everything before."""
    return PingResult(id=request.id, time=services.clock.now())


def handle_quit(_: Services, __: Session, request: Quit, ___: Reply) -> QuitResult:
    """Answer; the link closes behind it."""
    return QuitResult(id=request.id)


COMMANDS = (
    Command(Hello, handle_hello),
    Command(AddDevice, handle_add_device),
    Command(ChangeNick, handle_change_nick),
    Command(SetStatus, handle_set_status),
    Command(Whois, handle_whois),
    Command(Ping, handle_ping),
    Command(Quit, handle_quit),
)
