"""Selecting, copying and clicking in the message log."""

from typing import Any

import pytest
from textual.events import MouseMove
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import SELECT_ALL, Selection
from textual.widgets import Input

from chat.tui.render.rows import RowKind, gap_row
from chat.tui.widgets.message_log import MessageLog
from tests.support.log_rows import event, many, said
from tests.support.log_scene import LogStage, drag, log_of, on_stage
from tests.support.stage import Stage, act

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


def selected(app: LogStage) -> str | None:
    """The text that would be copied."""
    return app.screen.get_selected_text()


def highlighted(app: LogStage) -> str:
    """The text that is shown as selected, line by line."""
    ground = app.screen.get_component_rich_style("screen--selection").bgcolor
    shown = []
    for strip in app.screen._compositor.render_strips():  # noqa: SLF001 - what the terminal gets
        words = [part.text for part in strip if part.style is not None and part.style.bgcolor == ground]
        if words:
            shown.append("".join(words))
    return "\n".join(shown)


def select(app: LogStage, first: str, last: str, size: tuple[int, int] = (84, 10)) -> str | None:
    """What is selected by pulling from one word to the last letter of another; it is shown so, too."""

    async def pull(pilot: Pilot[Any]) -> str | None:
        x, y = app.at(last)
        await drag(pilot, app.at(first), (x + len(last) - 1, y))
        text = selected(app)
        assert text is not None
        assert "".join(highlighted(app).split()) == "".join(text.split())
        return text

    return on_stage(app, pull, size)


def test_words_of_a_line_are_selected() -> None:
    """From the letter pressed to the letter let go."""
    assert select(LogStage(log_of([said(1, "one two three four")])), "two", "three") == "two three"


def test_selected_rows_are_copied_as_what_was_said() -> None:
    """A line for each row, without times, nicks, signs and rules."""
    rows = [
        said(1, "one two"),
        event(2, "dave joined"),
        gap_row("g3", 5),
        said(8, "waves", kind=RowKind.ACTION),
    ]
    assert select(LogStage(log_of(rows)), "two", "waves") == "two\ndave joined\nbob waves"


def test_a_wrapped_text_is_copied_as_one_line() -> None:
    """An address that takes three lines is whole again."""
    text = "https://example.org/" + "x" * 100 + " end"
    assert select(LogStage(log_of([said(1, text)])), "https", "end", (60, 10)) == text


def test_pulling_upwards_selects_the_same() -> None:
    """The beginning is where the text begins, whichever way one pulls."""
    app = LogStage(log_of([said(1, "one two"), said(2, "three four")]))

    async def pull(pilot: Pilot[Any]) -> str | None:
        x, y = app.at("three")
        await drag(pilot, (x + 4, y), app.at("two"))
        return selected(app)

    assert on_stage(app, pull) == "two\nthree"


def test_the_margin_stands_for_the_beginning_of_the_line() -> None:
    """Whoever begins at the nick selects from the first letter; behind the text is its end."""
    app = LogStage(log_of([said(1, "one two"), said(2, "three")]))

    async def pull(pilot: Pilot[Any]) -> str | None:
        await drag(pilot, (3, 1), (70, 2))
        return selected(app)

    assert on_stage(app, pull) == "one two\nthree"


@pytest.mark.parametrize("letter", [FAMILY, "🇩🇪", "👍🏽", "❤\ufe0f", "日", "e\u0301", "1\ufe0f\u20e3"])
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("x", "x+1", "xL"), ("second", "third", "LL"), ("last half of second", "x", "LLx"), ("y", "y+1", "yz")],
)
def test_a_click_finds_the_letter_that_is_seen(letter: str, first: str, last: str, expected: str) -> None:
    """However many characters stand before it and in it; half a letter selects all of it."""
    app = LogStage(log_of([said(1, f"{letter * 3}x{letter}yz")]))
    wide = 1 if letter == "e\u0301" else 2
    cell = {
        "second": wide,
        "third": 2 * wide,
        "last half of second": 2 * wide - 1,
        "x": 3 * wide,
        "x+1": 3 * wide + 1,
    }
    cell |= {"y": 4 * wide + 1, "y+1": 4 * wide + 2}

    async def pull(pilot: Pilot[Any]) -> str | None:
        left = app.log_view.model.store.columns.text_x
        await drag(pilot, (left + cell[first], 1), (left + cell[last], 1))
        return selected(app)

    assert on_stage(app, pull) == expected.replace("L", letter)


