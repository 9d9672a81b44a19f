"""The dialogs and panels of accounts and order, each by itself, with a server that a test plays."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from textual.screen import Screen

from chat.protocol import accounts, order
from chat.protocol.records import (
    Ban,
    BanKind,
    ChannelMode,
    Conversation,
    Device,
    Member,
    Presence,
    Role,
    User,
)
from chat.tui.asked.answer import Answer, Asked
from chat.tui.desk.standing import Standing, member_offers
from chat.tui.screens.message_menu import MemberMenu
from chat.tui.screens.panels import BansScreen, DevicesScreen, ModeScreen, channel_rules
from chat.tui.screens.password import AGAIN, PasswordScreen
from tests.support.frames import channel, user

NOON = datetime(2026, 11, 19, 12, 0).astimezone()
"""In the time zone of this machine, so that it is shown as noon anywhere."""

DEVICES = (
    Device(device="d1", client="chat-tui 0.1.0 on laptop", created=NOON, last_used=NOON, current=True),
    Device(
        device="d2",
        client="chat-tui 0.1.0 on annas-old-notebook",
        created=NOON,
        last_used=NOON - timedelta(days=2),
        expires=NOON + timedelta(days=28),
    ),
    Device(device="d3", created=NOON, last_used=NOON - timedelta(days=9), expires=NOON + timedelta(days=21)),
)
BANS = (
    Ban(ban="b1", kind=BanKind.NICK, mask="spam*", by="ben", since=NOON, reason="advertising"),
    Ban(
        ban="b2",
        kind=BanKind.USER,
        mask="u9",
        nick="mallory",
        by="ann",
        since=NOON,
        until=NOON + timedelta(days=7),
    ),
    Ban(ban="b3", kind=BanKind.ADDRESS, mask="192.168.3.0/24", by="ann", since=NOON, reason="scans"),
)
ME = user("you")
CAROL = Member(user=user("carol"), presence=Presence.ONLINE)


class Played:
    """Answers what a screen asks for, as a test says, and remembers it.

    Attributes:
        asked: what was asked for, in order.
        values: what was typed, at each time.
    """

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[Asked] = []
        self.values: list[tuple[str, ...]] = []
        self._answers = list(answers)

    def carry(self, asked: Asked) -> "Future[Answer]":
        """Answer a request."""
        self.asked.append(asked)
        if self._answers:
            return done(self._answers.pop(0))
        return done(asked.words(_REPLIES[asked.request](asked.fields)))

    def ask(self, values: Any) -> "Future[Answer]":
        """Answer what was typed."""
        self.values.append(tuple(values))
        return done(self._answers.pop(0) if self._answers else Answer("done"))


def done(answer: Answer) -> "Future[Answer]":
    """An answer that is here."""
    future: Future[Answer] = Future()
    future.set_result(answer)
    return future


def standing(role: Role = Role.MEMBER, *, me: User = ME, where: Conversation | None = None) -> Standing:
    """Who one is in a channel."""
    return Standing(me, where or channel(role=role))


def register(played: Played | None = None, now: Callable[[], float] = lambda: 0.0) -> PasswordScreen:
    """Choosing a password."""
    played = played or Played()
    explanation = "With a password maria is yours for good, on other devices too."
    return PasswordScreen("Register", explanation, ("password", AGAIN), played.ask, shortest=8, monotonic=now)


def log_in(played: Played | None = None, now: Callable[[], float] = lambda: 0.0) -> PasswordScreen:
    """Typing the password of an account."""
    played = played or Played()
    return PasswordScreen(
        "Log in as maria", "What stands in your lines stays.", ("password",), played.ask, monotonic=now
    )


def devices(played: Played | None = None, place: str = "") -> DevicesScreen:
    """Three devices."""
    return DevicesScreen((played or Played()).carry, place)


def bans(played: Played | None = None) -> BansScreen:
    """Three bans."""
    return BansScreen("#general", "c-general", (played or Played()).carry)


def mode(played: Played | None = None, *, operator: bool = True) -> ModeScreen:
    """The rules of a slow channel."""
    rules = channel_rules(ChannelMode(slow_seconds=30), operator=operator, connected=True)
    return ModeScreen("#general", "c-general", lambda: rules, (played or Played()).carry)


def member_menu(role: Role = Role.MEMBER) -> MemberMenu:
    """The menu of Carol."""
    return MemberMenu("carol", member_offers(standing(role), CAROL))


SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    "register": register,
    "log_in": log_in,
    "devices": devices,
    "bans": bans,
    "mode": mode,
    "mode_of_others": lambda: mode(operator=False),
    "member_menu": member_menu,
    "member_menu_of_an_operator": lambda: member_menu(Role.OPERATOR),
}
"""Every one, as it is when it was just opened."""

_REPLIES: dict[type, Callable[[dict[str, Any]], Any]] = {
    accounts.Devices: lambda _: accounts.DevicesResult(id="1", devices=DEVICES),
    accounts.RevokeDevice: lambda _: accounts.RevokeDeviceResult(id="1", logged_out=1),
    order.Bans: lambda _: order.BansResult(id="1", conversation="c-general", bans=BANS),
    order.Unban: lambda _: order.UnbanResult(id="1", conversation="c-general", number=9),
    order.SetMode: lambda fields: order.SetModeResult(
        id="1",
        conversation="c-general",
        number=9,
        mode=ChannelMode(**{name: value for name, value in fields.items() if name != "target"}),
    ),
}
