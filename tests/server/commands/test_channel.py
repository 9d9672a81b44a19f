"""Channels: listing, making, joining, leaving, topic, members."""

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Joined, Left, TopicChanged
from chat.protocol.events import ConversationAdded, ConversationRemoved, ReadMarked
from chat.protocol.order import SetMode
from chat.protocol.records import Channel, ConversationKind, Member, Presence, Role
from chat.protocol.replies import Error
from chat.protocol.requests import (
    CreateChannel,
    Join,
    ListChannels,
    Members,
    OpenDirect,
    Part,
    Send,
    SetTopic,
)
from chat.server.commands import channel as commands
from chat.server.commands import channel_list, lookup
from chat.server.state.session import Session
from tests.support.hub import Hub


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def _all_channels(hub: Hub, session: Session) -> list[list[Channel]]:
    """Return the pages of the list of channels."""
    pages, after = [], ""
    while True:
        reply = hub.ask(session, ListChannels, after=after)
        pages.append(list(reply.channels))
        after = reply.next
        if not after:
            return pages


def _all_members(hub: Hub, session: Session, target: str) -> list[list[Member]]:
    """Return the pages of a list of members."""
    pages, after = [], ""
    while True:
        reply = hub.ask(session, Members, target=target, after=after)
        pages.append(list(reply.members))
        after = reply.next
        if not after:
            return pages


# ---------------------------------------------------------------------- listing


def test_channels_are_listed_by_name_with_what_one_wants_to_know() -> None:
    """Whether one is in or not; direct conversations never."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, CreateChannel, name="#Tea", topic="green")
    hub.ask(ann, CreateChannel, name="#apples")
    hub.ask(ann, Send, target="@bob", text="psst")
    ((apples, general, tea),) = _all_channels(hub, bob)
    assert (apples.name, general.name, tea.name) == ("#apples", "#general", "#Tea")
    assert (tea.topic, tea.members, tea.last, tea.joined) == ("green", 1, 3, False)
    assert general.joined


@pytest.mark.parametrize("by", ["rows", "bytes"])
def test_a_long_list_of_channels_comes_in_pages(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds some, none comes twice, and the last one says so, also when it is just full."""
    monkeypatch.setattr(channel_list, "LIST_PAGE", 4 if by == "rows" else 1000)
    monkeypatch.setattr(lookup, "LIST_BYTES", 48 * 1024 if by == "rows" else 300)
    hub = Hub()
    ann = hub.guest("ann")
    names = ["#general", *(f"#channel-{number}" for number in range(7))]
    for name in names[1:]:
        hub.ask(ann, Join, target=name)
    pages = _all_channels(hub, ann)
    assert len(pages) > 1
    assert [each.name for page in pages for each in page] == sorted(names)


def test_a_channel_made_between_two_pages_is_no_trouble() -> None:
    """It is told where its name comes later."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Join, target="#b")
    assert [each.name for each in hub.ask(ann, ListChannels, after="#b").channels] == ["#general"]
    hub.ask(ann, Join, target="#c")
    assert [each.name for each in hub.ask(ann, ListChannels, after="#b").channels] == ["#c", "#general"]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_no_page_tells_what_is_hidden(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by where the next page begins either; what one may know of comes all the same, once."""
    monkeypatch.setattr(channel_list, "LIST_PAGE", rows)
    hub = Hub()
    ann, eve = hub.guest("ann"), hub.guest("eve")
    for name in ("#a-plan", "#b-plan", "#c", "#d-plan", "#general-plan", "#h", "#i-plan", "#j-plan"):
        hub.ask(ann, CreateChannel, name=name)
        if name.endswith("plan"):
            hub.ask(ann, SetMode, target=name, private=True)
    told, after = [], ""
    while True:
        reply = hub.ask(eve, ListChannels, after=after)
        told += [each.name for each in reply.channels]
        after = reply.next
        assert "plan" not in after
        if not after:
            break
    assert told == ["#c", "#general", "#h"]


# ---------------------------------------------------------------------- making


