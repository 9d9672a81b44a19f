"""Passwords, devices, bans, rules and the menu of a member, each screen by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from chat.protocol import accounts, order
from chat.protocol.records import Role
from chat.tui.asked.answer import Answer
from chat.tui.desk.standing import MemberDeed
from chat.tui.screens.password import PasswordScreen
from chat.tui.styles.theme import THEMES
from tests.support import account_screens
from tests.support.account_screens import SCREENS, Played
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

SECRET = "correct horse"
WRONG = Answer("Nick and password do not belong together.", failed=True)
VARIANTS = {"mode_of_others", "member_menu_of_an_operator"}
SMALL = {"register", "devices", "mode", "member_menu"}
PICTURES = [
    *((name, (80, 24)) for name in SCREENS),
    *((name, (110, 30)) for name in SCREENS if name not in VARIANTS),
    *((name, (40, 15)) for name in SCREENS if name in SMALL),
]
"""Which screens are looked at on which sizes."""


def named(part: str | tuple[int, int]) -> str:
    """The name of a picture, or its size."""
    return part if isinstance(part, str) else f"{part[0]}x{part[1]}"


def seen(screen: Screen[Any], *keys: str) -> tuple[list[Any], str]:
    """What a screen gave back after some keys, and how it looks then."""
    app = Stage(screen=screen)

    async def deed(pilot: Pilot[Any]) -> tuple[list[Any], str]:
        await pilot.press(*keys)
        await pilot.pause()
        return app.results, "\n".join(screen_lines(app))

    return act(app, deed)


@pytest.mark.parametrize(("name", "size"), PICTURES, ids=named)
def test_the_screen_looks_right(name: str, size: tuple[int, int], snap_compare: SnapCompare) -> None:
    """Drawn letter by letter as when it was looked at last."""
    snap_compare(Stage(screen=SCREENS[name]()), size)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("name", SCREENS)
def test_everything_painted_is_readable(name: str, theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground, what is dimmed too."""
    app = Stage(screen=SCREENS[name](), theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        pieces = [piece for piece in painted(app) if piece.text.strip()]
        return [piece.text for piece in pieces if contrast(piece.colour, piece.ground) < 4.5]

    assert act(app, measure) == []


# ---------------------------------------------------------------------- passwords


def test_a_password_is_typed_twice_masked_and_given_once() -> None:
    """Nobody who looks over a shoulder reads it."""
    played = Played()
    results, _ = seen(account_screens.register(played), *SECRET, "enter", *SECRET, "enter")
    assert (played.values, results) == ([(SECRET,)], [Answer("done")])
    _, shown = seen(account_screens.register(), *SECRET)
    assert SECRET not in shown
    assert "•" * len(SECRET) in shown


def test_it_can_be_shown_and_hidden_again() -> None:
    """For who types on a strange keyboard."""
    assert SECRET in seen(account_screens.log_in(), *SECRET, "ctrl+t")[1]
    assert SECRET not in seen(account_screens.log_in(), *SECRET, "ctrl+t", "ctrl+t")[1]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("short", "short"), "Too short: at least 8 characters"),
        (("correct horse", "correct house"), "not the same"),
    ],
)
def test_what_can_be_seen_here_is_not_asked_of_the_server(typed: tuple[str, str], sentence: str) -> None:
    """The length rule, and a slip of the hand."""
    played = Played()
    first, second = typed
    results, shown = seen(account_screens.register(played), *first, "enter", *second, "enter")
    assert (played.values, results) == ([], [])
    assert sentence in shown


def test_a_refusal_stands_in_place_and_the_fields_are_empty() -> None:
    """One tries again without opening anything, or leaves."""
    played = Played(WRONG)
    results, shown = seen(account_screens.log_in(played), *"hunter22", "enter", *SECRET, "enter")
    assert (played.values, results) == ([("hunter22",), (SECRET,)], [Answer("done")])
    _, shown = seen(account_screens.log_in(Played(WRONG)), *"hunter22", "enter")
    assert WRONG.text in shown
    assert "•" not in shown


def test_too_many_attempts_are_counted_down_and_not_made() -> None:
    """Enter does nothing meanwhile; then it works."""
    now = [0.0]
    played = Played(Answer("Too many wrong passwords.", failed=True, retry_seconds=12.0))
    app = Stage(screen=account_screens.log_in(played, lambda: now[0]))

    async def deed(pilot: Pilot[Any]) -> list[str]:
        told = []
        await pilot.press(*SECRET, "enter")
        await pilot.pause()
        told.append("\n".join(screen_lines(app)))
        await pilot.press(*SECRET, "enter")
        told.append(str(len(played.values)))
        now[0] = 13.0
        assert isinstance(app.screen, PasswordScreen)
        app.screen.countdown.look()
        told.append("\n".join(screen_lines(app)))
        await pilot.press("enter")
        await pilot.pause()
        told.append(str(len(played.values)))
        return told

    shown, while_waiting, over, after = act(app, deed)
    assert "Too many wrong passwords. Try again in 12 s." in shown
    assert "Now it may be tried again." in over
    assert (while_waiting, after) == ("1", "2")


