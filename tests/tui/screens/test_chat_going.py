"""Going about on the main screen: tabs, switcher, members, private panes, sizes."""

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from chat.protocol.requests import CreateChannel, Join
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines
from tests.support.stage import until

P = Pilot[Any]


async def walk(stage: Stage, pilot: P, *keys: str) -> list[str]:
    """Press keys one after another; the titles of where each led."""
    found = []
    for key in keys:
        await pilot.press(key)
        await stage.show(pilot)
        found.append(stage.front.title)
    return found


def focus(stage: Stage) -> Widget | None:
    """What has the keys."""
    return stage.screen.focused


# ---------------------------------------------------------------------- tabs


def test_ctrl_n_and_ctrl_p_walk_the_tabs_around_both_ends() -> None:
    """And Alt with an arrow does the same."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev", "#ops")
        return await walk(stage, pilot, "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+p", "alt+left", "alt+right")

    assert play(deed) == ["#dev", "#ops", "#general", "#ops", "#dev", "#ops"]


def test_alt_with_a_digit_goes_to_the_tab_with_this_number() -> None:
    """A number without a tab goes nowhere; `/2` does the same without Alt."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev", "#ops")
        found = await walk(stage, pilot, "alt+3", "alt+2", "alt+9", "alt+1")
        await stage.enter(pilot, "/2")
        return [*found, stage.front.title]

    assert play(deed) == ["#ops", "#dev", "#dev", "#general", "#dev"]


def test_alt_a_visits_what_calls_loudest_first_and_comes_back() -> None:
    """A mention, then unread messages, then activity, then where one began."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#a", "#b", "#c")
        stage.client.settle()
        for channel in ("#a", "#b", "#c"):
            stage.asks("bob", Join, target=channel)
        stage.says("bob", "hello", "#b")
        stage.says("bob", "@you: there?", "#c")
        await stage.show(pilot)
        return await walk(stage, pilot, *["alt+a"] * 5)

    assert play(deed) == ["#c", "#b", "#a", "#general", "#general"]


def test_ctrl_circumflex_goes_back_and_forth() -> None:
    """Between the last two conversations; `/last` does the same."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev", "#ops")
        found = await walk(stage, pilot, "alt+3", "ctrl+circumflex_accent", "ctrl+circumflex_accent")
        await stage.enter(pilot, "/last")
        return [*found, stage.front.title]

    assert play(deed) == ["#ops", "#general", "#ops", "#general"]


def test_a_click_on_a_tab_goes_there() -> None:
    """Where its title stands."""

    async def deed(stage: Stage, pilot: P) -> str:
        await stage.join(pilot, "#dev")
        await pilot.click(offset=(stage.tabs.index("#dev") + 1, 0))
        await stage.show(pilot)
        return stage.front.title

    assert play(deed) == "#dev"


def test_forty_channels_are_all_reached_and_the_one_in_front_is_in_view() -> None:
    """The strip shows as many as fit."""

    async def deed(stage: Stage, pilot: P) -> list[tuple[str, str]]:
        stage.person("bob")
        for number in range(40):
            stage.asks("bob", CreateChannel, name=f"#channel-{number:02}")
        await stage.join(pilot, *(f"#channel-{number:02}" for number in range(40)))
        seen = []
        for _ in range(41):
            await pilot.press("ctrl+n")
            await stage.show(pilot)
            seen.append((stage.front.title, stage.tabs))
        return seen

    seen = play(deed)
    assert len({title for title, _ in seen}) == 41
    assert all(title in tabs for title, tabs in seen)


def test_the_switcher_goes_where_a_part_of_a_name_leads() -> None:
    """Ctrl+K, a few letters, Enter; the keys are back in the line."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, bool]:
        await stage.join(pilot, "#dev", "#ops")
        await pilot.press("ctrl+k", *"op", "enter")
        await stage.show(pilot)
        return stage.front.title, focus(stage) is stage.screen.front.composer

    assert play(deed) == ("#ops", True)


def test_leaving_the_switcher_stays() -> None:
    """With nothing typed into the line."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str, bool]:
        await stage.join(pilot, "#dev")
        await pilot.press("ctrl+k", *"dev", "escape")
        await stage.show(pilot)
        return stage.front.title, stage.screen.front.composer.draft, len(stage.app.screen_stack) == 2

    assert play(deed) == ("#general", "", True)


# ---------------------------------------------------------------------- members and private panes


async def open_alice(stage: Stage, pilot: P) -> None:
    """Choose alice in the member list with the keys."""
    stage.person("alice")
    await stage.show(pilot)
    await pilot.press("alt+m", "home", "enter", "m")
    await stage.show(pilot)


