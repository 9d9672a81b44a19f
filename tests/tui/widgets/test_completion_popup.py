"""Proposals above the line: when they come, how one is chosen, taken and sent away."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from chat.tui.slash.complete import Vocabulary
from chat.tui.slash.table import COMMANDS
from chat.tui.styles.theme import THEMES
from tests.support.composing import Desk, keys, paste, write
from tests.support.contrast import Painted, contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import act

Keys = Pilot[Any]


class TestUnasked:
    """What is proposed while one types."""

    def test_a_slash_proposes_the_commands(self) -> None:
        """Typing on narrows them down; none is chosen yet."""
        desk = Desk()
        write(desk, "/")
        assert len(desk.seen.proposed) == len(COMMANDS)
        desk = Desk()
        write(desk, *"/la")
        assert desk.seen.proposed == ("/last",)
        assert desk.seen.chosen is None

    @pytest.mark.parametrize(
        ("line", "labels"),
        [
            ("/join ", ("#general", "#dev", "#deploy")),
            ("/msg b", ("bob", "bert")),
            ("look #de", ("#dev", "#deploy")),
            ("hi @al", ("@alice", "@alan")),
            ("hello al", ()),
            ("/usr", ()),
        ],
    )
    def test_signs_and_arguments_propose_names(self, line: str, labels: tuple[str, ...]) -> None:
        """Plain words don't."""
        desk = Desk()
        write(desk, *line)
        assert desk.seen.proposed == labels

    def test_enter_sends_while_nothing_is_chosen(self) -> None:
        """Proposals that nobody asked for don't come between a line and Enter."""
        desk = Desk()
        write(desk, *"see #de", "enter")
        assert desk.sent == ["see #de"]
        assert desk.seen.proposed == ()

    def test_what_is_complete_already_is_not_proposed(self) -> None:
        """The last letter takes the only proposal away; the usage stays."""
        desk = Desk()
        write(desk, *"/list")
        assert desk.seen.proposed == ()
        assert desk.seen.note.startswith("/list ")
        desk = Desk()
        write(desk, *"/list", "enter")
        assert desk.sent == ["/list"]

    def test_an_arrow_chooses_and_enter_takes(self) -> None:
        """Then Enter is for the proposal, and the next one sends."""
        desk = Desk()
        write(desk, *"see #de", "down", "down", "enter")
        assert desk.composer.draft == "see #deploy "
        assert desk.sent == []
        desk = Desk()
        write(desk, *"see #de", "up", "enter", "enter")
        assert desk.sent == ["see #deploy "]

    def test_letters_typed_after_choosing_count(self) -> None:
        """A chosen proposal that no longer fits is never taken, however fast one types."""
        desk = Desk()
        write(desk, "/", "down", *"me waves", "enter")
        assert desk.sent == ["/me waves"]

    def test_tab_takes_the_first(self) -> None:
        """One key from a few letters to the name; what comes next is proposed at once."""
        desk = Desk()
        write(desk, *"/jo", "tab")
        assert desk.composer.draft == "/join "
        assert desk.seen.proposed == ("#general", "#dev", "#deploy")

    def test_escape_closes_them_for_this_word(self) -> None:
        """They don't come again with the next letter, but with the next word."""
        desk = Desk()
        write(desk, *"@a", "escape", "l")
        assert desk.seen.proposed == ()
        desk = Desk()
        write(desk, *"@a", "escape", *"lice @b")
        assert desk.seen.proposed == ("@bob",)

    def test_escape_is_told_only_when_nothing_is_open(self) -> None:
        """One Esc closes, the next one leaves."""
        desk = Desk()
        left = type(desk.composer).Left
        write(desk, *"@a", "escape")
        assert desk.heard_of(left) == []
        desk = Desk()
        write(desk, *"@a", "escape", "escape")
        assert len(desk.heard_of(left)) == 1

    def test_they_go_when_the_cursor_leaves_the_word(self) -> None:
        """Proposals are for the place one is at."""
        desk = Desk()
        write(desk, *"@a", "home")
        assert desk.seen.proposed == ()

    def test_they_go_when_one_writes_elsewhere(self) -> None:
        """Losing the focus closes them."""
        desk = Desk()
        seen = []

        async def leave(pilot: Keys) -> None:
            seen.append(desk.composer.popup.is_open)
            pilot.app.screen.set_focus(None)
            await pilot.pause()
            seen.append(desk.composer.popup.is_open)

        write(desk, *"@a", then=leave)
        assert seen == [True, False]


