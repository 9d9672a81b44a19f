"""Carrying out what a slash command asks of the server, and saying in words what came of it.

Shared by the full screen and the line mode; knows neither. What concerns only what is in front (going to
another conversation, help, quitting) is left to them. Any thread: it waits for nothing, answers are futures.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from msgspec.structs import replace

from chat.client.changes import LinkChanged
from chat.errors import ChatError
from chat.protocol import accounts, requests
from chat.protocol.asking import Request
from chat.protocol.codes import Refused
from chat.protocol.records import Channel, Member, Presence, Role, Status
from chat.transport.address import as_typed, parse_address
from chat.tui.asked import account, order, staff
from chat.tui.asked.answer import Answer, Asked, AskedPages, nothing, when
from chat.tui.render.cells import cells, fit
from chat.tui.slash import actions
from chat.tui.slash.account_actions import AccountAction, ShowDevices
from chat.tui.slash.order_actions import DeleteChannel, Invite, OrderAction, Silence, StaffAction

NOWHERE = "You are in no conversation. /join #name enters one."
_WAITS = "The server can't be reached now; your message to {nick} waits and goes out as soon as it can."
_THIS_MACHINE = {"", "localhost", "127.0.0.1", "::1"}
_OFFLINE = "{nick} is not here now and finds your message on return."


class Asking(Protocol):
    """What carrying out asks of the client."""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        """Send a request; its future holds the reply, or fails with a sentence."""

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        """Put a message into the outbox."""

    @property
    def link(self) -> LinkChanged:
        """How it stands with the connection."""

    @property
    def token_place(self) -> str:
        """Where the token of this device is kept; empty when that is not known."""


def _asked(client: Asking, action: actions.Action, here: str) -> Asked | AskedPages | Answer | None:
    """Return what an action asks for, or the answer that it has without; None for what others carry out."""
    if isinstance(action, OrderAction):
        return order.asked(action, here)
    if isinstance(action, StaffAction):
        return staff.asked(action)
    if isinstance(action, ShowDevices):
        return account.devices(lambda: client.token_place)
    if isinstance(action, AccountAction):
        return account.asked(action)
    if isinstance(action, actions.AddDevice):
        return Asked(accounts.AddDevice, {}, lambda reply: _code(reply, client.link.address))
    make = _REQUESTS.get(type(action))
    return None if make is None else make(action, here)


def carry_out(client: Asking, action: actions.Action, here: str) -> Future[Answer] | None:
    """Ask the server for what an action means.

    Args:
        client: whom to ask.
        action: what a line asked for; one about a message names it by its number.
        here: the conversation in front; empty when there is none.

    Returns:
        The answer to come; it never fails, a refusal is an answer too. None when the action concerns only
        what is in front.
    """
    if not here and _needs_here(action):
        return _done(Answer(NOWHERE, failed=True))
    match action:
        case actions.Say(text, action=acting):
            client.say(here, text, action=acting)
            return _done(Answer())
        case actions.SayTo():
            return _say_to(client, action)
        case actions.ListChannels():
            return _pages(client, requests.ListChannels, {}, "channels", _channels)
        case actions.Names():
            where = action.channel or here
            return _pages(client, requests.Members, {"target": where}, "members", _members)
    return _ask(client, _asked(client, action, here))


def _ask(client: Asking, asked: Asked | AskedPages | Answer | None) -> Future[Answer] | None:
    if isinstance(asked, Asked):
        return ask_for(client, asked)
    if isinstance(asked, AskedPages):
        return _pages(client, asked.request, asked.fields, asked.what, asked.words)
    return None if asked is None else _done(asked)


def _needs_here(action: actions.Action) -> bool:
    """Return whether an action means the conversation in front, since it names no other."""
    named = (actions.Names, actions.Part, actions.SetTopic, Invite, Silence)
    if isinstance(action, OrderAction) and not isinstance(action, (*named, DeleteChannel)):
        return True
    return isinstance(action, actions.Say | actions.AboutMessage | actions.ShowPins) or (
        isinstance(action, named) and action.channel is None
    )


def _say_to(client: Asking, action: actions.SayTo) -> Future[Answer]:
    """Put a message to a person into the outbox, once it is sure that there is such a person.

    Where that can't be found out it waits in the outbox all the same.
    """
    target = f"@{action.nick}"
    answer: Future[Answer] = Future()

    def opened(future: Future[Any]) -> None:
        error = future.exception()
        if isinstance(error, Refused):
            answer.set_result(replace(failure(error), text=f"{error} Your text was not sent."))
        elif error is not None:
            client.say(target, action.text)
            answer.set_result(Answer(_WAITS.format(nick=action.nick)))
        else:
            client.say(future.result().conversation.conversation, action.text)
            client.ask(requests.Whois, target=target).add_done_callback(seen)

    def seen(future: Future[Any]) -> None:
        is_away = future.exception() is None and future.result().presence is Presence.OFFLINE
        answer.set_result(Answer(_OFFLINE.format(nick=action.nick) if is_away else ""))

    client.ask(requests.OpenDirect, target=target).add_done_callback(opened)
    return answer


def ask_for(client: Asking, asked: Asked) -> Future[Answer]:
    """Send one request; the answer to come never fails, a refusal is an answer too."""
    return answered(client.ask(asked.request, **asked.fields), asked.words)


def answered(asked: Future[Any], words: Callable[[Any], Answer]) -> Future[Answer]:
    """Return the answer that a reply comes to, or that says why there is none."""
    answer: Future[Answer] = Future()

    def settled(future: Future[Any]) -> None:
        error = future.exception()
        answer.set_result(failure(error) if error else words(future.result()))

    asked.add_done_callback(settled)
    return answer


def _pages(
    client: Asking,
    request: type[Request],
    fields: dict[str, object],
    what: str,
    words: Callable[[list[Any]], str],
) -> Future[Answer]:
    """Ask for all pages of a list, one after another."""
    answer: Future[Answer] = Future()
    records: list[Any] = []

    def settled(future: Future[Any]) -> None:
        if error := future.exception():
            answer.set_result(failure(error))
            return
        reply = future.result()
        records.extend(getattr(reply, what))
        if reply.next:
            client.ask(request, after=reply.next, **fields).add_done_callback(settled)
        else:
            answer.set_result(Answer(words(records)))

    client.ask(request, **fields).add_done_callback(settled)
    return answer


def _done(answer: Answer) -> Future[Answer]:
    future: Future[Answer] = Future()
    future.set_result(answer)
    return future


def failure(error: BaseException) -> Answer:
    """Say why nothing came of what was asked for."""
    if isinstance(error, Refused):
        return Answer(str(error), failed=True, retry_seconds=(error.retry_after_ms or 0) / 1000)
    if isinstance(error, ChatError):
        return Answer(str(error), failed=True)
    return Answer(f"That did not work: {error}", failed=True)


def _show(reply: Any) -> Answer:
    return Answer(show=reply.conversation.conversation)


def _status(reply: Any) -> Answer:
    if reply.user.status is Status.ONLINE:
        return Answer("You are shown as here.")
    note = f": {reply.user.status_text}" if reply.user.status_text else ""
    return Answer(f"You are shown as {reply.user.status.value}{note}. /back ends that.")


def _code(reply: Any, place: str) -> Answer:
    address = parse_address(place)
    lines = [
        f"{reply.code} makes one more device you, until {reply.expires.astimezone():%H:%M}. Type there:",
        f"chat-tui {as_typed(address)} --code {reply.code}",
    ]
    if address.host in _THIS_MACHINE:
        lines.append(f"On another machine, write the address of this one in place of {address.host}.")
    return Answer("\n".join(lines))


def _whois(reply: Any) -> Answer:
    user = reply.user
    lines = [f"{user.nick} is {reply.presence.value}" + (f", {user.status_text}" if user.status_text else "")]
    if reply.last_seen:
        lines.append(f"last seen {when(reply.last_seen)}")
    if reply.since:
        lines.append(f"{user.kind.value} since {when(reply.since)}")
    lines.append("in " + ", ".join(reply.channels) if reply.channels else "in no channel of yours")
    return Answer("\n".join(lines))


def _channels(channels: list[Channel]) -> str:
    if not channels:
        return "There are no channels yet. /join #name makes one."
    width = max(cells(channel.name) for channel in channels)
    lines = [
        f"{'●' if each.joined else ' '} {fit(each.name, width)}  {_about(each)}".rstrip() for each in channels
    ]
    count = "1 channel" if len(channels) == 1 else f"{len(channels)} channels"
    return "\n".join([f"{count} (● you are a member; /join #name enters one):", *lines])


def _about(channel: Channel) -> str:
    """Return how many are in it, what is not as usual, and the topic.

    A private channel that one is not in shows only to who is invited.
    """
    members = f"{channel.members:4} {'member ' if channel.members == 1 else 'members'}"
    notes = [
        "you are invited" if channel.private and not channel.joined else "",
        "private" if channel.private and channel.joined else "",
        "archived" if channel.archived else "",
    ]
    told = ", ".join(filter(None, notes))
    return f"{members}   " + " ".join(filter(None, [f"({told})" if told else "", channel.topic]))


def _members(members: list[Member]) -> str:
    here = sorted(_named(member) for member in members if member.presence is not Presence.OFFLINE)
    gone = sorted(_named(member) for member in members if member.presence is Presence.OFFLINE)
    lines = [f"{len(here)} of {len(members)} are here: {', '.join(here)}"]
    if gone:
        lines.append(f"away from the server: {', '.join(gone)}")
    return "\n".join(lines)


def _named(member: Member) -> str:
    """Write a nick, with what is not as usual: who keeps order, may not write, or is away."""
    notes = [
        "admin" if member.user.admin else "op" if member.role is Role.OPERATOR else "",
        "muted" if member.muted else "",
        member.presence.value if member.presence in {Presence.AWAY, Presence.BUSY} else "",
    ]
    told = ", ".join(filter(None, notes))
    return f"{member.user.nick} ({told})" if told else member.user.nick


_REQUESTS: dict[type, Callable[[Any, str], Asked]] = {
    actions.OpenDirect: lambda action, _: Asked(requests.OpenDirect, {"target": f"@{action.nick}"}, _show),
    actions.Join: lambda action, _: Asked(requests.Join, {"target": action.channel}, _show),
    actions.Part: lambda action, here: Asked(
        requests.Part, {"target": action.channel or here, "reason": action.reason}, nothing
    ),
    actions.ChangeNick: lambda action, _: Asked(requests.ChangeNick, {"nick": action.nick}, nothing),
    actions.SetTopic: lambda action, here: Asked(
        requests.SetTopic, {"target": action.channel or here, "topic": action.text}, nothing
    ),
    actions.SetStatus: lambda action, _: Asked(
        requests.SetStatus, {"status": action.state, "text": action.text}, _status
    ),
    actions.Edit: lambda action, here: Asked(
        requests.Edit, {"target": here, "message": action.number, "text": action.text}, nothing
    ),
    actions.Delete: lambda action, here: Asked(
        requests.Delete, {"target": here, "message": action.number}, nothing
    ),
    actions.React: lambda action, here: Asked(
        requests.React,
        {"target": here, "message": action.number, "emoji": action.emoji, "remove": action.remove},
        nothing,
    ),
    actions.Pin: lambda action, here: Asked(
        requests.Pin if action.pinned else requests.Unpin,
        {"target": here, "message": action.number},
        nothing,
    ),
    actions.Whois: lambda action, _: Asked(requests.Whois, {"target": f"@{action.nick}"}, _whois),
}
"""The request for each action that one request answers, given the action and the conversation in front."""
