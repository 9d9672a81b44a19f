"""The message log on the screen: what is seen, and that nothing jumps."""

from typing import Any, Self

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.widgets import Static

from chat.tui.render.log_model import LogModel, Older
from chat.tui.render.rows import RowStatus, gap_row
from chat.tui.styles.theme import LIGHT, THEMES
from chat.tui.widgets.message_log import MessageLog
from tests.support.contrast import contrast, in_sixteen_colours, painted
from tests.support.log_rows import many, own, said
from tests.support.log_scene import LogStage, busy_talk, log_of, on_stage, wheel
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act

HEIGHT = 10


def numbered(first: int, behind: int) -> list[Any]:
    """Messages of one line, told apart by their text."""
    return [said(number, f"message {number}", minutes=number) for number in range(first, behind)]


def numbers(app: LogStage) -> list[int]:
    """Which of the numbered messages are on the screen, from the top."""
    return [int(text.split()[1]) for text in app.texts if text.startswith("message")]


# -------------------------------------------------------------------- following and holding


def test_the_bottom_is_followed() -> None:
    """Each new row is seen at once, at the bottom."""
    app = LogStage(log_of(numbered(0, 50)))

    async def add(pilot: Pilot[Any]) -> tuple[list[int], list[int]]:
        before = numbers(app)
        app.log_view.model.append(numbered(50, 53))
        await pilot.pause()
        return before, numbers(app)

    assert on_stage(app, add) == (list(range(40, 50)), list(range(43, 53)))


def test_scrolled_up_nothing_moves_and_new_rows_are_counted() -> None:
    """Only the marker at the bottom edge changes."""
    app = LogStage(log_of(numbered(0, 50)))

    async def add(pilot: Pilot[Any]) -> None:
        app.log_view.action_page_up()
        await pilot.pause()
        before = app.lines
        assert "below" not in "".join(before)
        for number in range(50, 53):
            app.log_view.model.append(numbered(number, number + 1))
            await pilot.pause()
        assert app.lines[:-1] == before[:-1]
        assert app.lines[-1].endswith(" 3 new below ↓")
        assert app.lines[-1].startswith(before[-1][:40])

    on_stage(app, add)


@pytest.mark.parametrize("way", ["key", "click"])
def test_the_way_back_to_the_bottom(way: str) -> None:
    """End or a click on the marker shows the newest row and takes the count away; the owner hears of it."""
    app = LogStage(log_of(numbered(0, 50)))

    async def go(pilot: Pilot[Any]) -> None:
        app.log_view.action_page_up()
        app.log_view.model.append(numbered(50, 53))
        await pilot.pause()
        assert not app.heard_of(MessageLog.BottomReached)
        if way == "click":
            await pilot.click(offset=app.at("new below"))
        else:
            app.log_view.action_scroll_end()
        await pilot.pause()
        assert numbers(app) == list(range(43, 53))
        assert "below" not in "".join(app.lines)
        assert len(app.heard_of(MessageLog.BottomReached)) == 1

    on_stage(app, go)


def test_older_rows_above_leave_the_line_under_the_eye() -> None:
    """Pages of history, also with rows of several lines, move nothing that is seen."""
    app = LogStage(log_of(many(1000, 1100)))

    async def page(pilot: Pilot[Any]) -> None:
        for _ in range(3):
            app.log_view.action_page_up()
        await pilot.pause()
        before = app.texts
        for first in range(900, 0, -300):
            app.log_view.model.prepend(many(first - 200, first + 100))
            await pilot.pause()
            assert app.texts == before

    on_stage(app, page, (40, HEIGHT))


def test_a_gap_filled_above_leaves_the_line_under_the_eye() -> None:
    """Whatever was missing comes in above."""
    app = LogStage(log_of([*numbered(0, 20), gap_row("g20", 30), *numbered(50, 100)]))

    async def fill(pilot: Pilot[Any]) -> None:
        app.log_view.action_page_up()
        await pilot.pause()
        before = numbers(app)
        app.log_view.model.fill("g20", [*numbered(20, 30), gap_row("g20", 20)])
        app.log_view.model.fill("g20", numbered(30, 50))
        await pilot.pause()
        assert numbers(app) == before

    on_stage(app, fill)


