"""Keeping order in a channel: inviting, taking out, banning, muting, roles, modes, archiving, deleting."""

from collections.abc import Callable
from typing import Any

from chat.ids import ConversationId
from chat.protocol.asking import Change as ChangeRequest
from chat.protocol.entries import Banned, ModeChanged
from chat.protocol.order import (
    ArchiveChannel,
    ArchiveChannelResult,
    BanResult,
    Bans,
    BansResult,
    BanUsers,
    DeleteChannel,
    DeleteChannelResult,
    Grant,
    GrantResult,
    Invite,
    InviteResult,
    Kick,
    KickResult,
    Mute,
    MuteResult,
    OrderResult,
    Revoke,
    RevokeResult,
    SetMode,
    SetModeResult,
    Unban,
    UnbanResult,
    Unmute,
    UnmuteResult,
)
from chat.protocol.records import ChannelMode
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest
from chat.server.commands.arrival import look_who_arrived
from chat.server.commands.lookup import channel_slot, cursor_row, page_of
from chat.server.commands.spec import Command, Reply, Services, answering, origin_of
from chat.server.domain import moderation as rules
from chat.server.domain.draft import Draft
from chat.server.domain.limits import clean_line
from chat.server.domain.model import ChannelRules, Decision
from chat.server.domain.permissions import require_keeper
from chat.server.domain.targets import Target, parse_target
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session

_Fields = dict[str, Any]
"""What the results of all these requests have."""
_Rule = Callable[[Draft, Target], Decision]


def handle_invite(services: Services, session: Session, request: Invite, reply: Reply) -> Change:
    """Let somebody join a private channel."""
    who, send_id, guest = session.user, request.send_id, parse_target(request.user, "user")

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.invite(draft, who, send_id, target=target, guest=guest)

    return _order(services, session, request, reply, rule, _plainly(InviteResult))


def handle_kick(services: Services, session: Session, request: Kick, reply: Reply) -> Change:
    """Take a member out."""
    who, send_id, person = session.user, request.send_id, parse_target(request.user, "user")
    reason = _reason(services, request.reason)

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.kick(draft, who, send_id, target=target, person=person, reason=reason)

    return _order(services, session, request, reply, rule, _plainly(KickResult))


def handle_ban(services: Services, session: Session, request: BanUsers, reply: Reply) -> Change:
    """Keep somebody out."""
    who, send_id, seconds = session.user, request.send_id, request.seconds
    reason = _reason(services, request.reason)

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.ban(
            draft, who, send_id, target=target, mask=request.mask, reason=reason, seconds=seconds
        )

    def result(outcome: Outcome, now: ChannelRules, fields: _Fields) -> BanResult:
        look_who_arrived(services, outcome)
        made = outcome.entry.ban.ban if isinstance(outcome.entry, Banned) else ""
        ban = next((each for each in now.bans if each.ban == made), None)
        return BanResult(**fields, ban=ban)

    return _order(services, session, request, reply, rule, result)


def handle_unban(services: Services, session: Session, request: Unban, reply: Reply) -> Change:
    """Lift a ban."""
    who, send_id = session.user, request.send_id

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.unban(draft, who, send_id, target=target, ban=request.ban)

    return _order(services, session, request, reply, rule, _plainly(UnbanResult))


def handle_bans(services: Services, session: Session, request: Bans, _: Reply) -> BansResult:
    """List the bans that hold, the oldest first; `after` is the id of the last one of the page before."""
    state = channel_slot(services.world, request.target, session.user).value
    require_keeper(Bans, state, services.world.directory.known(session.user))
    after = cursor_row(request.after)
    bans = [ban for ban in state.rules.banned(services.clock.now()) if cursor_row(ban.ban) > after]
    page, more = page_of(bans)
    return BansResult(id=request.id, conversation=state.id, bans=page, next=page[-1].ban if more else "")


def handle_mute(services: Services, session: Session, request: Mute, reply: Reply) -> Change:
    """Keep a member from writing."""
    who, send_id, person = session.user, request.send_id, parse_target(request.user, "user")
    reason, seconds = _reason(services, request.reason), request.seconds

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.mute(draft, who, send_id, target=target, person=person, seconds=seconds, reason=reason)

    return _order(services, session, request, reply, rule, _plainly(MuteResult))