def test_enter_on_a_member_opens_a_private_pane_beside_the_channel() -> None:
    """From 100 columns; what one types then goes there."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await open_alice(stage, pilot)
        await pilot.press(*"psst", "enter")
        await stage.show(pilot)
        alice = stage.talk("@alice")
        return stage.front.title, stage.screen.is_beside, lines(alice)[-1], lines(stage.front)

    front, beside, last, channel = play(deed)
    assert (front, beside, last) == ("#general", True, "psst")
    assert "psst" not in channel


def test_below_a_hundred_columns_a_private_talk_is_a_tab() -> None:
    """There is no room for two."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await open_alice(stage, pilot)
        await pilot.press(*"psst", "enter")
        await stage.show(pilot)
        return stage.front.title, stage.screen.is_beside, lines(stage.front)[-1]

    assert play(deed, (99, 24)) == ("@alice", False, "psst")


def test_a_click_on_a_member_opens_their_menu() -> None:
    """As Enter does; two clicks open it once, and from there the private pane opens."""

    async def deed(stage: Stage, pilot: P) -> bool:
        stage.person("alice")
        await stage.show(pilot)
        row = next(y for y, line in enumerate(stage.lines) if "● alice" in line)
        await pilot.click(offset=(82, row), times=2)
        await pilot.press("m")
        await stage.show(pilot)
        return stage.screen.is_beside

    assert play(deed)


def test_query_opens_the_private_pane_too() -> None:
    """By its command, of somebody who is not in the list."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.person("alice")
        await stage.enter(pilot, "/query alice")
        assert stage.screen.is_beside
        return stage.screen.private.talk.title if stage.screen.private.talk else ""

    assert play(deed) == "@alice"


def test_query_for_nobody_opens_nothing() -> None:
    """It says so and gives the line back."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, str]:
        await stage.enter(pilot, "/query nobody")
        return stage.screen.is_beside, stage.screen.front.composer.draft

    assert play(deed) == (False, "/query nobody")


def test_esc_closes_the_private_pane_and_its_tab_stays() -> None:
    """The keys are back in the channel's line."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await open_alice(stage, pilot)
        await pilot.press("escape")
        await stage.show(pilot)
        return stage.screen.is_beside, "@alice" in stage.tabs, focus(stage) is stage.screen.front.composer

    assert play(deed) == (False, True, True)


def test_esc_in_a_scrolled_pane_goes_to_the_newest_first() -> None:
    """Only where there is nothing else to leave it closes the pane."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        await open_alice(stage, pilot)
        for number in range(40):
            stage.says("alice", f"line {number}", "@you", after=1)
        await stage.show(pilot)
        await pilot.press("pageup", "escape")
        beside = [stage.screen.is_beside]
        await pilot.press("escape")
        return [*beside, stage.screen.is_beside]

    assert play(deed) == [True, False]


def test_part_in_a_private_pane_closes_it_until_there_is_a_message() -> None:
    """Nobody is told, nothing is lost."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        await open_alice(stage, pilot)
        await stage.enter(pilot, "/part", stage.screen.private)
        tabs = ["@alice" in stage.tabs, stage.screen.is_beside]
        stage.says("alice", "still there?", "@you")
        await stage.show(pilot)
        return [*tabs, "@alice (1!)" in stage.tabs]

    assert play(deed) == [False, False, True]


def test_the_tab_of_what_stands_beside_takes_the_keys_there() -> None:
    """It is not shown twice, and the channel stays where it is."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await open_alice(stage, pilot)
        stage.screen.front.composer.focus()
        await pilot.press("alt+2")
        await stage.show(pilot)
        return stage.front.title, stage.screen.is_beside, focus(stage) is stage.screen.private.composer

    assert play(deed) == ("#general", True, True)


def test_another_channel_comes_to_the_front_beside_the_same_private_talk() -> None:
    """The private talk goes along."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.join(pilot, "#dev")
        await open_alice(stage, pilot)
        await pilot.press("ctrl+n")
        await stage.show(pilot)
        return stage.front.title, stage.screen.is_beside

    assert play(deed) == ("#dev", True)


def test_a_private_pane_shows_presence_in_its_header() -> None:
    """And keeps showing it while other things change."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        await open_alice(stage, pilot)
        seen = ["online" in stage.lines[1]]
        stage.says("alice", "hi", "#general")
        await stage.show(pilot)
        seen.append("online" in stage.lines[1])
        stage.hub.drop(stage.people["alice"], at_once=True)
        await stage.show(pilot)
        return [*seen, "offline" in stage.lines[1]]

    assert play(deed, (120, 24)) == [True, True, True]


def test_f6_and_shift_tab_walk_lines_and_members_both_ways() -> None:
    """Around both ends."""

    async def deed(stage: Stage, pilot: P) -> list[list[str]]:
        await open_alice(stage, pilot)
        stage.screen.front.composer.focus()
        names = {
            stage.screen.front.composer: "front",
            stage.screen.private.composer: "private",
            stage.screen.members: "members",
        }
        walks = []
        for key in ("f6", "shift+tab"):
            walk = []
            for _ in range(3):
                await pilot.press(key)
                walk.append(names[focus(stage)])  # type: ignore[index]
            walks.append(walk)
        return walks

    forth, back = play(deed)
    assert forth == ["private", "members", "front"]
    assert back == ["members", "private", "front"]