def test_changes_in_one_breath_are_drawn_once() -> None:
    """However many rows come between two frames, the lines are laid out once for all of them."""
    app = LogStage(log_of(numbered(0, 50)))
    arranged: list[str] = []

    class Counting(LogModel):
        def resize(self, width: int) -> Any:
            arranged.append("once")
            return super().resize(width)

    async def flood(pilot: Pilot[Any]) -> int:
        model = Counting()
        app.log_view.show(model)
        await pilot.pause()
        arranged.clear()
        for number in range(100):
            model.append(numbered(number, number + 1))
        await pilot.pause()
        assert numbers(app)[-1] == 99
        return len(arranged)

    assert on_stage(app, flood) == 1


def test_new_rows_below_draw_the_last_line_only() -> None:
    """While one reads above, a busy channel costs next to nothing."""
    refreshed: list[tuple[Region, ...]] = []

    class Watched(MessageLog):
        def refresh(self, *regions: Region, **options: bool) -> Self:
            refreshed.append(regions)
            return super().refresh(*regions, **options)

    app = Stage(log := Watched())
    log.show(log_of(numbered(0, 50)))

    async def add(pilot: Pilot[Any]) -> None:
        log.action_page_up()
        await pilot.pause()
        refreshed.clear()
        log.model.append(numbered(50, 60))
        await pilot.pause()
        assert refreshed == [(Region(0, HEIGHT - 1, 83, 1),)]

    act(app, add, (84, HEIGHT))


# -------------------------------------------------------------------- moving


def test_pages_overlap_by_a_line() -> None:
    """So one finds on where one was; there and back is where one began."""
    app = LogStage(log_of(numbered(0, 100)))

    async def page(pilot: Pilot[Any]) -> None:
        log = app.log_view
        seen = [numbers(app)]
        for deed in (log.action_page_up, log.action_page_up, log.action_page_down, log.action_page_down):
            deed()
            await pilot.pause()
            seen.append(numbers(app))
        assert seen[0][0] == seen[1][-1]
        assert seen[1][0] == seen[2][-1]
        assert seen[3:] == [seen[1], seen[0]]

    on_stage(app, page)


def test_lines_top_and_bottom() -> None:
    """A line, the first row, the newest row."""
    app = LogStage(log_of(numbered(1, 100)))

    async def move(pilot: Pilot[Any]) -> list[int]:
        log = app.log_view
        found = []
        for deed in (
            log.action_scroll_up,
            log.action_scroll_up,
            log.action_scroll_down,
            log.action_scroll_home,
        ):
            deed()
            await pilot.pause()
            found.append(numbers(app)[0])
        log.action_scroll_end()
        await pilot.pause()
        return [*found, numbers(app)[-1]]

    assert on_stage(app, move) == [89, 88, 89, 1, 99]


def test_the_wheel_moves_by_as_many_lines_as_it_says() -> None:
    """Up from the bottom and down again, also through rows that were never measured."""
    app = LogStage(log_of(many(0, 300)))

    async def turn(pilot: Pilot[Any]) -> None:
        start = app.texts
        await wheel(pilot, app.log_view, -20)
        assert not app.log_view.model.viewport.following
        assert app.texts != start
        await wheel(pilot, app.log_view, 20)
        assert app.texts == start
        assert app.log_view.model.viewport.following

    on_stage(app, turn, (40, HEIGHT))


def test_the_wheel_is_right_while_older_rows_come_in() -> None:
    """A turn of the wheel between the rows and their drawing is neither lost nor made longer."""
    app = LogStage(log_of(numbered(1000, 1100)))

    async def turn(pilot: Pilot[Any]) -> None:
        await wheel(pilot, app.log_view, -5)
        first = numbers(app)[0]
        app.log_view.model.prepend(numbered(0, 500))
        app.log_view.scroll_relative(y=-3, animate=False)
        await pilot.pause()
        assert numbers(app)[0] == first - 3

    on_stage(app, turn)


