"""What a server does by itself: what every server has from the start, and parting guests who never return."""

from datetime import datetime, timedelta

from chat.clock import Clock
from chat.ids import UserId
from chat.protocol.records import UserKind
from chat.server.domain.accounts import USE_NOTED_AFTER, used
from chat.server.domain.model import Decision, moment
from chat.server.domain.staff import seat_console
from chat.server.domain.user import GUESTS_PARTED_AFTER, found_server, part_unseen_guest, seen
from chat.server.state.journal.change import Change
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.published import Published

EVERY_SECONDS = 3600.0
"""How often the server looks for guests who are gone for good."""

SEEN_NOTED_AFTER = timedelta(days=1)
"""How old the note on a guest who is here may be."""


def founding() -> Change:
    """Return the change that makes the lobby, where there is none."""
    return Change(decide=found_server, answer=lambda _: None)


def departure(user: UserId, when: datetime) -> Change:
    """Return the change that notes when a user was seen last."""
    return Change(decide=lambda draft: seen(draft, user, when), answer=lambda _: None)


def seating_console(token_hash: str) -> Change:
    """Return the change that lets the operator's commands in; see `staff.seat_console`."""
    return Change(decide=lambda draft: seat_console(draft, token_hash=token_hash), answer=lambda _: None)


def look_after_devices(world: Published, queue: JournalQueue, clock: Clock) -> None:
    """Note the use of devices that are here for long without a new hello; called by a timer."""
    now = clock.now()
    for session in world.roster.everyone():
        for device in world.devices_of(session.user):
            if device.id == session.device and now - device.used >= USE_NOTED_AFTER:
                queue.put(_use(device.token_hash))


def _use(token_hash: str) -> Change:
    return Change(decide=lambda draft: used(draft, token_hash, ""), answer=lambda _: None)


def probing() -> Change:
    """Return a change that changes nothing: before it is decided, the journal looks after its store."""
    return Change(decide=lambda _: Decision(), answer=lambda _: None)


def look_after_guests(world: Published, queue: JournalQueue, clock: Clock) -> None:
    """Queue the parting of guests who were not seen for long; called by a timer.

    Of those who are here it is noted once a day, so that after a crash nobody passes for long gone.
    """
    now = moment(clock.now())
    for user in world.directory.everybody():
        unseen = now - (user.last_seen or user.created)
        if user.kind is not UserKind.GUEST or unseen < SEEN_NOTED_AFTER:
            continue
        if world.roster.present(user.id):
            queue.put(departure(user.id, now))
        elif unseen >= GUESTS_PARTED_AFTER and world.conversations.of_user(user.id):
            queue.put(_parting(user.id))


def _parting(user: UserId) -> Change:
    return Change(decide=lambda draft: part_unseen_guest(draft, user), answer=lambda _: None)
