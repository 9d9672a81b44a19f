"""All scenes of the full screen: those of a talk, and those that it takes with strangers on the network."""

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from chat.client.changes import ServerMet
from chat.client.trust import Seen, Verdict
from chat.protocol.order import Grant
from chat.tui.screens.trust import trust_screen
from tests.support import chat_scenes
from tests.support.chat_scenes import ME, Scene
from tests.support.chat_stage import Stage
from tests.support.order_scenes import ORDER_SCENES
from tests.support.stage import Stage as PlainStage
from tests.support.standing import make_admin

FINGERPRINT = "46a9e7f057f784e1280376ef684af5200a0df5e29b88754e6339d12d8e832259"


def first_contact(size: tuple[int, int] = (80, 20)) -> Scene:
    """A server that was never met shows its certificate."""
    seen = Seen("s1", "lan-server", "192.168.1.20:7420", FINGERPRINT)
    app = PlainStage(screen=trust_screen(ServerMet(seen, Verdict.NEW, believed=False)))
    app.title = "chat"

    async def prepare(pilot: Pilot[Any]) -> None:
        await pilot.pause()

    return Scene(app, prepare, size)


def member_menu(size: tuple[int, int] = (110, 30)) -> Scene:
    """What an operator of the lobby may do about somebody."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await chat_scenes.play(stage, pilot)
        make_admin(stage.hub, stage.people["alice"])
        stage.asks("alice", Grant, target="#general", user=f"@{ME}")
        await stage.show(pilot)
        await pilot.press("alt+m", "down", "down", "down", "enter")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


SCENES: dict[str, Callable[[], Scene]] = {
    **chat_scenes.SCENES,
    **ORDER_SCENES,
    "first-contact": first_contact,
    "member-menu": member_menu,
}
"""Each by its name, which is that of its stored picture."""
