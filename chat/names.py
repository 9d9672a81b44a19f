"""Which nicks and channel names are legal, and when two of them are the same name.

Built on the PRECIS Nickname profile (RFC 8266), stricter in what it lets in. Knows nothing of
who holds a name: that is the server's matter. Safe on any thread.
"""

import re
import unicodedata
from itertools import groupby

from msgspec import Struct
from precis_i18n import get_profile

NICK_LONGEST = 32
"""Characters of the longest nick."""

CHANNEL_LONGEST = 64
"""Characters of the longest channel name, its `#` counted."""

RESERVED_NICKS = frozenset(
    {"admin", "administrator", "all", "channel", "everyone", "here"}
    | {"moderator", "operator", "root", "server", "system"}
)
"""Keys of nicks that nobody may take, because they speak for somebody else or for all."""

_AS_SHOWN = get_profile("NicknameCasePreserved")
_AS_COMPARED = get_profile("NicknameCaseMapped:CaseFold")
_PLAIN = re.compile(r"#?[A-Za-z0-9_.-]+")
_LONGEST_ASKED = 256  # the profile may shorten a name, but nothing is worked on for long
_MARKS_IN_A_ROW = 4  # enough for every living script, too few to paint over the lines around
_BLANK = "\u2800"  # a Braille pattern without dots: a symbol by its category, a space to the eye


class Name(Struct, frozen=True):
    """A legal name."""

    text: str
    """As it is shown."""
    key: str
    """What two names share that are the same to people, such as `Ann` and `ann`."""


class BadName(Exception):
    """A name is not legal; the text is a sentence that says why.

    Attributes:
        field: the field at fault in the request that brought the name.
    """

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def parse_nick(text: str, field: str = "nick") -> Name:
    """Read a nick that somebody wants, without the `@` that points at a person.

    Raises:
        BadName: it is too long, blank, reserved, or holds what a nick can't hold.
    """
    name = parse_any_nick(text, field)
    if name.key in RESERVED_NICKS:
        raise BadName("This nick is reserved; choose another.", field)
    return name


def parse_any_nick(text: str, field: str = "nick") -> Name:
    """Read a nick that somebody may have, as `parse_nick`; the server's own user has a reserved one."""
    name = _parse("nick", text, NICK_LONGEST, field)
    if name.text[0] in "#@/":
        raise BadName(f"A nick can't begin with {name.text[0]}.", field)
    return name


def parse_channel(text: str, field: str = "name") -> Name:
    """Read a channel name, with the `#` it begins with.

    Raises:
        BadName: it has no `#`, is too long, blank, or holds what a channel name can't hold.
    """
    name = _parse("channel name", text, CHANNEL_LONGEST, field)
    if not name.text.startswith("#"):
        raise BadName("A channel name begins with #, as in #general.", field)
    if name.text[1] in "#@/":
        raise BadName(f"A channel name can't have {name.text[1]} after its #.", field)
    return name


def _parse(what: str, text: str, longest: int, field: str) -> Name:
    """Check what nicks and channel names have in common."""
    if len(text) > _LONGEST_ASKED:
        raise BadName(f"A {what} has at most {longest} characters.", field)
    if not any(character.isalnum() for character in text):
        raise BadName(f"A {what} needs a letter or a digit.", field)
    try:
        name = _profiled(text)
    except UnicodeEncodeError as problem:
        raise BadName(_why_refused(what, problem), field) from None
    if len(name.text) > longest:
        raise BadName(f"A {what} has at most {longest} characters.", field)
    if any(character in f" ,{_BLANK}" for character in name.text):
        raise BadName(f"A {what} can't contain spaces or commas.", field)
    if _has_pile_of_marks(name.text):
        raise BadName(f"A {what} can't pile more than {_MARKS_IN_A_ROW} marks on a letter.", field)
    return name


def _profiled(text: str) -> Name:
    """Give what the profiles make of a name; they raise `UnicodeEncodeError` for what they refuse."""
    if _PLAIN.fullmatch(text):
        return Name(text, text.lower())  # as they would, but they take longer than all else a message needs
    shown = _AS_SHOWN.enforce(text)
    # of what is shown, in which marks have their order: folding case may turn one into a letter
    return Name(shown, _AS_COMPARED.enforce(shown))


def _why_refused(what: str, problem: UnicodeEncodeError) -> str:
    """Say which character the profile refused, by its number: it may be one that can't be seen."""
    refused = problem.object[problem.start : problem.end]
    if problem.start < 0 or len(refused) != 1:
        return f"This can't be used as a {what}."
    return f"A {what} can't contain the character U+{ord(refused):04X}."


def _has_pile_of_marks(text: str) -> bool:
    runs = groupby(text, lambda character: unicodedata.category(character).startswith("M"))
    return any(is_mark and len(list(run)) > _MARKS_IN_A_ROW for is_mark, run in runs)
