"""Who is in a channel and who of them is here."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from time import process_time
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from chat.protocol.records import Presence
from chat.tui.render.member_order import MemberItem
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.member_list import MemberList
from tests.support.contrast import contrast, in_sixteen_colours, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

Result = TypeVar("Result")

SEVEN = (
    MemberItem("u1", "alice", Presence.ONLINE, role="op"),
    MemberItem("u2", "bob", Presence.ONLINE),
    MemberItem("u3", "carol", Presence.AWAY, note="lunch"),
    MemberItem("u4", "maria", Presence.ONLINE, me=True),
    MemberItem("u5", "erin", Presence.BUSY, note="on the phone until three"),
    MemberItem("u6", "dave", Presence.OFFLINE),
    MemberItem("u7", "frank", Presence.OFFLINE),
)


def crowd(count: int, presence: Presence = Presence.ONLINE) -> list[MemberItem]:
    """So many members, in the order of the list."""
    return [MemberItem(f"u{at}", f"guest-{at:04}", presence) for at in range(count)]


def shown(app: Stage) -> list[str]:
    """The list as text, without the rule at its left."""
    return [line[1:22].rstrip() for line in screen_lines(app)]


def pointed(app: Stage) -> list[str]:
    """The rows with the cursor's sign."""
    return [line[3:].split()[0] for line in shown(app) if line.startswith("›")]


def chosen(app: Stage) -> list[tuple[str, str]]:
    """Whom somebody wants to write to."""
    return [(said.user, said.nick) for said in app.heard if isinstance(said, MemberList.Chosen)]


def at_list(
    deed: Callable[[Pilot[Any], MemberList], Awaitable[Result]],
    members: Iterable[MemberItem] = SEVEN,
    *,
    theme: str = "chat-dark",
    height: int = 12,
) -> Result:
    """Do something with a list that shows these members and has the keys."""
    members_list = MemberList()

    async def begin(pilot: Pilot[Any]) -> Result:
        members_list.show(members)
        members_list.focus()
        await pilot.pause()
        return await deed(pilot, members_list)

    return act(Stage(members_list, theme=theme), begin, (40, height))


def after_keys(*keys: str, members: Iterable[MemberItem] = SEVEN, height: int = 12) -> list[str]:
    """Where the cursor is after some keys."""

    async def press(pilot: Pilot[Any], _: MemberList) -> list[str]:
        await pilot.press(*keys)
        await pilot.pause()
        return pointed(stage(pilot))

    return at_list(press, members, height=height)


def stage(pilot: Pilot[Any]) -> Stage:
    """The app of a pilot."""
    assert isinstance(pilot.app, Stage)
    return pilot.app


def test_the_head_counts_who_is_here() -> None:
    """Online, away and busy people are here; offline ones are members all the same."""

    async def look(pilot: Pilot[Any], _: MemberList) -> list[str]:
        return shown(stage(pilot))

    assert at_list(look)[:2] == [" 5 of 7 here", ""]


def test_rows_have_sign_nick_and_detail() -> None:
    """Presence is a sign, not only a colour; role, note and oneself stand at the right."""

    async def look(pilot: Pilot[Any], _: MemberList) -> list[str]:
        return shown(stage(pilot))[2:9]

    assert at_list(look) == [
        "›● alice          op",
        " ● bob",
        " ◐ carol       lunch",
        " ⊘ erin  on the pho…",
        " ● maria         you",
        " ○ dave",
        " ○ frank",
    ]


def test_an_empty_list_speaks() -> None:
    """Where nobody is, one sentence says so."""

    async def look(pilot: Pilot[Any], _: MemberList) -> list[str]:
        return shown(stage(pilot))

    assert at_list(look, ())[0] == " nobody known yet"


@pytest.mark.parametrize(
    ("keys", "nick"),
    [
        ((), "alice"),
        (("down",), "bob"),
        (("down", "down", "up"), "bob"),
        (("up",), "alice"),
        (("end",), "frank"),
        (("end", "down"), "frank"),
        (("end", "home"), "alice"),
        (("pagedown",), "frank"),
    ],
)
def test_keys_move_the_cursor(keys: tuple[str, ...], nick: str) -> None:
    """Arrows, Home, End and pages move it and stop at the ends."""
    assert after_keys(*keys) == [nick]


@pytest.mark.parametrize(("keys", "nick"), [(("pagedown",), "guest-0008"), (("end", "pageup"), "guest-0091")])
def test_a_page_is_what_is_seen(keys: tuple[str, ...], nick: str) -> None:
    """With ten lines, two of them the head, a page is eight rows, and the cursor stays in view."""
    assert after_keys(*keys, members=crowd(100), height=10) == [nick]


