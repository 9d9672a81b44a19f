"""Commands for administrators of the server: announce, disconnect, gate, stats, users.

Pure; safe on any thread.
"""

from chat.protocol.records import Gate
from chat.tui.slash.actions import Action
from chat.tui.slash.arguments import first_word, nick, only_word, taking_nothing
from chat.tui.slash.order_actions import Announce, Disconnect, SetGate, ShowStats, ShowUsers
from chat.tui.slash.spec import Argument, Command, Family, SlashError

GATES = {
    "open": (Gate.OPEN, "everybody"),
    "no-registration": (Gate.NO_REGISTRATION, "no new accounts"),
    "no-guests": (Gate.NO_GUESTS, "nobody without an account"),
    "staff-only": (Gate.STAFF_ONLY, "administrators alone"),
}
"""What `/gate` takes, and whom the server lets in then."""


def _announce(rest: str) -> Action:
    if not rest:
        raise SlashError("What?")
    return Announce(rest)


def _disconnect(rest: str) -> Action:
    person, reason = first_word(rest)
    if not person:
        raise SlashError("Whom?")
    return Disconnect(nick(person), reason)


def _gate(rest: str) -> Action:
    word = only_word(rest, f"Whom shall the server let in: {', '.join(GATES)}?").casefold().replace("_", "-")
    if word not in GATES:
        raise SlashError(f"The gate is one of {', '.join(GATES)}.")
    return SetGate(GATES[word][0])


ANNOUNCE = Command(
    name="announce",
    usage="/announce TEXT",
    summary="tell everybody on the server something",
    detail="Everybody who is here sees it at once; it is kept nowhere. For administrators.",
    family=Family.STAFF,
    parse=_announce,
    arguments=(Argument.TEXT,),
)

DISCONNECT = Command(
    name="disconnect",
    usage="/disconnect NICK [REASON]",
    summary="end the connections of somebody",
    detail="They can connect again. For administrators.",
    family=Family.STAFF,
    parse=_disconnect,
    arguments=(Argument.NICK, Argument.TEXT),
)

GATE = Command(
    name="gate",
    usage="/gate WHOM",
    summary="say whom the server lets in",
    detail=f"One of {', '.join(GATES)}; at once and until it is changed. For administrators.",
    family=Family.STAFF,
    parse=_gate,
    arguments=(Argument.GATE,),
)

STATS = Command(
    name="stats",
    usage="/stats",
    summary="show how the server is doing",
    detail="Connections, people, and what waits. For administrators.",
    family=Family.STAFF,
    parse=taking_nothing(ShowStats()),
)

USERS = Command(
    name="users",
    usage="/users",
    summary="show who is known to the server",
    detail="With accounts, administrators, and when they were last seen. For administrators.",
    family=Family.STAFF,
    parse=taking_nothing(ShowUsers()),
)
