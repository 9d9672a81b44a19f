"""What administrators ask: users and their passwords, whom the server lets in, how it is, what was done.

Each right is asked again against the draft, so that one that was taken away is gone for what still waits.
"""

from chat.ids import UserId
from chat.protocol.asking import Request
from chat.protocol.codec import encode
from chat.protocol.codes import CloseReason
from chat.protocol.events import Announced
from chat.protocol.records import KnownUser
from chat.protocol.staff import (
    AddUser,
    AddUserResult,
    Announce,
    AnnounceResult,
    Audit,
    AuditResult,
    DisableUser,
    DisableUserResult,
    Disconnect,
    DisconnectResult,
    ListUsers,
    ListUsersResult,
    SetAdmin,
    SetAdminResult,
    SetGate,
    SetGateResult,
    SetPassword,
    SetPasswordResult,
    Stats,
    StatsResult,
)
from chat.server.commands.lookup import cursor_row, nick_of, page_of, user_of
from chat.server.commands.spec import Command, Reply, Services, answering, require_secret
from chat.server.commands.trial import make_hash
from chat.server.domain import staff as rules
from chat.server.domain.limits import clean_line, clean_text
from chat.server.domain.model import moment, row_of
from chat.server.domain.permissions import require, standing_of
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session

AUDIT_PAGE = 200


def _require(services: Services, session: Session, kind: type[Request]) -> UserId:
    """Return who asks; raises `Refused` for those it is not for."""
    require(kind, standing_of(services.world.directory.known(session.user)))
    return session.user


def handle_stats(services: Services, session: Session, request: Stats, _: Reply) -> StatsResult:
    """Tell how the server is doing."""
    _require(services, session, Stats)
    world, facts = services.world, services.facts()
    return StatsResult(
        id=request.id,
        version=facts.version,
        started=facts.started,
        gate=world.gate(),
        links=facts.links,
        users_here=len({each.user for each in world.roster.everyone()}),
        users=len(world.directory.everybody()),
        conversations=world.conversations.count,
        queue=services.queue.waiting,
        pending_bytes=services.fanout.backlog,
    )


def handle_disconnect(services: Services, session: Session, request: Disconnect, reply: Reply) -> Change:
    """End all sessions of somebody."""
    who = _require(services, session, Disconnect)
    user = user_of(services.world, request.user, "user")
    reason = clean_line(request.reason, services.limits.topic_characters, "reason")

    def finish(_: Outcome) -> DisconnectResult:
        sessions = services.world.roster.sessions_of(user.id)
        by = services.world.directory.known(who).nick
        sentence = f"{by} ended the connection{f': {reason}' if reason else ''}."
        for each in sessions:
            each.peer.close(CloseReason.DISCONNECTED, sentence)
        return DisconnectResult(id=request.id, sessions=len(sessions))

    return Change(
        decide=lambda draft: rules.noted(draft, who, Disconnect, user.nick, reason),
        answer=answering(request, reply, finish),
    )


def handle_announce(services: Services, session: Session, request: Announce, reply: Reply) -> Change:
    """Tell everybody who is here something."""
    who = _require(services, session, Announce)
    text = clean_text(request.text, services.limits)

    def finish(_: Outcome) -> AnnounceResult:
        nick = services.world.directory.known(who).nick
        event = Announced(nick=nick, text=text, timestamp=moment(services.clock.now()))
        services.fanout.append(services.fanout.everyone, encode(event))
        return AnnounceResult(id=request.id, sessions=len(services.world.roster.everyone()))

    return Change(
        decide=lambda draft: rules.noted(draft, who, Announce), answer=answering(request, reply, finish)
    )


def handle_set_gate(services: Services, session: Session, request: SetGate, reply: Reply) -> Change:
    """Say whom the server lets in."""
    who, gate = _require(services, session, SetGate), request.gate

    def finish(_: Outcome) -> SetGateResult:
        return SetGateResult(id=request.id, gate=services.world.gate())

    return Change(
        decide=lambda draft: rules.set_gate(draft, who, gate=gate), answer=answering(request, reply, finish)
    )