def test_the_scroll_bar_moves_the_log() -> None:
    """Its handle to a place, a click beside the handle by a page."""
    app = LogStage(log_of(numbered(0, 1000)))

    async def pull(pilot: Pilot[Any]) -> list[int]:
        found = []
        for message in (ScrollTo(y=500.4), ScrollUp(), ScrollDown(), ScrollTo(y=0), ScrollTo(y=99999)):
            app.log_view.post_message(message)
            await pilot.pause()
            found.append(numbers(app)[0])
        return found

    middle, page_up, page_down, top, bottom = on_stage(app, pull)
    assert abs(middle - 500) <= 2
    assert (page_up, page_down) == (middle - 9, middle)
    assert top <= 1
    assert bottom == 990


def test_a_row_is_brought_into_view_by_its_key() -> None:
    """With some of what was said before it."""
    app = LogStage(log_of(numbered(0, 1000)))

    async def jump(pilot: Pilot[Any]) -> list[int]:
        app.log_view.scroll_to_key("n321")
        await pilot.pause()
        return numbers(app)

    assert 321 in on_stage(app, jump)[1:6]


# -------------------------------------------------------------------- sizes


@pytest.mark.parametrize("up", [0, 7, 40])
def test_another_size_and_back_shows_the_same_lines(up: int) -> None:
    """At the bottom, near it and far from it."""
    app = LogStage(log_of(many(0, 200)))

    async def resize(pilot: Pilot[Any]) -> None:
        await wheel(pilot, app.log_view, -up)
        before = app.texts
        for width, height in ((40, 5), (120, 6), (30, 3), (84, 10)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        assert app.texts == before

    on_stage(app, resize)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 3), (12, 1), (60, 1), (300, 100)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    """Everything can be drawn, clicked and scrolled, in the smallest and in a huge terminal."""
    app = LogStage(busy_talk())

    async def use(pilot: Pilot[Any]) -> None:
        for deed in (
            app.log_view.action_page_up,
            app.log_view.action_scroll_home,
            app.log_view.action_scroll_up,
        ):
            deed()
            app.log_view.model.append([said(1000 + len(app.log_view.model), "日本 more")])
            await pilot.pause()
            await pilot.click(offset=(0, 0))
        assert len(app.lines) == size[1]

    on_stage(app, use, size)


def test_a_storm_of_sizes_ends_like_a_fresh_start() -> None:
    """Many changes leave what one would have left."""
    sizes = [(1 + (at * 37) % 130, 1 + (at * 11) % 50) for at in range(20)]

    async def storm(pilot: Pilot[Any]) -> list[str]:
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
        await pilot.resize_terminal(70, 20)
        await pilot.pause()
        return stormed.lines

    async def nothing(_: Pilot[Any]) -> list[str]:
        return fresh.lines

    stormed, fresh = LogStage(busy_talk()), LogStage(busy_talk())
    assert on_stage(stormed, storm) == on_stage(fresh, nothing, (70, 20))


def test_a_word_of_20_000_letters_is_shown_and_left_again() -> None:
    """It takes many lines, and paging goes through it."""
    app = LogStage(log_of([*numbered(0, 20), said(20, "x" * 20_000), *numbered(21, 40)]))

    async def page(pilot: Pilot[Any]) -> None:
        pages = 0
        while 0 not in numbers(app):
            app.log_view.action_page_up()
            await pilot.pause()
            pages += 1
        assert 20_000 / 61 / 9 < pages < 20_000 / 61 / 9 + 10

    on_stage(app, page)


# -------------------------------------------------------------------- several logs


