"""What people type to name a conversation or a person: an id, `#channel` or `@nick`."""

from enum import Enum, auto

import msgspec

from chat.names import BadName, parse_any_nick, parse_channel, parse_nick
from chat.protocol.codes import ErrorCode, Refused


class TargetKind(Enum):
    """How a target names what it means."""

    ID = auto()
    CHANNEL = auto()
    NICK = auto()


class Target(msgspec.Struct, frozen=True):
    """A target that has been read; what it names is looked up when the request is decided."""

    kind: TargetKind
    key: str
    """The id, or the key that equal names share."""
    text: str
    """As it was typed, for error sentences."""


def parse_target(text: str, field: str = "target") -> Target:
    """Read a target of any kind, in a field of a request. Raises `Refused` when it is no legal name."""
    try:
        if text.startswith("#"):
            return Target(TargetKind.CHANNEL, parse_channel(text, field).key, text)
        if text.startswith("@"):
            return Target(TargetKind.NICK, parse_nick(text[1:], field).key, text)
    except BadName as problem:
        raise Refused(ErrorCode.INVALID_NAME, str(problem), field=field) from None
    return Target(TargetKind.ID, text, text)


def parse_person(text: str, field: str = "target") -> Target:
    """Read who is meant where the server's own user may be, whose nick is reserved; as `parse_target`."""
    if not text.startswith("@"):
        return parse_target(text, field)
    try:
        return Target(TargetKind.NICK, parse_any_nick(text[1:], field).key, text)
    except BadName as problem:
        raise Refused(ErrorCode.INVALID_NAME, str(problem), field=field) from None
