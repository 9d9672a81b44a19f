"""The table of slash commands, and how a name that somebody typed finds its command.

A new command is one entry here, made in the file of its family. Constants and pure functions; safe on any
thread.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from chat.text import sanitize_line
from chat.tui.slash import account, channel, message, order, people, reading, saying, session, staff
from chat.tui.slash.spec import Command, SlashError

COMMANDS: tuple[Command, ...] = (
    channel.JOIN,
    channel.PART,
    channel.TOPIC,
    channel.LIST,
    channel.NAMES,
    people.MSG,
    people.QUERY,
    people.WHOIS,
    people.NICK,
    people.AWAY,
    people.BUSY,
    people.BACK,
    saying.ME,
    message.EDIT,
    message.DELETE,
    message.REACT,
    message.PIN,
    message.UNPIN,
    message.PINS,
    reading.SWITCH,
    reading.LAST,
    reading.READ,
    order.INVITE,
    order.KICK,
    order.BAN,
    order.UNBAN,
    order.BANS,
    order.MUTE,
    order.UNMUTE,
    order.OP,
    order.DEOP,
    order.MODE,
    order.SLOW,
    order.ARCHIVE,
    order.DELETE_CHANNEL,
    staff.ANNOUNCE,
    staff.DISCONNECT,
    staff.GATE,
    staff.STATS,
    staff.USERS,
    account.REGISTER,
    account.LOGIN,
    account.PASSWD,
    account.DEVICES,
    account.LOGOUT,
    account.EXPORT,
    account.ERASE,
    session.ADD_DEVICE,
    session.HELP,
    session.QUIT,
)
"""Every command, in the order in which help and completion show them."""

BY_NAME: Mapping[str, Command] = MappingProxyType(
    {name: command for command in COMMANDS for name in command.names}
)
"""Every command by each way to call it, without slash, in lower case."""

_SHOWN = 24
"""How much of what somebody typed is repeated in a sentence."""


def matching(prefix: str) -> dict[str, Command]:
    """Find the ways to call commands that begin like `prefix`, whatever its case, in the table's order.

    A command is there once: by its own name if that fits, else by the alias that does.
    """
    start = prefix.casefold()
    found = ((next((name for name in c.names if name.startswith(start)), None), c) for c in COMMANDS)
    return {name: command for name, command in found if name is not None}


def find(name: str) -> Command:
    """Find the command that is called by a name, an alias or any unique beginning of them.

    Raises:
        SlashError: none is called so, or several; the sentence names what was probably meant.
    """
    exact = BY_NAME.get(name.casefold())
    if exact is not None:
        return exact
    found = matching(name)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise SlashError(f"/{_shown(name)} can be {one_of(found)}: type one letter more.")
    raise SlashError(f"There is no command /{_shown(name)}{_proposal(name)}")


def one_of(names: Mapping[str, Command]) -> str:
    """Write commands as a choice: /list, /last or /leave."""
    *most, final = [f"/{name}" for name in names]
    return f"{', '.join(most)} or {final}" if most else final


def _shown(name: str) -> str:
    """What of somebody's own text is repeated to them: harmless and not too long."""
    clean = sanitize_line(name)
    return clean if len(clean) <= _SHOWN else f"{clean[:_SHOWN]}…"


def _proposal(name: str) -> str:
    """End the sentence about an unknown command with the nearest one there is."""
    near = get_close_matches(name[:_SHOWN].casefold(), BY_NAME, n=1)
    return f"; did you mean /{near[0]}?" if near else "; /help shows what there is."
