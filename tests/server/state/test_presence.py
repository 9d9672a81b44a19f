"""Who is told that somebody came, went or types: those who watch, and only what is true."""

from datetime import timedelta

from chat.ids import ConversationId
from chat.protocol.accounts import AddDevice
from chat.protocol.events import PresenceChanged, ReadMarked, TypingSeen, UserChanged
from chat.protocol.records import Presence, Status
from chat.protocol.requests import (
    ChangeNick,
    Join,
    MarkRead,
    Members,
    OpenDirect,
    Part,
    Send,
    SetStatus,
    Typing,
    Watch,
)
from chat.server.state.roster import OFFLINE_AFTER
from chat.server.state.session import Session
from tests.support.hub import Hub, peer_of


def _watching(hub: Hub, nick: str, *targets: str) -> Session:
    session = hub.guest(nick)
    for target in targets:
        if target != "#general" and target.startswith("#"):
            hub.ask(session, Join, target=target)
    hub.ask(session, Watch, targets=list(targets))
    hub.forget(session)
    return session


def _presences(hub: Hub, session: Session) -> list[tuple[str, Presence]]:
    return [(event.nick, event.presence) for event in hub.events_of(session, PresenceChanged)]


def test_those_who_watch_see_people_come_and_go() -> None:
    """Gone only after a moment; with the time, which is also what the member list says then."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    bob = hub.guest("bob")
    assert _presences(hub, ann) == [("bob", Presence.ONLINE)]
    hub.drop(bob)
    assert _presences(hub, ann) == []
    hub.fake_clock.advance(OFFLINE_AFTER)
    hub.presence.tick()
    (gone,) = hub.events_of(ann, PresenceChanged)
    assert (gone.nick, gone.presence) == ("bob", Presence.OFFLINE)
    listed = {each.user.nick: each for each in hub.ask(ann, Members, target="#general").members}
    assert listed["bob"].last_seen == gone.last_seen is not None
    assert listed["bob"].presence is Presence.OFFLINE


def test_who_does_not_watch_hears_nothing_of_it() -> None:
    """Nor who watches another conversation only, nor the user's own sessions."""
    hub = Hub()
    quiet, elsewhere = hub.guest("quiet"), _watching(hub, "elsewhere", "#sea")
    bob = _watching(hub, "bob", "#general")
    hub.forget(quiet, elsewhere)
    hub.second_device(bob)
    hub.drop(bob, at_once=True)
    for session in (quiet, elsewhere, bob):
        assert _presences(hub, session) == []


def test_a_reconnect_within_the_moment_makes_no_noise() -> None:
    """Neither offline nor online is told."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    bob = hub.guest("bob", "t" * 64)
    hub.forget(ann)
    hub.drop(bob)
    hub.fake_clock.advance(OFFLINE_AFTER - 1)
    hub.guest("bob", "t" * 64)
    hub.fake_clock.advance(OFFLINE_AFTER)
    hub.presence.tick()
    assert _presences(hub, ann) == []


def test_a_user_is_here_as_long_as_one_session_is() -> None:
    """A second device coming or going is told to nobody; gone is told 5 s after the last one ended."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    bob = hub.guest("bob")
    hub.forget(ann)
    phone = hub.second_device(bob)
    hub.drop(bob)
    hub.fake_clock.advance(OFFLINE_AFTER)
    hub.presence.tick()
    assert hub.events(ann) == []
    hub.drop(phone)
    hub.fake_clock.advance(OFFLINE_AFTER - 1)
    hub.presence.tick()
    assert hub.events(ann) == []
    hub.fake_clock.advance(1)
    hub.presence.tick()
    assert _presences(hub, ann) == [("bob", Presence.OFFLINE)]


def test_who_is_cut_as_too_slow_stays_here_by_another_device() -> None:
    """Only with the last session somebody is gone, and then at once."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    bob = hub.guest("bob")
    phone = hub.second_device(bob)
    hub.forget(ann)
    hub.drop(bob, at_once=True)
    assert hub.events(ann) == []
    hub.drop(phone, at_once=True)
    assert _presences(hub, ann) == [("bob", Presence.OFFLINE)]


def test_a_second_device_takes_over_within_the_moment() -> None:
    """Another device instead of the first is no coming and no going."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    bob = hub.guest("bob")
    code = hub.ask(bob, AddDevice).code
    hub.forget(ann)
    hub.drop(bob)
    hub.guest("", code=code)
    hub.fake_clock.advance(OFFLINE_AFTER)
    hub.presence.tick()
    assert hub.events(ann) == []


