"""The panels there are: devices of one's own, bans and rules of a channel. The screen's thread."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content

from chat.durations import in_words
from chat.protocol import accounts, order
from chat.protocol.records import Ban, ChannelMode, Device
from chat.tui.asked.account import device_name, device_remark, token_told
from chat.tui.asked.answer import Answer, Asked, nothing
from chat.tui.asked.order import NO_BANS, ban_remark
from chat.tui.keys import KeyHint, hints
from chat.tui.render.order_sentences import banned_whom, because
from chat.tui.screens.panel import Carry, ListPanel
from chat.tui.widgets.choice_list import Choice

OTHERS = "others"
_SLOW = (0, 5, 10, 30, 60, 300)
"""Seconds between two messages, of which one is chosen after the other."""


class DevicesScreen(ListPanel):
    """One's own devices, to log them out.

    Args:
        carry: asks the server.
        place: where the token of this device is kept; empty when that is not known.
    """

    EMPTY = "No device is known."

    def __init__(self, carry: Carry, place: str = "") -> None:
        super().__init__("Your devices", carry)
        self._place = token_told(place)
        self._devices: dict[str, Device] = {}

    def asked(self) -> Asked:
        """All of them, on one page."""
        return Asked(accounts.Devices, {}, self.take_in)

    def take_in(self, reply: accounts.DevicesResult) -> Answer:
        """The one used last comes first."""
        self._devices = {device.device: device for device in reply.devices}
        return Answer()

    def rows(self) -> Sequence[Choice]:
        """Program, and what is known of it."""
        return [_device(device) for device in self._devices.values()]

    def show(self, answer: Answer | None = None) -> None:
        """Show the rows, and below them a word, or where the token is."""
        super().show(answer or (Answer(self._place) if self._place else None))

    def change(self, row: str) -> Asked | str:
        """Log it out, unless it is this one."""
        if self._devices[row].current:
            return "That is this device. A logs out all others."
        return Asked(accounts.RevokeDevice, {"device": row}, nothing)

    def question(self, row: str) -> str:
        """It can come back with the password only."""
        return f"{self._devices[row].client or 'It'} would have to log in again."

    def action_all(self) -> None:
        """Log out all but this one."""
        count = sum(not device.current for device in self._devices.values())
        if not count:
            self.say("There is no other device.", failed=True)
            return
        them = "The other device" if count == 1 else f"{count} other devices"
        change = Asked(accounts.RevokeDevice, {}, nothing)
        self.sure(OTHERS, f"{them} would have to log in again.", change)

    def shown_hints(self) -> tuple[KeyHint, ...]:
        """Here a key means all others."""
        take, all_others, back = hints("panel.take", "panel.all", "panel.leave")
        return KeyHint(take.key, "log out"), all_others, back


class BansScreen(ListPanel):
    """Who is banned from a channel, to lift that.

    Args:
        title: of the channel.
        where: its id.
        carry: asks the server.
    """

    EMPTY = NO_BANS

    def __init__(self, title: str, where: str, carry: Carry) -> None:
        super().__init__(f"Banned from {title}", carry)
        self._where = where
        self._bans: dict[str, Ban] = {}

    def asked(self) -> Asked:
        """The first page; who has more bans than that lifts some."""
        return Asked(order.Bans, {"target": self._where}, self.take_in)

    def take_in(self, reply: order.BansResult) -> Answer:
        """As the server orders them."""
        self._bans = {ban.ban: ban for ban in reply.bans}
        return Answer()

    def rows(self) -> Sequence[Choice]:
        """Whom and why, until when and by whom."""
        return [_ban(ban) for ban in self._bans.values()]

    def change(self, row: str) -> Asked:
        """Lift it."""
        return Asked(order.Unban, {"target": self._where, "ban": row}, nothing)

    def question(self, row: str) -> str:
        """There is no way back but a new ban."""
        return f"{banned_whom(self._bans[row])} could come back."

    def shown_hints(self) -> tuple[KeyHint, ...]:
        """Here changing means lifting."""
        take, down, back = super().shown_hints()
        return KeyHint(take.key, "lift"), down, back


class Rules(NamedTuple):
    """What a channel's panel shows."""

    mode: ChannelMode
    refusal: str
    """Why one may not change them, as a sentence; empty when one may."""


class ModeScreen(ListPanel):
    """The rules of a channel, to switch them.

    Args:
        title: of the channel.
        where: its id.
        rules: gives its rules as they are known now.
        carry: asks the server.
    """

    def __init__(self, title: str, where: str, rules: Callable[[], Rules], carry: Carry) -> None:
        super().__init__(f"Rules of {title}", carry)
        self._where = where
        self._known = rules
        self._mode = rules().mode

    def asked(self) -> None:
        """They are known: entries tell them."""

    def take_in(self, reply: order.SetModeResult) -> Answer:
        """The answer to a change tells them too."""
        self._mode = reply.mode
        return Answer()

    def rows(self) -> Sequence[Choice]:
        """One for each rule."""
        mode = self._mode
        return [
            _rule("private", mode.private, "Private", "only the invited may join"),
            _rule("read_only", mode.read_only, "Read only", "only operators write"),
            _rule("topic_locked", mode.topic_locked, "Topic locked", "only operators set the topic"),
            _rule("slow_seconds", bool(mode.slow_seconds), "Slow", _pause(mode.slow_seconds)),
        ]

    def change(self, row: str) -> Asked | str:
        """Switch it; how slow it is goes round."""
        if refusal := self._known().refusal:
            return refusal
        value: object = not getattr(self._mode, row)
        if row == "slow_seconds":
            value = next((each for each in _SLOW if each > self._mode.slow_seconds), 0)
        return Asked(order.SetMode, {"target": self._where, row: value}, self.take_in)

    def question(self, row: str) -> str:
        """All of it can be undone."""
        return ""

    def show(self, answer: Answer | None = None) -> None:
        """Say why they can't be changed, where they can't."""
        super().show(answer or Answer(self._known().refusal))

    def shown_hints(self) -> tuple[KeyHint, ...]:
        """Here changing means switching."""
        take, down, back = super().shown_hints()
        return KeyHint(take.key, "switch"), down, back


def _device(device: Device) -> Choice:
    look = "$accent" if device.current else "$muted"
    return Choice(device.device, Content(device_name(device)), Content.styled(device_remark(device), look))


def _ban(ban: Ban) -> Choice:
    title = Content.assemble((banned_whom(ban), "bold"), because(ban.reason))
    return Choice(ban.ban, title, Content.styled(ban_remark(ban), "$muted"))


def _rule(row: str, is_set: bool, name: str, means: str) -> Choice:
    sign = ("● ", "$accent") if is_set else ("○ ", "$muted")
    return Choice(row, Content.assemble(sign, name), Content.styled(means, "$muted"))


def _pause(seconds: int) -> str:
    return f"a message every {in_words(seconds)}" if seconds else "no wait between two messages"


def channel_rules(mode: ChannelMode, *, operator: bool, connected: bool) -> Rules:
    """Return the rules of a channel, and whether one may change them."""
    if not operator:
        return Rules(mode, "Only operators may change them.")
    return Rules(mode, "" if connected else "To change them needs a connection.")
