"""What is in no log: presence, typing, nicks, status and how far somebody has read."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.protocol.codes import ErrorCode
from chat.protocol.events import PresenceChanged, ReadMarked, TypingSeen, UserChanged
from chat.protocol.records import Member, Presence, Status
from chat.protocol.replies import (
    ChangeNickResult,
    Error,
    JoinResult,
    MarkReadResult,
    MembersResult,
    OpenDirectResult,
    PartResult,
    SendResult,
    SetStatusResult,
    TypingResult,
    WatchResult,
    WhoisResult,
)
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
    Whois,
)
from tests.support.clock import HastyClock
from tests.support.people import People, Person
from tests.support.server import running_server
from tests.support.waiting import wait_until


def watch(person: Person, *targets: str) -> None:
    """Have these on the screen."""
    person.get(WatchResult, Watch, targets=list(targets))
    person.news()


@contextmanager
def ann_on_two_devices() -> Iterator[tuple[People, Person, Person]]:
    """Ann here and there, and the others to come."""
    with running_server() as server, People(server.address) as people:
        here = people.come("ann")
        yield people, here, people.second_device(here)


def test_presence_and_typing_are_told_to_who_looks(people: People) -> None:
    """A channel that is not on the screen makes no noise.

    P1: `presence_changed` and `typing_seen` MUST be told for watched conversations only.
    """
    ann, ben, eve = people.come("ann"), people.come("ben"), people.come("eve")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    for person in (ann, ben, eve):
        person.news()
    watch(ann, "#tea")
    ben.get(TypingResult, Typing, target="#general")
    assert ann.news() == eve.news() == []
    ben.get(TypingResult, Typing, target="#tea")
    (seen,) = ann.news()
    assert isinstance(seen, TypingSeen)
    assert (seen.user, seen.nick) == (ben.id, "ben")
    assert eve.news() == []

    came = people.come("carl")
    assert not any(isinstance(event, PresenceChanged) for event in ann.news()), "he is not in #tea"
    watch(ann, "#general")
    people.come("dora")
    told = [event for event in ann.news() if isinstance(event, PresenceChanged)]
    assert [(event.nick, event.presence) for event in told] == [("dora", Presence.ONLINE)]
    assert not any(isinstance(event, PresenceChanged) for event in [*eve.news(), *came.news()])


def test_what_is_watched_ends_with_the_membership(people: People) -> None:
    """Who has left a channel sees no more who types there."""
    ann, ben = people.come("ann"), people.come("ben")
    for person in (ann, ben):
        person.get(JoinResult, Join, target="#tea")
    watch(ann, "#tea")
    ann.get(PartResult, Part, target="#tea")
    ann.news()
    ben.get(TypingResult, Typing, target="#tea")
    assert ann.news() == []


def test_a_refused_watch_changes_nothing(people: People) -> None:
    """P2: A `watch` that is refused MUST leave what is watched as it was."""
    ann, ben = people.come("ann"), people.come("ben")
    watch(ann, "#general")
    assert ann.refused(Watch, targets=["#nowhere"]).code is ErrorCode.UNKNOWN_CONVERSATION
    ben.get(TypingResult, Typing, target="#general")
    assert [type(event) for event in ann.news()] == [TypingSeen]


def test_nick_and_status_are_told_to_everybody(people: People) -> None:
    """Also to those who share no conversation with who changed.

    P3: A change of nick or status MUST be told to every session by `user_changed`, with a higher `version`.
    """
    ann, eve = people.come("ann"), people.come("eve")
    eve.get(PartResult, Part, target="#general")
    for person in (ann, eve):
        person.news()
    renamed = ann.get(ChangeNickResult, ChangeNick, nick="anna").user
    away = ann.get(SetStatusResult, SetStatus, status=Status.AWAY, text="tea\n time").user
    same = ann.get(SetStatusResult, SetStatus, status=Status.AWAY, text="tea  time").user
    assert same == away
    assert (away.nick, away.status, away.status_text) == ("anna", Status.AWAY, "tea  time")
    assert ann.hello.user.version < renamed.version < away.version
    expected = [UserChanged(user=renamed, old_nick="ann"), UserChanged(user=away)]
    assert eve.news() == expected
    assert ann.news() == expected
    assert people.come("anna2").get(WhoisResult, Whois, target="@anna").user == away


def test_reading_moves_forward_only(people: People) -> None:
    """P4: What counts as read MUST only move forward, and never beyond `last`."""
    ann, ben = people.come("ann"), people.come("ben")
    for _ in range(5):
        ann.get(SendResult, Send, target="#general", text="hi")
    for asked, counts in ((5, 5), (4, 5), (0, 5), (6, 6), (4_000_000_000, 8), (7, 8)):
        assert ben.get(MarkReadResult, MarkRead, target="#general", number=asked).read == counts
    assert ben.link.sync()[0].conversations[0].read == 8


def reads(person: Person) -> list[tuple[str, str, int]]:
    """Conversation, reader and number of the positions that somebody was told, which must be all the news."""
    told = person.news()
    assert all(isinstance(event, ReadMarked) and event.timestamp for event in told)
    return [(event.conversation, event.user, event.number) for event in told if isinstance(event, ReadMarked)]


def test_reading_is_told_to_whom_it_concerns() -> None:
    """In a channel that is nobody but oneself.

    P5: It MUST be told by `read_marked` to all sessions of the user, and in a direct conversation to those of
    the other side.
    """
    with ann_on_two_devices() as (people, here, there):
        ben = people.come("ben")
        said = ben.get(SendResult, Send, target="@ann", text="tea?")
        ben.get(SendResult, Send, target="#general", text="hi")
        for person in (here, there, ben):
            person.news()
        here.get(MarkReadResult, MarkRead, target="#general", number=4)
        assert reads(here) == reads(there) == [("c1", here.id, 4)]
        assert ben.news() == []
        here.get(MarkReadResult, MarkRead, target="@ben", number=2)
        assert reads(here) == reads(there) == reads(ben) == [(said.conversation, here.id, 2)]
        here.get(MarkReadResult, MarkRead, target="@ben", number=1)
        assert ben.news() == [], "nothing moved"


def test_private_reading_stays_private() -> None:
    """The other side goes on seeing what it was told last, until something is read openly.

    P8: A `private` mark MUST move one's own position alone: the other side is told of it neither by
    `read_marked` nor by `peer_read`.
    """
    with ann_on_two_devices() as (people, here, there):
        ben = people.come("ben")
        for text in ("tea?", "or coffee?", "well?"):
            direct = ben.get(SendResult, Send, target="@ann", text=text).conversation
        here.get(MarkReadResult, MarkRead, target=direct, number=2)
        for person in (here, there, ben):
            person.news()
        assert here.get(MarkReadResult, MarkRead, target=direct, number=4, private=True).read == 4
        assert reads(here) == reads(there) == [(direct, here.id, 4)]
        assert ben.news() == []
        seen = ben.get(OpenDirectResult, OpenDirect, target="@ann").conversation
        assert (seen.peer_read, seen.peer_read_at is None) == (2, False)
        own = here.get(OpenDirectResult, OpenDirect, target="@ben").conversation
        assert (own.read, own.unread, own.peer_read, own.peer_read_at) == (4, 0, 0, None)
        assert here.get(MarkReadResult, MarkRead, target=direct, number=4).read == 4
        assert reads(ben) == [(direct, here.id, 4)]
        assert here.news() == [], "one's own position did not move"


def test_nobody_is_told_of_their_own_typing() -> None:
    """P6: `typing_seen` MUST NOT be told to who types."""
    with ann_on_two_devices() as (people, here, there):
        ben = people.come("ben")
        for person in (here, there, ben):
            watch(person, "#general")
        here.get(TypingResult, Typing, target="#general")
        assert here.news() == there.news() == []
        assert [type(event) for event in ben.news()] == [TypingSeen]


def test_a_moment_without_a_link_makes_no_noise() -> None:
    """Who comes back in time was never away for others.

    P7: Going offline MUST be told within 10 s after the last session of a user ended, and coming back before
    it is told MUST NOT be told at all.
    """
    clock = HastyClock()
    with running_server(clock=clock) as server, People(server.address) as people:
        ann, ben, eve = people.come("ann"), people.come("ben"), people.come("eve")
        watch(ann, "#general")
        ben.link.close()
        back = people.come("ben", ben.token)
        clock.advance(20)
        for person in (ann, back, eve):
            person.link.barrier()
        eve.link.close()
        _until_gone(ann, clock, eve)
        told = [event for event in ann.link.frames if isinstance(event, PresenceChanged)]
        assert {event.user for event in told} == {eve.id}
        went = told[-1].last_seen
        assert went is not None
        wait_until(lambda: ann.get(WhoisResult, Whois, target="@eve").last_seen == went, what="its storing")
        (member,) = (each for each in _members(ann) if each.user.id == eve.id)
        assert (member.presence, member.last_seen) == (Presence.OFFLINE, went)

        ann.news()
        people.come("eve", eve.token)
        (came,) = ann.news()
        assert came == PresenceChanged(user=eve.id, nick="eve", presence=Presence.ONLINE)


def _members(person: Person) -> tuple[Member, ...]:
    return person.get(MembersResult, Members, target="#general").members


def _until_gone(person: Person, clock: HastyClock, gone: Person) -> None:
    """Hurry on until somebody is told to be offline; the server notices a closed link in its own time."""

    def went() -> bool:
        clock.advance(0.5)
        person.link.barrier()
        return any(
            isinstance(frame, PresenceChanged) and frame.user == gone.id for frame in person.link.frames
        )

    wait_until(went, what="the end of the grace")


def test_one_of_several_devices_may_go() -> None:
    """A user is here as long as one session is."""
    with ann_on_two_devices() as (others, here, there):
        ben = others.come("ben")
        here.link.close()
        there.link.barrier()
        assert ben.get(WhoisResult, Whois, target="@ann").presence is Presence.ONLINE


def test_who_joins_what_one_watches_is_introduced(people: People) -> None:
    """The entry says who it is; presence and a status that is not the usual one come beside it."""
    ann, ben = people.come("ann"), people.come("ben")
    ann.get(JoinResult, Join, target="#tea")
    watch(ann, "#tea")
    busy = ben.get(SetStatusResult, SetStatus, status=Status.BUSY, text="baking").user
    ann.news()
    ben.get(JoinResult, Join, target="#tea")
    told = ann.news()
    assert UserChanged(user=busy) in told
    assert PresenceChanged(user=ben.id, nick="ben", presence=Presence.BUSY) in told


def test_a_status_holds_until_it_is_changed(people: People) -> None:
    """Also over a new link; a text that is too long leaves it as it was."""
    ann, ben = people.come("ann"), people.come("ben")
    ann.get(SetStatusResult, SetStatus, status=Status.BUSY, text="baking")
    again = people.come("ann", ann.token)
    assert (again.hello.user.status, again.hello.user.status_text) == (Status.BUSY, "baking")
    assert isinstance(again.ask(SetStatus, status=Status.AWAY, text="x" * 101), Error)
    assert ben.get(WhoisResult, Whois, target="@ann").presence is Presence.BUSY


def test_somebody_is_looked_up(people: People) -> None:
    """With the channels that both are in, and no others."""
    ann, ben = people.come("ann"), people.come("ben")
    for name in ("#tea", "#cake"):
        ann.get(JoinResult, Join, target=name)
    for name in ("#tea", "#secret"):
        ben.get(JoinResult, Join, target=name)
    found = ann.get(WhoisResult, Whois, target="@Ben")
    assert (found.user, found.presence) == (ben.hello.user, Presence.ONLINE)
    assert found.channels == ("#general", "#tea")
    assert found.since is not None
    assert found.last_seen is None
