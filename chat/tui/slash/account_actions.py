"""What a person asks for about their own account. Plain values; safe on any thread.

None of them holds a password: who carries one out asks for it.
"""

from typing import TypeAlias

from msgspec import Struct


class Register(Struct, frozen=True):
    """Put a password on who one is."""


class LogIn(Struct, frozen=True):
    """Be an account, by its nick and password."""

    nick: str


class ChangePassword(Struct, frozen=True):
    """Take another password."""


class ShowDevices(Struct, frozen=True):
    """Show one's own devices."""


class RevokeDevice(Struct, frozen=True):
    """Log a device of one's own out, by its id; without one all others."""

    device: str = ""


class Export(Struct, frozen=True):
    """Write all that one wrote to a file; without a name to one in the current folder."""

    file: str = ""


class Erase(Struct, frozen=True):
    """Take back all that one wrote anywhere, or, as an administrator, all that somebody else did."""

    nick: str = ""


AccountAction: TypeAlias = Register | LogIn | ChangePassword | ShowDevices | RevokeDevice | Export | Erase
"""What concerns one's own account."""
