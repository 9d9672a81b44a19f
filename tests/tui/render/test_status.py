"""What the status line says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.keys import hints
from chat.tui.render.cells import cells
from chat.tui.render.status import Connection, Piece, StatusView, Tone, status_pieces

WHY = "connection refused — wrong port, or no server runs there"
KEYS = hints("line.send", "switcher", "conversation.active", "help")
VIEWS = st.builds(
    StatusView,
    connection=st.sampled_from(Connection),
    nick=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=32),
    detail=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=80),
    retry_in=st.none() | st.floats(0, 60),
    since=st.sampled_from(["", "at 14:05", "at 14:05 on 3 May"]),
    waiting=st.integers(0, 999),
    encrypted=st.none() | st.booleans(),
    latency_ms=st.none() | st.integers(0, 9999),
    hints=st.sampled_from([(), KEYS, KEYS[:1]]),
)
LEFT = st.none() | st.integers(0, 60)


def pieces(view: StatusView, left: int | None = None, width: int = 110) -> tuple[Piece, ...]:
    """The pieces with some text in them."""
    return tuple(piece for piece in status_pieces(view, left, width) if piece.text.strip())


def told(view: StatusView, left: int | None = None, width: int = 110) -> str:
    """The line without its margins."""
    return "".join(piece.text for piece in status_pieces(view, left, width)).strip()


def tone_of(view: StatusView, text: str) -> Tone:
    """How loudly the piece with this text is said."""
    return next(piece.tone for piece in pieces(view) if text in piece.text)


@pytest.mark.parametrize(
    ("view", "left", "line"),
    [
        (StatusView(Connection.CONNECTED, "maria"), None, "● connected as maria"),
        (StatusView(Connection.CONNECTED, "maria", latency_ms=3), None, "● connected as maria · 3 ms"),
        (
            StatusView(Connection.CONNECTED, "maria", encrypted=False),
            None,
            "● connected as maria · not encrypted",
        ),
        (StatusView(Connection.CONNECTED, "maria", encrypted=True), None, "● connected as maria · TLS"),
        (
            StatusView(Connection.CONNECTED, "maria", waiting=2),
            None,
            "● connected as maria · 2 waiting to be sent",
        ),
        (StatusView(Connection.CONNECTING), None, "◐ connecting…"),
        (StatusView(Connection.CONNECTING, detail="attic"), None, "◐ connecting to attic…"),
        (StatusView(Connection.RECONNECTING, detail=WHY), 3, f"◐ reconnecting in 3 s: {WHY}"),
        (StatusView(Connection.RECONNECTING, detail=WHY), 0, f"◐ reconnecting now: {WHY}"),
        (StatusView(Connection.RECONNECTING), None, "◐ reconnecting"),
        (
            StatusView(Connection.RECONNECTING, detail=WHY, waiting=2),
            3,
            f"◐ reconnecting in 3 s: {WHY} · 2 waiting to be sent",
        ),
        (
            StatusView(Connection.RECONNECTING, detail="it broke", since="at 14:05", waiting=2),
            3,
            "◐ reconnecting in 3 s: it broke · disconnected since 14:05 · 2 waiting to be sent",
        ),
        (
            StatusView(Connection.CONNECTED, "maria", "to b:7420: a:7420 refused the connection."),
            None,
            "● connected as maria to b:7420: a:7420 refused the connection.",
        ),
        (StatusView(Connection.OFFLINE, detail="in use elsewhere"), None, "○ offline: in use elsewhere"),
    ],
)
def test_the_state_is_told_in_words(view: StatusView, left: int | None, line: str) -> None:
    """Each state has a sign and a sentence that says what is so and why."""
    assert told(view, left) == line


def test_the_keys_stand_at_the_right() -> None:
    """With room enough all of them are shown."""
    line = told(StatusView(Connection.CONNECTED, "maria", hints=KEYS))
    assert line.startswith("● connected as maria  ")
    assert line.endswith("  Enter send · Ctrl+K go to · Alt+A next unread · F1 all keys")


@pytest.mark.parametrize(
    ("width", "keys"),
    [
        (110, "Enter send · Ctrl+K go to · Alt+A next unread · F1 all keys"),
        (80, "Enter send · Ctrl+K go to · F1 all keys"),
        (54, "Enter send · F1 all keys"),
        (40, "F1 all keys"),
        (30, ""),
    ],
)
def test_with_less_room_the_last_key_stays_longest(width: int, keys: str) -> None:
    """The way to all keys is the last to go."""
    line = told(StatusView(Connection.CONNECTED, "maria", hints=KEYS), width=width)
    assert line.removeprefix("● connected as maria").strip() == keys


def test_a_long_reason_is_cut_before_what_waits() -> None:
    """What is unsent is never the thing left out."""
    line = told(StatusView(Connection.RECONNECTING, detail=WHY, waiting=2, hints=KEYS), 3, 80)
    assert line == "◐ reconnecting in 3 s: connection refused — wrong port… · 2 waiting to be sent"


def test_a_reason_that_can_t_be_read_any_more_is_left_out() -> None:
    """Three letters of a reason help nobody."""
    line = told(StatusView(Connection.RECONNECTING, detail=WHY, waiting=2), 3, 40)
    assert line == "◐ reconnecting in 3 s · 2 waiting"


def test_a_small_screen_has_shorter_words() -> None:
    """At 40 columns the nick stands for being connected."""
    view = StatusView(Connection.CONNECTED, "maria", waiting=2, encrypted=False, latency_ms=3)
    assert told(view, width=40) == "● maria · 2 waiting · not encrypted"


def test_what_is_from_last_time_says_so() -> None:
    """In full where there is room, and as the moment alone where there is little."""
    view = StatusView(Connection.CONNECTING, detail="attic", last_seen="at 17:58")
    assert told(view).strip() == "◐ connecting to attic… · shown as last seen at 17:58"
    assert told(view, width=32).strip() == "◐ connecting… · at 17:58"


def test_being_connected_is_quiet() -> None:
    """Nothing on the line is louder than muted, but for the sign and the keys."""
    view = StatusView(Connection.CONNECTED, "maria", waiting=1, latency_ms=3)
    assert {piece.tone for piece in pieces(view)} == {Tone.GOOD, Tone.QUIET}


def test_trouble_has_its_tone() -> None:
    """Reconnecting warns, being offline is an error, and so what waits then warns too."""
    reconnecting = StatusView(Connection.RECONNECTING, detail=WHY, waiting=1)
    assert tone_of(reconnecting, "reconnecting") is Tone.WARNING
    assert tone_of(reconnecting, "1 waiting") is Tone.WARNING
    assert tone_of(StatusView(Connection.OFFLINE), "offline") is Tone.ERROR
    assert tone_of(StatusView(Connection.CONNECTED, encrypted=False), "not encrypted") is Tone.WARNING
    assert tone_of(StatusView(Connection.CONNECTED, encrypted=True), "TLS") is Tone.QUIET


def test_keys_are_brighter_than_their_labels() -> None:
    """One finds the key with one glance."""
    view = StatusView(Connection.CONNECTED, "maria", hints=KEYS)
    assert tone_of(view, "Ctrl+K") is Tone.KEY
    assert tone_of(view, "go to") is Tone.QUIET


@given(VIEWS, LEFT, st.integers(2, 200))
def test_the_line_is_always_as_wide_as_the_screen(view: StatusView, left: int | None, width: int) -> None:
    """Whatever is so, in any script, the line fills its width exactly."""
    assert sum(cells(piece.text) for piece in status_pieces(view, left, width)) == width


@given(VIEWS, LEFT, st.integers(40, 200))
def test_what_waits_is_always_told(view: StatusView, left: int | None, width: int) -> None:
    """From 40 columns on the number of unsent messages is on the line whenever there are any."""
    assert (f"{view.waiting} waiting" in told(view, left, width)) == (view.waiting > 0) or any(
        "waiting" in text for text in (view.nick, view.detail)
    )
