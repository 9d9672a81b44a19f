"""Scenes in which one may not do what one wants: slow mode, mutes, invitations, too many passwords."""

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from chat.protocol import order
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import CreateChannel, Join, SetTopic
from tests.support.chat_scenes import ME, Scene
from tests.support.chat_stage import Stage

SMALL = (40, 15)


async def _tea(stage: Stage, pilot: Pilot[Any], **mode: object) -> None:
    """Be a member of Alice's channel with some rules, in which people talk."""
    await stage.begin(pilot)
    stage.client.connect()
    await stage.show(pilot)
    stage.asks("alice", CreateChannel, name="#tea")
    stage.asks("alice", SetTopic, target="#tea", topic="four o'clock, kitchen")
    stage.asks("bob", Join, target="#tea")
    await stage.enter(pilot, "/join #tea")
    stage.says("alice", "the kettle is on", "#tea")
    stage.says("bob", "two sugars for me", "#tea", after=10)
    stage.asks("alice", order.SetMode, target="#tea", **mode)
    await stage.show(pilot)
    await stage.show(pilot)


def slow_mode(size: tuple[int, int] = (80, 24)) -> Scene:
    """One message goes out in a while, and another is being written."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await _tea(stage, pilot, slow_seconds=30)
        await stage.enter(pilot, "milk for me")
        stage.clock.advance(4)
        await stage.enter(pilot, "and are there any biscuits?")
        stage.clock.advance(5)
        stage.screen.look_at_time()
        stage.screen.show_status()
        await pilot.press(*"thanks")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def muted(size: tuple[int, int] = (80, 24)) -> Scene:
    """Somebody who was muted for a while wants to say something all the same."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await _tea(stage, pilot)
        stage.asks("alice", order.Mute, target="#tea", user=f"@{ME}", seconds=600, reason="caps lock")
        await stage.show(pilot)
        await pilot.press(*"sorry")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def invited(size: tuple[int, int] = (80, 24)) -> Scene:
    """A private channel among the places to go to."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await _tea(stage, pilot)
        stage.asks("alice", CreateChannel, name="#surprise")
        stage.asks("alice", order.SetMode, target="#surprise", private=True)
        stage.asks("alice", order.Invite, target="#surprise", user=f"@{ME}")
        await stage.show(pilot)
        stage.app.clear_notifications()
        await pilot.press("ctrl+k")
        await stage.show(pilot)

    return Scene(stage.app, prepare, size)


def too_many_passwords(size: tuple[int, int] = (80, 24)) -> Scene:
    """The server wants one to wait before the next password."""
    stage = Stage(me=ME)

    async def prepare(pilot: Pilot[Any]) -> None:
        await _tea(stage, pilot)
        await stage.enter(pilot, "/login alice")
        await pilot.press(*"hunter22", "enter")
        refused = Refused(ErrorCode.TOO_MANY_ATTEMPTS, "Too many wrong passwords.", retry_after_ms=39_500)
        stage.client.login.set_exception(refused)
        await pilot.pause()
        await pilot.pause()

    return Scene(stage.app, prepare, size)


ORDER_SCENES: dict[str, Callable[[], Scene]] = {
    "slow-mode": slow_mode,
    "muted-40x15": lambda: muted(SMALL),
    "invited": invited,
    "too-many-passwords-40x15": lambda: too_many_passwords(SMALL),
}
"""By the names of their pictures."""
