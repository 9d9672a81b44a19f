"""What a person asks for with one line: the actions that the full screen and the line mode both carry out.

Plain values without behaviour; they know no conversation, no connection and no screen. "Here" is the
conversation that whoever carries the action out has in front. Safe on any thread. Structs, not dataclasses:
so many of those would take a twentieth of the time that the screen needs to start.
"""

from typing import TypeAlias

from msgspec import Struct

from chat.protocol.records import Status
from chat.tui.slash.account_actions import AccountAction
from chat.tui.slash.order_actions import OrderAction, StaffAction


class Say(Struct, frozen=True):
    """Send a message here; with `action` it tells what one does, as `/me` writes it."""

    text: str
    action: bool = False


class SayTo(Struct, frozen=True):
    """Send a message to one person, wherever one is."""

    nick: str
    text: str


class OpenDirect(Struct, frozen=True):
    """Show the direct conversation with one person."""

    nick: str


class Join(Struct, frozen=True):
    """Become a member of a channel and show it; the name includes its `#`."""

    channel: str


class Part(Struct, frozen=True):
    """Leave a channel (None: the one here) and say why."""

    channel: str | None = None
    reason: str = ""


class ChangeNick(Struct, frozen=True):
    """Be called something else."""

    nick: str


class SetTopic(Struct, frozen=True):
    """Set a channel's topic (None: of the one here); an empty text removes it."""

    channel: str | None
    text: str


class ShowTopic(Struct, frozen=True):
    """Show a channel's topic (None: of the one here)."""

    channel: str | None = None


class SetStatus(Struct, frozen=True):
    """Tell the others whether one is there, and why not."""

    state: Status
    text: str = ""


class ListChannels(Struct, frozen=True):
    """Show the channels of the server."""


class Names(Struct, frozen=True):
    """Show the members of a channel (None: of the one here)."""

    channel: str | None = None


class Whois(Struct, frozen=True):
    """Show what is known of one person."""

    nick: str


class Edit(Struct, frozen=True):
    """Give a message another text (None: ask for it); without a number one's last one here."""

    text: str | None = None
    number: int = 0


class Delete(Struct, frozen=True):
    """Take a message back; without a number one's last one here."""

    number: int = 0


class React(Struct, frozen=True):
    """Give a message a reaction, or take one's own back; without a number the last one here."""

    emoji: str
    number: int = 0
    remove: bool = False


class Pin(Struct, frozen=True):
    """Pin a message, or pin it no more; without a number the last one here, or the last one pinned."""

    number: int = 0
    pinned: bool = True


class ShowPins(Struct, frozen=True):
    """Show what is pinned here."""


class AddDevice(Struct, frozen=True):
    """Get a code by which another device becomes one of one's own."""


class ShowHelp(Struct, frozen=True):
    """Show help for a command, by its full name without the slash (None: for all of them)."""

    command: str | None = None


class Quit(Struct, frozen=True):
    """End the program and say why."""

    reason: str = ""


class Switch(Struct, frozen=True):
    """Show the conversation whose name fits best: a channel, a nick or a part of either."""

    name: str


class LastConversation(Struct, frozen=True):
    """Show the conversation that was in front before this one."""


class MarkRead(Struct, frozen=True):
    """Take what is here as read, or what is anywhere."""

    everything: bool = False


class GoTo(Struct, frozen=True):
    """Show the conversation at a position among the tabs, counted from 1."""

    position: int


AboutMessage: TypeAlias = Edit | Delete | React | Pin
"""What is asked about one message."""

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
    | AddDevice
    | AccountAction
    | OrderAction
    | StaffAction
    | AboutMessage
    | ShowPins
    | ShowHelp
    | Quit
    | Switch
    | LastConversation
    | MarkRead
    | GoTo
)
