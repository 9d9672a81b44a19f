"""What a person asks for with one line: the actions that the full screen and the line mode both carry out.

Plain values without behaviour; they know no conversation, no connection and no screen. "Here" is the
conversation that whoever carries the action out has in front. Safe on any thread.
"""

from dataclasses import dataclass
from typing import TypeAlias

from chat.protocol.records import Status


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message here; with `action` it tells what one does, as `/me` writes it."""

    text: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class SayTo:
    """Send a message to one person, wherever one is."""

    nick: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenDirect:
    """Show the direct conversation with one person."""

    nick: str


@dataclass(frozen=True, slots=True)
class Join:
    """Become a member of a channel and show it; the name includes its `#`."""

    channel: str


@dataclass(frozen=True, slots=True)
class Part:
    """Leave a channel (None: the one here) and say why."""

    channel: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeNick:
    """Be called something else."""

    nick: str


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Set a channel's topic (None: of the one here); an empty text removes it."""

    channel: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ShowTopic:
    """Show a channel's topic (None: of the one here)."""

    channel: str | None = None


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Tell the others whether one is there, and why not."""

    state: Status
    text: str = ""


@dataclass(frozen=True, slots=True)
class ListChannels:
    """Show the channels of the server."""


@dataclass(frozen=True, slots=True)
class Names:
    """Show the members of a channel (None: of the one here)."""

    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Whois:
    """Show what is known of one person."""

    nick: str


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Show help for a command, by its full name without the slash (None: for all of them)."""

    command: str | None = None


@dataclass(frozen=True, slots=True)
class Quit:
    """End the program and say why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Show the conversation whose name fits best: a channel, a nick or a part of either."""

    name: str


@dataclass(frozen=True, slots=True)
class LastConversation:
    """Show the conversation that was in front before this one."""


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Take what is here as read, or what is anywhere."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class GoTo:
    """Show the conversation at a position among the tabs, counted from 1."""

    position: int


Action: TypeAlias = (
    Say
    | SayTo
    | OpenDirect
    | Join
    | Part
    | ChangeNick
    | SetTopic
    | ShowTopic
    | SetStatus
    | ListChannels
    | Names
    | Whois
    | ShowHelp
    | Quit
    | Switch
    | LastConversation
    | MarkRead
    | GoTo
)
