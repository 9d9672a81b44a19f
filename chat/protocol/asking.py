"""What all requests share, and the types of their fields. No I/O, no threads."""

from typing import Annotated

import msgspec

_WORD = r"^[0-9A-Za-z_-]+$(?!\n)"  # in Python, unlike JSON Schema, `$` matches before a last newline too
RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
SendId = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=_WORD)]
Token = Annotated[str, msgspec.Meta(min_length=32, max_length=128, pattern=_WORD)]
Target = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
"""A conversation id, `#channel` or `@nick`."""
Cursor = Annotated[str, msgspec.Meta(max_length=256)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every request carries."""

    id: RequestId
    """Chosen by the client; the reply bears it."""


class Change(Request, frozen=True, kw_only=True, omit_defaults=True):
    """A request that adds to a conversation's log."""

    send_id: SendId