def test_nothing_is_asked_before_all_fields_are_filled() -> None:
    """Enter goes to the next one; so do Tab and the arrows; Esc leaves."""
    played = Played()
    app = Stage(screen=account_screens.register(played))

    async def deed(pilot: Pilot[Any]) -> list[bool]:
        first, second = app.screen.query(Input)
        focus = []
        for key in ("enter", *"a", "enter", "tab", "up", "shift+tab", "down"):
            await pilot.press(key)
            focus.append(first.has_focus)
        await pilot.press("escape")
        return [*focus, second.has_focus]

    assert act(app, deed)[:7] == [True, True, False, True, False, True, False]
    assert (played.values, app.results) == ([], [None])


# ---------------------------------------------------------------------- panels


def test_a_device_is_logged_out_when_asked_twice() -> None:
    """The list is asked for anew."""
    played = Played()
    _, shown = seen(account_screens.devices(played), "down", "enter")
    assert "annas-old-notebook would have to log in again." in shown
    assert len(played.asked) == 1
    played = Played()
    seen(account_screens.devices(played), "down", "enter", "enter")
    assert [(each.request, each.fields) for each in played.asked] == [
        (accounts.Devices, {}),
        (accounts.RevokeDevice, {"device": "d2"}),
        (accounts.Devices, {}),
    ]


def test_devices_are_shown_with_the_place_of_this_ones_token() -> None:
    """Below them, until something else is to be said there."""
    place = "in the keyring (Wallet)"
    _, shown = seen(account_screens.devices(place=place))
    assert "The token of this device is in the keyring (Wallet)." in shown
    _, shown = seen(account_screens.devices(place=place), "down", "enter")
    assert "The token" not in shown


def test_another_row_is_another_question() -> None:
    """Being sure of one device is not being sure of all."""
    played = Played()
    seen(account_screens.devices(played), "down", "enter", "down", "enter")
    assert len(played.asked) == 1


def test_all_others_are_logged_out_at_once_and_never_this_one() -> None:
    """By a key of its own."""
    played = Played()
    _, shown = seen(account_screens.devices(played), "enter")
    assert "That is this device." in shown
    played = Played()
    seen(account_screens.devices(played), "a", "a")
    assert played.asked[1].fields == {}
    assert played.asked[1].request is accounts.RevokeDevice


def test_a_ban_is_lifted_by_its_id() -> None:
    """Where one is sure."""
    played = Played()
    seen(account_screens.bans(played), "enter", "enter")
    assert (played.asked[1].request, played.asked[1].fields) == (
        order.Unban,
        {"target": "c-general", "ban": "b1"},
    )


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        (["enter"], "private", True),
        (["j", "enter"], "read_only", True),
        (["down", "down", "enter"], "topic_locked", True),
        (["up", "down", "down", "down", "enter"], "slow_seconds", 60),
    ],
)
def test_rules_are_switched_at_once(keys: list[str], field: str, value: object) -> None:
    """All of them can be undone, so nothing is asked."""
    played = Played()
    _, shown = seen(account_screens.mode(played), *keys)
    assert played.asked[0].fields == {"target": "c-general", field: value}
    assert shown.count("●") >= 1


def test_rules_of_others_are_shown_with_why_they_stay() -> None:
    """Nothing is asked of the server that it would refuse."""
    played = Played()
    _, shown = seen(account_screens.mode(played, operator=False), "enter")
    assert played.asked == []
    assert "Only operators may change them." in shown


@pytest.mark.parametrize("make", [account_screens.devices, account_screens.bans])
def test_a_list_that_can_not_be_had_says_why(make: Callable[[Played], Screen[Any]]) -> None:
    """As one who is no operator hears."""
    results, shown = seen(make(Played(Answer("This is for operators.", failed=True))), "enter")
    assert "This is for operators." in shown
    assert results == []


# ---------------------------------------------------------------------- the menu of a member


@pytest.mark.parametrize(
    ("role", "keys", "result"),
    [
        (Role.MEMBER, ["enter"], [MemberDeed.WHOIS]),
        (Role.MEMBER, ["m"], [MemberDeed.MESSAGE]),
        (Role.MEMBER, ["@"], [MemberDeed.MENTION]),
        (Role.MEMBER, ["k"], []),
        (Role.OPERATOR, ["k"], [MemberDeed.KICK]),
        (Role.OPERATOR, ["o"], [MemberDeed.OP]),
        (Role.MEMBER, ["escape"], [None]),
    ],
)
def test_the_menu_gives_back_what_one_may(role: Role, keys: list[str], result: list[Any]) -> None:
    """What one may not stays there, dimmed, with its reason."""
    results, _ = seen(account_screens.member_menu(role), *keys)
    assert results == result
    assert ("only operators" in seen(account_screens.member_menu(role))[1]) == (role is Role.MEMBER)
