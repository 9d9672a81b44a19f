"""Commands that keep order in a channel: invite, kick, ban, mute, op, mode and their like.

Pure; safe on any thread. Whether one may is not decided here but by the server.
"""

from ipaddress import ip_network

from chat.tui.slash.actions import Action
from chat.tui.slash.arguments import channel, first_word, maybe_channel, nick, only_word, taking_nothing
from chat.tui.slash.durations import is_duration, seconds_of
from chat.tui.slash.order_actions import (
    Archive,
    Ban,
    DeleteChannel,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetMode,
    ShowBans,
    ShowMode,
    Silence,
    Unban,
    Unmute,
)
from chat.tui.slash.spec import Argument, Command, Family, SlashError

OFF = "off"
SLOWEST = 21_600
"""Seconds: six hours."""
RULES = ("private", "readonly", "topiclock")
"""What `/mode` sets with a plus and lifts with a minus."""


def _invite(rest: str) -> Action:
    person, others = first_word(rest)
    if not person:
        raise SlashError("Whom?")
    return Invite(nick(person), channel(only_word(others, "")) if others else None)


def _kick(rest: str) -> Action:
    person, reason = first_word(rest)
    if not person:
        raise SlashError("Whom?")
    return Kick(nick(person), reason)


def _ban(rest: str) -> Action:
    mask, others = first_word(rest)
    if not mask:
        raise SlashError("Whom?")
    return Ban(_mask(mask), *_duration_and_reason(others))


def _unban(rest: str) -> Action:
    return Unban(_mask(only_word(rest, "Whom?")))


def _mute(rest: str) -> Action:
    word, others = first_word(rest)
    if not word or word.startswith("#"):
        return _silence(rest, silent=True)
    return Mute(nick(word), *_duration_and_reason(others))


def _unmute(rest: str) -> Action:
    if not rest or rest.startswith("#"):
        return _silence(rest, silent=False)
    return Unmute(nick(only_word(rest, "")))


def _silence(rest: str, *, silent: bool) -> Action:
    where, others = maybe_channel(rest)
    if others:
        raise SlashError("Nothing may follow the channel: you silence it for yourself, until you undo that.")
    return Silence(where, silent)


def _op(rest: str) -> Action:
    return Grant(nick(only_word(rest, "Whom?")))


def _deop(rest: str) -> Action:
    return Revoke(nick(only_word(rest, "Whom?")))


def _mode(rest: str) -> Action:
    if not rest:
        return ShowMode()
    changes: dict[str, bool] = {}
    for word in rest.split():
        rule = (word[1:] if word[0] in "+-" else word).casefold()
        if rule not in RULES:
            raise SlashError(f"{_either(RULES)} sets a rule, with - before it lifts it.")
        changes[rule] = not word.startswith("-")
    return SetMode(changes.get("private"), changes.get("readonly"), changes.get("topiclock"))


def _slow(rest: str) -> Action:
    word = only_word(rest, "How many seconds between two messages?")
    if word.casefold() == OFF:
        return SetMode(slow_seconds=0)
    plain = word.isascii() and word.isdecimal() and len(word) <= 6
    seconds = int(word) if plain else seconds_of(word)
    if seconds > SLOWEST:
        raise SlashError("Six hours between two messages is the most.")
    return SetMode(slow_seconds=seconds)


def _archive(rest: str) -> Action:
    if rest and rest.casefold() != OFF:
        raise SlashError(f"Only {OFF} may follow, which opens the channel again.")
    return Archive(not rest)


def _delete_channel(rest: str) -> Action:
    return DeleteChannel(channel(only_word(rest, "")) if rest else None)


def _duration_and_reason(rest: str) -> tuple[int | None, str]:
    word, others = first_word(rest)
    return (seconds_of(word), others) if is_duration(word) else (None, rest)


def _mask(word: str) -> str:
    """Spell whom a ban means: a pattern and an address as they are, a person with an `@`."""
    if "*" in word or "?" in word or _is_network(word):
        return word
    return f"@{nick(word)}"


def _is_network(word: str) -> bool:
    if "." not in word and ":" not in word:
        return False
    try:
        ip_network(word, strict=False)
    except ValueError:
        return False
    return True


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


