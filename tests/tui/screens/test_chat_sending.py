"""Writing on the main screen: from the line to the log, what waits, what is refused."""

from typing import Any

import pytest
from textual.pilot import Pilot

from chat.tui.render.rows import RowStatus
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines, rows_of

P = Pilot[Any]


def own_rows(stage: Stage) -> list[tuple[str, RowStatus]]:
    """One's own messages in front."""
    return [(row.text, row.status) for row in rows_of(stage.front) if row.own]


async def say_while_it_stalls(stage: Stage, pilot: P, *texts: str) -> None:
    """Say something that is sent but not answered."""
    stage.client.held = True
    for text in texts:
        await pilot.press(*text, "enter")
    await stage.hurry(pilot)
    stage.client.held = False


def test_a_message_is_on_its_way_and_then_stored_once_and_in_order() -> None:
    """The row changes its state in its place; nothing is doubled when its entry comes."""

    async def deed(stage: Stage, pilot: P) -> list[list[tuple[str, RowStatus]]]:
        await say_while_it_stalls(stage, pilot, "one", "two")
        under_way = own_rows(stage)
        await stage.show(pilot)
        assert stage.screen.front.composer.draft == ""
        return [under_way, own_rows(stage)]

    under_way, stored = play(deed)
    assert under_way == [("one", RowStatus.SENDING), ("two", RowStatus.SENDING)]
    assert stored == [("one", RowStatus.STORED), ("two", RowStatus.STORED)]


def test_only_the_newest_own_message_shows_that_it_has_arrived() -> None:
    """A tick behind every line would be noise."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        for text in ("one", "two"):
            await stage.enter(pilot, text)
        return [line for line in stage.pane_lines() if "one" in line or "two" in line]

    one, two = play(deed)
    assert "✓" not in one
    assert two.endswith("✓")


def test_what_is_said_without_a_connection_waits_and_goes_out_in_order() -> None:
    """Nothing is lost, nothing doubled, and the status line counts it."""
    texts = ("one", "two", "three")

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.client.disconnect("The server is away.")
        for text in texts:
            await stage.enter(pilot, text)
        waiting, status = own_rows(stage), stage.status
        stage.client.connect()
        await stage.show(pilot)
        return waiting, status, own_rows(stage), stage.status

    waiting, status, stored, quiet = play(deed)
    assert waiting == [(text, RowStatus.WAITING) for text in texts]
    assert "3 waiting to be sent" in status
    assert stored == [(text, RowStatus.STORED) for text in texts]
    assert "waiting" not in quiet


def test_a_message_that_was_cut_off_on_its_way_waits_again() -> None:
    """A row never claims to be on its way while there is no way."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await say_while_it_stalls(stage, pilot, "one")
        before = own_rows(stage)
        stage.client.disconnect("The server is away.")
        await stage.show(pilot)
        after, status = own_rows(stage), stage.status
        stage.client.connect()
        await stage.show(pilot)
        return before, after, status, own_rows(stage)

    before, after, status, stored = play(deed)
    assert before == [("one", RowStatus.SENDING)]
    assert after == [("one", RowStatus.WAITING)]
    assert "1 waiting to be sent" in status
    assert stored == [("one", RowStatus.STORED)]


def test_an_ordinary_message_is_no_news_for_the_status_line() -> None:
    """The moment until a message is stored does not flicker at the bottom."""

    async def deed(stage: Stage, pilot: P) -> str:
        await say_while_it_stalls(stage, pilot, "one")
        return stage.status

    assert "waiting" not in play(deed)


def test_a_message_that_the_server_refuses_comes_back_into_the_line() -> None:
    """With the reason; it is not left in the log as if it had been said."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.client.say(stage.front.id, "x" * 5000)
        await stage.show(pilot)
        composer = stage.screen.front.composer
        return composer.draft, own_rows(stage), stage.client.unsent(), "\n".join(stage.lines)

    draft, rows, unsent, screen = play(deed, (200, 60))
    assert draft == "x" * 5000
    assert rows == []
    assert unsent == ()
    assert "4,000" in screen or "4000" in screen


def test_a_refused_message_does_not_push_away_what_one_is_writing() -> None:
    """It stays where it was shown, marked, with the reason; Up brings its text back."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.screen.front.composer.load_text("something new")
        stage.client.say(stage.front.id, "x" * 5000)
        await stage.show(pilot)
        return stage.screen.front.composer.draft, [status for _, status in own_rows(stage)]

    assert play(deed) == ("something new", [RowStatus.FAILED])


