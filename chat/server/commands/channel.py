"""Channels: making, joining, leaving, topic, members."""

from collections.abc import Iterator

from chat.ids import ConversationId, UserId
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Member, Presence
from chat.protocol.replies import (
    CreateChannelResult,
    JoinResult,
    MembersResult,
    PartResult,
    SetTopicResult,
)
from chat.protocol.requests import CreateChannel, Join, Members, Part, SetTopic
from chat.server.commands.arrival import behind_takings_out
from chat.server.commands.lookup import (
    LIST_PAGE,
    channel_of,
    counted_records,
    cursor_row,
    page_of,
    slot_for_member,
)
from chat.server.commands.spec import Command, Reply, Services, answering, answering_later, origin_of
from chat.server.domain import channel as rules
from chat.server.domain.limits import clean_line
from chat.server.domain.model import ConversationState, MemberState, row_of, user_id
from chat.server.domain.permissions import hidden
from chat.server.domain.targets import parse_target
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session
from chat.server.state.view import conversation_record


def handle_create_channel(
    services: Services, session: Session, request: CreateChannel, reply: Reply
) -> Change:
    """Make a channel that does not exist yet."""
    name = channel_of(request.name, "name")
    topic = clean_line(request.topic, services.limits.topic_characters, "topic")
    user, send_id = session.user, request.send_id

    def finish(outcome: Outcome) -> CreateChannelResult:
        assert outcome.entry is not None
        state = _state_of(services, session, outcome)
        # in what one just made nothing is unread
        read = services.world.read_of(user, state.id)
        record = conversation_record(services.world, state, user, read=read)
        return CreateChannelResult(id=request.id, conversation=record, number=outcome.entry.number)

    return Change(
        decide=lambda draft: rules.create_channel(draft, user, send_id, name=name, topic=topic),
        answer=answering(request, reply, finish),
        origin=origin_of(session, request),
        told=session,
    )


def handle_join(services: Services, session: Session, request: Join, reply: Reply) -> Change:
    """Become a member; the reply brings the last entries."""
    target = parse_target(request.target)
    name = channel_of(request.target, "target") if request.target.startswith("#") else None
    user, send_id = session.user, request.send_id

    def finish(outcome: Outcome) -> JoinResult:
        if outcome.entry is None:
            state = slot_for_member(services.world, request.target, user).attach(session, services.fanout)
        else:
            state = _state_of(services, session, outcome)
        return JoinResult(
            id=request.id,
            conversation=counted_records(services, user, [state])[0],
            number=outcome.entry.number if outcome.entry else 0,
            entries=_last_entries(services, state, user),
        )

    return Change(
        decide=lambda draft: rules.join(draft, user, send_id, target=target, name=name, host=session.host),
        answer=answering_later(services, request, reply, finish),
        origin=origin_of(session, request),
        told=session,
    )


def handle_part(services: Services, session: Session, request: Part, reply: Reply) -> Change:
    """Leave a channel."""
    target = parse_target(request.target)
    reason = clean_line(request.reason, services.limits.topic_characters, "reason")
    user, send_id = session.user, request.send_id

    def finish(outcome: Outcome) -> PartResult:
        assert outcome.entry is not None
        return PartResult(id=request.id, conversation=outcome.entry.conversation, number=outcome.entry.number)

    return Change(
        decide=lambda draft: rules.part(draft, user, send_id, target=target, reason=reason),
        answer=answering(request, reply, finish),
        origin=origin_of(session, request),
        told=session,
    )


def handle_set_topic(services: Services, session: Session, request: SetTopic, reply: Reply) -> Change:
    """Set the topic of a channel."""
    target = parse_target(request.target)
    topic = clean_line(request.topic, services.limits.topic_characters, "topic")
    user, send_id = session.user, request.send_id

    def finish(outcome: Outcome) -> SetTopicResult:
        assert outcome.entry is not None
        return SetTopicResult(
            id=request.id, conversation=outcome.entry.conversation, number=outcome.entry.number, topic=topic
        )

    return Change(
        decide=lambda draft: rules.set_topic(draft, user, send_id, target=target, topic=topic),
        answer=answering(request, reply, finish),
        origin=origin_of(session, request),
    )


def handle_members(services: Services, session: Session, request: Members, _: Reply) -> MembersResult:
    """List members, present or not; `after` is the id of the last one of the page before."""
    world = services.world
    state = slot_for_member(world, request.target, session.user).value
    after = cursor_row(request.after)
    rows = sorted(row for row in map(row_of, state.pair or state.members) if row > after)
    ids = [user_id(row) for row in rows[:LIST_PAGE]]
    present = world.roster.present_among(ids)
    users = world.directory.many(ids)
    now = services.clock.now()

    def records() -> Iterator[Member]:
        for user in users:
            here = user.id in present
            membership = state.members.get(user.id, MemberState())
            yield Member(
                user=user.record(),
                role=membership.role,
                presence=Presence(user.status.value) if here else Presence.OFFLINE,
                last_seen=None if here else user.last_seen,
                muted=state.rules.muted(user.id, now),
            )

    page = page_of(records())[0]
    more = len(page) < len(rows)
    return MembersResult(
        id=request.id,
        conversation=state.id,
        last=state.last,
        members=page,
        next=page[-1].user.id if more else "",
    )


def _state_of(services: Services, session: Session, outcome: Outcome) -> ConversationState:
    """Return the state that a reply names: as published with the change, or as now for a repeated one.

    Raises `Refused` when one may not know of the channel by now, or it is gone.
    """
    if outcome.conversation is not None:
        return outcome.conversation
    assert outcome.entry is not None
    slot = services.world.conversations.slot(ConversationId(outcome.entry.conversation))
    if slot is None or not slot.value.visible_to(session.user):
        raise hidden()
    return slot.attach(session, services.fanout)


def _last_entries(services: Services, state: ConversationState, user: UserId) -> tuple[AnyEntry, ...]:
    """Return the last entries of a channel; none when the user is out of it again by now."""
    entries = services.store.page(
        state.id,
        below=state.last + 1,
        newest_first=True,
        limit=services.limits.join_entries,
        limit_bytes=services.limits.page_bytes,
    )
    now = services.world.conversation(state.id)
    if now is None or not now.may_read(user):
        return ()
    return tuple(entry for entry in entries if entry.number >= now.first)


COMMANDS = (
    Command(CreateChannel, handle_create_channel),
    Command(Join, handle_join),
    Command(Part, handle_part),
    Command(SetTopic, handle_set_topic),
    Command(Members, behind_takings_out(handle_members)),
)