def handle_add_user(services: Services, session: Session, request: AddUser, reply: Reply) -> None:
    """Make an account."""
    who = _require(services, session, AddUser)
    require_secret(session)
    nick = nick_of(request.nick)

    def finish(_: Outcome) -> AddUserResult:
        holder = services.world.nick_holder(nick.key)
        assert holder is not None
        return AddUserResult(id=request.id, user=services.world.directory.known(holder).record())

    def follow(password: str) -> Change:
        return Change(
            decide=lambda draft: rules.add_user(
                draft, who, nick=nick, password=password, admin=request.admin
            ),
            answer=answering(request, reply, finish),
        )

    make_hash(services, session, request, reply, request.password, nick.text, follow)


def handle_list_users(services: Services, session: Session, request: ListUsers, _: Reply) -> ListUsersResult:
    """List who is known to the server; `after` is the id of the last one of the page before."""
    _require(services, session, ListUsers)
    after = cursor_row(request.after)
    users = [each for each in services.world.directory.everybody() if row_of(each.id) > after]
    users.sort(key=lambda each: row_of(each.id))
    present = services.world.roster.present_among(each.id for each in users)
    rows = (
        KnownUser(
            user=each.record(),
            created=each.created,
            last_seen=each.last_seen,
            here=each.id in present,
            disabled=each.disabled,
        )
        for each in users
    )
    page, more = page_of(rows)
    return ListUsersResult(id=request.id, users=page, next=page[-1].user.id if more else "")


def handle_set_password(services: Services, session: Session, request: SetPassword, reply: Reply) -> None:
    """Give somebody a new password."""
    who = _require(services, session, SetPassword)
    require_secret(session)
    user = user_of(services.world, request.user, "user")

    def finish(_: Outcome) -> SetPasswordResult:
        return SetPasswordResult(id=request.id, user=services.world.directory.known(user.id).record())

    def follow(password: str) -> Change:
        return Change(
            decide=services.codes.ended_by(
                user.id, lambda draft: rules.set_password(draft, who, subject=user.id, password=password)
            ),
            answer=answering(request, reply, finish),
        )

    make_hash(services, session, request, reply, request.password, user.nick, follow)


def handle_set_admin(services: Services, session: Session, request: SetAdmin, reply: Reply) -> Change:
    """Make somebody an administrator, or a user like others."""
    who, admin = _require(services, session, SetAdmin), request.admin
    user = user_of(services.world, request.user, "user").id

    def finish(_: Outcome) -> SetAdminResult:
        return SetAdminResult(id=request.id, user=services.world.directory.known(user).record())

    return Change(
        decide=lambda draft: rules.set_admin(draft, who, subject=user, admin=admin),
        answer=answering(request, reply, finish),
    )


def handle_disable_user(services: Services, session: Session, request: DisableUser, reply: Reply) -> Change:
    """Let somebody in no more, or again."""
    who, disabled = _require(services, session, DisableUser), request.disabled
    user = user_of(services.world, request.user, "user").id

    def finish(_: Outcome) -> DisableUserResult:
        record = services.world.directory.known(user).record()
        return DisableUserResult(id=request.id, user=record, disabled=disabled)

    return Change(
        decide=services.codes.ended_by(
            user, lambda draft: rules.disable_user(draft, who, subject=user, disabled=disabled)
        ),
        answer=answering(request, reply, finish),
    )


def handle_audit(services: Services, session: Session, request: Audit, _: Reply) -> AuditResult:
    """Return a page of the audit log, the newest first."""
    _require(services, session, Audit)
    records = services.store.audit(below=request.before, limit=AUDIT_PAGE)
    _require(services, session, Audit)
    return AuditResult(id=request.id, records=page_of(records)[0], first=1)


COMMANDS = (
    Command(Stats, handle_stats),
    Command(Disconnect, handle_disconnect),
    Command(Announce, handle_announce),
    Command(SetGate, handle_set_gate),
    Command(AddUser, handle_add_user),
    Command(ListUsers, handle_list_users),
    Command(SetPassword, handle_set_password),
    Command(SetAdmin, handle_set_admin),
    Command(DisableUser, handle_disable_user),
    Command(Audit, handle_audit),
)
