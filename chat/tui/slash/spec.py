"""What a slash command is: how it is called, what it takes, how it is explained and read.

Knows neither the table of commands nor what they do. Values only; safe on any thread.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from chat.errors import UsageError
from chat.tui.slash.actions import Action


class SlashError(UsageError):
    """A line can't be carried out; its text is a sentence to show beside the line, which stays as it is."""


class Argument(Enum):
    """What may stand at one place after a command's name; completion proposes what fits."""

    CHANNEL = "channel"
    NICK = "nick"
    CONVERSATION = "conversation"
    """A channel or a nick."""
    COMMAND = "command"
    SCOPE = "scope"
    """The word `all`."""
    NUMBER = "number"
    """That of a message."""
    EMOJI = "emoji"
    DURATION = "duration"
    """As 10m, which may be left out."""
    PAUSE = "pause"
    """A duration, or off."""
    RULE = "rule"
    """Of a channel, with a plus or a minus; several may follow."""
    OFF = "off"
    """The word itself."""
    GATE = "gate"
    """Whom the server lets in."""
    DEVICE = "device"
    """The id of a device."""
    FILE = "file"
    """The name of one on this machine, which may have spaces."""
    TEXT = "text"
    """All that is left of the line; always the last argument."""


class Family(Enum):
    """Under which heading help lists a command."""

    CHANNEL = "Channels"
    PEOPLE = "People"
    SAYING = "Saying"
    MESSAGE = "Messages"
    READING = "Reading"
    ORDER = "Keeping order"
    STAFF = "The server"
    ACCOUNT = "Your account"
    SESSION = "Program"


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command.

    `usage` is the whole line with its places in capitals, those that may be left out in brackets.
    `parse` gets all that follows the name, without white space at both ends, and raises `SlashError`
    with a sentence that need not repeat the usage. `lines` tells whether that may have several lines.
    What follows after `secret_after` words is probably a password, which never stands on the line.
    """

    name: str
    usage: str
    summary: str
    detail: str
    family: Family
    parse: Callable[[str], Action]
    arguments: tuple[Argument, ...] = ()
    aliases: tuple[str, ...] = ()
    lines: bool = False
    secret_after: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to call it, its own name first, without slashes."""
        return (self.name, *self.aliases)
