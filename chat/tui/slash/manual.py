"""What help shows of slash commands, as lines of text for the screen and the line mode alike.

Pure; safe on any thread.
"""

from chat.tui.slash.reading import LAST_POSITION
from chat.tui.slash.spec import Command, Family
from chat.tui.slash.table import COMMANDS, find

_GO_TO = (f"/1 to /{LAST_POSITION}", "show the conversation with that number")


def overview() -> tuple[str, ...]:
    """List every command under the heading of its family, with its usage and what it does."""
    width = max(len(command.usage) for command in COMMANDS) + 2
    lines: list[str] = []
    for family in Family:
        lines.append(family.value)
        rows = [(command.usage, command.summary) for command in COMMANDS if command.family is family]
        if family is Family.READING:
            rows.append(_GO_TO)
        lines += [f"  {usage:<{width}}{summary}" for usage, summary in rows]
    return tuple(lines)


def about(name: str) -> tuple[str, ...]:
    """Tell all about one command, by any way to call it.

    Raises:
        SlashError: there is no such command.
    """
    command = find(name)
    return (f"{command.usage}   {command.summary}", command.detail, *_other_names(command))


def _other_names(command: Command) -> tuple[str, ...]:
    if not command.aliases:
        return ()
    return ("Also: " + ", ".join(f"/{alias}" for alias in command.aliases),)