@pytest.mark.parametrize("where", ["above", "below", "in between", "another width"])
def test_a_selection_stays_on_its_words(where: str) -> None:
    """Whatever comes above, below or between while it is looked at."""
    app = LogStage(
        log_of([*many(1000, 1010), gap_row("g", 3), *many(1020, 1021), said(1021, "first words here")])
    )

    async def change(pilot: Pilot[Any]) -> tuple[str | None, str | None, str]:
        await drag(pilot, app.at("words"), app.at("here"))
        before, model = selected(app), app.log_view.model
        if where == "above":
            model.prepend(many(1, 300))
        elif where == "below":
            model.append([said(2000, "another")])
        elif where == "in between":
            model.fill("g", many(1010, 1020))
            model.remove("n1020")
        else:
            await pilot.resize_terminal(30, 12)
        await pilot.pause()
        return before, selected(app), highlighted(app)

    before, after, shown = on_stage(app, change, (84, 20))
    assert before == after == "words h"
    assert shown.split() == ["words", "h"]


def test_a_double_click_selects_a_word_and_a_triple_one_the_message() -> None:
    """And not the whole log, as other widgets do."""
    app = LogStage(log_of([said(1, "one"), said(2, f"two three{FAMILY} four")]))

    async def click(pilot: Pilot[Any]) -> list[str | None]:
        await pilot.double_click(offset=app.at("three"))
        word = selected(app)
        await pilot.triple_click(offset=app.at("three"))
        message = selected(app)
        await pilot.double_click(offset=(40, 8))
        return [word, message]

    assert on_stage(app, click) == [f"three{FAMILY}", f"two three{FAMILY} four"]


def test_a_click_takes_the_selection_away() -> None:
    """As everywhere; another log does so too."""
    app = LogStage(log_of([said(1, "one two three")]))

    async def click(pilot: Pilot[Any]) -> list[str | None]:
        found = []
        for _ in range(2):
            await drag(pilot, app.at("two"), app.at("three"))
            found.append(selected(app))
            await pilot.click(offset=(40, 8))
            found.append(selected(app))
        await drag(pilot, app.at("two"), app.at("three"))
        app.log_view.show(log_of([said(1, "other")]))
        await pilot.pause()
        return [*found, selected(app)]

    assert on_stage(app, click) == ["two t", None, "two t", None, None]


def test_selected_text_is_copied() -> None:
    """Through Textual's own way, that reaches the terminal's clipboard."""
    app = LogStage(log_of([said(1, "one two three")]))

    async def copy(pilot: Pilot[Any]) -> str:
        await drag(pilot, app.at("two"), app.at("three"))
        await pilot.press("ctrl+c")
        return app.clipboard

    assert on_stage(app, copy) == "two t"


def test_a_selection_from_beside_takes_what_is_seen() -> None:
    """Not a hundred thousand messages that nobody looks at."""
    app = LogStage(log_of(many(0, 1000)))

    async def take(_: Pilot[Any]) -> tuple[str, str]:
        log = app.log_view
        middle = log.model.store.ordinal(log.model.store.index_of("n997"))
        everything = log.get_selection(SELECT_ALL)
        from_there = log.get_selection(Selection(Offset(8, middle), None))
        assert everything is not None
        assert from_there is not None
        return everything[0], from_there[0]

    everything, from_there = on_stage(app, take, (200, 10))
    assert [line.split()[1] for line in everything.splitlines()] == [
        str(number) for number in range(990, 1000)
    ]
    assert from_there.splitlines()[0].startswith("997")
    assert len(from_there.splitlines()) == 3