def test_making_a_channel_makes_one_its_operator() -> None:
    """The reply has all one needs to show it; the list has it for all."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(ann, bob)
    reply = hub.ask(ann, CreateChannel, name="#Tea", topic=" green\ttea ")
    record = reply.conversation
    assert (record.kind, record.name, record.topic) == (ConversationKind.CHANNEL, "#Tea", "green tea")
    assert (record.role, record.members, record.read, record.last) == (Role.OPERATOR, 1, 3, 3)
    assert hub.events(ann) == hub.events(bob) == []
    assert len(_all_channels(hub, bob)[0]) == 2


def test_a_channel_that_exists_or_has_no_legal_name_is_not_made() -> None:
    """Each refusal at its field."""
    hub = Hub()
    ann = hub.guest("ann")
    for name, code in (
        ("#GENERAL", ErrorCode.CHANNEL_EXISTS),
        ("tea", ErrorCode.INVALID_NAME),
        ("#a b", ErrorCode.INVALID_NAME),
    ):
        assert _refused(hub.ask(ann, CreateChannel, name=name)) == (code, "name")
    long_topic = "x" * (hub.services.limits.topic_characters + 1)
    refused = hub.ask(ann, CreateChannel, name="#tea", topic=long_topic)
    assert _refused(refused) == (ErrorCode.TEXT_TOO_LONG, "topic")
    assert len(_all_channels(hub, ann)[0]) == 1


def test_making_again_under_the_same_send_id_answers_with_the_channel_as_it_is() -> None:
    """And lets the session in, which may be another one than the first."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(CreateChannel, name="#tea")
    first = hub.ask_again(ann, request)
    hub.ask(ann, SetTopic, target="#tea", topic="new")
    again = hub.ask_again(ann, request)
    assert (again.number, again.conversation.conversation) == (first.number, first.conversation.conversation)
    assert (again.conversation.topic, again.conversation.last) == ("new", 3)


# ---------------------------------------------------------------------- joining


def test_joining_answers_with_the_channel_and_its_last_entries() -> None:
    """Up to one's own; nothing is unread."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    most = hub.services.limits.join_entries
    for number in range(most):
        hub.submit(ann, Send, target="#tea", text=f"{number}")
    reply = hub.ask(bob, Join, target="#TEA")
    record = reply.conversation
    assert (record.name, record.role, record.members) == ("#tea", Role.MEMBER, 2)
    assert (record.last, record.read, record.unread) == (most + 3, most + 3, 0)
    assert [entry.number for entry in reply.entries] == list(range(4, most + 4))
    assert isinstance(reply.entries[-1], Joined)


def test_joining_a_missing_channel_makes_it() -> None:
    """With its name as it was written."""
    hub = Hub()
    reply = hub.ask(hub.guest("ann"), Join, target="#Tea")
    assert (reply.conversation.name, reply.conversation.role, reply.number) == ("#Tea", Role.OPERATOR, 2)


def test_joining_by_id_needs_the_channel_to_be_there() -> None:
    """Names make channels, ids do not."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    tea = hub.ask(ann, Join, target="#tea").conversation.conversation
    assert hub.ask(bob, Join, target=tea).conversation.members == 2
    assert _refused(hub.ask(bob, Join, target="c99")) == (ErrorCode.UNKNOWN_CONVERSATION, "target")


def test_joining_where_one_is_answers_with_the_last_entries_and_no_number() -> None:
    """Nothing is written; the session is let in, if it was not."""
    hub = Hub()
    ann = hub.guest("ann", sync=False)
    bob = hub.guest("bob")
    reply = hub.ask(ann, Join, target="#general")
    assert (reply.number, reply.conversation.last, len(reply.entries)) == (0, 3, 3)
    hub.forget(ann)
    hub.ask(bob, Send, target="#general", text="hi")
    assert [event.number for event in hub.events(ann)] == [4]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#", ErrorCode.INVALID_NAME),
        ("#a,b", ErrorCode.INVALID_NAME),
        ("@bob", ErrorCode.NOT_A_CHANNEL),
        ("direct", ErrorCode.NOT_A_CHANNEL),
    ],
)
def test_what_is_no_channel_is_not_joined(target: str, code: ErrorCode) -> None:
    """A person, a direct conversation by its id, an illegal name."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    reply = hub.ask(ann, Join, target=direct if target == "direct" else target)
    assert _refused(reply) == (code, "target")


def test_the_other_devices_of_who_joins_are_told_and_hear_from_then_on() -> None:
    """Not the one that asked; and nobody gets a read mark for it."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(ann)
    hub.ask(bob, Join, target="#tea")
    hub.forget(ann, phone)
    hub.ask(ann, Join, target="#tea")
    (added,) = hub.events(phone)
    assert isinstance(added, ConversationAdded)
    assert (added.conversation.name, added.conversation.read, added.conversation.unread) == ("#tea", 3, 0)
    assert hub.events_of(ann, ReadMarked) == []


# ---------------------------------------------------------------------- leaving