def test_every_log_is_found_where_it_was_left() -> None:
    """Shown in turn in one widget; what came meanwhile is there, and counted where one was not below."""
    general, dev = log_of(numbered(0, 100)), log_of(numbered(200, 300))
    app = LogStage(general)

    async def swap(pilot: Pilot[Any]) -> None:
        await wheel(pilot, app.log_view, -5)
        left = numbers(app)
        app.log_view.show(dev)
        await pilot.pause()
        assert numbers(app)[-1] == 299
        general.append(numbered(100, 104))
        dev.append(numbered(300, 301))
        await pilot.pause()
        assert numbers(app)[-1] == 300
        app.log_view.show(general)
        await pilot.pause()
        assert numbers(app)[: HEIGHT - 1] == left[: HEIGHT - 1]
        assert "4 new below" in app.lines[-1]
        app.log_view.show(dev)
        await pilot.pause()
        assert numbers(app)[-1] == 300

    on_stage(app, swap)


def test_a_log_can_move_to_another_widget() -> None:
    """The one that shows it now hears of its rows, whichever of the two changed first."""
    one, other, moving = MessageLog(), MessageLog(), log_of(numbered(0, 3))
    app = Stage(one, other)

    async def move(pilot: Pilot[Any]) -> list[bool]:
        one.show(moving)
        other.show(moving)
        one.show(LogModel())
        moving.append([said(99, "after the move")])
        await pilot.pause()
        return [
            "after the move" in "".join(strip.text for strip in log.render_lines(Region(0, 0, 60, 6)))
            for log in (one, other)
        ]

    assert act(app, move, (60, 12)) == [False, True]


def test_a_log_without_rows_says_something_friendly() -> None:
    """Until the first row comes."""
    app = LogStage(LogModel(), "Nobody has written here yet. Write the first line.")

    async def begin(pilot: Pilot[Any]) -> None:
        assert "Nobody has written here yet." in "\n".join(app.lines)
        app.log_view.model.append([said(1, "hello")])
        await pilot.pause()
        assert "Nobody" not in "\n".join(app.lines)
        assert app.texts[1] == "hello"
        app.log_view.model.remove("n1")
        await pilot.pause()
        assert "Nobody has written here yet." in "\n".join(app.lines)

    on_stage(app, begin)


def test_rows_put_in_before_the_screen_stands_are_shown() -> None:
    """A log may be filled and shown before the app runs, and changed while it is not in view."""
    model = log_of(numbered(0, 3))
    app = LogStage(model)
    model.append(numbered(3, 5))

    async def hide(pilot: Pilot[Any]) -> None:
        assert numbers(app) == [0, 1, 2, 3, 4]
        app.log_view.display = False
        await pilot.pause()
        model.append(numbered(5, 7))
        await pilot.pause()
        app.log_view.display = True
        await pilot.pause()
        assert numbers(app) == [0, 1, 2, 3, 4, 5, 6]
        model.append(numbered(7, 8))
        await pilot.pause()
        assert numbers(app)[-1] == 7

    on_stage(app, hide)


# -------------------------------------------------------------------- what it asks for


def test_older_rows_are_asked_for_once() -> None:
    """When the first row comes near, and again only after an answer."""
    model = log_of(numbered(1000, 1050))
    model.older = Older.AVAILABLE
    app = LogStage(model)

    async def climb(pilot: Pilot[Any]) -> list[int]:
        asked = [len(app.heard_of(MessageLog.OlderWanted))]
        for _ in range(5):
            app.log_view.action_page_up()
            await pilot.pause()
        asked.append(len(app.heard_of(MessageLog.OlderWanted)))
        model.prepend(numbered(900, 1000))
        await pilot.pause()
        asked.append(len(app.heard_of(MessageLog.OlderWanted)))
        app.log_view.action_scroll_home()
        await pilot.pause()
        asked.append(len(app.heard_of(MessageLog.OlderWanted)))
        model.prepend([])
        app.log_view.action_scroll_down()
        await pilot.pause()
        asked.append(len(app.heard_of(MessageLog.OlderWanted)))
        return asked

    assert on_stage(app, climb) == [0, 1, 1, 2, 2]


