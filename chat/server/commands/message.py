"""Talking: sending, opening a direct conversation, marking read."""

from chat.protocol.entries import Message
from chat.protocol.replies import MarkReadResult, OpenDirectResult, SendResult
from chat.protocol.requests import MarkRead, OpenDirect, Send
from chat.server.commands.lookup import counted_records, slot_for_member, user_of
from chat.server.commands.spec import Command, Reply, Services, answering, answering_later, origin_of_send
from chat.server.domain import message as rules
from chat.server.domain.evolve import pair_of
from chat.server.domain.limits import clean_text
from chat.server.domain.targets import parse_target
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session


def handle_send(services: Services, session: Session, request: Send, reply: Reply) -> Change:
    """Say something."""
    target = parse_target(request.target)
    text = clean_text(request.text, services.limits)
    mentions = rules.mention_keys(text)
    user, send_id, action = session.user, request.send_id, request.action

    def finish(outcome: Outcome) -> SendResult:
        entry = outcome.entry
        assert isinstance(entry, Message)
        return SendResult(
            id=request.id,
            conversation=entry.conversation,
            number=entry.number,
            timestamp=entry.timestamp,
            text=entry.text,
            send_id=send_id,
        )

    return Change(
        decide=lambda draft: rules.send(
            draft, user, send_id, target=target, text=text, action=action, mentions=mentions
        ),
        answer=answering(request, reply, finish),
        origin=origin_of_send(session, request),
        size=len(text) * 2 + 512,
    )


def handle_open_direct(services: Services, session: Session, request: OpenDirect, reply: Reply) -> Change:
    """Get the direct conversation with somebody."""
    world, user = services.world, session.user
    target = parse_target(request.target)

    def finish(outcome: Outcome) -> OpenDirectResult:
        state = outcome.conversation
        if state is None:
            found = world.direct_of(pair_of(user, user_of(world, request.target).id))
            assert found is not None
            slot = world.conversations.slot(found)
            assert slot is not None
            state = slot.attach(session, services.fanout)
        return OpenDirectResult(id=request.id, conversation=counted_records(services, user, [state])[0])

    return Change(
        decide=lambda draft: rules.open_direct(draft, user, target=target),
        answer=answering_later(services, request, reply, finish),
        told=session,
    )


def handle_mark_read(services: Services, session: Session, request: MarkRead, reply: Reply) -> Change:
    """Move one's read position forward."""
    user, number = session.user, request.number
    slot = slot_for_member(services.world, request.target, user)
    conversation = slot.value.id

    def finish(_: Outcome) -> MarkReadResult:
        read, last = services.world.read_of(user, conversation), slot.value.last
        counted = max(read, slot.value.first - 1), last
        counts = services.store.unread(user, {conversation: counted})[conversation]
        return MarkReadResult(
            id=request.id,
            conversation=conversation,
            read=read,
            last=last,
            unread=counts.messages,
            mentions=counts.mentions,
        )

    return Change(
        decide=lambda draft: rules.mark_read(
            draft, user, conversation=conversation, number=number, private=request.private
        ),
        answer=answering_later(services, request, reply, finish),
    )


COMMANDS = (
    Command(Send, handle_send, pipelined=True),
    Command(OpenDirect, handle_open_direct),
    Command(MarkRead, handle_mark_read),
)