@pytest.mark.parametrize("keys", [("end",), ("pagedown", "pagedown"), ("end", "home"), ("end", *["up"] * 30)])
def test_the_cursor_is_always_in_view(keys: tuple[str, ...]) -> None:
    """The view follows the cursor in both directions."""
    assert len(after_keys(*keys, members=crowd(100), height=10)) == 1


def test_enter_chooses_the_person_under_the_cursor() -> None:
    """The owner hears id and nick."""

    async def enter(pilot: Pilot[Any], _: MemberList) -> list[tuple[str, str]]:
        await pilot.press("down", "enter")
        return chosen(stage(pilot))

    assert at_list(enter) == [("u2", "bob")]


def test_enter_in_an_empty_list_chooses_nobody() -> None:
    """Nothing is under the cursor."""

    async def enter(pilot: Pilot[Any], _: MemberList) -> list[tuple[str, str]]:
        await pilot.press("enter", "down", "end")
        return chosen(stage(pilot))

    assert at_list(enter, ()) == []


def test_one_click_points_and_chooses() -> None:
    """It opens no more than a menu."""

    async def click(pilot: Pilot[Any], _: MemberList) -> tuple[list[str], list[tuple[str, str]]]:
        await pilot.click(MemberList, offset=(5, 3))
        return pointed(stage(pilot)), chosen(stage(pilot))

    assert at_list(click) == (["bob"], [("u2", "bob")])


@pytest.mark.parametrize("row", [0, 1, 9, 11])
def test_a_click_beside_the_rows_does_nothing(row: int) -> None:
    """Head and empty space are nobody."""

    async def click(pilot: Pilot[Any], _: MemberList) -> tuple[list[str], list[tuple[str, str]]]:
        await pilot.double_click(MemberList, offset=(5, row))
        return pointed(stage(pilot)), chosen(stage(pilot))

    assert at_list(click) == (["alice"], [])


def test_a_click_in_a_scrolled_list_means_what_is_seen() -> None:
    """The row under the mouse counts, wherever the view is."""

    async def click(pilot: Pilot[Any], _: MemberList) -> tuple[str, list[tuple[str, str]]]:
        await pilot.press("end")
        await pilot.pause()
        seen = shown(stage(pilot))[4]
        await pilot.click(MemberList, offset=(5, 4))
        return seen, chosen(stage(pilot))

    seen, heard = at_list(click, crowd(100), height=10)
    assert [nick for _, nick in heard] == [seen[3:]]


def test_escape_gives_the_keys_back() -> None:
    """The owner hears that the list is left."""

    async def leave(pilot: Pilot[Any], _: MemberList) -> int:
        await pilot.press("escape")
        return sum(isinstance(said, MemberList.Left) for said in stage(pilot).heard)

    assert at_list(leave) == 1


def test_without_the_keys_there_is_no_cursor() -> None:
    """While one writes, the list is quiet."""

    async def blur(pilot: Pilot[Any], _: MemberList) -> list[str]:
        pilot.app.screen.set_focus(None)
        await pilot.pause()
        return pointed(stage(pilot))

    assert at_list(blur) == []


def test_the_cursor_stays_on_its_person() -> None:
    """Whoever joins, parts or changes the nick above, the cursor does not slip to somebody else."""

    async def change(pilot: Pilot[Any], members: MemberList) -> list[str]:
        await pilot.press("down", "down")
        newcomers = [MemberItem("u8", "aaron", Presence.ONLINE), replace(SEVEN[1], nick="zed")]
        members.show([SEVEN[0], *SEVEN[2:], *newcomers])
        await pilot.pause()
        return pointed(stage(pilot))

    assert at_list(change) == ["carol"]


def test_the_cursor_takes_the_next_one_when_its_person_leaves() -> None:
    """It stays at its place, and in the list."""

    async def change(pilot: Pilot[Any], members: MemberList) -> list[str]:
        await pilot.press("end")
        members.show(SEVEN[:6])
        await pilot.pause()
        return pointed(stage(pilot))

    assert at_list(change) == ["dave"]


def test_rows_in_view_stay_when_others_come_above() -> None:
    """In a scrolled list a newcomer moves nothing that is being read."""

    async def change(pilot: Pilot[Any], members: MemberList) -> tuple[list[str], list[str]]:
        await pilot.press("end", *["up"] * 20)
        await pilot.pause()
        before = shown(stage(pilot))
        members.show([*crowd(100), MemberItem("new", "aaron", Presence.ONLINE)])
        await pilot.pause()
        return before, shown(stage(pilot))

    before, later = at_list(change, crowd(100), height=10)
    assert (before[0], later[0]) == (" 100 of 100 here", " 101 of 101 here")
    assert before[1:] == later[1:]


