"""Changing messages: editing, deleting, reacting, pinning."""

from collections.abc import Callable
from typing import Any

from chat.protocol.codes import Refused
from chat.protocol.replies import AnyReply, DeleteResult, EditResult, PinResult, ReactResult, UnpinResult
from chat.protocol.requests import Delete, Edit, Pin, React, Unpin
from chat.server.commands.lookup import slot_for_member
from chat.server.commands.spec import Command, Reply, Services, answering, origin_of
from chat.server.domain import revision as rules
from chat.server.domain.draft import Draft
from chat.server.domain.limits import clean_reaction, clean_text
from chat.server.domain.model import Decision, MessageKey
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.published import Published
from chat.server.state.session import Session

_AnyRequest = Edit | Delete | React | Pin | Unpin
_Fields = dict[str, Any]
"""What the results of all these requests have."""


def handle_edit(services: Services, session: Session, request: Edit, reply: Reply) -> Change:
    """Give a message of one's own another text."""
    user, send_id = session.user, request.send_id
    text = clean_text(request.text, services.limits)

    def rule(draft: Draft, key: MessageKey) -> Decision:
        return rules.edit(draft, user, send_id, key=key, text=text)

    def result(outcome: Outcome, fields: _Fields) -> EditResult:
        return EditResult(**fields, text=outcome.message.text if outcome.message else text)

    return _change(services, session, request, reply, rule, result, size=len(text) * 2 + 512)


def handle_delete(services: Services, session: Session, request: Delete, reply: Reply) -> Change:
    """Take a message of one's own back."""
    user, send_id = session.user, request.send_id

    def rule(draft: Draft, key: MessageKey) -> Decision:
        return rules.delete(draft, user, send_id, key=key)

    return _change(services, session, request, reply, rule, lambda _, fields: DeleteResult(**fields))


def handle_react(services: Services, session: Session, request: React, reply: Reply) -> Change:
    """Give a message a reaction, or take one's own back."""
    user, send_id, limits, remove = session.user, request.send_id, services.limits, request.remove
    emoji = clean_reaction(request.emoji, limits)

    def rule(draft: Draft, key: MessageKey) -> Decision:
        return rules.react(draft, user, send_id, key=key, emoji=emoji, remove=remove, limits=limits)

    return _change(services, session, request, reply, rule, lambda _, fields: ReactResult(**fields))


def handle_pin(services: Services, session: Session, request: Pin, reply: Reply) -> Change:
    """Pin a message to its conversation."""
    user, send_id, limits = session.user, request.send_id, services.limits

    def rule(draft: Draft, key: MessageKey) -> Decision:
        return rules.pin(draft, user, send_id, key=key, limits=limits)

    return _change(services, session, request, reply, rule, lambda _, fields: PinResult(**fields))


def handle_unpin(services: Services, session: Session, request: Unpin, reply: Reply) -> Change:
    """Pin a message no more."""
    user, send_id = session.user, request.send_id

    def rule(draft: Draft, key: MessageKey) -> Decision:
        return rules.unpin(draft, user, send_id, key=key)

    return _change(services, session, request, reply, rule, lambda _, fields: UnpinResult(**fields))


def _change(
    services: Services,
    session: Session,
    request: _AnyRequest,
    reply: Reply,
    rule: Callable[[Draft, MessageKey], Decision],
    result: Callable[[Outcome, _Fields], AnyReply],
    size: int = 512,
) -> Change:
    """Return the change of a message: the rule is given which one, the result is given what all have."""
    key = _meant(services.world, session, request)

    def decide(draft: Draft) -> Decision:
        # not before: the journal must see first whether it is a repeated request, which is never refused
        if isinstance(key, Refused):
            raise key
        return rule(draft, key)

    def finish(outcome: Outcome) -> AnyReply:
        entry = outcome.entry
        fields = {"id": request.id, "message": request.message, "number": entry.number if entry else 0}
        if entry is not None:
            return result(outcome, {**fields, "conversation": entry.conversation})
        assert isinstance(key, MessageKey)
        return result(outcome, {**fields, "conversation": key.conversation})

    return Change(
        decide=decide,
        answer=answering(request, reply, finish),
        origin=origin_of(session, request),
        touches=None if isinstance(key, Refused) else key,
        size=size,
    )


def _meant(world: Published, session: Session, request: _AnyRequest) -> MessageKey | Refused:
    """Return which message a request means, or why it can mean none."""
    try:
        slot = slot_for_member(world, request.target, session.user)
    except Refused as refused:
        return refused
    return MessageKey(slot.value.id, request.message)


COMMANDS = (
    Command(Edit, handle_edit),
    Command(Delete, handle_delete),
    Command(React, handle_react),
    Command(Pin, handle_pin),
    Command(Unpin, handle_unpin),
)
