"""Bans by IP address, for who was not here when they were made: looked at whenever a session begins.

Any thread; waits for nothing.
"""

from chat.protocol.entries import Banned
from chat.protocol.records import BanKind
from chat.server.commands.spec import Services
from chat.server.domain.bans import address_ban, arrived
from chat.server.domain.model import ConversationState
from chat.server.state.journal.change import Change, Outcome
from chat.server.state.session import Session


def look_at_bans(services: Services, session: Session) -> None:
    """Have somebody taken out of the channels that ban the address of their new session.

    That is decided before anything that the session asks for. Its session is registered by now, so that a ban
    which is made in this moment finds it, or is found here.
    """
    world = services.world
    states = (world.conversation(each) for each in world.conversations_of(session.user))
    if any(_means(services, state, session) for state in states):
        _take_out(services, session)


def look_who_arrived(services: Services, outcome: Outcome) -> None:
    """Look, once a ban is published, at the members who came while it was decided."""
    state = outcome.conversation
    by_address = isinstance(outcome.entry, Banned) and outcome.entry.ban.kind is BanKind.ADDRESS
    for session in services.world.roster.everyone() if state is not None and by_address else ():
        if _means(services, state, session):
            _take_out(services, session)


def _means(services: Services, state: ConversationState | None, session: Session) -> bool:
    """Return whether a channel bans the address of a member's session."""
    if state is None or not state.rules.bans or session.user not in state.members:
        return False
    user = services.world.directory.known(session.user)
    return address_ban(state, user, session.host, services.clock.now()) is not None


def _take_out(services: Services, session: Session) -> None:
    who, host = session.user, session.host
    services.queue.put(Change(decide=lambda draft: arrived(draft, who, host), answer=lambda _: None))
