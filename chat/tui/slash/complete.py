"""What can stand where the cursor is: commands, channels, nicks, and what a command takes.

Knows the table of commands and a vocabulary of names, not where they come from nor how they are shown. Pure;
safe on any thread.
"""

import re
from dataclasses import dataclass

from chat.durations import in_words
from chat.tui.slash.durations import USUAL as USUAL_DURATIONS
from chat.tui.slash.durations import seconds_of
from chat.tui.slash.message import USUAL
from chat.tui.slash.order import OFF, RULES
from chat.tui.slash.parse import is_command, split_name
from chat.tui.slash.reading import EVERYTHING
from chat.tui.slash.spec import Argument, SlashError
from chat.tui.slash.staff import GATES
from chat.tui.slash.table import find, matching

MOST_PROPOSED = 50
"""More than that nobody reads; another letter finds the rest."""

_REPEATED = {Argument.TEXT, Argument.RULE}
_DURATIONS = tuple((word, in_words(seconds_of(word))) for word in USUAL_DURATIONS)
_OFF = ((OFF, ""),)
_MEANINGS = ("only the invited may join", "only operators write", "only operators set the topic")
_WORDS: dict[Argument, tuple[tuple[str, str], ...]] = {
    Argument.DURATION: _DURATIONS,
    Argument.PAUSE: (("5s", "5 seconds"), ("30s", "30 seconds"), ("1m", "1 minute"), *_OFF),
    Argument.RULE: (
        *((f"+{rule}", means) for rule, means in zip(RULES, _MEANINGS, strict=True)),
        *((f"-{rule}", "no more") for rule in RULES),
    ),
    Argument.OFF: _OFF,
    Argument.GATE: tuple((word, means) for word, (_, means) in GATES.items()),
}
"""What some arguments can be, each with what it means."""

_OPENING = "([{\"'"
_LAST_SPACE = re.compile(r"\s(?=\S*\Z)")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names to propose, in the order in which they are proposed.

    `nicks` are the people of this conversation but for oneself, who spoke last comes first (joining is not
    speaking); `people` are those known from elsewhere; `channels` include their `#`.
    """

    nicks: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One proposal: what it would write, how it is shown, and a word about it, which may be empty."""

    insert: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Proposals for the characters from `start` to `end` of a text, the best first, at least one.

    `unasked` ones are worth showing while somebody types; the others only when they are asked for.
    """

    start: int
    end: int
    candidates: tuple[Candidate, ...]
    unasked: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """The word before the cursor, and what it can become; None stands for a word of plain text."""

    start: int
    word: str
    argument: Argument | None
    at_line_start: bool = False
    naming: bool = False
    """Whether it is a command's name."""

    @property
    def unasked(self) -> bool:
        return self.naming or self.argument is not None or self.word.startswith(("#", "@"))


def candidates(text: str, cursor: int, vocabulary: Vocabulary) -> Completion | None:
    """Propose what the word that ends at `cursor` can become; None when nothing fits."""
    place = _place(text, cursor)
    if place is None:
        return None
    found = _commands(place.word, "/") if place.naming else _names(place, vocabulary)
    found = found[:MOST_PROPOSED]
    if text[cursor : cursor + 1].isspace():
        found = [Candidate(c.insert.rstrip(" "), c.label, c.hint) for c in found]
    return Completion(place.start, cursor, tuple(found), place.unasked) if found else None


def is_unasked(text: str, cursor: int) -> bool:
    """Tell, without a vocabulary, whether proposals here would be worth showing while somebody types."""
    place = _place(text, cursor)
    return place is not None and place.unasked


def _place(text: str, cursor: int) -> _Place | None:
    """Find out where the cursor is; None in the middle of a word."""
    before, after = text[:cursor], text[cursor : cursor + 1]
    if after and not after.isspace():
        return None
    space = _LAST_SPACE.search(before)
    start = space.end() if space else 0
    if is_command(before):
        if start == 0:
            return _Place(0, before, None, naming=True)
        argument = _argument(before, start)
        if argument is not Argument.TEXT:
            return _Place(start, before[start:], argument) if argument else None
    return _place_in_text(before, start)


