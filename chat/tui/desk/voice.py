"""What one may say in a talk for now, and why not more: told before anybody types in vain.

The server decides; this says the same before it is asked. Pure.
"""

from datetime import datetime, tzinfo
from typing import NamedTuple

from chat.client.mutes import Mute
from chat.durations import briefly
from chat.protocol.records import Conversation, ConversationKind, User
from chat.tui.desk.standing import keeps_order
from chat.tui.slash.actions import AboutMessage, Action, Delete, Say, SetTopic
from chat.tui.slash.parse import parse
from chat.tui.slash.preview import Kind, Preview
from chat.tui.slash.spec import SlashError


class Voice(NamedTuple):
    """What one may say; nothing keeps one from anything where all of it is empty."""

    hush: str = ""
    """For the place of an empty line: why one can't write now, in a few words."""
    sentence: str = ""
    """The same, for who writes all the same."""
    waits: bool = False
    """Whether what is written goes out all the same, later."""
    topic: str = ""
    """Why one may not set the topic, as a sentence."""


FREE = Voice()


class Moment(NamedTuple):
    """When it is, for whom."""

    now: datetime
    zone: tzinfo | None = None
    slow_left: float = 0.0
    """Seconds until slow mode lets one speak again."""


def voice(me: User | None, where: Conversation, mute: Mute | None, moment: Moment) -> Voice:
    """Return what somebody may say somewhere.

    Args:
        me: who, if that is known.
        where: a conversation one is in.
        mute: how one is muted there.
        moment: when that is asked.
    """
    if where.archived:
        return _silent("closed for writing", f"{where.name} is closed for writing; it can still be read.")
    if where.kind is ConversationKind.DIRECT or keeps_order(me, where):
        return FREE
    if mute is not None and (mute.until is None or mute.until > moment.now):
        until = _until(mute.until, moment)
        return _silent(f"you are muted here{until}", f"You are muted in {where.name}{until}.")
    if where.mode.read_only:
        return _silent("only operators write here", f"Only operators write in {where.name}; you can read it.")
    topic = f"Only operators set the topic of {where.name}." if where.mode.topic_locked else ""
    if moment.slow_left <= 0:
        return FREE._replace(topic=topic)
    wait = briefly(moment.slow_left)
    return Voice(f"slow mode: again in {wait}", f"Slow mode: it goes out in {wait}.", waits=True, topic=topic)


def objection(line: str, spoken: Voice) -> Preview | None:
    """Return what a voice makes of a line as it stands; None where nothing keeps it from being done.

    What one said oneself one may always delete.
    """
    if spoken == FREE or not line.strip():
        return None
    try:
        action = parse(line)
    except SlashError:
        return None
    if _sets_topic(action) and spoken.topic:
        return Preview(Kind.PROBLEM, spoken.topic)
    if spoken.waits:
        return Preview(Kind.MESSAGE, spoken.sentence) if isinstance(action, Say) else None
    if isinstance(action, Say | AboutMessage) and not isinstance(action, Delete) and spoken.sentence:
        return Preview(Kind.PROBLEM, spoken.sentence)
    return None


def _sets_topic(action: Action) -> bool:
    """Return whether an action sets the topic where one writes."""
    return isinstance(action, SetTopic) and action.channel is None


def _silent(hush: str, sentence: str) -> Voice:
    return Voice(hush, sentence, topic=sentence)


def _until(end: datetime | None, moment: Moment) -> str:
    """Write until when, with a space before it, and the day unless that is today; nothing for no end."""
    if end is None:
        return ""
    there, today = end.astimezone(moment.zone), moment.now.astimezone(moment.zone).date()
    return f" until {there:%H:%M}" if there.date() == today else f" until {there:%Y-%m-%d %H:%M}"
