"""Rule 10: a newer session of a device takes the older one's place, at once and for good."""

from chat.protocol.codes import CloseReason
from chat.protocol.entries import Message
from chat.protocol.requests import History, Ping, Send, Watch
from tests.support.hub import Hub, closed_for

TOKEN = "a" * 64


def test_no_further_line_of_the_older_runs_and_its_link_is_closed() -> None:
    """It is told that it was replaced; what it asks is neither done nor answered."""
    hub = Hub()
    older = hub.guest("ann", TOKEN)
    newer = hub.guest("ann", TOKEN)
    assert closed_for(older) is CloseReason.REPLACED
    assert closed_for(newer) is None
    answer = hub.submit(older, Send, target="#general", text="from the grave")
    ping = hub.submit(older, Ping)
    hub.settle()
    assert answer.replies == ping.replies == []
    assert hub.ask(newer, History, target="#general").last == 2


def test_what_the_older_had_queued_still_commits_and_the_retry_finds_it() -> None:
    """On the newer link, by the same send id."""
    hub = Hub()
    older = hub.guest("ann", TOKEN)
    request = hub.request(Send, target="#general", text="on its way")
    hub.give(older, request)
    newer = hub.guest("ann", TOKEN)
    hub.forget(older)
    again = hub.ask_again(newer, request)
    assert again.number == 3
    assert hub.ask(newer, History, target="#general").last == 3


def test_replies_to_the_older_are_dropped() -> None:
    """Those of what was under way too."""
    hub = Hub()
    older = hub.guest("ann", TOKEN)
    hub.submit(older, Send, target="#general", text="on its way")
    hub.forget()
    newer = hub.connect()
    hub.roster.register(newer, older.user, older.device)
    hub.settle()
    assert hub.frames(older) == []


def test_the_newer_takes_the_place_of_the_older_in_every_audience() -> None:
    """By its own sync; nobody hears anything twice."""
    hub = Hub()
    older = hub.guest("ann", TOKEN)
    bob = hub.guest("bob")
    newer = hub.guest("ann", TOKEN)
    hub.ask(bob, Send, target="#general", text="who is there?")
    assert hub.events_of(older, Message) == []
    assert len(hub.events_of(newer, Message)) == 1
    for slot in (hub.world.conversations.slot(each) for each in hub.world.conversations.of_user(newer.user)):
        assert slot is not None
        assert slot.stream.audience.get(newer.device) is newer


def test_what_the_older_watched_is_not_watched_by_the_newer() -> None:
    """A new link says itself what is on its screen."""
    hub = Hub()
    older = hub.guest("ann", TOKEN)
    hub.ask(older, Watch, targets=["#general"])
    newer = hub.guest("ann", TOKEN)
    hub.guest("bob")
    assert hub.roster.watchers(next(iter(hub.world.conversations.of_user(newer.user)))) == ()


def test_the_end_of_the_older_link_tells_nobody_anything() -> None:
    """The user is here all the time."""
    hub = Hub()
    bob = hub.guest("bob")
    older = hub.guest("ann", TOKEN)
    hub.ask(bob, Watch, targets=["#general"])
    newer = hub.guest("ann", TOKEN)
    hub.forget(bob)
    hub.drop(older, at_once=True)
    hub.fake_clock.advance(60)
    hub.presence.tick()
    assert hub.events(bob) == []
    assert hub.roster.present(newer.user)