def test_at_the_top_newcomers_are_seen() -> None:
    """A list that is not scrolled shows its first rows."""

    async def change(pilot: Pilot[Any], members: MemberList) -> str:
        members.show([*crowd(100), MemberItem("new", "aaron", Presence.ONLINE)])
        await pilot.pause()
        return shown(stage(pilot))[2]

    assert "aaron" in at_list(change, crowd(100), height=10)


def test_going_offline_changes_sign_and_count() -> None:
    """The row sinks to the others who are not here."""

    async def change(pilot: Pilot[Any], members: MemberList) -> list[str]:
        members.show([replace(SEVEN[0], presence=Presence.OFFLINE), *SEVEN[1:]])
        await pilot.pause()
        return shown(stage(pilot))

    lines = at_list(change)
    assert lines[0] == " 4 of 7 here"
    assert lines[6].split() == ["›○", "alice", "op"]


def test_showing_the_same_again_draws_nothing() -> None:
    """The owner may call as often as it likes."""

    class Counted(MemberList):
        """Counts the lines it is asked for."""

        drawn = 0

        def render_line(self, y: int) -> Strip:
            self.drawn += 1
            return super().render_line(y)

    members = Counted()

    async def again(pilot: Pilot[Any]) -> tuple[bool, int]:
        members.show(SEVEN)
        await pilot.pause()
        before = members.drawn
        members.show(list(SEVEN))
        await pilot.pause()
        return before > 0, members.drawn - before

    assert act(Stage(members), again) == (True, 0)


def test_nicks_are_never_read_as_markup() -> None:
    """Brackets in a nick or a note stand there as they are."""

    async def look(pilot: Pilot[Any], _: MemberList) -> str:
        return shown(stage(pilot))[2]

    assert at_list(look, [MemberItem("u1", "[/][b]x", Presence.AWAY, note="[/b]")]) == "›◐ [/][b]x      [/b]"


def test_long_names_in_any_script_are_cut_to_the_row() -> None:
    """Every line ends where the list ends."""
    long = [
        MemberItem("u1", "日本語" * 10, Presence.ONLINE, note="あ" * 30),
        MemberItem("u2", "👨‍👩‍👧‍👦" * 12, Presence.ONLINE),
        MemberItem("u3", "x" * 32, Presence.ONLINE, role="op"),
    ]

    async def look(_: Pilot[Any], members: MemberList) -> set[int]:
        return {members.render_line(y).cell_length for y in range(8)}

    assert at_list(look, long) == {21}


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground; in sixteen colours all can be read."""
    everybody = [*SEVEN, *(MemberItem(f"x{at}", f"x{at}", Presence.ONLINE) for at in range(40))]

    async def measure(pilot: Pilot[Any], _: MemberList) -> list[str]:
        return [
            piece.text
            for piece in painted(stage(pilot))
            if contrast(piece.colour, piece.ground) < 4.5
            or contrast(in_sixteen_colours(piece.colour), in_sixteen_colours(piece.ground)) < 2.8
        ]

    assert at_list(measure, everybody, theme=theme, height=50) == []


def test_many_members_cost_little_more_than_few() -> None:
    """Somebody going away among 5,000 costs at most 40 times what it costs among 50."""

    def cost(count: int) -> float:
        states = [[*crowd(count)], [*crowd(count - 1), MemberItem("u0", "guest-0000", Presence.AWAY)]]

        async def renew(pilot: Pilot[Any], members: MemberList) -> float:
            begun = process_time()
            for turn in range(10):
                members.show(states[turn % 2])
                await pilot.pause()
            return process_time() - begun

        return at_list(renew, crowd(count))

    assert cost(5_000) < 40 * cost(50)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_the_list_looks_right(snap_compare: SnapCompare, theme: str) -> None:
    """All states, a cursor, long notes."""
    members = MemberList()

    async def begin(pilot: Pilot[Any]) -> None:
        members.show(SEVEN)
        members.focus()
        await pilot.press("down", "down")

    snap_compare(Stage(members, theme=theme), (40, 12), prepare=begin)


def test_a_long_list_looks_right(snap_compare: SnapCompare) -> None:
    """More members than lines, with a scroll bar, while one writes elsewhere."""
    members = MemberList()

    async def begin(pilot: Pilot[Any]) -> None:
        states = [Presence.ONLINE, Presence.AWAY, Presence.OFFLINE]
        members.show(MemberItem(f"u{at}", f"guest-{at:02}", states[at % 3]) for at in range(40))
        await pilot.pause()
        pilot.app.screen.set_focus(None)

    snap_compare(Stage(members), (40, 12), prepare=begin)
