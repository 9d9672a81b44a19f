"""What a server does by itself: the lobby, and guests who never return."""

from datetime import timedelta

from chat.protocol.entries import Left
from chat.protocol.requests import Join, Sync
from chat.server.state.housekeeping import founding, look_after_guests
from tests.support.hub import Hub


def _days(hub: Hub, days: float) -> None:
    hub.fake_clock.advance(timedelta(days=days).total_seconds())


def _look(hub: Hub) -> None:
    look_after_guests(hub.world, hub.queue, hub.clock)
    hub.settle()


def test_a_server_is_founded_once() -> None:
    """A start on a store that knows the lobby adds nothing."""
    hub = Hub()
    before = hub.store.last_batch()
    hub.queue.put(founding())
    hub.settle()
    assert hub.store.last_batch() == before
    again = Hub(hub.store.inside)
    assert again.store.last_batch() == before


def test_a_guest_unseen_for_30_days_is_parted_and_finds_the_way_back() -> None:
    """Those who stayed are told by the log; the token still opens the same user."""
    hub = Hub()
    ann, bob = hub.guest("ann", "a" * 64), hub.guest("bob")
    for guest in (ann, bob):
        hub.ask(guest, Join, target="#tea")
    hub.drop(ann, at_once=True)
    _days(hub, 29.9)
    _look(hub)
    assert hub.world.conversations.of_user(ann.user) != frozenset()
    _days(hub, 0.2)
    hub.forget(bob)
    _look(hub)
    assert {event.user for event in hub.events_of(bob, Left)} == {ann.user}
    before = hub.store.last_batch()
    _look(hub)
    assert hub.store.last_batch() == before
    back = hub.guest("ann", "a" * 64)
    assert back.user == ann.user
    assert hub.ask(back, Sync).conversations == ()


def test_a_guest_who_is_here_for_months_is_not_parted() -> None:
    """Nor after a crash that nobody was told of: once a day it is noted that they are here."""
    hub = Hub()
    ann = hub.guest("ann")
    for _ in range(40):
        _days(hub, 1)
        _look(hub)
    after_crash = Hub(hub.store.inside, hub.clock)
    _days(hub, 0.9)
    _look(after_crash)
    assert after_crash.world.conversations.of_user(ann.user) != frozenset()


def test_a_guest_who_is_here_is_noted_once_a_day_only() -> None:
    """Looking again writes nothing."""
    hub = Hub()
    hub.guest("ann")
    _days(hub, 1)
    _look(hub)
    noted = hub.store.last_batch()
    _look(hub)
    assert hub.store.last_batch() == noted


def test_a_guest_who_comes_back_before_the_decision_stays() -> None:
    """The look and the decision are two moments."""
    hub = Hub()
    ann = hub.guest("ann", "a" * 64)
    hub.drop(ann, at_once=True)
    _days(hub, 31)
    look_after_guests(hub.world, hub.queue, hub.clock)
    back = hub.connect()
    hub.roster.register(back, ann.user, ann.device)
    hub.settle()
    assert hub.world.conversations.of_user(ann.user) != frozenset()
