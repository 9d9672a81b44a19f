"""One statement of a commit. Pure."""

from typing import NamedTuple


class Write(NamedTuple):
    """One statement of a commit."""

    sql: str
    parameters: tuple[str | int, ...]
    rows: int | None = None
    """How many rows it must touch, else the batch does not follow what is stored; None for any number."""
