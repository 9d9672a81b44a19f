"""How the arguments of slash commands are read: one channel, one nick, a word and the rest.

What a legal name is, is not decided here but by the server that hears it; here a channel only gets its
`#` and a nick loses its `@`. Pure functions; safe on any thread.
"""

from collections.abc import Callable

from chat.tui.slash.actions import Action
from chat.tui.slash.spec import SlashError


def taking_nothing(action: Action) -> Callable[[str], Action]:
    """Make the reader of a command that always asks for the same action and takes no arguments."""

    def parse(rest: str) -> Action:
        if rest:
            raise SlashError("Nothing may follow this command.")
        return action

    return parse


def first_word(rest: str) -> tuple[str, str]:
    """Split off the first word; the rest keeps its own spaces and lines but for those at both ends."""
    word, *others = rest.split(maxsplit=1) or [""]
    return word, others[0].strip() if others else ""


def only_word(rest: str, missing: str) -> str:
    """Read exactly one word.

    Raises:
        SlashError: there is none (`missing` is the sentence for that), or more than one.
    """
    word, others = first_word(rest)
    if not word:
        raise SlashError(missing)
    if others:
        raise SlashError("This command takes one word.")
    return word


def channel(word: str) -> str:
    """Spell a channel as it is called, with its `#`, which may be left out where only a channel fits.

    Raises:
        SlashError: it has no name, or it is a person.
    """
    if word.startswith("@"):
        raise SlashError("A channel begins with #, @ stands before a person.")
    if not word.strip("#"):
        raise SlashError("The channel has no name.")
    return word if word.startswith("#") else f"#{word}"


def nick(word: str) -> str:
    """Spell a person without the `@` that may stand before a nick.

    Raises:
        SlashError: it has no name, or it is a channel.
    """
    if word.startswith("#"):
        raise SlashError("A person is needed here, # stands before a channel.")
    name = word.removeprefix("@")
    if not name:
        raise SlashError("The nick is missing.")
    return name


def maybe_channel(rest: str) -> tuple[str | None, str]:
    """Split off a channel when the first word begins with `#`; without one it is the channel here."""
    word, others = first_word(rest)
    if word.startswith("#"):
        return channel(word), others
    return None, rest
