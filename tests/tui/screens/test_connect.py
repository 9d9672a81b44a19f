"""The first screen: to which server, and as whom."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from chat.client.remembered import KnownServer
from chat.tui.screens.connect import ConnectChoice, ConnectScreen
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.choice_list import ChoiceList
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

WHEN = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
LAN = KnownServer("192.168.1.20", "lan-server", "maria", WHEN)
ATTIC = KnownServer("attic.local:7421", "attic", "mar", WHEN)
BARE = KnownServer("localhost", "", "", WHEN)
THREE = (LAN, ATTIC, BARE)
REFUSED = "Nothing answers at 192.168.1.20: wrong port, or no server runs there."


def connect(
    servers: Sequence[KnownServer] = THREE,
    nick: str = "maria",
    address: str = "",
    error: str = "",
    theme: str = "chat-dark",
) -> Stage:
    """The screen, shown."""
    return Stage(screen=ConnectScreen(servers, nick, address, error), theme=theme)


def decided(app: Stage, *keys: str) -> list[ConnectChoice]:
    """What the screen gives back after these keys, if it does."""

    async def press(pilot: Pilot[Any]) -> list[ConnectChoice]:
        await pilot.press(*keys)
        await pilot.pause()
        return list(app.results)

    return act(app, press)


def fields(app: Stage, *keys: str) -> tuple[str, str, str]:
    """Address, name and the field with the cursor after these keys."""

    async def press(pilot: Pilot[Any]) -> tuple[str, str, str]:
        await pilot.press(*keys)
        await pilot.pause()
        values = [app.screen.query_one(f"#{name}", Input).value for name in ("address", "nick")]
        return values[0], values[1], app.focused.id or "" if app.focused else ""

    return act(app, press)


def complaint(app: Stage, *keys: str) -> str:
    """The sentence below the fields after these keys, when it is shown."""

    async def press(pilot: Pilot[Any]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        told = app.screen.query_one("#error", Static)
        return str(told.content) if told.display else ""

    return act(app, press)


def pointed(app: Stage, *keys: str) -> str | None:
    """The server that is marked in the list after these keys."""

    async def press(pilot: Pilot[Any]) -> str | None:
        await pilot.press(*keys)
        await pilot.pause()
        return app.screen.query_one(ChoiceList).chosen

    return act(app, press)


def test_enter_is_enough_for_the_server_used_last() -> None:
    """Address and name of the last time stand there already."""
    assert decided(connect(), "enter") == [ConnectChoice("192.168.1.20", "maria")]


def test_the_name_used_there_is_proposed() -> None:
    """Somebody who is mar in the attic is mar there again."""
    assert decided(connect(), "down", "enter") == [ConnectChoice("attic.local:7421", "mar")]


def test_a_server_without_a_remembered_name_keeps_what_is_typed() -> None:
    """The field is not emptied."""
    assert fields(connect([BARE], nick="mia"))[:2] == ("localhost", "mia")


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        (("down", "down"), "localhost"),
        (("down", "down", "down"), "localhost"),
        (("down", "up"), "192.168.1.20"),
        (("up",), "192.168.1.20"),
        (("tab", "down"), "attic.local:7421"),
    ],
)
def test_arrows_choose_a_server_from_any_field(keys: tuple[str, ...], address: str) -> None:
    """Up and down work wherever the cursor is, and stop at the ends."""
    app = connect()
    assert fields(app, *keys)[0] == address


def test_an_address_can_be_typed() -> None:
    """One is not bound to the list, and spaces around it don't matter."""
    app = connect(())
    assert decided(app, *"attic:7421", "space", "enter") == [ConnectChoice("attic:7421", "maria")]


def test_a_proposed_address_wins_over_the_list() -> None:
    """What failed a moment ago stands there again, not the first server."""
    assert fields(connect(address="attic.local:7421"))[0] == "attic.local:7421"
    assert pointed(connect(address="attic.local:7421")) == "attic.local:7421"


def test_a_typed_address_takes_the_mark_off_the_list() -> None:
    """The list never shows as chosen what Enter would not join."""
    assert pointed(connect(), "0") is None
    assert pointed(connect(), "0", "backspace") == "192.168.1.20"
    assert pointed(connect(), "0", "down") == "attic.local:7421"


def test_a_form_shown_again_is_as_it_was_left() -> None:
    """With the error in a sentence and a sign."""
    app = connect(THREE, "mia", "elsewhere:1", REFUSED)
    assert fields(app)[:2] == ("elsewhere:1", "mia")
    assert complaint(connect(error=REFUSED)) == f"! {REFUSED}"


def test_without_an_error_there_is_no_sentence() -> None:
    """Nothing is said where nothing is wrong."""
    assert complaint(connect()) == ""


