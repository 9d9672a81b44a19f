"""What keeps one from writing in a channel, on the main screen: told in the line, and over by itself."""

from typing import Any

import pytest
from textual.pilot import Pilot

from chat.protocol import order
from chat.protocol.requests import CreateChannel, Send
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines

P = Pilot[Any]


async def visit(stage: Stage, pilot: P, **mode: Any) -> None:
    """Be a member of Alice's channel with some rules."""
    stage.asks("alice", CreateChannel, name="#den")
    await stage.enter(pilot, "/join #den")
    stage.asks("alice", order.SetMode, target="#den", **mode)
    await stage.show(pilot)
    await stage.show(pilot)


async def pass_time(stage: Stage, pilot: P, seconds: float) -> None:
    """Let time go by, for the client and for the screen."""
    stage.clock.advance(seconds)
    stage.client.tick()
    stage.screen.look_at_time()
    await stage.show(pilot)


def placeholder(stage: Stage) -> str:
    """What stands in the empty line."""
    return str(stage.screen.front.composer.placeholder)


def note(stage: Stage) -> str:
    """What stands above the line."""
    return stage.screen.front.composer.popup.note


async def write(pilot: P, text: str) -> None:
    """Type something, without Enter."""
    await pilot.press(*(key if key != " " else "space" for key in text))
    await pilot.pause()


def test_in_slow_mode_the_line_counts_down_until_one_may_speak_again() -> None:
    """From one's own message on, also while something stands in the line."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await visit(stage, pilot, slow_seconds=30)
        seen = [placeholder(stage)]
        await stage.enter(pilot, "hello")
        seen.append(placeholder(stage))
        await pass_time(stage, pilot, 18)
        seen.append(placeholder(stage))
        await write(pilot, "and")
        seen.append(note(stage))
        await pass_time(stage, pilot, 5)
        seen.append(note(stage))
        await pass_time(stage, pilot, 7)
        return [*seen, note(stage), placeholder(stage)]

    assert play(deed) == [
        "write to #den",
        "slow mode: again in 30 s",
        "slow mode: again in 12 s",
        "Slow mode: it goes out in 12 s.",
        "Slow mode: it goes out in 7 s.",
        "",
        "write to #den",
    ]


def test_what_is_said_too_soon_waits_and_goes_out_by_itself() -> None:
    """The last line says when; elsewhere nothing waits for it."""

    async def deed(stage: Stage, pilot: P) -> tuple[list[str], list[str], list[str]]:
        await visit(stage, pilot, slow_seconds=30)
        await stage.enter(pilot, "hello")
        await pass_time(stage, pilot, 10)
        await stage.enter(pilot, "and more")
        seen = [stage.status, placeholder(stage)]
        await stage.enter(pilot, "/1")
        await stage.enter(pilot, "elsewhere")
        said = lines(stage.front)[-1:]
        await stage.enter(pilot, "/2")
        await pass_time(stage, pilot, 21)
        with stage.client.reading() as state:
            texts = [getattr(entry, "text", "") for entry in _log(state, stage.front.id)]
        return seen, said, [text for text in texts if text]

    (status, hush), said, stored = play(deed)
    assert "1 waiting to be sent in 20 s" in status
    assert hush == "slow mode: again in 50 s"
    assert said == ["elsewhere"]
    assert stored == ["hello", "and more"]


def _log(state: Any, conversation: str) -> list[Any]:
    known = state.conversations.get(conversation)
    return list(known.timeline.between(1, known.record.last))


def test_who_is_muted_reads_until_when_and_may_write_again_by_themselves() -> None:
    """Nothing tells the end but the clock; what was refused stands in the line."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await visit(stage, pilot)
        stage.asks("alice", order.Mute, target="#den", user=f"@{stage.me}", seconds=600, reason="caps")
        await stage.show(pilot)
        seen = [lines(stage.front)[-1], placeholder(stage)]
        await write(pilot, "but")
        seen.append(note(stage))
        await pilot.press("enter")
        await stage.show(pilot)
        seen += [stage.screen.front.composer.draft, note(stage)]
        composer = stage.screen.front.composer
        assert composer.has_class("-silent")
        await pass_time(stage, pilot, 599)
        seen.append(placeholder(stage))
        await pass_time(stage, pilot, 1)
        assert not composer.has_class("-silent")
        seen.append(placeholder(stage))
        await pilot.press("enter")
        await stage.show(pilot)
        return [*seen, lines(stage.front)[-1]]

    assert play(deed) == [
        "alice muted you for 10 minutes, until 18:08: caps",
        "you are muted here until 18:08",
        "! You are muted in #den until 18:08.",
        "but",
        "! You are muted in #den until 2026-11-19 18:08 UTC; its operators can lift it.",
        "you are muted here until 18:08",
        "write to #den",
        "but",
    ]


@pytest.mark.parametrize(
    ("mode", "hush", "text", "sentence"),
    [
        ({"read_only": True}, "only operators write here", "hi", "Only operators write in #den;"),
        ({"topic_locked": True}, "write to #den", "/topic tea", "Only operators set the topic of #den"),
    ],
)
def test_what_only_operators_may_is_said_before_and_after_one_tried(
    mode: dict[str, bool], hush: str, text: str, sentence: str
) -> None:
    """The line comes back; becoming an operator ends it at once."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await visit(stage, pilot, **mode)
        seen = [placeholder(stage)]
        await write(pilot, text)
        seen.append(note(stage))
        await pilot.press("enter")
        await stage.show(pilot)
        await stage.show(pilot)
        seen += [stage.screen.front.composer.draft, note(stage)]
        stage.asks("alice", order.Grant, target="#den", user=f"@{stage.me}")
        await stage.show(pilot)
        await pilot.press("enter")
        await stage.show(pilot)
        return [*seen, stage.screen.front.composer.draft, placeholder(stage)]

    first, before, kept, after, draft, last = play(deed)
    assert first == hush
    assert before.startswith(f"! {sentence}")
    assert kept == text
    assert after.startswith(f"! {sentence}")
    assert draft == ""
    assert last == "write to #den"


def test_a_channel_closed_for_writing_says_so_to_its_operators_too() -> None:
    """And is written in again once it is open."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "/join #mine")
        await stage.enter(pilot, "/archive")
        seen = [placeholder(stage)]
        await stage.enter(pilot, "/archive off")
        return [*seen, placeholder(stage)]

    assert play(deed) == ["closed for writing", "write to #mine"]


def test_the_line_is_that_of_the_talk_in_front() -> None:
    """What keeps one from writing in one channel is not told in another."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await visit(stage, pilot, read_only=True)
        seen = [placeholder(stage)]
        for line in ("/1", "/2"):
            await stage.enter(pilot, line)
            seen.append(placeholder(stage))
        stage.asks("alice", Send, target=f"@{stage.me}", text="psst")
        await stage.show(pilot)
        await stage.enter(pilot, "/query alice")
        return [*seen, str(stage.screen.private.composer.placeholder)]

    assert play(deed) == [
        "only operators write here",
        "write to #general",
        "only operators write here",
        "write to alice",
    ]


def test_what_one_may_not_do_with_a_message_there_is_dimmed_and_says_why() -> None:
    """Reacting is seen by others as writing is."""

    async def deed(stage: Stage, pilot: P) -> str:
        await visit(stage, pilot, read_only=True)
        stage.says("alice", "the kettle is on", "#den")
        await stage.show(pilot)
        await pilot.press("ctrl+up", "enter")
        await pilot.pause()
        return "\n".join(line for line in stage.lines if "React" in line)

    assert "only operators write here" in play(deed)
