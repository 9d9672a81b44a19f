"""The strip of conversations."""

from collections.abc import Sequence
from time import process_time
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.tui.render.attention import Attention
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.channel_tabs import ChannelTabs, ServerSign, TabItem
from tests.support.contrast import contrast, in_sixteen_colours, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

FOUR = (
    TabItem("c1", "#general"),
    TabItem("c2", "#dev", Attention.UNREAD, 3),
    TabItem("c3", "#ops", Attention.ACTIVITY),
    TabItem("c4", "@alice", Attention.MENTION, 1),
)
HERE = ServerSign("lan-server", encrypted=True)


def many(count: int) -> tuple[TabItem, ...]:
    """Conversations of every level in turn."""
    return tuple(TabItem(f"c{at}", f"#channel-{at}", Attention(at % 4), at) for at in range(1, count + 1))


def strip(items: Sequence[TabItem], active: str, server: ServerSign = HERE) -> ChannelTabs:
    """A strip that shows these."""
    tabs = ChannelTabs()
    tabs.styles.margin = (0, 0, 1, 0)
    tabs.show(items, active)
    tabs.show_server(server)
    return tabs


def line(items: Sequence[TabItem], active: str, width: int = 100, server: ServerSign = HERE) -> str:
    """The strip as text."""
    app = Stage(strip(items, active, server))

    async def look(_: Pilot[Any]) -> str:
        return screen_lines(app)[0]

    return act(app, look, (width, 3))


def clicked(items: Sequence[TabItem], active: str, at: str, width: int = 100) -> list[str]:
    """The conversations that the strip names when the text `at` in it is clicked."""
    app = Stage(strip(items, active))

    async def click(pilot: Pilot[Any]) -> list[str]:
        await pilot.click(ChannelTabs, offset=(screen_lines(app)[0].index(at), 0))
        return [message.conversation for message in app.heard if isinstance(message, ChannelTabs.Chosen)]

    return act(app, click, (width, 3))


def test_tabs_have_numbers_titles_and_signs() -> None:
    """The line reads as in the sketch: number, title, what waits, and the server at the right."""
    text = line(FOUR, "c1")
    assert text.startswith(" 1 #general   2 #dev (3)   3 #ops ·   4 @alice (1!)")
    assert text.endswith("lan-server  TLS")


def test_no_conversation_leaves_only_the_server() -> None:
    """Before the first conversation the strip is empty but for the server."""
    assert line((), "").strip() == "lan-server  TLS"


def test_a_server_without_encryption_says_so() -> None:
    """In words, not by colour."""
    assert line(FOUR, "c1", server=ServerSign("attic", encrypted=False)).endswith("attic  not encrypted")


@pytest.mark.parametrize(
    ("width", "corner"), [(70, "lan-server  not encrypted"), (50, "not encrypted"), (40, "")]
)
def test_the_corner_gives_way_to_the_tabs(width: int, corner: str) -> None:
    """With less room first the server's name goes, then all of the corner; tabs keep 30 columns."""
    text = line(FOUR[:1], "c1", width, ServerSign("lan-server", encrypted=False))
    assert text.removeprefix(" 1 #general").strip() == corner


@pytest.mark.parametrize("active", [1, 2, 6, 11, 12])
def test_the_active_tab_is_always_in_view(active: int) -> None:
    """However many there are, one sees where one is."""
    assert f" {active} #channel-{active}" in line(many(12), f"c{active}")


def test_hidden_mentions_are_told_at_the_edge() -> None:
    """An arrow with `!` points to the side on which somebody calls."""
    text = line(many(12), "c1")
    assert "!›" in text
    assert "‹" not in text


def test_hidden_unread_is_told_quietly() -> None:
    """Without a hidden mention the arrow has a dot, and none where nothing waits."""
    items = [TabItem(f"c{at}", f"#channel-{at}") for at in range(12)]
    assert " ›" in line(items, "c0")
    items[11] = TabItem("c11", "#channel-11", Attention.UNREAD, 2)
    assert "·›" in line(items, "c0")


def test_stepping_to_a_tab_in_view_moves_nothing() -> None:
    """Only the mark of the active tab changes; the others stay where they are."""
    app = Stage(tabs := strip(many(12), "c5"))

    async def step(pilot: Pilot[Any]) -> tuple[str, str]:
        before = screen_lines(app)[0]
        tabs.show(many(12), "c4")
        await pilot.pause()
        return before, screen_lines(app)[0]

    before, after = act(app, step, (100, 3))
    assert before.split() == after.split()