def handle_unmute(services: Services, session: Session, request: Unmute, reply: Reply) -> Change:
    """Let a member write again."""
    who, send_id, person = session.user, request.send_id, parse_target(request.user, "user")

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.unmute(draft, who, send_id, target=target, person=person)

    return _order(services, session, request, reply, rule, _plainly(UnmuteResult))


def handle_grant(services: Services, session: Session, request: Grant, reply: Reply) -> Change:
    """Make a member an operator."""
    who, send_id, person = session.user, request.send_id, parse_target(request.user, "user")

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.grant(draft, who, send_id, target=target, person=person)

    return _order(services, session, request, reply, rule, _plainly(GrantResult))


def handle_revoke(services: Services, session: Session, request: Revoke, reply: Reply) -> Change:
    """Make an operator a member like others."""
    who, send_id, person = session.user, request.send_id, parse_target(request.user, "user")

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.revoke(draft, who, send_id, target=target, person=person)

    return _order(services, session, request, reply, rule, _plainly(RevokeResult))


def handle_set_mode(services: Services, session: Session, request: SetMode, reply: Reply) -> Change:
    """Change the rules of a channel."""
    who, send_id = session.user, request.send_id

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.set_mode(draft, who, send_id, target=target, request=request)

    def result(outcome: Outcome, now: ChannelRules, fields: _Fields) -> SetModeResult:
        mode: ChannelMode = outcome.entry.mode if isinstance(outcome.entry, ModeChanged) else now.mode
        return SetModeResult(**fields, mode=mode)

    return _order(services, session, request, reply, rule, result)


def handle_archive(services: Services, session: Session, request: ArchiveChannel, reply: Reply) -> Change:
    """Close a channel for writing, or open it again."""
    who, send_id, archived = session.user, request.send_id, request.archived

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.archive(draft, who, send_id, target=target, archived=archived)

    return _order(services, session, request, reply, rule, _plainly(ArchiveChannelResult))


def handle_delete(services: Services, session: Session, request: DeleteChannel, reply: Reply) -> Change:
    """Remove a channel."""
    who, send_id = session.user, request.send_id

    def rule(draft: Draft, target: Target) -> Decision:
        return rules.delete(draft, who, send_id, target=target)

    return _order(services, session, request, reply, rule, _plainly(DeleteChannelResult), told=session)


def _order(
    services: Services,
    session: Session,
    request: AnyRequest,
    reply: Reply,
    rule: _Rule,
    result: Callable[[Outcome, ChannelRules, _Fields], AnyReply],
    told: Session | None = None,
) -> Change:
    """Return the change: the rule is given the channel, the result what the channel's rules are then."""
    assert isinstance(request, ChangeRequest)
    named: str = request.target  # type: ignore[union-attr]
    target = parse_target(named)

    def finish(outcome: Outcome) -> AnyReply:
        entry, state = outcome.entry, outcome.conversation
        if entry is None:
            state = channel_slot(services.world, named, session.user).value
            return result(outcome, state.rules, {"id": request.id, "conversation": state.id, "number": 0})
        state = state or services.world.conversation(ConversationId(entry.conversation))
        fields = {"id": request.id, "conversation": entry.conversation, "number": entry.number}
        return result(outcome, state.rules if state else ChannelRules(), fields)

    return Change(
        decide=lambda draft: rule(draft, target),
        answer=answering(request, reply, finish),
        origin=origin_of(session, request),
        told=told,
    )


def _plainly(kind: type[OrderResult]) -> Callable[[Outcome, ChannelRules, _Fields], Any]:
    """Return what makes a result that tells nothing more than all do."""
    return lambda _, __, fields: kind(**fields)


def _reason(services: Services, text: str) -> str:
    return clean_line(text, services.limits.topic_characters, "reason")


COMMANDS = (
    Command(Invite, handle_invite),
    Command(Kick, handle_kick),
    Command(BanUsers, handle_ban),
    Command(Unban, handle_unban),
    Command(Bans, handle_bans),
    Command(Mute, handle_mute),
    Command(Unmute, handle_unmute),
    Command(Grant, handle_grant),
    Command(Revoke, handle_revoke),
    Command(SetMode, handle_set_mode),
    Command(ArchiveChannel, handle_archive),
    Command(DeleteChannel, handle_delete),
)
