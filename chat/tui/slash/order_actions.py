"""What operators and administrators ask for with one line. Plain values; safe on any thread.

They mean the channel in front unless they name another.
"""

from typing import TypeAlias

from msgspec import Struct

from chat.protocol.records import Gate


class Invite(Struct, frozen=True):
    """Let somebody join a channel (None: the one here)."""

    nick: str
    channel: str | None = None


class Kick(Struct, frozen=True):
    """Take somebody out of the channel here."""

    nick: str
    reason: str = ""


class Ban(Struct, frozen=True):
    """Keep somebody out of the channel here."""

    mask: str
    """`@nick`, a pattern of nicks with `*` or `?`, or an address or network."""
    seconds: int | None = None
    """For good when absent."""
    reason: str = ""


class Unban(Struct, frozen=True):
    """Lift a ban here, by its mask or id."""

    ban: str


class ShowBans(Struct, frozen=True):
    """Show who is banned here."""


class Mute(Struct, frozen=True):
    """Keep somebody from writing here."""

    nick: str
    seconds: int | None = None
    reason: str = ""


class Unmute(Struct, frozen=True):
    """Let somebody write here again."""

    nick: str


class Silence(Struct, frozen=True):
    """Hear nothing of a channel (None: of the one here) but mentions, or everything again; for oneself."""

    channel: str | None = None
    silent: bool = True


class Grant(Struct, frozen=True):
    """Make somebody an operator here."""

    nick: str


class Revoke(Struct, frozen=True):
    """Make an operator here a member like others."""

    nick: str


class ShowMode(Struct, frozen=True):
    """Show the rules of the channel here."""


class SetMode(Struct, frozen=True):
    """Change the rules of the channel here; None leaves one as it is."""

    private: bool | None = None
    read_only: bool | None = None
    topic_locked: bool | None = None
    slow_seconds: int | None = None


class Archive(Struct, frozen=True):
    """Close the channel here for writing, or open it again."""

    archived: bool = True


class DeleteChannel(Struct, frozen=True):
    """Remove a channel with all that was said in it; None is told what to type to be sure."""

    channel: str | None = None


class Announce(Struct, frozen=True):
    """Tell everybody on the server something."""

    text: str


class Disconnect(Struct, frozen=True):
    """End the connections of somebody."""

    nick: str
    reason: str = ""


class SetGate(Struct, frozen=True):
    """Say whom the server lets in."""

    gate: Gate


class ShowStats(Struct, frozen=True):
    """Show how the server is doing."""


class ShowUsers(Struct, frozen=True):
    """Show who is known to the server."""


OrderAction: TypeAlias = (
    Invite
    | Kick
    | Ban
    | Unban
    | ShowBans
    | Mute
    | Unmute
    | Silence
    | Grant
    | Revoke
    | ShowMode
    | SetMode
    | Archive
    | DeleteChannel
)
"""What keeps order in a channel."""

StaffAction: TypeAlias = Announce | Disconnect | SetGate | ShowStats | ShowUsers
"""What keeps order on the server."""