class TestTab:
    """Completing on demand."""

    def test_the_only_way_is_taken_at_once(self) -> None:
        """A nick at the beginning of a line is spoken to."""
        desk = Desk()
        write(desk, *"bo", "tab", *"hi")
        assert desk.composer.draft == "bob: hi"

    def test_of_several_ways_the_first_is_chosen(self) -> None:
        """Who spoke last comes first; Tab or Enter takes it."""
        for key in ["tab", "enter"]:
            desk = Desk()
            write(desk, *"ask al", "tab", key)
            assert desk.composer.draft == "ask alice "
            assert desk.sent == []

    @pytest.mark.parametrize(
        ("moves", "nick"), [(["down"], "alan"), (["shift+tab"], "alan"), (["down", "up"], "alice")]
    )
    def test_arrows_and_shift_tab_choose_another(self, moves: list[str], nick: str) -> None:
        """Around the ends."""
        desk = Desk()
        write(desk, *"ask al", "tab", *moves, "tab")
        assert desk.composer.draft == f"ask {nick} "

    def test_a_word_in_the_middle_is_completed(self) -> None:
        """What follows stays, with one space."""
        desk = Desk()
        write(desk, *"ask bo now", "left", "left", "left", "left", "tab", "!")
        assert desk.composer.draft == "ask bob! now"

    def test_a_name_in_the_second_line_is_completed(self) -> None:
        """Rows are counted right."""
        desk = Desk()
        write(desk, *"first", "ctrl+j", *"ask bo", "tab", "!")
        assert desk.composer.draft == "first\nask bob !"

    def test_nothing_to_complete_is_said(self) -> None:
        """The key writes nothing and leaves the line alone."""
        desk = Desk()
        write(desk, *"xyz", "tab")
        assert desk.composer.draft == "xyz"
        assert desk.seen.note == "nothing to complete here"

    def test_on_an_empty_line_tab_goes_on_to_the_screen(self) -> None:
        """There it moves between the panes."""
        desk = Desk()
        write(desk, "tab")
        assert desk.composer.draft == ""
        assert desk.seen.note == ""