def test_pulling_over_the_edge_scrolls() -> None:
    """And what goes out of view stays selected."""
    app = LogStage(log_of([said(number, f"message {number}", minutes=number) for number in range(100)]))

    async def pull(pilot: Pilot[Any]) -> str | None:
        await pilot.mouse_down(offset=app.at("message 97"))
        upwards = MouseMove(app.log_view, 40, 0, 0, -1, 1, False, False, False, 40, 0)
        while int(app.texts[0].split()[1]) > 80:
            app.screen._forward_event(upwards)  # noqa: SLF001 - the pilot's mouse has no speed
            await pilot.pause()
        await pilot.mouse_up(offset=(40, 0))
        return selected(app)

    text = on_stage(app, pull)
    assert text is not None
    assert "message 85\nmessage 86\n" in text
    assert text.endswith("message 96\nm")


# -------------------------------------------------------------------- clicks


def clicks(app: LogStage, *words: str, size: tuple[int, int] = (84, 10)) -> list[Any]:
    """What the log posts when these words are clicked one after the other."""

    async def click(pilot: Pilot[Any]) -> list[Any]:
        for word in words:
            await pilot.click(offset=app.at(word))
            await pilot.press("f9")  # so that no two clicks make a double one
        return app.heard_of(MessageLog.LinkClicked) + app.heard_of(MessageLog.GapWanted)

    return on_stage(app, click, size)


def test_a_clicked_link_is_told() -> None:
    """In each of its lines, as the terminal may have it."""
    app = LogStage(log_of([said(1, "see https://example.org/ü" + "x" * 60 + "END now")]))
    assert [message.url for message in clicks(app, "https", "END")] == [
        "https://example.org/%C3%BC" + "x" * 60 + "END"
    ] * 2


def test_beside_a_link_nothing_is_opened() -> None:
    """Neither at the nick, nor behind it, nor by selecting it."""
    app = LogStage(log_of([said(1, "https://example.org/page"), said(2, "plain")]))

    async def click(pilot: Pilot[Any]) -> list[Any]:
        for offset in ((10, 1), (70, 1), (30, 8), app.at("plain")):
            await pilot.click(offset=offset)
        await drag(pilot, app.at("https"), app.at("page"))
        return app.heard_of(MessageLog.LinkClicked)

    assert on_stage(app, click) == []


def test_links_reach_the_terminal_as_links() -> None:
    """All lines of one have one address and one id, so that the terminal shows them as one."""
    app = LogStage(log_of([said(1, "https://example.org/" + "x" * 100)]))

    async def look(_: Pilot[Any]) -> set[tuple[str | None, str]]:
        strips = app.screen._compositor.render_strips()  # noqa: SLF001 - what the terminal gets
        return {
            (part.style.link, part.style.link_id)
            for strip in strips
            for part in strip
            if part.style is not None and part.style.link
        }

    found = on_stage(app, look)
    assert len(found) == 1
    assert found.pop()[0] == "https://example.org/" + "x" * 100


def test_a_gap_is_filled_by_click_or_key() -> None:
    """The click takes the one that is clicked, Enter the lowest in view."""
    app = LogStage(log_of([said(1), gap_row("g2", 3), said(5), gap_row("g6", 3), said(9)]))

    async def ask(pilot: Pilot[Any]) -> list[str]:
        await pilot.click(offset=app.at("3 messages missing"))
        app.log_view.focus()
        await pilot.press("enter")
        return [message.key for message in app.heard_of(MessageLog.GapWanted)]

    assert on_stage(app, ask) == ["g2", "g6"]


def test_without_a_gap_in_view_nothing_is_asked() -> None:
    """Enter does nothing then."""
    app = LogStage(log_of([gap_row("g0", 3), *many(5, 100)]))

    async def ask(pilot: Pilot[Any]) -> list[Any]:
        app.log_view.focus()
        await pilot.press("enter")
        return app.heard_of(MessageLog.GapWanted)

    assert on_stage(app, ask) == []


def test_a_click_leaves_the_focus_where_it_is() -> None:
    """Who selects a word goes on writing where he wrote."""
    app = Stage(log := MessageLog(), field := Input())
    log.show(log_of([said(1, "hello")]))

    async def click(pilot: Pilot[Any]) -> bool:
        field.focus()
        await pilot.click(offset=(30, 1))
        return field.has_focus

    assert act(app, click)
