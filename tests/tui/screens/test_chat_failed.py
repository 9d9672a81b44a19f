"""One's own messages that the server did not take: sent again, put back into the line, dropped."""

from datetime import UTC, datetime
from typing import Any

from textual.pilot import Pilot

from chat.client.changes import OutboxChanged, OutboxItem, SendState
from chat.tui.render.rows import Row, RowStatus
from tests.support.chat_stage import Stage, play

TOO_LONG = "x" * 4001


async def fail(stage: Stage, pilot: Pilot[Any]) -> None:
    """Say what the server does not take while something stands in the line, and select it."""
    stage.screen.front.composer.load_text("draft")
    stage.client.say(stage.front.id, TOO_LONG)
    await stage.show(pilot)
    await pilot.press("ctrl+up")


def failed(stage: Stage) -> list[Row]:
    """The rows of failed messages in front."""
    store = stage.front.model.store
    return [store[at] for at in range(len(store)) if store[at].status is RowStatus.FAILED]


async def press(stage: Stage, pilot: Pilot[Any], *keys: str) -> None:
    """Press keys and see what comes of it."""
    await pilot.press(*keys)
    await stage.show(pilot)


def test_a_failed_message_says_why_and_which_keys_help() -> None:
    """In its row, and in the last line while it is selected."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await fail(stage, pilot)
        (row,) = failed(stage)
        assert row.detail.endswith("Ctrl+Up, then S send again, B put back, X drop")
        assert "S send again · B put back · X drop" in stage.status

    play(deed, (120, 60))


def test_a_failed_message_is_sent_again_as_another_message() -> None:
    """Under an id of its own, at the end; refused once more it fails once more."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await fail(stage, pilot)
        (before,) = stage.client.unsent()
        await press(stage, pilot, "s")
        (after,) = stage.client.unsent()
        assert (after.text, after.send_id == before.send_id) == (TOO_LONG, False)
        assert [row.key for row in failed(stage)] == [f"s{after.send_id}"]

    play(deed, (120, 60))


def test_a_failed_message_is_put_back_into_an_empty_line_only() -> None:
    """What one is writing is not pushed away."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await fail(stage, pilot)
        await press(stage, pilot, "b")
        composer = stage.screen.front.composer
        assert composer.text == "draft"
        assert len(failed(stage)) == 1
        composer.load_text("")
        await press(stage, pilot, "b")
        assert composer.text == TOO_LONG
        assert (failed(stage), stage.client.unsent()) == ([], ())
        assert composer.has_focus
        assert "take away 1 of 4,001 characters" in composer.popup.note

    play(deed, (120, 60))


def test_a_failed_message_is_dropped_from_its_menu() -> None:
    """The keys go back to the line when no message is left."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await fail(stage, pilot)
        await press(stage, pilot, "enter", "x")
        assert (failed(stage), stage.client.unsent()) == ([], ())
        assert stage.screen.front.composer.has_focus

    play(deed, (120, 60))


def test_the_details_of_a_failed_message_say_that_it_is_not_stored() -> None:
    """And why."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> str:
        await fail(stage, pilot)
        await press(stage, pilot, "i")
        return "\n".join(stage.lines)

    screen = play(deed, (120, 40))
    assert "not stored: it failed" in screen
    assert "because" in screen


def test_a_failed_message_of_an_earlier_run_shows_when_it_was_said() -> None:
    """Though it is found before its conversation is known."""
    item = OutboxItem(
        "s" * 16,
        "#general",
        "old",
        state=SendState.FAILED,
        sentence="Too old.",
        said_at=datetime(2026, 10, 1, 9, 30, tzinfo=UTC),
    )

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        stage.screen.front.composer.load_text("draft")
        stage.receiver(OutboxChanged(item))
        await stage.hurry(pilot)
        stage.client.connect()
        await stage.show(pilot)
        (row,) = failed(stage)
        assert row.time == item.said_at
        assert any("old (Too old. Ctrl+Up" in line for line in stage.lines)
        assert not any("was not sent" in line for line in stage.lines)

    play(deed, (120, 30), connect=False)
