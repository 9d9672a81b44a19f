"""Reading on the main screen: what is unread, what is new, what rings, what is older or missing."""

from concurrent.futures import Future
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import Join, Part, Typing
from chat.tui.slash.parse import parse
from chat.tui.widgets.talk_pane import TalkPane
from tests.support.chat_stage import Stage, play
from tests.support.desk import first_new, lines

P = Pilot[Any]

PAGE = 200


async def hears(stage: Stage, pilot: P, who: str, text: str, target: str = "#general") -> None:
    """Let somebody say something and show it."""
    stage.says(who, text, target)
    await stage.show(pilot)


async def long_talk(stage: Stage, pilot: P, count: int) -> None:
    """Let somebody say a lot."""
    for number in range(1, count + 1):
        stage.says("bob", f"message {number}", after=1)
    await stage.show(pilot)


def bells(stage: Stage) -> list[int]:
    """Count the bell from now on."""
    rung: list[int] = []
    stage.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
    return rung


# ---------------------------------------------------------------------- what is unread


def test_what_is_said_elsewhere_is_counted_on_its_tab() -> None:
    """With a sign for what is said to oneself."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        tabs = []
        await hears(stage, pilot, "bob", "one", "#dev")
        await hears(stage, pilot, "bob", "two", "#dev")
        tabs.append(stage.tabs)
        await hears(stage, pilot, "bob", "@you: three", "#dev")
        await hears(stage, pilot, "bob", "four", "@you")
        return [*tabs, stage.tabs]

    before, after = play(deed)
    assert "#dev (2)" in before
    assert "#dev (1!)" in after
    assert "@bob (1!)" in after


def test_what_is_seen_is_not_counted_not_even_for_a_moment() -> None:
    """The tab in front does not flicker with each message that one reads as it comes."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.person("bob")
        await stage.show(pilot)
        stage.says("bob", "one")
        stage.client.settle()
        stage.client.held = True
        stage.screen.take()
        await pilot.pause()
        tabs = stage.tabs
        stage.client.held = False
        return tabs

    assert "(1)" not in play(deed)


def test_going_to_an_unread_conversation_reads_it() -> None:
    """The count is gone, and the rule stands above what is new."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str, int]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        await hears(stage, pilot, "bob", "one", "#dev")
        await hears(stage, pilot, "bob", "two", "#dev")
        await pilot.press("ctrl+n")
        await stage.show(pilot)
        return stage.tabs, first_new(stage.front), stage.front.record.unread

    tabs, new, unread = play(deed)
    assert "(" not in tabs
    assert (new, unread) == ("one", 0)


def test_the_rule_is_gone_when_one_comes_back() -> None:
    """What was read once is new no more."""

    async def deed(stage: Stage, pilot: P) -> str:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        await hears(stage, pilot, "bob", "one", "#dev")
        for key in ("ctrl+n", "ctrl+p", "ctrl+n"):
            await pilot.press(key)
            await stage.show(pilot)
        return first_new(stage.front)

    assert play(deed) == ""


def test_coming_back_to_what_was_left_unread_finds_the_rule_where_it_was() -> None:
    """Somebody scrolled up and went away before the end."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        await long_talk(stage, pilot, 40)
        await pilot.press("pageup", "pageup")
        await hears(stage, pilot, "bob", "the last")
        new = [first_new(stage.front)]
        for key in ("ctrl+n", "ctrl+p"):
            await pilot.press(key)
            await stage.show(pilot)
        return [*new, first_new(stage.front), stage.tabs]

    before, after, tabs = play(deed)
    assert (before, after) == ("the last", "the last")
    assert "#general (1)" in tabs


def test_what_arrives_while_one_looks_away_is_not_read() -> None:
    """The terminal tells when it has lost the keys; when it has them again all is read."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        stage.person("bob")
        await stage.look_away(pilot)
        await hears(stage, pilot, "bob", "one")
        await hears(stage, pilot, "bob", "two")
        away = [stage.front.record.unread, first_new(stage.front), stage.tabs]
        await stage.look_here(pilot)
        return [*away, stage.front.record.unread, first_new(stage.front)]

    unread, new, tabs, after, still_new = play(deed)
    assert (unread, new) == (2, "one")
    assert "#general (2)" in tabs
    assert (after, still_new) == (0, "one")


def test_one_s_own_message_leaves_the_rule_where_it_is() -> None:
    """Answering is not reading anew."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.person("bob")
        await stage.look_away(pilot)
        await hears(stage, pilot, "bob", "one")
        await stage.look_here(pilot)
        await stage.enter(pilot, "an answer")
        return first_new(stage.front)

    assert play(deed) == "one"