def test_a_changed_count_is_shown_at_once() -> None:
    """Showing new items draws them."""
    app = Stage(tabs := strip(FOUR, "c1"))

    async def count(pilot: Pilot[Any]) -> str:
        tabs.show((*FOUR[:3], TabItem("c4", "@alice", Attention.MENTION, 2)), "c1")
        await pilot.pause()
        return screen_lines(app)[0]

    assert "@alice (2!)" in act(app, count)


def test_a_narrower_screen_still_shows_the_active_tab() -> None:
    """After a resize the strip is laid out for the new width."""
    app = Stage(strip(many(12), "c4"))

    async def narrow(pilot: Pilot[Any]) -> str:
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        return screen_lines(app)[0]

    text = act(app, narrow, (120, 3))
    assert "#channel-4" in text
    assert len(text) <= 40


def test_long_titles_are_cut() -> None:
    """One title never takes more than 20 columns, in any script."""
    text = line((TabItem("c1", "#" + "x" * 63), TabItem("c2", "#" + "日" * 40), TabItem("c3", "#b")), "c3")
    assert "#" + "x" * 18 + "…" in text
    assert "#" + "日" * 9 + "…" in text
    assert " 3 #b" in text


def test_titles_are_never_read_as_markup() -> None:
    """Brackets in a title stand there as they are and run nothing."""
    assert "1 #[/][bold][@click=q]  " in line((TabItem("c1", "#[/][bold][@click=q]"),), "c1")


def test_a_click_names_the_conversation_under_it() -> None:
    """The owner hears which tab was clicked, anywhere on its text."""
    assert clicked(FOUR, "c1", "#dev") == ["c2"]
    assert clicked(FOUR, "c1", "(1!)") == ["c4"]


def test_a_click_beside_the_tabs_names_nothing() -> None:
    """The server's name is no tab."""
    assert clicked(FOUR, "c1", "lan-server") == []


def test_a_click_on_the_edge_goes_to_the_loudest_hidden_one() -> None:
    """The arrow leads to the nearest of those it warns of."""
    assert clicked(many(12), "c1", "!›") == ["c7"]


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("active", ["c1", "c2", "c4"])
def test_everything_painted_is_readable(theme: str, active: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground, in full colour and in sixteen."""
    app = Stage(strip(FOUR, active), strip(many(12), "c9", ServerSign("s", encrypted=False)), theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if contrast(piece.colour, piece.ground) < 4.5
            or contrast(in_sixteen_colours(piece.colour), in_sixteen_colours(piece.ground)) < 4.5
        ]

    assert act(app, measure, (100, 3)) == []


def test_without_colour_the_active_tab_and_calls_are_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the strip is grey, the active title underlined, a mention has its sign."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = Stage(strip(FOUR, "c2"))

    async def look(_: Pilot[Any]) -> tuple[list[str], bool]:
        segments = [piece for strip in app.screen._compositor.render_strips() for piece in strip]  # noqa: SLF001
        styles = [piece.style for piece in segments if piece.style and piece.style.color]
        grey = all(len(set(style.color.get_truecolor())) == 1 for style in styles if style.color)
        return [piece.text for piece in segments if piece.style and piece.style.underline], grey

    assert act(app, look, (100, 3)) == (["#dev"], True)


def test_renewing_many_labels_costs_little() -> None:
    """With 500 tabs, new counts in all of them cost at most 25 times what they cost with 10."""

    def cost(count: int) -> float:
        app = Stage(tabs := strip(many(count), "c5"))

        async def renew(pilot: Pilot[Any]) -> float:
            begun = process_time()
            for turn in range(10):
                tabs.show(
                    [TabItem(item.conversation, item.title, item.level, turn) for item in many(count)], "c5"
                )
                await pilot.pause()
            return process_time() - begun

        return act(app, renew)

    assert cost(500) < 25 * cost(10)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_the_strip_looks_right(snap_compare: SnapCompare, theme: str) -> None:
    """All levels, active and not, crowded and not."""
    app = Stage(
        strip(FOUR, "c1"),
        strip(FOUR, "c2", ServerSign("lan-server", encrypted=False)),
        strip(many(12), "c6", ServerSign("attic")),
        strip(many(12), "c12"),
        theme=theme,
    )
    snap_compare(app, (100, 8))


def test_the_strip_looks_right_when_narrow(snap_compare: SnapCompare) -> None:
    """At 40 columns."""
    snap_compare(Stage(strip(FOUR, "c2"), strip(many(12), "c6")), (40, 4))