def test_other_devices_are_told_of_nick_status_and_reading() -> None:
    """What one of them changed is the same on all."""
    hub = Hub()
    bob = hub.guest("bob")
    phone = hub.second_device(bob)
    hub.forget(bob, phone)
    hub.ask(bob, ChangeNick, nick="rob")
    hub.ask(bob, SetStatus, status=Status.BUSY)
    hub.ask(hub.guest("ann"), Send, target="#general", text="hi")
    hub.ask(bob, MarkRead, target="#general", number=4)
    told = hub.events(phone)
    changes = [event.user for event in told if isinstance(event, UserChanged)]
    assert [(user.nick, user.status) for user in changes] == [("rob", Status.ONLINE), ("rob", Status.BUSY)]
    assert [event.number for event in told if isinstance(event, ReadMarked)] == [4]


def test_somebody_who_shares_several_watched_conversations_is_told_of_once() -> None:
    """One event, however many conversations."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general", "#tea")
    bob = hub.guest("bob")
    hub.ask(bob, Join, target="#tea")
    hub.forget(ann)
    hub.drop(bob, at_once=True)
    assert _presences(hub, ann) == [("bob", Presence.OFFLINE)]


def test_who_left_a_conversation_sees_nothing_of_it_any_more() -> None:
    """Though the session said once that it watches: neither presence nor typing."""
    hub = Hub()
    ann, bob = _watching(hub, "ann", "#tea"), hub.guest("bob")
    hub.ask(bob, Join, target="#tea")
    hub.ask(hub.second_device(ann), Part, target="#tea")
    hub.forget(ann)
    hub.ask(bob, Typing, target="#tea")
    hub.drop(bob, at_once=True)
    assert [type(event) for event in hub.events(ann)] == []


def test_typing_is_told_to_the_others_who_watch() -> None:
    """Not to oneself, not to those who look elsewhere."""
    hub = Hub()
    ann, bob = _watching(hub, "ann", "#general"), _watching(hub, "bob", "#general")
    elsewhere = _watching(hub, "eve", "#sea")
    hub.forget(ann, bob, elsewhere)
    hub.ask(bob, Typing, target="#general")
    (typing,) = hub.events_of(ann, TypingSeen)
    assert (typing.nick, typing.user) == ("bob", bob.user)
    assert hub.events(bob) == []
    assert hub.events(elsewhere) == []


def test_the_other_side_of_a_conversation_that_was_only_opened_is_in_sight() -> None:
    """Presence does not wait for the first message."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    hub.ask(ann, Watch, targets=[direct])
    hub.forget(ann)
    hub.drop(bob, at_once=True)
    assert _presences(hub, ann) == [("bob", Presence.OFFLINE)]


def test_a_newcomer_is_introduced_to_those_who_watch() -> None:
    """The entry tells a nick only: record and presence follow, so that a kept member list stays true."""
    hub = Hub()
    ann, bob = _watching(hub, "ann", "#tea"), hub.guest("bob")
    hub.ask(bob, SetStatus, status=Status.BUSY, text="writing")
    hub.forget(ann)
    hub.ask(bob, Join, target="#tea")
    events = hub.events(ann)
    (changed,) = [event for event in events if isinstance(event, UserChanged)]
    (presence,) = [event for event in events if isinstance(event, PresenceChanged)]
    assert changed.user == hub.world.directory.known(bob.user).record()
    assert presence.presence is Presence.BUSY


def test_a_status_set_while_presence_is_told_is_told_as_well() -> None:
    """Who tells looks again afterwards: the last word is the present one."""
    hub = Hub()
    ann, bob = _watching(hub, "ann", "#general"), hub.guest("bob")
    hub.forget(ann)
    peer = peer_of(ann)
    push = peer.push
    changes = [lambda: hub.roster.end(bob, at_once=True)]

    def meddle(line: bytes) -> None:
        push(line)
        if changes:
            changes.pop()()

    peer.push = meddle  # type: ignore[method-assign]
    hub.presence.came(bob.user)
    assert _presences(hub, ann) == [("bob", Presence.ONLINE), ("bob", Presence.OFFLINE)]


def test_going_is_stored_with_its_time() -> None:
    """For `members` and `whois` of later days."""
    hub = Hub()
    bob = hub.guest("bob")
    hub.fake_clock.advance(3600)
    hub.drop(bob, at_once=True)
    stored = {user.id: user for user in hub.store.load().users}[bob.user]
    assert stored.last_seen == hub.clock.now()
    assert stored.last_seen - stored.created == timedelta(hours=1)


def test_a_conversation_that_is_not_there_has_no_watchers() -> None:
    """Asked for by an id that was never given."""
    hub = Hub()
    ann = _watching(hub, "ann", "#general")
    assert hub.world.watchers(ConversationId("c99"), but=ann.user) == []