def test_what_is_below_the_edge_is_not_read() -> None:
    """Scrolled up, new messages are counted at the bottom and stay unread until one goes there."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await long_talk(stage, pilot, 60)
        await pilot.press("pageup", "pageup")
        above = stage.pane_lines()
        await hears(stage, pilot, "bob", "one")
        await hears(stage, pilot, "bob", "two")
        seen = [stage.pane_lines()[:-1] == above[:-1], stage.pane_lines()[-1], stage.front.record.unread]
        await pilot.press("ctrl+end")
        await stage.show(pilot)
        return [*seen, stage.front.record.unread, stage.pane_lines()[-1]]

    same, marker, unread, after, last = play(deed)
    assert same
    assert "2 new below" in marker
    assert (unread, after) == (2, 0)
    assert last.endswith("two")


def test_what_lies_under_another_screen_is_not_read() -> None:
    """Help covers the talk; closing it reads what came."""

    async def deed(stage: Stage, pilot: P) -> list[int]:
        stage.person("bob")
        await stage.show(pilot)
        await pilot.press("f1")
        await hears(stage, pilot, "bob", "one")
        unread = [stage.front.record.unread]
        await pilot.press("escape")
        await stage.show(pilot)
        return [*unread, stage.front.record.unread]

    assert play(deed) == [1, 0]


def test_a_private_pane_beside_is_read_as_well() -> None:
    """It is in view, though the keys are elsewhere."""

    async def deed(stage: Stage, pilot: P) -> tuple[int, str]:
        stage.person("bob")
        await stage.enter(pilot, "/query bob")
        stage.screen.front.composer.focus()
        await hears(stage, pilot, "bob", "psst", "@you")
        return stage.talk("@bob").record.unread, stage.tabs

    unread, tabs = play(deed)
    assert unread == 0
    assert "(1!)" not in tabs


def test_a_private_pane_without_room_is_not_read() -> None:
    """What is not shown is not seen."""

    async def deed(stage: Stage, pilot: P) -> tuple[int, str]:
        stage.person("bob")
        await stage.enter(pilot, "/query bob")
        stage.screen.front.composer.focus()
        await pilot.resize_terminal(90, 24)
        await pilot.pause()
        await hears(stage, pilot, "bob", "psst", "@you")
        return stage.talk("@bob").record.unread, stage.tabs

    unread, tabs = play(deed)
    assert unread == 1
    assert "@bob (1!)" in tabs


def test_reading_on_another_device_clears_the_count_here() -> None:
    """The server tells all devices."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        await hears(stage, pilot, "bob", "one", "#dev")
        dev = stage.talk("#dev")
        before = stage.tabs
        stage.client.mark_read(dev.id, dev.record.last)
        await stage.show(pilot)
        return [before, stage.tabs]

    before, after = play(deed)
    assert "#dev (1)" in before
    assert "#dev (1)" not in after


@pytest.mark.parametrize(("line", "left"), [("/read", ["#dev"]), ("/read all", [])])
def test_a_command_marks_as_read(line: str, left: list[str]) -> None:
    """What is here, or everything."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        await hears(stage, pilot, "bob", "one", "#dev")
        await stage.look_away(pilot)
        await hears(stage, pilot, "bob", "two")
        stage.screen.post_message(TalkPane.Submitted(stage.screen.front, parse(line), line))
        await pilot.pause()
        await stage.show(pilot)
        return [talk.title for talk in stage.screen.desk.tabs() if talk.record.unread]

    assert play(deed) == left


# ---------------------------------------------------------------------- what rings


@pytest.mark.parametrize(
    ("text", "target", "away", "rings"),
    [
        ("hello", "#general", True, 0),
        ("@you: hello", "#general", True, 1),
        ("hello", "@you", True, 1),
        ("@you: hello", "#general", False, 0),
        ("hello", "@you", False, 1),
    ],
)
def test_the_bell_rings_for_who_is_called_and_not_looking(
    text: str, target: str, away: bool, rings: int
) -> None:
    """A mention or a direct message rings, unless it is read as it comes; chatter never does."""

    async def deed(stage: Stage, pilot: P) -> int:
        stage.person("bob")
        await stage.show(pilot)
        rung = bells(stage)
        if away:
            await stage.look_away(pilot)
        await hears(stage, pilot, "bob", text, target)
        return len(rung)

    assert play(deed) == rings


def test_history_does_not_ring() -> None:
    """What was said while one was away is counted, not shouted."""

    async def deed(stage: Stage, pilot: P) -> tuple[int, str]:
        stage.person("bob")
        rung = bells(stage)
        stage.client.disconnect("away")
        await hears(stage, pilot, "bob", "hello", "@you")
        stage.client.connect()
        await stage.show(pilot)
        return len(rung), stage.tabs

    rung, tabs = play(deed)
    assert rung == 0
    assert "@bob (1!)" in tabs


# ---------------------------------------------------------------------- who types


def test_who_is_typing_is_told_and_forgotten_again() -> None:
    """After a message, or when the time that the server names is over."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        seen = []

        def told() -> None:
            seen.append(any("bob is typing" in line for line in stage.lines))

        stage.person("bob")
        stage.asks("bob", Typing, target="#general")
        await stage.show(pilot)
        told()
        await hears(stage, pilot, "bob", "done")
        told()
        stage.asks("bob", Typing, target="#general")
        await stage.show(pilot)
        told()
        stage.clock.advance(30)
        stage.screen.look_at_time()
        await pilot.pause()
        told()
        return seen

    assert play(deed) == [True, False, True, False]


