"""What all replies share. No I/O, no threads."""

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every reply carries."""

    id: str | None
    """The request's id; null only in an `error` about a line whose id could not be read."""


class Result(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """What every reply but `error` carries."""

    id: str
