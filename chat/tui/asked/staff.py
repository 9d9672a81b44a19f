"""What keeps order on the server: the requests of its commands, and their answers in words.

Pure; safe on any thread.
"""

from collections.abc import Callable
from typing import Any

from chat.protocol import staff
from chat.protocol.records import Gate, KnownUser
from chat.tui.asked.answer import Answer, Asked, AskedPages, when
from chat.tui.render.cells import cells, fit
from chat.tui.slash import order_actions as actions

_GATES = {
    Gate.OPEN: "The server lets everybody in.",
    Gate.NO_REGISTRATION: "The server takes no new accounts; everybody else is let in.",
    Gate.NO_GUESTS: "The server lets nobody in without an account, and takes no new ones.",
    Gate.STAFF_ONLY: "The server lets nobody in but administrators.",
}


def asked(action: actions.StaffAction) -> Asked | AskedPages:
    """Return what an action asks the server for."""
    return _REQUESTS[type(action)](action)


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"


def _stats(reply: staff.StatsResult) -> Answer:
    rows = {
        "version": f"{reply.version}, started {when(reply.started)}",
        "lets in": reply.gate.value.replace("_", " "),
        "people": f"{reply.users_here} here, {reply.users} known",
        "connections": str(reply.links),
        "conversations": str(reply.conversations),
        "waiting": f"{reply.queue} changes, {reply.pending_bytes:,} bytes to send",
    }
    width = max(map(len, rows))
    return Answer("\n".join(f"{name:<{width}}  {value}" for name, value in rows.items()))


def _users(users: list[KnownUser]) -> str:
    width = max((cells(each.user.nick) for each in users), default=0)
    return "\n".join(
        [f"{len(users)} known:", *(f"{fit(each.user.nick, width)}  {_user(each)}" for each in users)]
    )


def _user(known: KnownUser) -> str:
    words = [
        "administrator" if known.user.admin else known.user.kind.value,
        "disabled" if known.disabled else "",
        "here" if known.here else f"last seen {when(known.last_seen)}" if known.last_seen else "",
    ]
    return ", ".join(filter(None, words))


_REQUESTS: dict[type, Callable[[Any], Asked | AskedPages]] = {
    actions.Announce: lambda action: Asked(
        staff.Announce,
        {"text": action.text},
        lambda reply: Answer(f"It is told over {_connections(reply.sessions)}."),
    ),
    actions.Disconnect: lambda action: Asked(
        staff.Disconnect,
        {"user": f"@{action.nick}", "reason": action.reason},
        lambda reply: Answer(f"{action.nick} loses {_connections(reply.sessions)}."),
    ),
    actions.SetGate: lambda action: Asked(
        staff.SetGate, {"gate": action.gate}, lambda reply: Answer(_GATES[reply.gate])
    ),
    actions.ShowStats: lambda _: Asked(staff.Stats, {}, _stats),
    actions.ShowUsers: lambda _: AskedPages(staff.ListUsers, {}, "users", _users),
}
"""The request for each action."""