def test_others_are_told_that_one_types_now_and_then() -> None:
    """Not with every key, not for commands, and not because a draft comes back."""

    async def deed(stage: Stage, pilot: P) -> list[int]:
        told: list[str] = []
        stage.client.typing = told.append  # type: ignore[method-assign, assignment]
        counts = []
        await stage.join(pilot, "#dev")
        await pilot.press(*"hello")
        counts.append(len(told))
        stage.clock.advance(10)
        await pilot.press("ctrl+n", "ctrl+p")
        await stage.show(pilot)
        counts.append(len(told))
        await pilot.press(*" there")
        counts.append(len(told))
        stage.clock.advance(10)
        stage.screen.front.composer.clear()
        await pilot.press(*"/away")
        return [*counts, len(told)]

    assert play(deed) == [1, 1, 2, 2]


# ---------------------------------------------------------------------- older and missing


def test_older_history_comes_when_one_scrolls_up_and_nothing_jumps() -> None:
    """Page by page to the very first entry; the lines in view stay where they are."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, int, int]:
        await before_connecting(stage, pilot, 3 * PAGE)
        steady = True
        for _ in range(200):
            if stage.front.first == 1 and "made #general" in "\n".join(stage.pane_lines()):
                break
            await pilot.press("pageup")
            at_key = stage.pane_lines()
            await stage.show(pilot)
            steady = steady and stage.pane_lines() == at_key
        return steady, stage.front.first, len([line for line in lines(stage.front) if "missing" in line])

    assert play(deed, connect=False) == (True, 1, 0)


async def before_connecting(stage: Stage, pilot: P, count: int) -> None:
    """Let a lot be said before one comes."""
    for number in range(1, count + 1):
        stage.says("bob", f"message {number}", after=1)
    stage.client.connect()
    await stage.show(pilot)


def test_older_history_that_can_not_be_had_now_comes_with_the_next_connection() -> None:
    """Scrolling up without a connection asks for nothing again and again, and says nothing either."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await before_connecting(stage, pilot, 2 * PAGE)
        stage.client.disconnect("The server is away.")
        asked: list[int] = []
        fill = stage.client.fill

        def counting(*args: Any, **kwargs: Any) -> Any:
            asked.append(1)
            return fill(*args, **kwargs)

        stage.client.fill = counting  # type: ignore[method-assign]
        first, rows = stage.front.first, len(lines(stage.front))
        await pilot.press("ctrl+home")
        for _ in range(20):
            await stage.show(pilot)
        offline = (len(asked), stage.front.first == first, len(lines(stage.front)) == rows)
        stage.client.connect()
        await stage.show(pilot)
        await stage.show(pilot)
        return *offline, stage.front.first < first

    assert play(deed, connect=False) == (1, True, True, True)


