"""A client's state as tests of it begin, and short ways to look at what changed."""

from collections.abc import Sequence
from typing import TypeVar

from chat.client.changes import (
    Change,
)
from chat.client.conversation import ConversationState
from chat.client.state import ClientState
from chat.protocol import entries, replies, requests
from chat.protocol.records import Conversation, Member, Role
from tests.support.frames import WHEN, user, welcome

C = TypeVar("C")

ANN = user("ann")
BEN = user("ben")


def knowing(*conversations: Conversation) -> ClientState:
    """The state of Ann's client after greeting and sync."""
    state = ClientState()
    state.apply(welcome())
    state.apply(replies.HelloResult(id="1", version=1, user=ANN, device="d"))
    state.apply(replies.SyncResult(id="2", conversations=conversations), requests.Sync(id="2"))
    return state


def general(state: ClientState) -> ConversationState:
    """The channel that most tests talk of."""
    conversation = state.conversations.get("c-general")
    assert conversation is not None
    return conversation


def only(kind: type[C], changes: Sequence[Change]) -> C:
    """The one change of this kind."""
    found = [change for change in changes if isinstance(change, kind)]
    assert len(found) == 1, changes
    return found[0]


def kinds(changes: Sequence[Change]) -> list[type]:
    """What kinds of changes these are."""
    return [type(change) for change in changes]


def joined(number: int, who: str) -> entries.Joined:
    """Somebody joined #general."""
    return entries.Joined(
        conversation="c-general", number=number, user=f"u-{who}", nick=who, timestamp=WHEN, role=Role.OPERATOR
    )


def left(number: int, who: str) -> entries.Left:
    """Somebody left #general."""
    return entries.Left(conversation="c-general", number=number, user=f"u-{who}", nick=who, timestamp=WHEN)


def members(*some: Member, after: str = "") -> tuple[replies.MembersResult, requests.Members]:
    """A page of members with the request it answers."""
    return (
        replies.MembersResult(id="1", conversation="c-general", last=0, members=some),
        requests.Members(id="1", target="c-general", after=after),
    )
