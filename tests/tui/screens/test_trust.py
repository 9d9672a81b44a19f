"""Whether a server is believed: the calm question, and the alarm that no single key passes."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from chat.client.changes import ServerMet
from chat.client.trust import Seen, Verdict
from chat.tui.screens.trust import AlarmScreen, ContactScreen, fingerprint_rows, trust_screen
from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, painted
from tests.support.snapshots import SnapCompare
from tests.support.stage import Stage, act, screen_lines

FINGERPRINT = "46a9e7f057f784e1280376ef684af5200a0df5e29b88754e6339d12d8e832259"
SIZES = [(110, 30), (80, 24), (40, 15)]


def met(
    verdict: Verdict,
    sentence: str = "",
    *,
    fingerprint: str = FINGERPRINT,
    name: str = "kitchen",
    known: str = "",
) -> ServerMet:
    """What a server showed."""
    seen = Seen("s1", name, "192.168.1.20:7420", fingerprint)
    return ServerMet(seen, verdict, believed=False, known_as=known, sentence=sentence)


FIRST = met(Verdict.NEW)
FIRST_PLAIN = met(Verdict.NEW, fingerprint="")
CHANGED = met(
    Verdict.CHANGED,
    "kitchen at 192.168.1.20:7420 shows another certificate than before. Somebody may be in between, or its "
    "operator made a new one: ask them before you go on.",
)
DOWNGRADED = met(
    Verdict.UNENCRYPTED,
    "kitchen at 192.168.1.20:7420 was met encrypted before and does not encrypt now. Somebody may be in "
    "between: ask its operator before you go on.",
    fingerprint="",
)
OTHER = met(
    Verdict.NEW,
    "At 192.168.1.20:7420 there was attic before; now another server, kitchen, answers there.",
    known="attic",
)
UNEXPECTED = met(
    Verdict.UNEXPECTED,
    "kitchen at 192.168.1.20:7420 does not have the fingerprint that was demanded. It is another server, or "
    "somebody is in between: it was told nothing.",
)
ALL = {
    "first": FIRST,
    "first plain": FIRST_PLAIN,
    "changed": CHANGED,
    "downgraded": DOWNGRADED,
    "other": OTHER,
    "unexpected": UNEXPECTED,
}


def stage(shown: ServerMet, theme: str = "chat-dark") -> Stage:
    """The question over some text."""
    return Stage(Static("some talk\n" * 40), screen=trust_screen(shown), theme=theme)


def answers(shown: ServerMet, *keys: str) -> list[Any]:
    """What the screen gave back after these keys; nothing while it stays."""
    app = stage(shown)

    async def press(pilot: Pilot[Any]) -> list[Any]:
        await pilot.press(*keys)
        await pilot.pause()
        return app.results

    return act(app, press)


def shown_after(shown: ServerMet, *keys: str) -> str:
    """The screen after these keys."""
    app = stage(shown)

    async def press(pilot: Pilot[Any]) -> str:
        await pilot.press(*keys)
        await pilot.pause()
        return "\n".join(screen_lines(app))

    return act(app, press)


@pytest.mark.parametrize("shown", [FIRST, FIRST_PLAIN])
def test_a_first_contact_is_believed_by_enter_and_left_by_esc(shown: ServerMet) -> None:
    """Other keys answer nothing."""
    assert answers(shown, "enter") == [True]
    assert answers(shown, "escape") == [False]
    assert answers(shown, "y", "space", "2") == []


@pytest.mark.parametrize("shown", [CHANGED, DOWNGRADED, OTHER])
def test_no_single_key_passes_an_alarm(shown: ServerMet) -> None:
    """Not even twice; only Esc does something at once, and that leaves."""
    for key in ("enter", "y", "space", "tab"):
        assert answers(shown, key, key) == []
    assert answers(shown, "escape") == [False]


@pytest.mark.parametrize(
    ("shown", "typed", "goes_on"),
    [
        (CHANGED, "2259", True),
        (CHANGED, "2258", False),
        (CHANGED, "46a9", False),
        (CHANGED, "plain", False),
        (OTHER, "2259", True),
        (DOWNGRADED, "plain", True),
        (DOWNGRADED, "PLAIN", True),
        (DOWNGRADED, "plane", False),
        (UNEXPECTED, "2259", False),
    ],
)
def test_an_alarm_is_passed_by_typing_what_stands_there(shown: ServerMet, typed: str, goes_on: bool) -> None:
    """The last digits of the new fingerprint, or the word for no encryption; never where one was demanded."""
    assert answers(shown, *typed, "enter") == ([True] if goes_on else [])


def test_what_is_typed_wrong_is_told_and_can_be_typed_again() -> None:
    """The field is empty again, and its owner is not left guessing."""
    assert "That is not what stands here" in shown_after(CHANGED, *"1234", "enter")
    assert "Nothing is typed" in shown_after(CHANGED, "enter")
    assert answers(CHANGED, *"1234", "enter", *"2259", "enter") == [True]


def test_a_server_that_was_demanded_and_is_not_there_can_only_be_left() -> None:
    """There is nothing to type."""
    text = shown_after(UNEXPECTED)
    assert "to go on" not in text
    assert "Enter" not in text
    assert "Esc leave it" in text


def test_only_what_was_never_met_is_asked_calmly() -> None:
    """Another server where one was known is an alarm too."""
    kinds = {name: type(trust_screen(shown)) for name, shown in ALL.items()}
    assert {name for name, kind in kinds.items() if kind is ContactScreen} == {"first", "first plain"}
    assert set(kinds.values()) == {ContactScreen, AlarmScreen}


def test_the_digits_stand_in_rows_of_groups() -> None:
    """All 64 of them, in order."""
    rows = fingerprint_rows(FINGERPRINT).split("\n")
    assert [len(row.split()) for row in rows] == [4] * 4
    assert "".join("".join(row.split()) for row in rows) == FINGERPRINT


def test_a_servers_name_is_text_and_nothing_else() -> None:
    """It comes from a stranger, who is not even believed yet."""
    text = shown_after(met(Verdict.NEW, name="[b]x[/]\x1b[31m"))
    assert "[b]x[/]" in text
    assert "\x1b" not in text
    assert "[/]kitchen" in shown_after(met(Verdict.CHANGED, "[/]kitchen\x1b[2J shows"))


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("shown", [FIRST, CHANGED])
def test_everything_in_the_box_is_readable(theme: str, shown: ServerMet) -> None:
    """Each piece of text has a contrast of 4.5 on its ground; what lies behind is dimmed."""
    app = stage(shown, theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        return [
            piece.text
            for piece in painted(app)
            if "some" not in piece.text and contrast(piece.colour, piece.ground) < 4.5
        ]

    assert act(app, measure) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["first", "changed"])
def test_the_questions_look_right(snap_compare: SnapCompare, name: str, size: tuple[int, int]) -> None:
    """Calm at first, alarming after, and whole on the smallest terminal."""
    snap_compare(stage(ALL[name]), size)


@pytest.mark.parametrize("name", ["first plain", "downgraded", "other", "unexpected"])
def test_the_rarer_questions_look_right(snap_compare: SnapCompare, name: str) -> None:
    """Each says what it is about."""
    snap_compare(stage(ALL[name]), (80, 24))


def test_a_wrong_answer_looks_right_on_a_light_ground(snap_compare: SnapCompare) -> None:
    """The complaint stands below the field."""
    snap_compare(stage(CHANGED, "chat-light"), (80, 24), press=[*"1234", "enter"])
