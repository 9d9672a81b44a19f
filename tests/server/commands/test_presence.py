"""What is on the screen: whose presence and typing are told."""

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.events import PresenceChanged, TypingSeen
from chat.protocol.replies import Error, TypingResult
from chat.protocol.requests import Join, OpenDirect, Typing, Watch
from tests.support.hub import Hub


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def test_watching_answers_with_the_ids() -> None:
    """Each once, in the order they were named, however they were named."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")
    tea = hub.ask(ann, Join, target="#tea").conversation.conversation
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    reply = hub.ask(ann, Watch, targets=["@bob", "#tea", tea, "#TEA"])
    assert reply.conversations == (direct, tea)


def test_watching_replaces_what_was_watched_and_nothing_is_an_answer_too() -> None:
    """Only what is on the screen now."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for session in (ann, bob):
        hub.ask(session, Join, target="#tea")
    hub.ask(ann, Watch, targets=["#tea"])
    hub.ask(ann, Watch, targets=["#general"])
    hub.forget(ann)
    hub.ask(bob, Typing, target="#tea")
    assert hub.events(ann) == []
    hub.ask(bob, Typing, target="#general")
    assert len(hub.events_of(ann, TypingSeen)) == 1
    assert hub.ask(ann, Watch, targets=[]).conversations == ()
    hub.ask(bob, Typing, target="#general")
    assert hub.events(ann) == []


def test_one_bad_target_leaves_everything_as_it_was() -> None:
    """What was watched is watched on."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Watch, targets=["#general"])
    assert _refused(hub.ask(ann, Watch, targets=["#nowhere"])) == (ErrorCode.UNKNOWN_CONVERSATION, "target")
    hub.forget(ann)
    hub.drop(bob, at_once=True)
    assert len(hub.events_of(ann, PresenceChanged)) == 1


def test_typing_is_answered_though_nobody_watches() -> None:
    """It was told to all who wanted to know."""
    hub = Hub()
    assert isinstance(hub.ask(hub.guest("ann"), Typing, target="#general"), TypingResult)


def test_typing_that_is_said_all_the_time_is_told_now_and_then() -> None:
    """In each conversation by itself; whoever says it as clients do is always told of."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    hub.ask(bob, Join, target="#tea")
    hub.ask(ann, Watch, targets=["#general", "#tea"])
    for _ in range(20):
        assert isinstance(hub.ask(bob, Typing, target="#general"), TypingResult)
    hub.ask(bob, Typing, target="#tea")
    assert len(hub.events_of(ann, TypingSeen)) == 3
    hub.forget(ann)
    for _ in range(5):
        hub.fake_clock.advance(3)
        hub.ask(bob, Typing, target="#general")
    assert len(hub.events_of(ann, TypingSeen)) == 5


def test_typing_in_a_direct_conversation_reaches_the_other_side() -> None:
    """By the nick."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, OpenDirect, target="@bob")
    hub.ask(bob, Watch, targets=["@ann"])
    hub.ask(ann, Typing, target="@bob")
    assert [event.nick for event in hub.events_of(bob, TypingSeen)] == ["ann"]


@pytest.mark.parametrize("kind", [Watch, Typing])
@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.UNKNOWN_CONVERSATION),
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("#", ErrorCode.INVALID_NAME),
    ],
)
def test_only_members_watch_and_type(kind: type[Request], target: str, code: ErrorCode) -> None:
    """At the target."""
    hub = Hub()
    hub.ask(hub.guest("ann"), Join, target="#tea")
    fields = {"targets": [target]} if kind is Watch else {"target": target}
    assert _refused(hub.ask(hub.guest("bob"), kind, **fields)) == (code, "target")