def test_a_refused_action_comes_back_as_it_was_typed() -> None:
    """And so does a text that begins with a slash."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        drafts = []
        for text, action in (("x" * 5000, True), ("/" + "x" * 5000, False)):
            stage.client.say(stage.front.id, text, action=action)
            await stage.show(pilot)
            drafts.append(stage.screen.front.composer.draft[:6])
            stage.screen.front.composer.clear()
        return drafts

    assert play(deed) == ["/me xx", "//xxxx"]


def test_a_refused_message_to_a_conversation_that_is_gone_is_told_with_its_text() -> None:
    """What was written offline to a channel that one left elsewhere is not lost without a word."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.client.disconnect("The server is away.")
        await stage.enter(pilot, "/msg ghost boo, says the cat")
        stage.client.connect()
        await stage.show(pilot)
        return lines(stage.front)

    told = play(deed)
    assert any("@ghost was not sent" in line and "boo, says the cat" in line for line in told)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/nick alice", "alice"),
        ("/msg nobody hello there", "nobody"),
        ("/join not a channel", "Usage"),
        ("/frobnicate now", "frobnicate"),
        ("/whois nobody", "nobody"),
    ],
)
def test_a_line_that_can_not_be_carried_out_comes_back_with_the_reason(line: str, problem: str) -> None:
    """Nobody types anything twice because of a refusal."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        stage.person("alice")
        await stage.enter(pilot, line)
        composer = stage.screen.front.composer
        assert composer.has_class("-problem")
        return composer.draft, "\n".join(stage.lines).replace(line, "")

    draft, screen = play(deed)
    assert draft == line
    assert problem in screen


def test_a_refusal_that_comes_late_finds_its_own_conversation() -> None:
    """The line goes back to where it was written, not to where one is by now."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.join(pilot, "#dev")
        general, dev = stage.talk("#general"), stage.talk("#dev")
        stage.client.held = True
        stage.screen.front.composer.load_text("/whois nobody")
        await pilot.press("enter")
        stage.screen.go(dev.id)
        stage.client.held = False
        await stage.show(pilot)
        here = stage.screen.front.composer.draft
        stage.screen.go(general.id)
        await stage.show(pilot)
        return here, lines(dev), stage.screen.front.composer.draft, lines(general)[-1]

    here, dev, draft, told = play(deed)
    assert here == ""
    assert not any("nobody" in line for line in dev)
    assert draft == "/whois nobody"
    assert "nobody" in told


def test_an_unknown_command_is_never_said() -> None:
    """A slip of the finger does not go to everybody."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "/quti secret")
        return lines(stage.front)

    assert not any("secret" in line for line in play(deed))


def test_a_draft_stays_with_its_conversation() -> None:
    """Going elsewhere and back loses nothing and sends nothing."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        drafts = []
        composer = stage.screen.front.composer
        await pilot.press(*"half")
        for key in ("ctrl+n", *"other", "ctrl+p", "ctrl+n"):
            await pilot.press(key)
            if key.startswith("ctrl"):
                drafts.append(composer.draft)
        return drafts

    assert play(deed) == ["", "half", "other"]


def test_up_recalls_what_was_written_in_this_conversation() -> None:
    """Each has a history of its own, which outlives going elsewhere."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        recalled = []
        await stage.enter(pilot, "in general")
        await pilot.press("ctrl+n")
        await stage.enter(pilot, "in dev")
        for keys in (("up",), ("down", "ctrl+p", "up")):
            await pilot.press(*keys)
            recalled.append(stage.screen.front.composer.draft)
        return recalled

    assert play(deed) == ["in dev", "in general"]


def test_a_message_of_four_thousand_letters_and_many_lines_is_shown_whole() -> None:
    """The limit of the server is what fits; the log wraps it and nothing is cut."""
    text = "\n".join(["word " * 15 + "end"] * 50)
    assert 3900 < len(text) <= 4000

    async def deed(stage: Stage, pilot: P) -> str:
        await stage.enter(pilot, text)
        return rows_of(stage.front)[-1].text

    assert play(deed) == text


def test_one_letter_too_many_is_told_before_it_is_sent() -> None:
    """The line keeps the text."""

    async def deed(stage: Stage, pilot: P) -> tuple[int, int]:
        await stage.enter(pilot, "x" * 4001)
        return len(stage.screen.front.composer.draft), len(own_rows(stage))

    assert play(deed) == (4001, 0)
