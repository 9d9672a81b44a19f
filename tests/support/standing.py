"""People of every standing on a hub, and a channel in which order is kept."""

from collections.abc import Callable

from msgspec.structs import replace

from chat.protocol.order import Grant
from chat.protocol.records import UserKind
from chat.protocol.requests import CreateChannel, Join
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision, UserState
from chat.server.domain.permissions import Standing
from chat.server.state.journal.change import Change
from chat.server.state.session import Session
from tests.support.hub import Hub


def change_user(hub: Hub, session: Session, how: Callable[[UserState], UserState]) -> None:
    """Change the record of somebody, as accounts and administrators do."""

    def decide(draft: Draft) -> Decision:
        before = draft.user(session.user)
        return Decision(users=(replace(how(before), version=before.version + 1),))

    hub.queue.put(Change(decide=decide, answer=lambda _: None))
    hub.settle()


def make_admin(hub: Hub, session: Session) -> None:
    """Make somebody an administrator."""
    change_user(hub, session, lambda user: replace(user, admin=True, kind=UserKind.REGISTERED))


def make_registered(hub: Hub, session: Session) -> None:
    """Give somebody an account."""
    change_user(hub, session, lambda user: replace(user, kind=UserKind.REGISTERED))


class Tearoom:
    """The channel #tea, made by olaf, its operator; sue is a member, and whoever a test brings.

    Attributes:
        hub: the server.
        olaf: the operator.
        sue: a guest in it.
    """

    def __init__(self) -> None:
        self.hub = Hub()
        self.olaf, self.sue = self.hub.guest("olaf"), self.hub.guest("sue")
        self.hub.ask(self.olaf, CreateChannel, name="#tea")
        self.hub.ask(self.sue, Join, target="#tea")
        self.hub.forget(self.olaf, self.sue)

    def member(self, nick: str) -> Session:
        """Bring one more member."""
        session = self.hub.guest(nick)
        self.hub.ask(session, Join, target="#tea")
        self.hub.forget(session, self.olaf, self.sue)
        return session

    def of(self, standing: Standing) -> Session:
        """Bring a member of this standing, called tim."""
        tim = self.member("tim")
        match standing:
            case Standing.REGISTERED:
                make_registered(self.hub, tim)
            case Standing.OPERATOR:
                self.hub.ask(self.olaf, Grant, target="#tea", user="@tim")
            case Standing.ADMINISTRATOR:
                make_admin(self.hub, tim)
        self.hub.forget(tim, self.olaf, self.sue)
        return tim
