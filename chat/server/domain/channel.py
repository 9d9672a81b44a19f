"""Rules of channels: making, joining, leaving, naming what they are about."""

from chat.ids import ConversationId, UserId
from chat.names import Name
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Created, Joined, Left, TopicChanged
from chat.protocol.records import ConversationKind, Role
from chat.protocol.requests import Send, SetTopic
from chat.server.domain.bans import require_not_banned
from chat.server.domain.draft import Draft, head
from chat.server.domain.look_alikes import looks_of, mixes_scripts
from chat.server.domain.model import ConversationState, Decision, ReadMove, UserState, conversation_id
from chat.server.domain.permissions import known_to, require_writing
from chat.server.domain.targets import Target, TargetKind


def create_channel(draft: Draft, who: UserId, send_id: str, *, name: Name, topic: str) -> Decision:
    """Make a channel and join it as its operator; refused when it exists."""
    if draft.channel_named(name.key):
        raise Refused(ErrorCode.CHANNEL_EXISTS, f"{name.text} exists already; join it.", field="name")
    return _make(draft, draft.user(who), send_id, name, topic)


def join(
    draft: Draft, who: UserId, send_id: str, *, target: Target, name: Name | None, host: str = ""
) -> Decision:
    """Become a member; the channel is made when it is missing and was given by `name`.

    Joining where one is a member already decides nothing. An invitation is used up. `host` is the IP address
    that it is asked from; all other devices that are here come along.
    """
    state = find_channel(draft, target, who) if name is None else draft.channel_named(name.key)
    user = draft.user(who)
    if state is None:
        assert name is not None
        return _make(draft, user, send_id, name, "")
    if who in state.members:
        return Decision()
    if not state.visible_to(who):
        raise _invite_only(state)
    require_not_banned(state, user, draft.hosts_of(who) | ({host} if host else set()), draft.now)
    joined = Joined(**head(draft, state, user, send_id))
    return Decision(entries=(joined,), reads=(ReadMove(who, state.id, joined.number),))


def part(draft: Draft, who: UserId, send_id: str, *, target: Target, reason: str) -> Decision:
    """Leave a channel; who may not say something in it leaves without a reason."""
    state, user = find_channel(draft, target, who), draft.user(who)
    require_member(state, who)
    try:
        require_writing(Send, state, user, draft.now)
    except Refused:
        reason = ""
    return Decision(entries=(Left(**head(draft, state, user, send_id), reason=reason),))


def set_topic(draft: Draft, who: UserId, send_id: str, *, target: Target, topic: str) -> Decision:
    """Set or take away the topic."""
    state = find_channel(draft, target, who)
    user = draft.user(who)
    require_member(state, who)
    require_writing(SetTopic, state, user, draft.now)
    return Decision(entries=(TopicChanged(**head(draft, state, user, send_id), topic=topic),))


def find_channel(draft: Draft, target: Target, who: UserId) -> ConversationState:
    """Return the channel that a target names.

    Raises:
        Refused: there is none that `who` may know of, or it is no channel.
    """
    state = known_to(find_conversation(draft, target), who)
    if state.kind is not ConversationKind.CHANNEL:
        raise Refused(ErrorCode.NOT_A_CHANNEL, field="target")
    return state


def find_conversation(draft: Draft, target: Target) -> ConversationState | None:
    """Return the conversation that an id or a channel name means; None when there is none."""
    if target.kind is TargetKind.CHANNEL:
        return draft.channel_named(target.key)
    if target.kind is TargetKind.NICK:
        raise Refused(ErrorCode.NOT_A_CHANNEL, f"{target.text} is a person, not a channel.", field="target")
    return draft.conversation(ConversationId(target.key))


def require_member(state: ConversationState | None, who: UserId) -> ConversationState:
    """Return what only members may use; raises `Refused` for others, who may not know even that it exists."""
    state = known_to(state, who)
    if not state.may_read(who):
        raise Refused(
            ErrorCode.NOT_MEMBER, f"{state.name} is for its members; join it first.", field="target"
        )
    return state


def _invite_only(state: ConversationState) -> Refused:
    return Refused(
        ErrorCode.INVITE_ONLY,
        f"{state.name} is private; ask an operator to invite you.",
        field="target",
    )


def _require_clear(draft: Draft, name: Name) -> None:
    """Raise `Refused` for a name that mixes scripts, or looks like that of another channel."""
    if mixes_scripts(name.text):
        raise Refused(
            ErrorCode.INVALID_NAME, "A channel name can't mix letters of several scripts.", field="name"
        )
    alike = draft.channel_like(looks_of(name.text, name.key))
    # of one that is hidden not even the name is told
    if alike is not None:
        other = "another channel" if alike.rules.mode.private else alike.name
        raise Refused(
            ErrorCode.CHANNEL_EXISTS, f"{name.text} looks like {other}; choose another name.", field="name"
        )


def _make(draft: Draft, user: UserState, send_id: str, name: Name, topic: str) -> Decision:
    _require_clear(draft, name)
    state = ConversationState(
        id=conversation_id(draft.next_conversation), kind=ConversationKind.CHANNEL, name=name.text
    )
    made: tuple[AnyEntry, ...] = (
        Created(**head(draft, state, user, send_id), kind=ConversationKind.CHANNEL, name=name.text),
    )
    if topic:
        made += (TopicChanged(**head(draft, state, user, send_id, ahead=2), topic=topic),)
    # last, so that the maker's stream begins after all that made the channel
    joined = Joined(**head(draft, state, user, send_id, ahead=len(made) + 1), role=Role.OPERATOR)
    return Decision(entries=(*made, joined), reads=(ReadMove(user.id, state.id, joined.number),))
