"""Oneself and everybody who was ever seen.

Pure; a part of the client's state, which owns it and guards it.
"""

from collections.abc import Iterable

from chat.client.changes import Change, MeChanged, UserChanged
from chat.protocol.records import Presence, User


class People:
    """Who is known, each by the newest record.

    Attributes:
        me: one's own record, once the server told.
        users: by id.
        presence: how somebody was seen last, by user id.
    """

    def __init__(self) -> None:
        self.me: User | None = None
        self.users: dict[str, User] = {}
        self.presence: dict[str, Presence] = {}

    @property
    def my_id(self) -> str:
        """One's own user id; empty before the first hello."""
        return self.me.id if self.me else ""

    def nick_of(self, user: str, otherwise: str = "") -> str:
        """What somebody is called now, or `otherwise` where that is not known."""
        known = self.users.get(user)
        return known.nick if known else otherwise

    def recall(self, me: User | None, users: Iterable[User]) -> None:
        """Begin with those whom an earlier run knew, and nobody else."""
        self.me = me
        self.presence.clear()
        self.users.clear()
        self.users.update((user.id, user) for user in users)
        if me is not None:
            self.users[me.id] = me

    def become(self, me: User, asked_nick: str) -> list[Change]:
        """The server says who one is; it may be somebody else than before."""
        self.me = me
        self.users[me.id] = me
        return [MeChanged(me, asked_nick)]

    def learn(self, user: User, old_nick: str = "") -> list[Change]:
        """Take somebody's record; give what that changed.

        A record that is older than the known one changes nothing. One of somebody who was never seen is no
        change either, unless their nick changed: they may have been seen by it.
        """
        known = self.users.get(user.id)
        if known is not None and known.version >= user.version:
            return []
        self.users[user.id] = user
        if self.presence.get(user.id, Presence.OFFLINE) is not Presence.OFFLINE:
            self.presence[user.id] = Presence(user.status)
        if known is None and not old_nick:
            return []
        changes: list[Change] = []
        if user.id == self.my_id:
            self.me = user
            changes.append(MeChanged(user))
        if not old_nick and known is not None and known.nick != user.nick:
            old_nick = known.nick
        return [*changes, UserChanged(user, old_nick)]