def test_an_older_page_lands_in_the_conversation_it_was_asked_for() -> None:
    """Going elsewhere while it is on its way changes nothing about it."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, bool]:
        await before_connecting(stage, pilot, 2 * PAGE)
        await stage.join(pilot, "#dev")
        general, dev = stage.talk("#general"), stage.talk("#dev")
        first = general.first
        stage.client.held = True
        await pilot.press("ctrl+home")
        await pilot.pause()
        await pilot.press("ctrl+n")
        stage.client.held = False
        await stage.show(pilot)
        await stage.show(pilot)
        return general.first < first, all("message" not in line for line in lines(dev))

    assert play(deed, connect=False) == (True, True)


def test_what_was_missed_shows_as_a_gap_and_is_filled_by_enter() -> None:
    """After a long absence the newest page comes by itself, the rest when somebody looks."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await long_talk(stage, pilot, 3)
        stage.client.disconnect("away")
        for number in range(4, 2 * PAGE + 60):
            stage.says("bob", f"message {number}", after=1)
        stage.client.connect()
        await stage.show(pilot)
        seen: list[Any] = [[line for line in lines(stage.front) if "missing" in line]]
        while stage.screen.front.talk and any("missing" in line for line in lines(stage.front)):
            gap = next(row.key for row in _rows(stage) if row.key.startswith("g"))
            stage.screen.front.log_view.scroll_to_key(gap)
            await pilot.pause()
            await pilot.press("enter")
            await stage.show(pilot)
            await stage.show(pilot)
        texts = [line for line in lines(stage.front) if line.startswith("message")]
        return [*seen, texts]

    gaps, texts = play(deed)
    assert len(gaps) == 1
    assert "Enter or a click fetches" in gaps[0]
    assert texts == [f"message {number}" for number in range(1, 2 * PAGE + 60)]


def _rows(stage: Stage) -> list[Any]:
    store = stage.front.model.store
    return [store[at] for at in range(len(store))]


def test_a_gap_that_can_not_be_filled_now_says_so_and_stays() -> None:
    """Without a connection the wish has its answer in words."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await long_talk(stage, pilot, 3)
        stage.client.disconnect("away")
        for number in range(4, 2 * PAGE + 60):
            stage.says("bob", f"message {number}", after=1)
        stage.client.connect()
        await stage.show(pilot)
        stage.client.disconnect("The server is away.")
        gap = next(row.key for row in _rows(stage) if row.key.startswith("g"))
        stage.screen.front.log_view.scroll_to_key(gap)
        await pilot.press("enter")
        await stage.show(pilot)
        return [line for line in lines(stage.front) if "missing" in line]

    gap, words = play(deed)
    assert "messages missing" in gap
    assert "The server is away." in words


def test_what_came_while_one_was_cut_off_is_marked_as_new() -> None:
    """After a reconnection the rule stands above it, though all of it is in view at once."""

    async def deed(stage: Stage, pilot: P) -> str:
        await long_talk(stage, pilot, 3)
        stage.client.disconnect("away")
        for number in range(4, 7):
            stage.says("bob", f"message {number}", after=1)
        stage.client.connect()
        await stage.show(pilot)
        return first_new(stage.front)

    assert play(deed) == "message 4"


def test_the_key_goes_to_the_first_unread_message() -> None:
    """However far up it is."""

    async def deed(stage: Stage, pilot: P) -> list[bool]:
        stage.person("bob")
        await stage.look_away(pilot)
        await long_talk(stage, pilot, 60)
        await stage.look_here(pilot)
        await pilot.press("ctrl+t")
        await stage.show(pilot)
        return ["new messages" in "\n".join(stage.pane_lines())]

    assert play(deed) == [True]


def test_who_comes_and_goes_is_folded_to_one_line() -> None:
    """Twenty people do not push the talk away."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        before = len(lines(stage.front))
        for number in range(20):
            stage.person(f"guest{number}")
            await stage.show(pilot)
        stage.asks("guest3", Part, target="#general")
        await stage.show(pilot)
        assert len(lines(stage.front)) <= before + 1
        return lines(stage.front)

    assert play(deed)[-1].endswith("joined, guest3 left")


def test_what_was_read_is_told_again_where_the_server_wanted_one_to_wait() -> None:
    """Or it would stay unread on all other devices until somebody writes again."""

    async def deed(stage: Stage, pilot: P) -> tuple[list[int], int]:
        hasty: Future[Any] = Future()
        hasty.set_exception(Refused(ErrorCode.RATE_LIMITED, retry_after_ms=500))
        really, asked = stage.client.mark_read, []

        def refused(target: str, number: int) -> Future[Any]:
            assert target == stage.front.id
            asked.append(number)
            return hasty

        stage.client.mark_read = refused  # type: ignore[method-assign]
        stage.says("alice", "hello")
        await stage.show(pilot)
        stage.client.mark_read = really  # type: ignore[method-assign]
        stage.screen.look_at_time()
        await stage.show(pilot)
        return asked, stage.front.record.unread

    asked, unread = play(deed)
    assert len(set(asked)) == 1
    assert unread == 0