class TestLooks:
    """What is seen of it."""

    def test_it_looks_as_it_was_drawn(self, snap_compare: SnapCompare) -> None:
        """A command with proposals, one of them chosen, over the talk."""

        async def choose(pilot: Keys) -> None:
            await keys(pilot, *"/s", "backspace", *"join ", "down")

        snap_compare(Desk(), size=(60, 14), prepare=choose)

    def test_a_mistake_looks_as_it_was_drawn(self, snap_compare: SnapCompare) -> None:
        """A sentence above the line, by sign and colour, and another bar beside it."""

        async def mistake(pilot: Keys) -> None:
            await keys(pilot, *"two lines", "ctrl+j", *"of text", "home", "up", *"/jion ")

        snap_compare(Desk(), size=(60, 8), prepare=mistake)

    def test_nothing_is_above_an_ordinary_message(self) -> None:
        """No empty box over the talk."""
        desk = Desk()
        write(desk, *"hello")
        assert desk.seen.lines[-2] == "talk"

    def test_it_floats_over_the_talk_and_moves_nothing(self) -> None:
        """The rows of the talk above it stay where they are."""
        desk = Desk()
        write(desk, *"/join #d", size=(60, 10))
        assert desk.seen.lines[:6] == ("talk",) * 6
        assert [line.strip() for line in desk.seen.lines[6:9]] == [
            "#dev",
            "#deploy",
            "/join #CHANNEL   join a channel, or make it",
        ]
        assert desk.seen.lines[9].strip("█ ") == "/join #d"

    def test_the_bar_has_a_form_for_messages_commands_and_mistakes(self) -> None:
        """What Enter would do is seen without colours."""
        bars = []
        for line in ["hello", "/me waves", "/nonsense x"]:
            desk = Desk()
            write(desk, *line)
            bars.append(desk.seen.lines[-1][0])
        assert len(set(bars)) == 3

    @pytest.mark.parametrize("size", [(40, 15), (20, 6), (200, 60)])
    def test_it_fits_any_screen(self, size: tuple[int, int]) -> None:
        """Proposals are cut at the edge, never wrapped, and leave the line in sight."""
        desk = Desk()
        write(desk, "/", size=size)
        assert desk.seen.lines[-1].strip("█ ") == "/"
        assert all(line.lstrip().startswith(("/", "talk")) for line in desk.seen.lines[:-1] if line)

    def test_names_are_no_markup(self) -> None:
        """What others called themselves is shown letter by letter."""
        desk = Desk()
        write(desk, *"@[")
        assert desk.seen.lines[-2].strip() == "@[/] @click"

    def test_a_click_takes_a_proposal_and_the_line_keeps_the_focus(self) -> None:
        """The mouse is as good as the keys."""
        desk = Desk()
        focused = []

        async def click(pilot: Keys) -> None:
            await pilot.pause()
            await pilot.click(offset=(4, 22))
            await keys(pilot, "!")
            focused.append(pilot.app.focused)

        write(desk, *"@al", then=click)
        assert desk.composer.draft == "@alan !"
        assert focused == [desk.composer]

    def test_a_crowd_is_no_trouble(self) -> None:
        """Of thousands of people the first ones are proposed."""
        desk = Desk()
        desk.composer.vocabulary = lambda: Vocabulary(nicks=tuple(f"nick{number}" for number in range(5000)))
        write(desk, "@")
        assert desk.seen.proposed[0] == "@nick0"

    def test_names_are_asked_for_only_when_they_are_proposed(self) -> None:
        """Writing an ordinary message asks nobody for names."""
        desk = Desk()
        asked = []

        def names() -> Vocabulary:
            asked.append(desk.composer.draft)
            return Vocabulary()

        desk.composer.vocabulary = names
        write(desk, *"an ordinary message, @b")
        assert asked
        assert all("@" in draft for draft in asked)

    @pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
    @pytest.mark.parametrize("line", ["", "hello", "/join ", "/nope x", "@a"])
    def test_everything_can_be_read(self, theme: str, line: str) -> None:
        """Text has a contrast of at least 4.5 on what is behind it."""
        desk = Desk()
        desk.theme = theme
        pairs: list[Painted] = []

        async def look(pilot: Keys) -> None:
            await keys(pilot, *line, *(["down"] if line == "@a" else []))
            await pilot.pause()
            pairs.extend(painted(pilot.app))

        act(desk, look, size=(60, 14))
        poor = [piece for piece in pairs if piece.text.strip() and contrast(piece.colour, piece.ground) < 4.5]
        assert poor == []

    def test_a_pasted_text_shows_its_size_in_the_place_of_the_usage(self) -> None:
        """One sentence at a time."""
        desk = Desk()
        write(desk, then=lambda pilot: paste(pilot, "\n".join("abcdefghijkl")))
        assert desk.seen.lines[-9].strip() == "12 lines, one message"


def test_a_key_that_changes_nothing_about_the_popup_lays_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or every letter would have the whole screen drawn anew."""
    laid_out: list[int] = []
    refresh = Screen._refresh_layout  # noqa: SLF001 - what costs

    def counting(screen: Screen[Any], *args: Any, **options: Any) -> None:
        laid_out.append(1)
        refresh(screen, *args, **options)

    app = Desk()

    async def deed(pilot: Pilot[Any]) -> int:
        await pilot.press(*"hel")
        await pilot.pause()
        monkeypatch.setattr(Screen, "_refresh_layout", counting)
        await pilot.press(*"lo there")
        await pilot.pause()
        assert app.composer.draft == "hello there"
        return len(laid_out)

    assert act(app, deed) == 0