def test_tab_on_an_empty_line_goes_to_the_next_pane_never_into_the_log() -> None:
    """What one types is never typed into nothing."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        at = []
        for _ in range(2):
            await pilot.press("tab")
            at.append(focus(stage) is stage.screen.members)
        await pilot.press(*"hi")
        return [*at, stage.screen.front.composer.draft == "hi"]

    assert play(deed) == [True, False, True]


@pytest.mark.parametrize("way", ["escape", "tab", "f6"])
def test_a_member_list_without_room_is_there_while_one_is_in_it(way: str) -> None:
    """At 60 columns the talk has the room again as soon as one leaves the list."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        shown = [stage.screen.members.display]
        await pilot.press("alt+m")
        await pilot.pause()
        shown.append(stage.screen.members.display)
        await pilot.press(way)
        await pilot.pause()
        return [*shown, stage.screen.members.display]

    assert play(deed, (60, 20)) == [False, True, False]


def test_f8_shows_and_hides_the_members() -> None:
    """With room beside the talk they stay away; without, they come while one is in them."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        shown = []
        for _ in range(2):
            await pilot.press("f8")
            await pilot.pause()
            shown.append(stage.screen.members.display)
        return shown

    assert play(deed) == [False, True]
    assert play(deed, (60, 20)) == [True, False]


def test_five_hundred_members_are_listed_and_counted() -> None:
    """Those that are here first."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        for number in range(500):
            stage.hub.guest(f"guest{number:03}", sync=False)
        stage.client.disconnect("once more")
        stage.client.connect()
        await stage.show(pilot)
        await pilot.press("alt+m", "end")
        return [line[79:] for line in stage.lines]

    listed = play(deed)
    assert "501 of 501 here" in listed[1]
    assert any("you" in line for line in listed)


# ---------------------------------------------------------------------- sizes


async def resize(stage: Stage, pilot: P, width: int, height: int = 24) -> None:
    """Give the terminal another size."""
    await pilot.resize_terminal(width, height)
    await until(pilot, lambda: stage.screen.size.width == width)
    await stage.show(pilot)


def test_a_private_pane_that_loses_its_room_goes_and_comes_back_with_it() -> None:
    """Across 100 columns; nothing that was written is lost."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await open_alice(stage, pilot)
        stage.screen.private.composer.load_text("half")
        stage.screen.front.composer.focus()
        seen: list[Any] = []
        for width in (99, 100):
            await resize(stage, pilot, width)
            seen.append((stage.screen.is_beside, stage.front.title))
        return [*seen, stage.screen.private.composer.draft]

    assert play(deed) == [(False, "#general"), (True, "#general"), "half"]


def test_who_writes_in_a_private_pane_goes_on_writing_when_it_loses_its_room() -> None:
    """It becomes a tab, in front, with the same line."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await open_alice(stage, pilot)
        await pilot.press(*"half")
        await resize(stage, pilot, 90)
        await pilot.press(*" a")
        return stage.front.title, stage.screen.front.composer.draft, stage.screen.is_beside

    assert play(deed) == ("@alice", "half a", False)


def test_the_members_lose_their_room_below_eighty_columns() -> None:
    """And have it again above."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        shown = []
        for width in (80, 79, 80):
            await resize(stage, pilot, width)
            shown.append(stage.screen.members.display)
        return shown

    assert play(deed) == [True, False, True]


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 3), (300, 100)])
def test_no_size_is_too_small_or_too_large(size: tuple[int, int]) -> None:
    """From any to any: nothing breaks, and back again everything is as it was."""

    async def deed(stage: Stage, pilot: P) -> tuple[list[str], list[str]]:
        stage.says("bob", "a rather long message " * 20)
        await stage.show(pilot)
        before = stage.lines
        await resize(stage, pilot, *size)
        stage.says("bob", "while it is small")
        stage.says("bob", "and again")
        await stage.show(pilot)
        await resize(stage, pilot, 100, 24)
        await stage.show(pilot)
        return before, stage.lines

    before, after = play(deed)
    assert any("and again" in line for line in after)
    assert before[-1] == after[-1]


def test_letters_and_enter_that_come_at_once_go_where_the_letters_lead() -> None:
    """As over a slow link: Enter does not overtake what was typed before it."""

    async def deed(stage: Stage, pilot: P) -> str:
        await stage.join(pilot, "#dev", "#ops")
        await pilot.press("ctrl+k")
        for key, letter in (("o", "o"), ("p", "p"), ("enter", "\r")):
            stage.app.post_message(events.Key(key, letter))
        await until(pilot, lambda: stage.app.screen is stage.screen)
        await stage.show(pilot)
        return stage.front.title

    assert play(deed) == "#ops"
