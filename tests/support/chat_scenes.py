"""Scenes of the full screen: what the snapshot tests hold and the pictures of the README show.

Each is played by the real client and the real server's rules on a clock that stands still, so that it looks
the same on every machine. A scene is an app and what happens in it before one looks.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from textual.app import App
from textual.pilot import Pilot

from chat.client.changes import LatencyMeasured, OutboxChanged, OutboxItem, SendState
from chat.client.remembered import KnownServer
from chat.protocol.records import Status
from chat.protocol.requests import (
    ChangeNick,
    CreateChannel,
    Delete,
    Edit,
    Join,
    MarkRead,
    Part,
    Pin,
    React,
    SetStatus,
    SetTopic,
    Typing,
)
from chat.transport.address import Address
from chat.tui.screens.connect import ConnectScreen
from chat.tui.welcome import SCREEN_KEYS, others_join, welcome
from tests.support.cache_stores import Remembering
from tests.support.chat_stage import Stage
from tests.support.stage import Stage as PlainStage

ME = "maria"
WELCOME = welcome(SCREEN_KEYS, others_join(Address("192.168.1.20")))


class Scene(NamedTuple):
    """What is played, and on how large a screen."""

    app: App[Any]
    prepare: Callable[[Pilot[Any]], Awaitable[None]]
    size: tuple[int, int]


def _yesterday(stage: Stage) -> None:
    for nick in ("alice", "bob", "carol", "erin"):
        stage.person(nick)
    stage.asks("alice", SetTopic, target="#general", topic="Release on Friday, freeze on Thursday noon")
    stage.says("bob", "deploying to staging now")
    stage.says("bob", "done, 0 errors in 5 minutes", after=300)


async def _today(stage: Stage, pilot: Pilot[Any]) -> None:
    stage.clock.advance(15 * 3600)
    stage.says("alice", "morning! build is green, notes are in `docs/release.md`", after=360)
    for nick in ("dave", "frank", "grace"):
        stage.person(nick)
    stage.asks("carol", SetStatus, status=Status.AWAY, text="lunch")
    stage.asks("erin", SetStatus, status=Status.BUSY, text="on call")
    for nick in ("dave", "frank"):
        stage.hub.drop(stage.people[nick], at_once=True)
    await stage.show(pilot)
    await stage.look_away(pilot)
    stage.says("carol", f"the probe on node 3 still fails, @{ME} could you look? https://probe.lan/3")
    await stage.show(pilot)
    await stage.look_here(pilot)


def _rooms(stage: Stage) -> None:
    stage.asks("bob", CreateChannel, name="#dev", topic="what we build")
    stage.asks("alice", CreateChannel, name="#ops")
    for channel in ("#dev", "#ops"):
        stage.client.join(channel)
        stage.client.settle()


async def play(stage: Stage, pilot: Pilot[Any]) -> None:
    """The morning that most scenes begin with."""
    await stage.begin(pilot)
    _yesterday(stage)
    stage.client.connect()
    stage.receiver(LatencyMeasured(0.003))
    await stage.show(pilot)
    _rooms(stage)
    await stage.show(pilot)
    await _today(stage, pilot)


def connect_screen(size: tuple[int, int] = (80, 20)) -> Scene:
    """Choosing a server that was joined before."""
    last = datetime(2026, 11, 19, 17, 58, tzinfo=UTC)
    servers = (
        KnownServer("192.168.1.20", "lan-server", ME, last),
        KnownServer("attic.local:7421", "attic", ME, last),
    )

    async def prepare(pilot: Pilot[Any]) -> None:
        await pilot.pause()

    app = PlainStage(screen=ConnectScreen(servers, ME))
    app.title = "chat"
    return Scene(app, prepare, size)


def first_start(size: tuple[int, int] = (100, 20)) -> Scene:
    """Somebody started a server and is alone in the lobby."""
    stage = Stage(me=ME, words=WELCOME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.client.connect("attic")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def known_from_before(size: tuple[int, int] = (100, 24)) -> Scene:
    """A start without a server: what the last run knew, with the line that was half written."""
    earlier = Stage(me=ME)
    _yesterday(earlier)
    earlier.client.connect()
    _rooms(earlier)
    with earlier.client.reading() as state:
        general = next(each.record.conversation for each in state.conversations if each.title == "#general")
    earlier.client.show(general)
    cache = Remembering(earlier.client, earlier.clock.now(), {general: "the probe on node 3 is"})
    stage = Stage(me=ME, words=WELCOME, cache=cache)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.clock.advance(15 * 3600)
        stage.client.recall()
        stage.client.disconnect("connection refused")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def before_a_connection(size: tuple[int, int] = (100, 20)) -> Scene:
    """Nothing answers yet."""
    stage = Stage(me=ME, words=WELCOME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.client.disconnect("Nothing listens at localhost:7420.", retry_seconds=2)
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def busy_channel(size: tuple[int, int] = (110, 26), theme: str = "chat-dark") -> Scene:
    """A morning in the lobby, with a mention, unread channels and somebody typing."""
    stage = Stage(me=ME, theme=theme)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        for text in ("rebased onto main", "tests are green", "merging"):
            stage.says("bob", text, "#dev", after=5)
        stage.asks("carol", Join, target="#ops")
        stage.says("alice", "lunch at 12?", f"@{ME}", after=5)
        stage.client.say(stage.screen.desk.front, "on it")
        await stage.show(pilot)
        stage.asks("grace", Part, target="#general", reason="off to a meeting")
        stage.asks("bob", Typing, target="#general")
        await stage.show(pilot)
        stage.client.held = True
        stage.client.say(stage.screen.desk.front, "looks like the clock is off by an hour")
        await stage.hurry(pilot)

    return Scene(stage.app, prepare, size)


def private_beside(size: tuple[int, int] = (120, 24)) -> Scene:
    """A private talk beside the channel."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        stage.says("alice", "lunch at 12?", f"@{ME}", after=20)
        await stage.show(pilot)
        alice = stage.screen.desk.find("alice")
        stage.screen.open_private(alice)
        await stage.show(pilot)
        stage.client.say(alice, "yes, the usual place")
        await stage.show(pilot)
        stage.says("alice", "I'll bring the *new* colleague along", f"@{ME}", after=15)
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def unread_tabs(size: tuple[int, int] = (80, 12)) -> Scene:
    """More conversations than fit, each level of attention among them."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.client.connect()
        await stage.show(pilot)
        stage.person("bob")
        names = [f"#team-{name}" for name in ("red", "green", "blue", "white", "black", "grey", "pink")]
        await stage.join(pilot, *names)
        stage.says("bob", "hi", f"@{ME}", after=5)
        for number, name in enumerate(names):
            stage.asks("bob", Join, target=name)
            for _ in range(number % 3):
                stage.says("bob", "something", name, after=5)
        stage.says("bob", f"@{ME}: there?", names[5], after=5)
        await stage.show(pilot)
        await pilot.press("alt+4")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def scrolled_up(size: tuple[int, int] = (100, 20)) -> Scene:
    """Reading older messages while new ones arrive below."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        for number in range(1, 40):
            stage.says("bob" if number % 3 else "alice", f"line {number} of a long discussion", after=20)
        await stage.show(pilot)
        await pilot.press("pageup", "pageup")
        for text in ("are you still there?", "it is important", f"@{ME}: ping"):
            stage.says("carol", text, after=5)
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def reconnecting(size: tuple[int, int] = (100, 20)) -> Scene:
    """The server is away; what one says waits."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        stage.client.disconnect("Nothing listens at lan-server:7420.")
        stage.client.say(stage.screen.desk.front, "does anybody read this?")
        stage.client.say(stage.screen.desk.front, "then later")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def wide_and_foreign(size: tuple[int, int] = (90, 24)) -> Scene:
    """Long nicks, wide letters, families of emoji, right-to-left text, a long word, a new nick."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.client.connect()
        await stage.show(pilot)
        stage.says("maximiliane-von-und-zu-hohenfels", "a nick of thirty-two letters")
        stage.says("田中さん", "今日は会議が三時からあります。資料は共有フォルダに置きました。")
        stage.says("zoë", "the team 👩‍👩‍👧‍👦 lands 🇫🇮 tonight, thumbs up 👍🏽")
        stage.says("רות", "שלום לכולם, מה שלומכם היום?")
        stage.says("bob", "see " + "x" * 120)
        stage.asks("bob", ChangeNick, nick="bobby")
        stage.says("bob", "[/] and [@click=app.quit]no markup[/] here")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def nowhere(size: tuple[int, int] = (80, 12)) -> Scene:
    """Somebody left the last channel."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await stage.begin(pilot)
        stage.client.connect()
        await stage.show(pilot)
        await stage.enter(pilot, "/part")

    return Scene(stage.app, prepare, size)


async def _changed(stage: Stage, pilot: Pilot[Any]) -> None:
    """A morning in which people edit, delete, react and pin."""
    await play(stage, pilot)
    stage.client.say(stage.screen.desk.front, "on it, it is the clock")
    await stage.show(pilot)
    stage.says("bob", "who broke teh build?", after=20)
    stage.says("alice", "wrong window, sorry", after=5)
    stage.says("carol", "thanks, both of you", after=30)
    await stage.show(pilot)
    store = stage.front.model.store
    number = {store[at].text: int(store[at].key[1:]) for at in range(len(store)) if store[at].said}

    def change(who: str, kind: type[Any], said: str, **fields: Any) -> None:
        stage.clock.advance(1)
        stage.asks(who, kind, target="#general", message=number[said], **fields)

    change("alice", Pin, "morning! build is green, notes are in `docs/release.md`")
    change("alice", React, "done, 0 errors in 5 minutes", emoji="🎉")
    change("carol", React, "on it, it is the clock", emoji="👍")
    change("bob", React, "on it, it is the clock", emoji="👍")
    change("bob", React, "on it, it is the clock", emoji="👀")
    change("bob", Edit, "who broke teh build?", text="who broke the build?")
    change("alice", Delete, "wrong window, sorry")
    await stage.show(pilot)
    stage.client.ask(React, target=stage.front.id, message=number["done, 0 errors in 5 minutes"], emoji="🎉")
    await stage.show(pilot)


def changed(
    *keys: str, size: tuple[int, int] = (110, 30), theme: str = "chat-dark", up: int | None = None
) -> Scene:
    """Messages that were changed; one so many above the newest is selected unless that is None."""
    stage = Stage(me=ME, theme=theme)

    async def prepare(pilot: Pilot[Any]) -> None:
        await _changed(stage, pilot)
        if up is not None:
            await pilot.press("ctrl+up", *["up"] * up)
        await pilot.press(*keys)
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def failed(size: tuple[int, int] = (110, 30)) -> Scene:
    """A message of an earlier day that the server did not take, selected."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        stage.screen.front.composer.load_text("something new")
        item = OutboxItem(
            "s" * 16,
            stage.front.id,
            "is the printer free?",
            state=SendState.FAILED,
            sentence="It was said more than 30 days ago and could not be sent since.",
            said_at=datetime(2026, 10, 12, 9, 30, tzinfo=UTC),
        )
        stage.receiver(OutboxChanged(item))
        await stage.show(pilot)
        await pilot.press("ctrl+up")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def read_by_the_other(size: tuple[int, int] = (110, 30)) -> Scene:
    """The details of an own message in a direct conversation."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await play(stage, pilot)
        stage.says("alice", "lunch at 12?", f"@{ME}", after=20)
        await stage.show(pilot)
        alice = stage.screen.desk.find("alice")
        stage.screen.go(alice)
        stage.client.say(alice, "yes, the usual place")
        await stage.show(pilot)
        stage.clock.advance(75)
        stage.asks("alice", MarkRead, target=alice, number=stage.talk("@alice").last)
        await stage.show(pilot)
        await pilot.press("ctrl+up", "i")

    return Scene(stage.app, prepare, size)


SCENES: dict[str, Callable[[], Scene]] = {
    "connect": connect_screen,
    "first-start": first_start,
    "before-a-connection": before_a_connection,
    "known-from-before": known_from_before,
    "known-from-before-40x15": lambda: known_from_before((40, 15)),
    "busy-channel": busy_channel,
    "busy-channel-light": lambda: busy_channel(theme="chat-light"),
    "busy-channel-80x24": lambda: busy_channel((80, 24)),
    "busy-channel-40x15": lambda: busy_channel((40, 15)),
    "busy-channel-200x60": lambda: busy_channel((200, 60)),
    "private-beside": private_beside,
    "unread-tabs": unread_tabs,
    "scrolled-up": scrolled_up,
    "reconnecting": reconnecting,
    "wide-and-foreign": wide_and_foreign,
    "nowhere": nowhere,
    "changed-messages": changed,
    "changed-messages-light": lambda: changed(theme="chat-light", up=2),
    "selected-message": lambda: changed(up=3),
    "selected-message-80x24": lambda: changed(up=3, size=(80, 24)),
    "selected-message-40x15": lambda: changed(up=1, size=(40, 15)),
    "message-menu": lambda: changed("enter", up=2),
    "message-menu-40x15": lambda: changed("enter", up=3, size=(40, 15)),
    "reactions": lambda: changed("plus", up=3),
    "editing": lambda: changed("e", up=3),
    "editing-40x15": lambda: changed("e", up=3, size=(40, 15)),
    "message-details": lambda: changed("i", up=3),
    "message-details-40x15": lambda: changed("i", up=3, size=(40, 15)),
    "read-by-the-other": read_by_the_other,
    "failed-message": failed,
    "failed-message-40x15": lambda: failed((40, 15)),
    "pinned-messages": lambda: changed(*"/pins", "enter"),
}
"""By the names of their pictures."""
