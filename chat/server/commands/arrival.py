"""Bans by IP address, for who was not here when they were made: looked at whenever a session begins.

Whom one means is taken out, and reads nothing before that is decided. Any thread; waits for nothing.
"""

from collections.abc import Callable
from typing import Any

from chat.protocol.codes import Refused
from chat.protocol.entries import Banned
from chat.protocol.records import BanKind
from chat.protocol.replies import AnyReply
from chat.server.commands.spec import Reply, Services, answering_later
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


def behind_takings_out(
    read: Callable[[Services, Session, Any, Reply], AnyReply],
) -> Callable[[Services, Session, Any, Reply], AnyReply | Change]:
    """Return the handler of a request that only reads, which a taking out of who asks goes before.

    One that could not be stored is asked for anew, so that nobody reads on because of that.
    """

    def handle(services: Services, session: Session, request: Any, reply: Reply) -> AnyReply | Change:
        if not session.takings_out:
            return read(services, session, request, reply)
        return _taking_out(
            session,
            answering_later(services, request, reply, lambda _: read(services, session, request, reply)),
        )

    return handle


def _means(services: Services, state: ConversationState | None, session: Session) -> bool:
    """Return whether a channel bans the address of a member's session."""
    if state is None or not state.rules.bans or session.user not in state.members:
        return False
    user = services.world.directory.known(session.user)
    return address_ban(state, user, session.host, services.clock.now()) is not None


def _take_out(services: Services, session: Session) -> None:
    session.takings_out.add(object())
    services.queue.put(_taking_out(session, lambda _: None))


def _taking_out(session: Session, answer: Callable[[Outcome | Refused], None]) -> Change:
    """Return the change that takes somebody out, and with it is done what was asked of it so far."""
    who, host, asked = session.user, session.host, tuple(session.takings_out)

    def decided(result: Outcome | Refused) -> None:
        if not isinstance(result, Refused):
            session.takings_out.difference_update(asked)
        answer(result)

    return Change(decide=lambda draft: arrived(draft, who, host), answer=decided)