def test_a_log_that_does_not_fill_the_screen_asks_for_more() -> None:
    """Without anybody scrolling; one that is whole does not."""
    model = log_of(numbered(100, 103))
    model.older = Older.AVAILABLE
    whole = LogStage(log_of(numbered(100, 103)))
    app = LogStage(model)

    async def look(_: Pilot[Any]) -> None:
        return None

    on_stage(app, look)
    on_stage(whole, look)
    assert len(app.heard_of(MessageLog.OlderWanted)) == 1
    assert not whole.heard_of(MessageLog.OlderWanted)


# -------------------------------------------------------------------- looks


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground, in full colour and in sixteen."""
    app = LogStage(busy_talk(), theme=theme)

    async def measure(pilot: Pilot[Any]) -> list[str]:
        app.log_view.action_scroll_up()
        app.log_view.model.append([said(999)])
        await pilot.pause()
        return [
            piece.text
            for piece in painted(app)
            if contrast(piece.colour, piece.ground) < 4.5
            or contrast(in_sixteen_colours(piece.colour), in_sixteen_colours(piece.ground)) < 4.5
        ]

    assert on_stage(app, measure, (84, 18)) == []


def test_another_theme_draws_all_anew() -> None:
    """Nothing keeps the colours of the old one."""
    app = LogStage(busy_talk())
    light = LogStage(busy_talk(), theme=LIGHT.name)

    async def change(pilot: Pilot[Any]) -> list[Any]:
        app.theme = LIGHT.name
        await pilot.pause()
        return list(painted(app))

    async def look(_: Pilot[Any]) -> list[Any]:
        return list(painted(light))

    assert on_stage(app, change, (84, 24)) == on_stage(light, look, (84, 24))


def test_markup_is_shown_letter_by_letter() -> None:
    """In a text and in a nick; nothing is run, nothing breaks."""
    hostile = "[/] [bold]x[/bold] [@click=app.quit]y[/] [link=https://x]z"
    app = LogStage(log_of([said(1, hostile, nick="[b]eve")]))

    async def look(_: Pilot[Any]) -> str:
        return app.lines[1]

    assert on_stage(app, look).rstrip().endswith(hostile)


def test_a_status_changes_in_place() -> None:
    """Sending, then stored: the row keeps its line and its text its place."""
    app = LogStage(log_of([*numbered(0, 3), own("s1", "word " * 30, status=RowStatus.SENDING)]))

    async def arrive(pilot: Pilot[Any]) -> None:
        before = app.lines
        assert "sending" in before[6]
        app.log_view.model.replace("s1", own("n3", "word " * 30))
        await pilot.pause()
        assert [line.replace("sending", "✓") for line in before] == app.lines

    on_stage(app, arrive)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_a_busy_talk_looks_right(theme: str, snap_compare: SnapCompare) -> None:
    """Times, nicks and text in columns, and everything else quieter than the talk."""
    snap_compare(LogStage(busy_talk(), theme=theme), (84, 22))


def test_a_busy_talk_looks_right_when_narrow(snap_compare: SnapCompare) -> None:
    """40 columns: nick and text, signs for words."""
    snap_compare(LogStage(busy_talk()), (40, 26))


def test_new_below_looks_right(snap_compare: SnapCompare) -> None:
    """The marker at the bottom edge."""
    app = LogStage(log_of(many(0, 60)))

    async def scroll(pilot: Pilot[Any]) -> None:
        await wheel(pilot, app.log_view, -4)
        app.log_view.model.append(numbered(100, 103))
        await pilot.pause()

    snap_compare(app, (84, 12), prepare=scroll)


def test_an_empty_log_looks_right(snap_compare: SnapCompare) -> None:
    """One sentence in the middle."""
    snap_compare(LogStage(LogModel(), "Nobody has written here yet. Write the first line."), (84, 12))


def test_it_stands_beside_other_widgets() -> None:
    """The width is that of its own part of the screen."""
    app = Stage(Static("above"), log := MessageLog())
    log.show(log_of(numbered(0, 3)))

    async def look(_: Pilot[Any]) -> int:
        return log.scrollable_size.width

    assert act(app, look, (60, 12)) == 59
