"""The order of a member list: who is here first, among them who runs the channel, then by nick.

Being away or busy changes a sign and never a place, so that rows keep still while somebody reads
them. Pure, safe on any thread.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chat.protocol.records import Presence


@dataclass(frozen=True, slots=True)
class MemberItem:
    """One row of a member list; all text is sanitised."""

    user: str
    """The user's id, handed back when the row is chosen."""
    nick: str
    presence: Presence
    role: str = ""
    """A word for what this one may do, such as `op` or `muted`; empty for everybody else."""
    keeps_order: bool = False
    note: str = ""
    """What this one says of being away or busy."""
    me: bool = False

    @property
    def here(self) -> bool:
        """Whether any session of this one is open."""
        return self.presence is not Presence.OFFLINE


def ordered(members: Iterable[MemberItem]) -> list[MemberItem]:
    """The members as they are listed; equal nicks are told apart by user, so the order is always one."""
    return sorted(
        members, key=lambda item: (not item.here, not item.keeps_order, item.nick.casefold(), item.user)
    )
