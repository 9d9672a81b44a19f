"""What a server does by itself: what every server has from the start, and parting guests who never return."""

from chat.clock import Clock
from chat.ids import UserId
from chat.protocol.records import UserKind
from chat.server.domain.user import GUESTS_PARTED_AFTER, found_server, part_unseen_guest, seen
from chat.server.state.journal.change import Change
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.published import Published

EVERY_SECONDS = 3600.0
"""How often the server looks for guests who are gone for good."""


def founding() -> Change:
    """Return the change that makes the lobby, where there is none."""
    return Change(decide=found_server, answer=lambda _: None)


def departure(user: UserId) -> Change:
    """Return the change that notes when a user was seen last: now."""
    return Change(decide=lambda draft: seen(draft, user), answer=lambda _: None)


def part_unseen_guests(world: Published, queue: JournalQueue, clock: Clock) -> None:
    """Queue the parting of guests who were not seen for long; called by a timer."""
    horizon = clock.now() - GUESTS_PARTED_AFTER
    for user in world.directory.everybody():
        gone = user.kind is UserKind.GUEST and (user.last_seen or user.created) < horizon
        if gone and world.conversations.of_user(user.id) and not world.roster.present(user.id):
            queue.put(_parting(user.id))


def _parting(user: UserId) -> Change:
    return Change(decide=lambda draft: part_unseen_guest(draft, user), answer=lambda _: None)