INVITE = Command(
    name="invite",
    usage="/invite NICK [#CHANNEL]",
    summary="let somebody join a private channel",
    detail="Without a channel it is the one here. For operators of the channel.",
    family=Family.ORDER,
    parse=_invite,
    arguments=(Argument.NICK, Argument.CHANNEL),
)

KICK = Command(
    name="kick",
    usage="/kick NICK [REASON]",
    summary="take somebody out of this channel",
    detail="They can come back, unless the channel is private or they are banned. For operators.",
    family=Family.ORDER,
    parse=_kick,
    arguments=(Argument.NICK, Argument.TEXT),
)

BAN = Command(
    name="ban",
    usage="/ban WHO [DURATION] [REASON]",
    summary="keep somebody out of this channel",
    detail="A nick, a pattern of nicks with * or ?, or an address as 192.168.3.0/24; for 30s, 10m, 2h or 7d, "
    "without a duration for good. For operators.",
    family=Family.ORDER,
    parse=_ban,
    arguments=(Argument.NICK, Argument.DURATION, Argument.TEXT),
)

UNBAN = Command(
    name="unban",
    usage="/unban WHO",
    summary="lift a ban",
    detail="As it stands in /bans. For operators.",
    family=Family.ORDER,
    parse=_unban,
    arguments=(Argument.NICK,),
)

BANS = Command(
    name="bans",
    usage="/bans",
    summary="show who is banned from this channel",
    detail="With who did it, why and until when. For operators.",
    family=Family.ORDER,
    parse=taking_nothing(ShowBans()),
)

MUTE = Command(
    name="mute",
    usage="/mute [WHO] [DURATION] [REASON]",
    summary="stop a person, or silence a channel",
    detail="With a nick that person can't write here, which is for operators. Without one, or with a "
    "#channel, the channel calls you no more unless you are mentioned.",
    family=Family.ORDER,
    parse=_mute,
    arguments=(Argument.NICK, Argument.DURATION, Argument.TEXT),
)

UNMUTE = Command(
    name="unmute",
    usage="/unmute [WHO]",
    summary="undo /mute",
    detail="With a nick that person can write again; without one, or with a #channel, it calls you again.",
    family=Family.ORDER,
    parse=_unmute,
    arguments=(Argument.NICK,),
)

OP = Command(
    name="op",
    usage="/op NICK",
    summary="make somebody an operator here",
    detail="Operators keep order in a channel. For operators.",
    family=Family.ORDER,
    parse=_op,
    arguments=(Argument.NICK,),
)

DEOP = Command(
    name="deop",
    usage="/deop NICK",
    summary="make an operator a member like others",
    detail="Yourself too. For operators.",
    family=Family.ORDER,
    parse=_deop,
    arguments=(Argument.NICK,),
)

MODE = Command(
    name="mode",
    usage="/mode [RULES]",
    summary="show or change the rules of this channel",
    detail="private lets in only the invited, readonly lets only operators write, topiclock lets only "
    "them set the topic; -private and so on undo it. To change them is for operators.",
    family=Family.ORDER,
    parse=_mode,
    arguments=(Argument.RULE,),
)

SLOW = Command(
    name="slow",
    usage="/slow SECONDS",
    summary="let everybody wait between two messages",
    detail=f"As 30 or 2m; {OFF} ends it. Operators need not wait. For operators.",
    family=Family.ORDER,
    parse=_slow,
    arguments=(Argument.PAUSE,),
)

ARCHIVE = Command(
    name="archive",
    usage="/archive [off]",
    summary="close this channel for writing",
    detail=f"It can still be read; /archive {OFF} opens it again. For operators.",
    family=Family.ORDER,
    parse=_archive,
    arguments=(Argument.OFF,),
)

DELETE_CHANNEL = Command(
    name="delete-channel",
    usage="/delete-channel #CHANNEL",
    summary="remove a channel with all that was said",
    detail="For everybody and for good; the whole name must be typed. For operators.",
    family=Family.ORDER,
    parse=_delete_channel,
    arguments=(Argument.CHANNEL,),
)
