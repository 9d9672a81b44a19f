"""What the desk holds as the values that widgets show. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from chat.client.changes import LinkChanged, OutboxItem, Phase
from chat.protocol.events import Welcome
from chat.protocol.records import Member, Role, Status
from chat.tui.desk.desk import Desk
from chat.tui.desk.feed import AFTER_THE_END, LOG_IN, Feed
from chat.tui.desk.talk import Talk
from chat.tui.keys import KeyHint, hints
from chat.tui.render.attention import Attention
from chat.tui.render.member_order import MemberItem
from chat.tui.render.rows import Row, RowStatus
from chat.tui.render.status import Connection, StatusView
from chat.tui.slash.complete import Vocabulary
from chat.tui.widgets.channel_tabs import ServerSign, TabItem

_CONNECTIONS = {
    Phase.IDLE: Connection.CONNECTING,
    Phase.DIALLING: Connection.CONNECTING,
    Phase.OPEN: Connection.CONNECTED,
    Phase.WAITING: Connection.RECONNECTING,
    Phase.ENDED: Connection.OFFLINE,
}
NO_TALK = "You are in no conversation. /list shows the channels, /join #name enters one."
_HINTS = hints("line.send", "switcher", "conversation.active", "help")
_EDITING = (KeyHint("Enter", "save"), KeyHint("Esc", "leave it"), *hints("help"))
_ON_OWN = hints("message.edit", "message.delete", "message.react", "message.leave", "message.menu")
_ON_OTHERS = hints("message.react", "message.pin", "message.copy", "message.leave", "message.menu")
_ON_FAILED = hints("message.again", "message.back", "message.drop", "message.leave", "message.menu")


def tab_items(desk: Desk, is_seen: Callable[[str], bool]) -> list[TabItem]:
    """Return the tabs; what is seen does not call, though the server may not know yet that it is read."""
    return [_tab_item(talk, is_seen=is_seen(talk.id)) for talk in desk.tabs()]


def _tab_item(talk: Talk, *, is_seen: bool) -> TabItem:
    if is_seen:
        return TabItem(talk.id, talk.title, Attention.NOTHING, 0)
    only_mentions = talk.is_channel and (talk.record.mentions or talk.silent)
    count = talk.record.mentions if only_mentions else talk.record.unread
    return TabItem(talk.id, talk.title, talk.attention, count)


def server_sign(welcome: Welcome | None, link: LinkChanged) -> ServerSign:
    """Return what the right end of the strip says; that strangers read along the status line says."""
    name = welcome.name if welcome else link.address
    return ServerSign(name, True if link.encrypted and link.phase is Phase.OPEN else None)


def no_talk(link: LinkChanged) -> tuple[str, str]:
    """Return what stands in the place of a talk while there is none, and what in that of the line."""
    if link.phase is Phase.OPEN:
        return NO_TALK, "join a channel to write"
    if link.phase is Phase.ENDED and not link.doubted:
        advice = LOG_IN if link.wants_login else AFTER_THE_END
        return f"{link.cause} {advice}", "/login NICK"
    waiting = "What is said stands here as soon as there is a connection; the last line tells how that goes."
    why = f"{link.cause} " if link.phase in {Phase.WAITING, Phase.ENDED} and link.cause else ""
    return why + waiting, "no connection yet"


def keys_for(selected: Row | None, *, editing: bool) -> tuple[KeyHint, ...]:
    """Return the keys that matter now: those of the line, or of a message that is selected."""
    if selected is None:
        return _EDITING if editing else _HINTS
    if selected.status is not RowStatus.STORED:
        return _ON_FAILED
    return _ON_OWN if selected.own else _ON_OTHERS


def status_view(feed: Feed, keys: tuple[KeyHint, ...] = _HINTS) -> StatusView:
    """Return how things stand, and the keys that matter."""
    link = feed.link
    return StatusView(
        _CONNECTIONS[link.phase],
        nick=feed.desk.reader.nick,
        detail=_detail(link),
        retry_in=_next_try(feed),
        last_seen=_moment(feed.recalled_at, feed.now(), feed.desk.reader.zone),
        since=_moment(link.since, feed.now(), feed.desk.reader.zone),
        waiting=feed.unsent.waiting,
        encrypted=link.encrypted if link.phase is Phase.OPEN else None,
        latency_ms=None if feed.latency is None else round(feed.latency * 1000),
        hints=keys,
    )


def _next_try(feed: Feed) -> float | None:
    """Return the seconds until the client connects or, while connected, sends again what waits."""
    is_open = feed.link.phase is Phase.OPEN
    waits_to_send = feed.unsent.waiting and feed.pause is not None and not feed.pause.expired
    if is_open:
        return feed.pause.remaining() if feed.pause is not None and waits_to_send else None
    return None if feed.retry is None else feed.retry.remaining()


def _detail(link: LinkChanged) -> str:
    """Return where the server is called or is found unexpectedly, or why there is no connection."""
    if link.phase is Phase.DIALLING:
        return link.address
    if link.phase is Phase.OPEN:
        return f"to {link.address}: {link.detour}" if link.detour else ""
    return " ".join(part for part in (link.cause, link.advice) if part)


def _moment(time: datetime | None, now: datetime, zone: tzinfo | None) -> str:
    """Write when something was, in a reader's time zone: the hour, and the day unless it is today."""
    if time is None:
        return ""
    there, today = time.astimezone(zone), now.astimezone(zone).date()
    day = "" if there.date() == today else f" on {there.day} {there:%B}"
    return f"at {there:%H:%M}{day}"


def member_items(members: Iterable[Member], me: str) -> list[MemberItem]:
    """Return the rows of a member list."""
    return [
        MemberItem(
            user=member.user.id,
            nick=member.user.nick,
            presence=member.presence,
            role=_role(member),
            keeps_order=member.user.admin or member.role is Role.OPERATOR,
            note="" if member.user.status is Status.ONLINE else member.user.status_text,
            me=member.user.id == me,
        )
        for member in members
    ]


def _role(member: Member) -> str:
    """Return in a word what somebody may do here."""
    if member.muted:
        return "muted"
    if member.user.admin:
        return "admin"
    return "op" if member.role is Role.OPERATOR else ""


def vocabulary(desk: Desk, talk: Talk | None, members: Iterable[Member]) -> Vocabulary:
    """Return the names to propose while somebody writes in a talk."""
    me = desk.reader.nick
    spoke = list(reversed(talk.speakers.values())) if talk else []
    here = sorted(member.user.nick for member in members)
    nicks = tuple(nick for nick in dict.fromkeys([*spoke, *here]) if nick != me)
    known = (nick for other in desk.talks.values() for nick in other.speakers.values())
    return Vocabulary(
        nicks=nicks,
        channels=tuple(other.title for other in desk.talks.values() if other.is_channel),
        people=tuple(nick for nick in dict.fromkeys(known) if nick not in nicks and nick != me),
    )


def leaving_question(unsent: Iterable[OutboxItem], others: int) -> tuple[str, str] | None:
    """Return what to ask before quitting, and why; None when there is nothing to lose.

    `others` is how many people are connected to a server that ends with this client.
    """
    waiting = len(list(unsent))
    reasons = []
    if waiting:
        reasons.append(f"{waiting} of your messages {'was' if waiting == 1 else 'were'} not sent yet.")
    if others:
        people = "1 other person is" if others == 1 else f"{others} other people are"
        reasons.append(f"{people} connected to the server that you host; it stops when you quit.")
    return ("Quit all the same?", " ".join(reasons)) if reasons else None
