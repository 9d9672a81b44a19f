"""What crosses from the receiver to the screen besides the client's own changes.

Values, safe on any thread.
"""

from msgspec import Struct

from chat.client.changes import Change


class Reload(Struct, frozen=True):
    """Changes were dropped since the screen lagged: take everything from the client's state anew."""

    conversations: frozenset[str]
    """Those that lost something."""
    revised: frozenset[str] = frozenset()
    """Those of them in which entries changed that may have rows already."""


Arrival = Change | Reload
"""What the screen takes from the receiver."""
