"""The line above what is new, where one reads on several devices or comes back after a restart."""

from typing import Any

from textual.pilot import Pilot

from chat.ids import UserId
from chat.protocol.requests import Join, MarkRead, Send
from chat.server.state.session import Session
from tests.support.chat_stage import ME, Stage, play
from tests.support.desk import first_new, lines

P = Pilot[Any]


def phone_of(stage: Stage) -> Session:
    """A session of another device of one's own."""
    with stage.client.reading() as state:
        assert state.me is not None
        here = stage.hub.roster.sessions_of(UserId(state.me.id))
    return stage.hub.second_device(next(iter(here)))


def reads(stage: Stage, device: Session, text: str, target: str = "#general") -> None:
    """Read up to a message on a device."""
    stage.hub.ask(device, MarkRead, target=target, number=numbers(stage)[text])


def numbers(stage: Stage) -> dict[str, int]:
    """The numbers of all messages that were ever said, by their texts."""
    pages = [stage.hub.store.page(slot.value.id, limit=999, limit_bytes=1 << 20) for slot in slots(stage)]
    return {entry.text: entry.number for page in pages for entry in page if hasattr(entry, "text")}


def slots(stage: Stage) -> list[Any]:
    """The places of all channels."""
    world = stage.hub.services.world
    found = [world.channel_named(name) for name in ("#general", "#dev")]
    return [world.conversations.slot(each) for each in found if each]


async def go(stage: Stage, pilot: P, channel: str) -> None:
    """Go to a channel."""
    await pilot.press({"#general": "alt+1", "#dev": "alt+2"}[channel])
    await stage.show(pilot)
    assert stage.front.title == channel


def test_what_was_read_on_another_device_stands_above_the_line() -> None:
    """Up to X there: the line is right above X+1 here, whether or not it was loaded meanwhile."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        phone = phone_of(stage)
        for number in range(1, 9):
            stage.says("bob", f"dev {number}", "#dev")
        reads(stage, phone, "dev 5", "#dev")
        await stage.show(pilot)
        tab = stage.tabs
        await go(stage, pilot, "#dev")
        return [tab, first_new(stage.front), stage.tabs]

    before, new, after = play(deed)
    assert "#dev (3)" in before
    assert new == "dev 6"
    assert "#dev (" not in after


def test_after_a_restart_the_line_is_where_one_stopped_reading() -> None:
    """On whichever device that was: the first thing that this run hears of it is the position."""

    async def deed(stage: Stage, pilot: P) -> str:
        earlier = stage.hub.guest(ME, token=(ME * 32)[:64])
        for number in range(1, 9):
            stage.says("bob", f"message {number}")
        reads(stage, earlier, "message 5")
        stage.hub.drop(earlier)
        stage.client.connect()
        await stage.show(pilot)
        return first_new(stage.front)

    assert play(deed, connect=False) == "message 6"


def test_what_one_said_on_another_device_is_never_new() -> None:
    """Neither what follows the position nor what stands alone behind it."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        phone = phone_of(stage)
        stage.says("bob", "dev 1", "#dev")
        reads(stage, phone, "dev 1", "#dev")
        stage.hub.ask(phone, Send, target="#dev", text="mine")
        await stage.show(pilot)
        await go(stage, pilot, "#dev")
        alone = first_new(stage.front)
        await go(stage, pilot, "#general")
        stage.hub.ask(phone, Send, target="#dev", text="mine again")
        stage.says("bob", "dev 2", "#dev")
        await stage.show(pilot)
        await go(stage, pilot, "#dev")
        return alone, first_new(stage.front)

    assert play(deed) == ("", "dev 2")


def test_a_mark_from_elsewhere_moves_no_line_under_the_eye() -> None:
    """While one reads nothing jumps, on the screen or in the log; who comes back finds it in its place."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        phone = phone_of(stage)
        for number in range(1, 61):
            stage.says("bob", f"message {number}", after=1)
        await stage.show(pilot)
        await pilot.press("pageup", "pageup")
        for number in range(61, 69):
            stage.says("bob", f"message {number}", after=1)
        await stage.show(pilot)
        found, seen, log = [first_new(stage.front)], stage.pane_lines(), lines(stage.front)
        reads(stage, phone, "message 63")
        await stage.show(pilot)
        assert "#general (5)" in stage.tabs
        assert (stage.pane_lines(), lines(stage.front)) == (seen, log)
        found.append(first_new(stage.front))
        await go(stage, pilot, "#dev")
        await go(stage, pilot, "#general")
        return [*found, first_new(stage.front)]

    assert play(deed) == ["message 61", "message 61", "message 64"]


def test_all_read_elsewhere_leaves_no_line_for_who_comes_back() -> None:
    """What was new when one left is not when one returns; while one stayed it was left alone."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        await stage.join(pilot, "#dev")
        phone = phone_of(stage)
        await stage.look_away(pilot)
        for number in range(1, 4):
            stage.says("bob", f"message {number}", after=1)
        await stage.show(pilot)
        reads(stage, phone, "message 3")
        await stage.show(pilot)
        during = first_new(stage.front)
        await go(stage, pilot, "#dev")
        await go(stage, pilot, "#general")
        return during, first_new(stage.front)

    assert play(deed) == ("message 1", "")
