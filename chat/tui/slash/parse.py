"""From a line that somebody wrote to what is to be done: text is said, a slash asks for something.

Nothing that looks like a command is ever sent as text by mistake; `//` and a space say that it is meant so.
Whether an action can be carried out is not decided here. Pure; safe on any thread.
"""

import re

from chat.tui.slash.actions import Action, Say, ShowHelp
from chat.tui.slash.reading import go_to
from chat.tui.slash.spec import Command, SlashError
from chat.tui.slash.table import BY_NAME, find

SLASH = "/"
_TWICE = SLASH * 2
_AS_TEXT = f"Put a second {SLASH} before it to send it as text."

_NUMBER = re.compile("[0-9]+")
_SPACED = re.compile(r"\s+/(?!/)\w")
# What a hand that missed the slash hits: its neighbours, and the 7 and the ? that share its key elsewhere.
_MISSED = re.compile(r"[\\?7](\w{2,})(?!\S)")
# What input methods of other scripts give in place of a slash.
_LOOK_ALIKE = re.compile("[\uff0f\u2044\u2215](\\w+)(?!\\S)")


def parse(line: str) -> Action:
    """Read one line, or several that were written together.

    Raises:
        SlashError: it can't be carried out; the sentence says why and what to write instead.
    """
    text = line.rstrip()
    if not text:
        raise SlashError("There is nothing to send.")
    problem = mistyped(text)
    if problem:
        raise SlashError(problem)
    if is_command(text):
        return _parse_command(text)
    return Say(_without_escape(text))


def is_command(text: str) -> bool:
    """Tell whether a text asks for something, rightly or wrongly, and is not said."""
    return text.startswith(SLASH) and not text.startswith(_TWICE)


def split_name(text: str) -> tuple[str, str]:
    """Split a command into its name without slash and what follows it, without white space at both ends."""
    name, *rest = re.split(r"\s", text.removeprefix(SLASH), maxsplit=1)
    return name, rest[0].strip() if rest else ""


def mistyped(text: str) -> str | None:
    """Say what is wrong with a text that is no command but was probably meant to be one, else None."""
    if _SPACED.match(text):
        return f"There is white space before the {SLASH}. Take it away for a command. {_AS_TEXT}"
    missed = _MISSED.match(text) or _LOOK_ALIKE.match(text)
    if missed and missed[1].casefold() in BY_NAME:
        name = BY_NAME[missed[1].casefold()].name
        return f"Did you mean {SLASH}{name}? Put a space before it to send it as text."
    return None


def is_number(name: str) -> bool:
    """Tell whether a command's name is a conversation's number."""
    return _NUMBER.fullmatch(name) is not None


def as_typed(text: str, *, action: bool = False) -> str:
    """Write the line that says a text, the other way round."""
    if action:
        return f"{SLASH}me {text}"
    return SLASH + text if text.startswith(SLASH) else text


def _without_escape(text: str) -> str:
    """Take away the slash that says that the next one is meant as text, and empty lines above."""
    bare = text.lstrip()
    if bare.startswith(_TWICE):
        return text[: len(text) - len(bare)].lstrip("\n") + bare[1:]
    return text.lstrip("\n")


def _parse_command(text: str) -> Action:
    name, rest = split_name(text)
    if not name:
        raise SlashError(
            f"A command's name follows its {SLASH} at once; /help shows what there is. {_AS_TEXT}"
        )
    if is_number(name):
        return go_to(name, rest)
    try:
        command = find(name)
    except SlashError as error:
        raise SlashError(f"{error} {_AS_TEXT}") from None
    if "\n" in text and not command.lines:
        raise SlashError(f"/{command.name} takes one line. Send the other lines by themselves.")
    return _with_full_name(_read_arguments(command, rest))


def _read_arguments(command: Command, rest: str) -> Action:
    try:
        return command.parse(rest)
    except SlashError as error:
        raise SlashError(f"{error} Usage: {command.usage}") from None


def _with_full_name(action: Action) -> Action:
    """Put the command's name in the place of what was typed after `/help`."""
    if isinstance(action, ShowHelp) and action.command is not None:
        return ShowHelp(find(action.command.lstrip(SLASH)).name)
    return action
