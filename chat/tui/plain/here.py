"""Carrying out what concerns only what is in front: going to another conversation, topics, help.

Called on the main thread.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from chat.protocol.records import Conversation, ConversationKind
from chat.tui.asked.answer import Answer
from chat.tui.plain.wording import title
from chat.tui.render.order_sentences import rules
from chat.tui.slash import actions, manual, order_actions
from chat.tui.slash.fitting import best_fit


class Marking(Protocol):
    """What is asked of the client."""

    def mark_read(self, target: str, number: int) -> Future[Any]:
        """Say up to which number one has read."""


class Places(Protocol):
    """The conversations one is in, and which one is in front."""

    front: str
    before_front: str

    def conversations(self) -> list[Conversation]:
        """All of them, in order."""


def carry_out_here(client: Marking, action: actions.Action, places: Places) -> Answer:
    """Do what an action means that asks nothing of the server, or nothing that is answered."""
    conversations = places.conversations()
    match action:
        case actions.ShowHelp(command):
            return Answer("\n".join(manual.about(command) if command else manual.overview()))
        case actions.ShowTopic(channel):
            return _topic(conversations, channel, places.front)
        case actions.MarkRead(everything):
            return _mark_read(
                client, [each for each in conversations if everything or _is(each, places.front)]
            )
        case order_actions.ShowMode():
            return _rules(conversations, places.front)
        case order_actions.Silence():
            return Answer("The line mode shows every channel; the full screen can silence one.", failed=True)
    return _move(conversations, action, places)


def _move(conversations: list[Conversation], action: actions.Action, places: Places) -> Answer:
    """Go to another conversation."""
    match action:
        case actions.Switch(name):
            found = best_fit(name, [title(each) for each in conversations])
            return _go(_called(conversations, found or ""), f"There is no conversation like {name!r} here.")
        case actions.GoTo(position):
            return _go(conversations[position - 1 : position], f"There is no conversation {position}.")
        case actions.LastConversation():
            before = [each for each in conversations if _is(each, places.before_front)]
            return _go(before, "There is no conversation to go back to.")
    return Answer("That can't be done in the line mode.", failed=True)


def _go(found: Sequence[Conversation], otherwise: str) -> Answer:
    return Answer(show=found[0].conversation) if found else Answer(otherwise, failed=True)


def _topic(conversations: list[Conversation], channel: str | None, front: str) -> Answer:
    if channel is None:
        found = [each for each in conversations if _is(each, front)]
    else:
        found = _called(conversations, channel)
    if not found:
        missing = (
            f"You are not in {channel}; /join {channel} enters it." if channel else "You are in no channel."
        )
        return Answer(missing, failed=True)
    return Answer(found[0].topic or f"{title(found[0])} has no topic. /topic TEXT sets one.")


def _rules(conversations: list[Conversation], front: str) -> Answer:
    """Tell the rules of the channel in front, and what one is there."""
    found = [each for each in conversations if _is(each, front) and each.kind is ConversationKind.CHANNEL]
    if not found:
        return Answer("Only a channel has rules.", failed=True)
    closed = ", closed for writing" if found[0].archived else ""
    return Answer(f"{title(found[0])}: {rules(found[0].mode)}{closed}. You are {found[0].role.value} here.")


def _mark_read(client: Marking, conversations: list[Conversation]) -> Answer:
    for each in conversations:
        if each.unread:
            client.mark_read(each.conversation, each.last)
    return Answer()


def _called(conversations: list[Conversation], name: str) -> list[Conversation]:
    return [each for each in conversations if title(each).casefold() == name.casefold()]


def _is(conversation: Conversation, key: str) -> bool:
    return conversation.conversation == key