def test_leaving_is_told_to_those_who_stay_and_to_ones_other_devices() -> None:
    """With the reason, cleaned; one may come back."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(bob)
    for session in (ann, bob):
        hub.ask(session, Join, target="#tea")
    hub.forget(ann, bob, phone)
    reply = hub.ask(bob, Part, target="#tea", reason="good\nnight")
    (left,) = hub.events_of(ann, Left)
    assert (left.number, left.reason, left.nick) == (reply.number, "good night", "bob")
    told = hub.events(phone)
    assert [type(event) for event in told] == [Left, ConversationRemoved]
    assert hub.events_of(bob, ConversationRemoved) == []
    assert isinstance(told[1], ConversationRemoved)
    assert (told[1].number, told[1].reason) == (left.number, "good night")
    assert hub.ask(bob, Join, target="#tea").number == 5


@pytest.mark.parametrize("kind", [Part, SetTopic])
def test_only_members_of_a_channel_leave_it_or_set_its_topic(kind: type[Request]) -> None:
    """Each other target has its own refusal."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    direct = hub.ask(bob, OpenDirect, target="@ann").conversation.conversation
    fields = {"topic": "mine"} if kind is SetTopic else {}
    for target, code in (
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("c99", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.NOT_A_CHANNEL),
        (direct, ErrorCode.NOT_A_CHANNEL),
        ("#a b", ErrorCode.INVALID_NAME),
    ):
        assert _refused(hub.ask(bob, kind, target=target, **fields)) == (code, "target")


def test_a_long_reason_is_refused() -> None:
    """And one is still a member."""
    hub = Hub()
    ann = hub.guest("ann")
    reason = "x" * (hub.services.limits.topic_characters + 1)
    refused = hub.ask(ann, Part, target="#general", reason=reason)
    assert _refused(refused) == (ErrorCode.TEXT_TOO_LONG, "reason")
    assert hub.ask(ann, Part, target="#general").number == 3


# ---------------------------------------------------------------------- topic


def test_a_topic_is_told_as_it_is_stored() -> None:
    """On one line, to all who are in the channel; an empty one takes it away."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(bob)
    for topic in ("green\ntea", ""):
        reply = hub.ask(ann, SetTopic, target="#general", topic=topic)
        assert reply.topic == topic.replace("\n", " ")
        (changed,) = hub.events_of(bob, TopicChanged)
        assert (changed.topic, changed.number) == (reply.topic, reply.number)


def test_a_long_topic_is_refused() -> None:
    """By the limit that the welcome tells."""
    hub = Hub()
    ann = hub.guest("ann")
    limit = hub.services.limits.topic_characters
    refused = hub.ask(ann, SetTopic, target="#general", topic="x" * (limit + 1))
    assert _refused(refused) == (ErrorCode.TEXT_TOO_LONG, "topic")
    assert hub.ask(ann, SetTopic, target="#general", topic="x" * limit).topic


# ---------------------------------------------------------------------- members


def test_members_are_listed_whether_they_are_here_or_not() -> None:
    """In the order they came to the server, with role, presence, and when those who are gone were seen."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(bob, Join, target="#tea")
    hub.ask(ann, Join, target="#tea")
    hub.fake_clock.advance(60)
    hub.drop(bob, at_once=True)
    reply = hub.ask(ann, Members, target="#tea")
    first, second = reply.members
    assert reply.last == 3
    assert (first.user.nick, first.role, first.presence) == ("ann", Role.MEMBER, Presence.ONLINE)
    assert (second.user.nick, second.role, second.presence) == ("bob", Role.OPERATOR, Presence.OFFLINE)
    assert (first.last_seen, second.last_seen) == (None, hub.clock.now())


@pytest.mark.parametrize("by", ["rows", "bytes"])
def test_a_long_list_of_members_comes_in_pages(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each member once, in order; the last page says that it is the last, also when it is just full."""
    monkeypatch.setattr(commands, "LIST_PAGE", 3 if by == "rows" else 1000)
    monkeypatch.setattr(lookup, "LIST_BYTES", 48 * 1024 if by == "rows" else 250)
    hub = Hub()
    sessions = [hub.guest(f"guest-{number}", sync=False) for number in range(12)]
    pages = _all_members(hub, sessions[0], "#general")
    assert len(pages) > 2
    assert all(pages)
    assert [each.user.nick for page in pages for each in page] == [f"guest-{number}" for number in range(12)]


def test_members_of_a_direct_conversation_are_its_two() -> None:
    """Asked for by nick or id, also while it has not appeared to the other one."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    for target in (direct, "@bob"):
        assert [each.user.nick for each in hub.ask(ann, Members, target=target).members] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("c99", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.UNKNOWN_CONVERSATION),
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("#a b", ErrorCode.INVALID_NAME),
    ],
)
def test_members_are_told_to_members_only(target: str, code: ErrorCode) -> None:
    """At the target; a conversation with somebody that nobody began is unknown."""
    hub = Hub()
    hub.ask(hub.guest("ann"), Join, target="#tea")
    assert _refused(hub.ask(hub.guest("bob"), Members, target=target)) == (code, "target")


@pytest.mark.parametrize("after", ["x", "u", "uu", "u-1", "12"])
def test_a_cursor_that_is_none_is_refused(after: str) -> None:
    """Except that any letter and digits would do: ids are opaque."""
    hub = Hub()
    reply = hub.ask(hub.guest("ann"), Members, target="#general", after=after)
    if after == "12":
        assert reply.members == ()
    else:
        assert _refused(reply) == (ErrorCode.INVALID_REQUEST, "after")
