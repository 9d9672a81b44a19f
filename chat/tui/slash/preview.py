"""What a line will be when it is sent, told while it is written: a message or a command, and its size.

Also the one place that refuses a message that is too long. Pure; safe on any thread.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from chat.tui.slash.actions import Action, Edit, Say, SayTo
from chat.tui.slash.parse import is_command, is_number, mistyped, parse, split_name
from chat.tui.slash.secrecy import hidden
from chat.tui.slash.spec import Command, SlashError
from chat.tui.slash.table import BY_NAME, find, matching

_NEARLY_FULL = 0.9
_MANY_LINES = 9
"""From here on a message is taller than the composer, so its size is told."""


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """How long one message may be; the server says so."""

    characters: int
    bytes: int


class Kind(Enum):
    """What a line will be."""

    MESSAGE = "message"
    COMMAND = "command"
    PROBLEM = "problem"
    """Neither: it would be refused."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a line will be, and one sentence about it, which may be empty."""

    kind: Kind
    note: str = ""


def check_length(action: Action, limit: BodyLimit) -> None:
    """Refuse an action that says more than one message may hold.

    Raises:
        SlashError: its text is too long.
    """
    problem = _too_long(body_of(action), limit)
    if problem:
        raise SlashError(problem)


def body_of(action: Action) -> str:
    """What of an action becomes a message's text; empty for one that says nothing."""
    return (action.text or "") if isinstance(action, Say | SayTo | Edit) else ""


def preview(line: str, limit: BodyLimit | None) -> Preview:
    """Tell what a line would be if it were sent as it is; without a limit its length is not judged."""
    if not line.strip():
        return Preview(Kind.MESSAGE)
    if is_command(line):
        return _of_command(line, limit)
    problem = mistyped(line)
    return Preview(Kind.PROBLEM, problem) if problem else _of_message(line, limit)


def _of_command(line: str, limit: BodyLimit | None) -> Preview:
    if secret := hidden(line):
        return Preview(Kind.PROBLEM, secret)
    name, _ = split_name(line)
    if is_number(name):
        return Preview(Kind.COMMAND, f"show conversation {name}")
    still_naming = line == f"/{name}" and name.casefold() not in BY_NAME
    if still_naming and matching(name):
        return Preview(Kind.COMMAND)
    try:
        command = find(name)
    except SlashError as error:
        return Preview(Kind.PROBLEM, str(error))
    return _of_arguments(command, line, limit)


def _of_arguments(command: Command, line: str, limit: BodyLimit | None) -> Preview:
    """Tell of a known command; what is still missing is no problem while one writes."""
    if command.lines and limit is not None:
        with suppress(SlashError):
            problem = _too_long(body_of(parse(line)), limit)
            if problem:
                return Preview(Kind.PROBLEM, problem)
    return Preview(Kind.COMMAND, f"{command.usage}   {command.summary}")


def _of_message(line: str, limit: BodyLimit | None) -> Preview:
    text = body_of(parse(line))
    problem = _too_long(text, limit) if limit else None
    return Preview(Kind.PROBLEM, problem) if problem else Preview(Kind.MESSAGE, _size(text, limit))


def _size(text: str, limit: BodyLimit | None) -> str:
    """Tell the size of a message that is nearly too long, or taller than the composer; else nothing."""
    if limit and len(text) >= _NEARLY_FULL * limit.characters:
        return f"{len(text):,} of {limit.characters:,} characters"
    lines = text.count("\n") + 1
    return f"{lines} lines, one message" if lines >= _MANY_LINES else ""


def _too_long(text: str, limit: BodyLimit) -> str | None:
    over = len(text) - limit.characters
    if over > 0:
        return f"Too long for one message: take away {over:,} of {len(text):,} characters."
    size = len(text.encode(errors="replace"))
    if size > limit.bytes:
        return f"Too long for one message: it takes {size:,} bytes, {limit.bytes:,} are allowed."
    return None
