"""The bounds on what people write, and the one place where their text is cleaned and measured."""

import unicodedata

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Limits
from chat.text import sanitize, sanitize_line


def default_limits(login_seconds: int = 20) -> Limits:
    """Return the limits of a server; every client learns them from `welcome`."""
    return Limits(
        line_bytes=64 * 1024,
        line_bytes_before_hello=4 * 1024,
        text_characters=4_000,
        text_bytes=16 * 1024,
        topic_characters=300,
        status_characters=100,
        nick_characters=32,
        channel_characters=64,
        page_bytes=48 * 1024,
        page_entries=500,
        join_entries=50,
        sends_in_flight=64,
        requests_before_hello=20,
        login_seconds=login_seconds,
        typing_seconds=6,
        reaction_characters=32,
        message_reactions=1_000,
        message_emoji=50,
        conversation_pins=50,
        device_code_seconds=600,
        password_characters=8,
        password_bytes=1024,
        guests=True,
        registration=True,
    )


def clean_text(text: str, limits: Limits) -> str:
    """Return a message body fit to be stored. Raises `Refused` when nothing is left or it is too long."""
    cleaned = sanitize(text).strip("\n")
    if not any(map(_shows, cleaned)):
        raise Refused(ErrorCode.EMPTY_TEXT, "There is nothing to send: the text is empty.", field="text")
    if len(cleaned) > limits.text_characters or len(cleaned.encode()) > limits.text_bytes:
        raise Refused(
            ErrorCode.TEXT_TOO_LONG,
            f"The text has {len(cleaned)} characters; at most {limits.text_characters} "
            f"(and {limits.text_bytes} bytes) are allowed. Shorten it or send it in parts.",
            field="text",
        )
    return cleaned


def _shows(character: str) -> bool:
    """Return whether a character leaves a trace of its own: no blank, no mark, no format character."""
    return character.isprintable() and not character.isspace() and unicodedata.category(character)[0] != "M"


def clean_reaction(emoji: str, limits: Limits) -> str:
    """Return a reaction fit to be stored. Raises `Refused` when it is no single word, or too long."""
    cleaned = sanitize_line(emoji).strip()
    if not any(map(_shows, cleaned)) or any(map(str.isspace, cleaned)):
        raise Refused(ErrorCode.INVALID_REACTION, field="emoji")
    if len(cleaned) > limits.reaction_characters:
        raise Refused(
            ErrorCode.INVALID_REACTION,
            f"The reaction has {len(cleaned)} characters; {limits.reaction_characters} are allowed.",
            field="emoji",
        )
    return cleaned


def clean_line(text: str, characters: int, field: str) -> str:
    """Return a one-line text fit to be stored, perhaps empty. Raises `Refused` when it is too long."""
    cleaned = sanitize_line(text).strip()
    if len(cleaned) > characters:
        raise Refused(
            ErrorCode.TEXT_TOO_LONG,
            f"The {field} has {len(cleaned)} characters; {characters} are allowed.",
            field=field,
        )
    return cleaned