def _place_in_text(before: str, start: int) -> _Place | None:
    """Find the word of plain text that ends here, without brackets or quotes that open before it."""
    word = before[start:].lstrip(_OPENING)
    if not word:
        return None
    begin = len(before) - len(word)
    return _Place(begin, word, None, at_line_start=begin == 0 or before[begin - 1] == "\n")


def _argument(before: str, start: int) -> Argument | None:
    """Which argument of the command begins at `start`; None when it takes no more or is unknown."""
    name, _ = split_name(before)
    try:
        arguments = find(name).arguments
    except SlashError:
        return None
    index = len(before[:start].split()) - 1
    if index >= len(arguments):
        return next((last for last in arguments[-1:] if last in _REPEATED), None)
    if arguments[index + 1 :] == (Argument.TEXT,) and _is_left_out(arguments[index], before[start:]):
        return Argument.TEXT
    return arguments[index]


def _is_left_out(argument: Argument, word: str) -> bool:
    """Whether a word is the text that follows an argument which is not there."""
    begins_otherwise = {Argument.CHANNEL: not word.startswith("#"), Argument.DURATION: not word[:1].isdigit()}
    return bool(word) and begins_otherwise.get(argument, False)


def _names(place: _Place, vocabulary: Vocabulary) -> list[Candidate]:
    """Propose what an argument, or a word of text, can become."""
    word = place.word
    match place.argument:
        case Argument.CHANNEL:
            return _channels(word, vocabulary)
        case Argument.NICK:
            return _everybody(word, vocabulary)
        case Argument.CONVERSATION:
            return _channels(word, vocabulary) + _everybody(word, vocabulary)
        case None | Argument.TEXT:
            return _in_text(place, vocabulary)
    return _fixed(word, place.argument)


def _fixed(word: str, argument: Argument) -> list[Candidate]:
    """Propose what is the same everywhere."""
    match argument:
        case Argument.COMMAND:
            return _commands(word, "")
        case Argument.SCOPE:
            return [Candidate(EVERYTHING, EVERYTHING)] if EVERYTHING.startswith(word.casefold()) else []
        case Argument.EMOJI:
            return [Candidate(f"{emoji} ", emoji, means) for emoji, means in USUAL if not word]
        case _:
            fitting = (each for each in _WORDS.get(argument, ()) if each[0].startswith(word.casefold()))
            return [Candidate(f"{each} ", each, means) for each, means in fitting]


def _in_text(place: _Place, vocabulary: Vocabulary) -> list[Candidate]:
    word = place.word
    if word.startswith("#"):
        return _channels(word, vocabulary)
    if word.startswith("@"):
        found = _beginning(word[1:], vocabulary.nicks)
        return [Candidate(f"@{nick} ", f"@{nick}") for nick in found]
    ending = ": " if place.at_line_start else " "
    return [Candidate(f"{nick}{ending}", nick) for nick in _beginning(word, vocabulary.nicks)]


def _commands(word: str, before: str) -> list[Candidate]:
    """Propose commands; after their name comes a space when they take something and are being called."""
    return [
        Candidate(
            f"{before}{name}{' ' if before and command.arguments else ''}",
            command.usage if name == command.name else f"/{name}",
            command.summary,
        )
        for name, command in matching(word.removeprefix("/")).items()
    ]


def _channels(word: str, vocabulary: Vocabulary) -> list[Candidate]:
    prefix = word if word.startswith("#") else f"#{word}"
    return [Candidate(f"{channel} ", channel) for channel in _beginning(prefix, vocabulary.channels)]


def _everybody(word: str, vocabulary: Vocabulary) -> list[Candidate]:
    """Propose people from anywhere, those of this conversation first."""
    prefix = word.removeprefix("@")
    here = _beginning(prefix, vocabulary.nicks)
    elsewhere = [nick for nick in _beginning(prefix, vocabulary.people) if nick not in vocabulary.nicks]
    return [Candidate(f"{nick} ", nick) for nick in here] + [
        Candidate(f"{nick} ", nick, "not in this conversation") for nick in elsewhere
    ]


def _beginning(prefix: str, names: tuple[str, ...]) -> list[str]:
    start = prefix.casefold()
    return [name for name in names if name.casefold().startswith(start)]
