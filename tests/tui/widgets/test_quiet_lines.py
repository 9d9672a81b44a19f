"""The two quiet lines around a talk: what conversation this is, and who is writing."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from chat.tui.styles.theme import THEMES
from chat.tui.widgets.conversation_header import ConversationHeader
from chat.tui.widgets.typing_line import TypingLine
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines


def header(title: str, topic: str = "", pins: int = 0) -> ConversationHeader:
    """A header that says this."""
    made = ConversationHeader()
    made.show(title, topic, pins)
    return made


def typing(*nicks: str) -> TypingLine:
    """A line that says that these are writing."""
    made = TypingLine()
    made.show(nicks)
    return made


def lines(*widgets: Widget, width: int = 60) -> list[str]:
    """The screen with these widgets."""
    app = Stage(*widgets)

    async def look(_: Pilot[Any]) -> list[str]:
        return screen_lines(app)

    return act(app, look, (width, 4))


def test_a_header_has_title_and_topic() -> None:
    """The topic stands behind the title, after a gap."""
    assert lines(header("#general", "Release on Friday"))[0] == " #general   Release on Friday"


def test_a_header_without_topic_is_its_title() -> None:
    """No sign stands for a topic that isn't there."""
    assert lines(header("#general"))[0] == " #general"


@pytest.mark.parametrize("width", [4, 5, 12, 20, 40])
def test_a_header_never_takes_a_second_line(width: int) -> None:
    """Title and topic are cut at any width, in any script."""
    told = lines(header("#日本語のチャンネル", "日本語 " * 30), header("#b"), width=width)
    assert told[1] == " #b"[: width - 1]
    assert told[2] == ""


def test_a_cut_topic_says_so() -> None:
    """An ellipsis ends it at the margin."""
    assert lines(header("#a", "x" * 90), width=20)[0] == " #a   " + "x" * 12 + "…"


def test_how_much_is_pinned_stands_at_the_right() -> None:
    """With the command that shows it; where there is little room the topic goes first."""
    line = lines(header("#a", "all sorts", 2), width=50)[0]
    assert line.startswith(" #a   all sorts ")
    assert line.endswith(" 2 pinned, /pins")
    assert lines(header("#a", "x" * 90, 2), width=50)[0].endswith("…   2 pinned, /pins")
    assert "pinned" not in lines(header("#a", "x" * 90, 2), width=30)[0]
    assert "pinned" in lines(header("#a", pins=2), width=30)[0]


def test_a_changed_topic_is_shown_at_once() -> None:
    """Showing something else draws it."""
    app = Stage(made := header("#a", "old"))

    async def change(pilot: Pilot[Any]) -> str:
        made.show("#a", "new")
        await pilot.pause()
        return screen_lines(app)[0]

    assert act(app, change) == " #a   new"


def test_the_typing_line_says_who_writes() -> None:
    """In a sentence."""
    assert lines(typing("bob"))[0] == " bob is typing…"


def test_the_typing_line_keeps_its_place_when_nobody_writes() -> None:
    """An empty line stands there, so that the talk above never moves."""
    assert lines(typing(), header("#below"))[:2] == ["", " #below"]


def test_when_the_last_one_stops_the_sentence_goes() -> None:
    """Nothing of the old sentence stays."""
    app = Stage(made := typing("bob", "carol"))

    async def stop(pilot: Pilot[Any]) -> str:
        made.show([])
        await pilot.pause()
        return screen_lines(app)[0]

    assert act(app, stop) == ""


def test_long_nicks_are_cut_to_one_line() -> None:
    """The sentence ends with the line."""
    told = lines(typing("x" * 32, "y" * 32), header("#below"), width=40)
    assert told[0].endswith("…")
    assert told[1] == " #below"


def test_text_of_others_is_never_read_as_markup() -> None:
    """Brackets in topic and nick stand there as they are."""
    assert lines(header("#[b]x", "[/] [@click=quit]y"), typing("[/]"))[:2] == [
        " #[b]x   [/] [@click=quit]y",
        " [/] is typing…",
    ]


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground."""
    app = Stage(header("#general", "Release on Friday"), typing("bob"), theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [piece.text for piece in painted(app) if contrast(piece.colour, piece.ground) < 4.5]

    assert act(app, measure) == []


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_the_lines_look_right(snap_compare: SnapCompare, theme: str) -> None:
    """With a topic, without, cut; one, two and many who write."""
    app = Stage(
        header("#general", "Release on Friday, freeze on Thursday noon"),
        header("@alice", "online, since 09:00"),
        header("#ops", "a topic that goes on for so long that nobody reads to its end"),
        typing("bob"),
        typing("bob", "carol", "dave"),
        theme=theme,
    )
    snap_compare(app, (60, 5))