@pytest.mark.parametrize(
    ("address", "nick", "field", "word"),
    [
        ("", "maria", "address", "Ctrl+N"),
        ("http://x", "maria", "address", "host:port"),
        ("x:99999", "maria", "address", "port"),
        ("x", "", "nick", "nick"),
        ("x", "a b", "nick", "spaces"),
        ("x", "admin", "nick", "reserved"),
    ],
)
def test_what_can_t_be_meant_is_refused_in_a_sentence(address: str, nick: str, field: str, word: str) -> None:
    """The cursor goes to the field at fault; nothing typed is lost and nothing is given back."""
    app = connect((), nick, address)
    assert decided(app, "enter") == []
    assert fields(connect((), nick, address), "enter") == (address, nick, field)
    assert word in complaint(connect((), nick, address), "enter")


def test_a_code_from_another_device_goes_along() -> None:
    """Then the name does not matter: the server tells who one is."""
    screen = ConnectScreen((), "", "x", code="")
    assert decided(Stage(screen=screen), "tab", *"k7q fm", "enter") == [ConnectChoice("x", "", code="k7q fm")]
    assert "k7q" not in repr(ConnectChoice("x", "", code="k7q"))


def test_a_refused_code_stands_there_again_with_the_cursor() -> None:
    """What is typed takes its place; nothing else is to be changed."""
    app = Stage(screen=ConnectScreen(THREE, "mia", "x", "The code is wrong.", "AAAAA"))
    assert fields(app) == ("x", "mia", "code")
    again = Stage(screen=ConnectScreen(THREE, "mia", "x", "The code is wrong.", "AAAAA"))
    assert decided(again, "B", "enter") == [ConnectChoice("x", "mia", code="B")]


def test_ctrl_n_starts_a_server_here() -> None:
    """Whatever the address field says, from any field."""
    assert decided(connect(address="x::y"), "ctrl+n") == [ConnectChoice("", "maria", host=True)]
    assert decided(connect(), "tab", "ctrl+n") == [ConnectChoice("", "maria", host=True)]


def test_a_server_here_needs_a_name_too() -> None:
    """One is somebody on one's own server as well."""
    assert decided(connect((), ""), "ctrl+n") == []
    assert fields(connect((), ""), "ctrl+n")[2] == "nick"


def test_without_a_name_the_cursor_is_there() -> None:
    """When the address is known, the name is what is missing."""
    assert fields(connect([BARE], nick=""))[2] == "nick"


def test_a_click_takes_a_server_and_a_second_joins_it() -> None:
    """The mouse does what arrows and Enter do."""
    app = connect()

    async def click(pilot: Pilot[Any]) -> tuple[str, list[Any]]:
        await pilot.click(ChoiceList, offset=(5, 1))
        await pilot.pause()
        address = app.screen.query_one("#address", Input).value
        await pilot.double_click(ChoiceList, offset=(5, 0))
        await pilot.pause()
        return address, app.results

    assert act(app, click) == ("attic.local:7421", [ConnectChoice("192.168.1.20", "maria")])


def test_the_first_start_speaks() -> None:
    """Where no server is known, a sentence says what to do."""
    app = connect(())

    async def look(_: Pilot[Any]) -> str:
        return " ".join(screen_lines(app))

    text = " ".join(act(app, look).split())
    assert "No server is known here yet." in text
    assert "Ctrl+N start a server on this machine" in text


def test_names_of_servers_are_never_read_as_markup() -> None:
    """A server's name stands there as it is, as does an error it sent."""
    app = connect([KnownServer("x", "[/][b]srv", "n", WHEN)], error="[/] [@click=quit]no[/]")

    async def look(_: Pilot[Any]) -> str:
        return "\n".join(screen_lines(app))

    text = act(app, look)
    assert "[/][b]srv  x" in text
    assert "! [/] [@click=quit]no[/]" in text


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground."""
    app = connect(THREE, error=REFUSED, theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [piece.text for piece in painted(app) if contrast(piece.colour, piece.ground) < 4.5]

    assert act(app, measure) == []


@pytest.mark.parametrize(
    ("theme", "size"), [("chat-dark", (80, 24)), ("chat-light", (80, 24)), ("chat-dark", (40, 15))]
)
def test_the_screen_looks_right(snap_compare: SnapCompare, theme: str, size: tuple[int, int]) -> None:
    """Three known servers and the error of the last attempt."""
    snap_compare(connect(THREE, address="192.168.1.20", error=REFUSED, theme=theme), size)


@pytest.mark.parametrize("size", [(80, 24), (40, 15)])
def test_the_first_start_looks_right(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """No server known, the login name proposed."""
    snap_compare(connect(()), size)


def test_many_servers_look_right(snap_compare: SnapCompare) -> None:
    """More than fit, in a small terminal, with the last one chosen."""
    many = [KnownServer(f"host-{at}", f"server {at}", "maria", WHEN) for at in range(12)]
    snap_compare(connect(many), (40, 15), press=["down"] * 11)
