"""What keeps order in a channel: the requests of its commands, and their answers in words.

Pure; safe on any thread.
"""

from collections.abc import Callable
from typing import Any

from chat.durations import in_words
from chat.protocol import order
from chat.protocol.records import Ban
from chat.tui.asked.answer import Answer, Asked, AskedPages, when
from chat.tui.render.cells import cells, fit
from chat.tui.render.order_sentences import banned_whom, because
from chat.tui.slash import order_actions as actions

NO_BANS = "Nobody is banned here."
_TO_BE_SURE = (
    "This would remove the channel with all that was said in it, for everybody. The whole name says that you "
    "mean it: /delete-channel #CHANNEL"
)


def asked(action: actions.OrderAction, here: str) -> Asked | AskedPages | Answer | None:
    """Return what an action asks the server for, or the answer that it has without; None for what shows.

    Args:
        action: what a line asked for.
        here: the conversation in front; empty when there is none.
    """
    if isinstance(action, actions.DeleteChannel) and action.channel is None:
        return Answer(_TO_BE_SURE, failed=True)
    make = _REQUESTS.get(type(action))
    return make(action, here) if make else None


def _somebody(here: str, nick: str, **fields: object) -> dict[str, object]:
    return {"target": here, "user": f"@{nick}", **fields}


def _unless_so_already(sentence: str) -> Callable[[Any], Answer]:
    """Say something only where nothing was to do, since everything else shows in the log."""
    return lambda reply: Answer("" if reply.number else sentence)


def _invite(action: actions.Invite, here: str) -> Asked:
    where = f" {action.channel}" if action.channel else ""
    told = Answer(f"{action.nick} may join{where} now.") if action.channel else Answer()
    return Asked(
        order.Invite,
        _somebody(action.channel or here, action.nick),
        lambda reply: told if reply.number else Answer(f"{action.nick} may join{where} already."),
    )


def _ban(action: actions.Ban, here: str) -> Asked:
    fields: dict[str, object] = {
        "target": here,
        "mask": action.mask,
        "reason": action.reason,
        "seconds": action.seconds,
    }
    return Asked(order.BanUsers, fields, _unless_so_already(f"{action.mask} is banned already."))


def _mute(action: actions.Mute, here: str) -> Asked:
    lasts = f" for {in_words(action.seconds)}" if action.seconds else " until /unmute"
    told = f"{action.nick} can't write in this channel{lasts}."
    return Asked(
        order.Mute,
        _somebody(here, action.nick, seconds=action.seconds, reason=action.reason),
        lambda _: Answer(told),
    )


def _unmute(action: actions.Unmute, here: str) -> Asked:
    told = f"{action.nick} can write in this channel."
    return Asked(order.Unmute, _somebody(here, action.nick), lambda _: Answer(told))


def _set_mode(action: actions.SetMode, here: str) -> Asked:
    fields: dict[str, object] = {
        "target": here,
        "private": action.private,
        "read_only": action.read_only,
        "topic_locked": action.topic_locked,
        "slow_seconds": action.slow_seconds,
    }
    return Asked(order.SetMode, fields, _unless_so_already("The rules are so already; /mode shows them."))


def bans_told(bans: list[Ban]) -> str:
    """List bans, one on a line."""
    if not bans:
        return NO_BANS
    width = max(cells(banned_whom(ban)) for ban in bans)
    return "\n".join(
        f"{fit(banned_whom(ban), width)}  {ban_remark(ban)}{because(ban.reason)}" for ban in bans
    )


def ban_remark(ban: Ban) -> str:
    """Say until when a ban holds, and who made it."""
    lasts = f"until {when(ban.until)}" if ban.until else "for good"
    return f"{lasts}, by {ban.by}"


_REQUESTS: dict[type, Callable[[Any, str], Asked | AskedPages]] = {
    actions.Invite: _invite,
    actions.Kick: lambda action, here: Asked(
        order.Kick,
        _somebody(here, action.nick, reason=action.reason),
        _unless_so_already(f"{action.nick} is not here."),
    ),
    actions.Ban: _ban,
    actions.Unban: lambda action, here: Asked(
        order.Unban, {"target": here, "ban": action.ban}, _unless_so_already("There is no such ban.")
    ),
    actions.ShowBans: lambda _, here: AskedPages(order.Bans, {"target": here}, "bans", bans_told),
    actions.Mute: _mute,
    actions.Unmute: _unmute,
    actions.Grant: lambda action, here: Asked(
        order.Grant,
        _somebody(here, action.nick),
        _unless_so_already(f"{action.nick} is an operator already."),
    ),
    actions.Revoke: lambda action, here: Asked(
        order.Revoke, _somebody(here, action.nick), _unless_so_already(f"{action.nick} is no operator.")
    ),
    actions.SetMode: _set_mode,
    actions.Archive: lambda action, here: Asked(
        order.ArchiveChannel,
        {"target": here, "archived": action.archived},
        _unless_so_already("It is so already."),
    ),
    actions.DeleteChannel: lambda action, _: Asked(
        order.DeleteChannel, {"target": action.channel}, lambda _: Answer(f"{action.channel} is gone.")
    ),
}
"""The request for each action, given the action and the conversation in front."""
