"""The main screen in trouble: floods, lost connections, restored backups, quitting too early."""

from typing import Any

import pytest
from textual.pilot import Pilot

from chat.client.changes import ConversationRemoved, IdentityLost, LinkChanged, MeChanged, Phase
from chat.protocol.requests import ChangeNick, Join, Part, SetTopic
from chat.tui.screens.confirm import ConfirmScreen
from tests.support.chat_stage import ME, Stage, play
from tests.support.clock import FakeClock
from tests.support.desk import first_new, lines, rows_of
from tests.support.hub import Hub
from tests.support.stage import until

P = Pilot[Any]


def everything(stage: Stage) -> list[Any]:
    """All that is shown, talk by talk, but notes of the client itself."""
    return [
        (
            talk.title,
            talk.record,
            [row for row in rows_of(talk) if not row.key.startswith("w") and row.key != "new"],
        )
        for talk in stage.screen.desk.tabs()
    ]


# ---------------------------------------------------------------------- floods


def much_happens(stage: Stage) -> None:
    """Messages, comings and goings, topics, nicks, direct messages, all at once."""
    for number in range(30):
        stage.says("bob", f"message {number}", after=1)
        if number % 7 == 0:
            stage.person(f"guest{number}")
            stage.says("carol", f"@you: {number}", "#dev")
        if number % 10 == 0:
            stage.asks("bob", SetTopic, target="#general", topic=f"topic {number}")
            stage.says("alice", f"psst {number}", "@you")
    stage.asks("guest0", Part, target="#general")
    stage.asks("carol", ChangeNick, nick="carola")


async def flooded(stage: Stage, pilot: P) -> list[Any]:
    """What is shown after much happened between two looks."""
    await stage.join(pilot, "#dev")
    for nick in ("alice", "bob", "carol"):
        stage.person(nick)
    stage.asks("carol", Join, target="#dev")
    await stage.show(pilot)
    stage.client.say("#general", "mine")
    much_happens(stage)
    await stage.show(pilot)
    await stage.show(pilot)
    return [everything(stage), stage.tabs, stage.lines[1], stage.status, stage.pane_lines()[-3:]]


def test_a_screen_that_lagged_shows_what_one_that_did_not_shows() -> None:
    """After the receiver's overflow everything is taken from what the client knows."""
    assert play(flooded, most_waiting=5) == play(flooded)


def test_a_flood_does_not_throw_away_what_only_the_screen_knows() -> None:
    """The reader's place, answers to commands, the draft."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        for number in range(60):
            stage.says("bob", f"message {number}", after=1)
        await stage.show(pilot)
        await stage.enter(pilot, "/topic")
        await pilot.press(*"draft", "pageup", "pageup")
        before = stage.pane_lines()[:-1]
        much_happens(stage)
        await stage.show(pilot)
        same = stage.pane_lines()[:-1] == before
        told = any("has no topic" in line for line in lines(stage.front))
        return [same, told, stage.screen.front.composer.draft, first_new(stage.front) != ""]

    assert play(deed, most_waiting=5) == [True, True, "draft", True]


def test_a_flood_that_hides_a_call_rings_all_the_same() -> None:
    """A mention among dropped changes is still a mention."""

    async def deed(stage: Stage, pilot: P) -> int:
        rung: list[int] = []
        stage.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        stage.person("alice")
        await stage.show(pilot)
        stage.says("alice", "psst", "@you")
        for number in range(20):
            stage.says("alice", f"message {number}", after=1)
        await stage.show(pilot)
        return len(rung)

    assert play(deed, most_waiting=3) == 1


def test_a_connection_that_is_lost_in_a_flood_is_shown_as_lost() -> None:
    """The status line never lies, whatever was dropped."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        seen = []
        for number in range(20):
            stage.says("bob", f"message {number}", after=1)
            stage.client.settle()
        stage.client.disconnect("The server is away.")
        await stage.show(pilot)
        seen.append(stage.status)
        stage.client.connect("another name")
        await stage.show(pilot)
        return [*seen, stage.status, stage.tabs]

    lost, found, tabs = play(deed, most_waiting=3)
    assert "reconnecting" in lost
    assert "connected as you" in found
    assert "another name" in tabs


def test_a_refusal_that_is_lost_in_a_flood_gives_the_text_back() -> None:
    """The outbox says what failed."""

    async def deed(stage: Stage, pilot: P) -> tuple[int, list[str]]:
        stage.client.say(stage.front.id, "x" * 5000)
        for number in range(20):
            stage.says("bob", f"message {number}", after=1)
            stage.client.settle()
        await stage.show(pilot)
        return len(stage.screen.front.composer.draft), [row.text for row in rows_of(stage.front) if row.own]

    assert play(deed, most_waiting=3) == (5000, [])


def test_leaving_and_coming_back_in_one_flood_shows_the_log_once() -> None:
    """What the talk knows already is not added again."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.join(pilot, "#dev")
        stage.asks("bob", Join, target="#dev")
        await stage.show(pilot)
        stage.client.part("#dev")
        for number in range(5):
            stage.says("bob", f"message {number}", "#dev", after=1)
        stage.client.join("#dev")
        await stage.show(pilot)
        return [line for line in lines(stage.talk("#dev")) if "message" in line]

    expected = [f"message {number}" for number in range(5)]
    assert play(deed, most_waiting=2) == expected
    assert play(deed) == expected


# ---------------------------------------------------------------------- the connection


def test_the_status_line_counts_down_and_says_why() -> None:
    """What one writes meanwhile does not make it begin again."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.client.disconnect("The server is away.", retry_seconds=8)
        await stage.show(pilot)
        seen = [stage.status]
        stage.clock.advance(5)
        await stage.enter(pilot, "hello")
        return [*seen, stage.status]

    first, then = play(deed, (120, 24))
    assert "reconnecting in 8 s: The server is away." in first
    assert "reconnecting in 3 s" in then


def test_dialling_names_the_server_not_the_last_failure() -> None:
    """Each try is told as what it is."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.receiver(LinkChanged(Phase.DIALLING, "localhost:7420", "The connection was refused."))
        await stage.show(pilot)
        return stage.status

    status = play(deed)
    assert "connecting to localhost:7420" in status
    assert "refused" not in status


def test_before_the_first_connection_the_screen_says_that_it_waits_for_it() -> None:
    """It does not claim that one is in no conversation."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.client.disconnect("localhost:7420 refused the connection.")
        await stage.show(pilot)
        return "\n".join(stage.lines)

    screen = play(deed, connect=False)
    assert "You are in no conversation" not in screen
    assert "as soon as there is a connection" in screen
    assert "refused the connection" in screen


def test_the_first_words_stand_below_what_was_said_last() -> None:
    """The welcome and the server's message of the day, once; not again after a reconnection."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.says("bob", "from before")
        stage.client.connect(message_of_the_day="Maintenance at noon.")
        await stage.show(pilot)
        stage.client.disconnect("away")
        stage.client.connect(message_of_the_day="Maintenance at noon.")
        await stage.show(pilot)
        return lines(stage.front)

    told = play(deed, connect=False, words="Welcome.")
    assert told.index("from before") < told.index("Welcome.")
    assert told.count("Maintenance at noon.") == told.count("Welcome.") == 1


def test_being_called_otherwise_than_one_wanted_is_told() -> None:
    """With the way to change it."""

    async def deed(stage: Stage, pilot: P) -> str:
        with stage.client.reading() as state:
            me = state.me
        assert me is not None
        stage.receiver(MeChanged(me, "maria"))
        await stage.show(pilot)
        return lines(stage.front)[-1]

    assert play(deed) == "Somebody else is called maria; you are you. /nick changes that."


def test_a_lost_identity_is_told() -> None:
    """One goes on as a new guest, but not silently."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.receiver(IdentityLost("you", "The server does not know this device any more."))
        await stage.show(pilot)
        return lines(stage.front)[-1]

    assert "does not know this device" in play(deed)


def test_being_removed_from_a_channel_is_told_with_the_reason() -> None:
    """Where one is then."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        await stage.enter(pilot, "/join #dev")
        stage.receiver(ConversationRemoved(stage.front.record, "it was deleted"))
        await stage.show(pilot)
        return stage.front.title, lines(stage.front)[-1]

    assert play(deed) == ("#general", "You are no longer in #dev: it was deleted.")


# ---------------------------------------------------------------------- a restored backup


def test_after_a_restored_backup_old_rows_are_gone_and_drafts_and_unsent_messages_stay() -> None:
    """The numbers of the new epoch mean other entries; nothing of both is mixed."""

    async def deed(stage: Stage, pilot: P) -> dict[str, Any]:
        await stage.enter(pilot, "/join #dev")
        stage.asks("alice", Join, target="#dev")
        stage.says("alice", "lost by the restore", "#dev")
        await stage.enter(pilot, "/query alice")
        stage.screen.private.composer.load_text("private draft")
        stage.screen.front.composer.load_text("half a")
        stage.client.disconnect("The server is restored.")
        stage.client.say(stage.front.id, "said meanwhile")
        await stage.show(pilot)
        restored = Hub(clock=FakeClock())
        bob = restored.guest("bob")
        restored.ask(bob, Join, target="#dev")
        restored.guest(ME, (ME * 32)[:64])
        restored.ask(restored.guest("tmp"), Join, target="#other")
        stage.client.hub = restored
        stage.client.connect(epoch="f")
        await stage.show(pilot)
        await stage.join(pilot, "#dev")
        stage.screen.go(stage.talk("#dev").id)
        await stage.show(pilot)
        return {
            "titles": [talk.title for talk in stage.screen.desk.tabs()],
            "lines": [line for talk in stage.screen.desk.tabs() for line in lines(talk)],
            "draft": stage.screen.front.composer.draft,
            "beside": stage.screen.is_beside,
        }

    seen = play(deed)
    assert seen["titles"] == ["#general", "#dev"]
    assert not any("lost by the restore" in line for line in seen["lines"])
    assert any("restored from a backup" in line for line in seen["lines"])
    assert not seen["beside"]


def test_what_was_in_front_is_in_front_again_after_a_restore() -> None:
    """With its draft; what waited is sent there."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.join(pilot, "#dev", "#ops")
        stage.screen.go(stage.talk("#dev").id)
        await pilot.press(*"half")
        stage.client.disconnect("The server is restored.")
        stage.client.say(stage.front.id, "said meanwhile")
        stage.client.connect(epoch="f")
        await stage.show(pilot)
        said = [line for line in lines(stage.front) if line == "said meanwhile"]
        return stage.front.title, stage.screen.front.composer.draft, said

    assert play(deed) == ("#dev", "half", ["said meanwhile"])
    assert play(deed, most_waiting=1) == ("#dev", "half", ["said meanwhile"])


# ---------------------------------------------------------------------- quitting


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_quitting_asks_while_something_is_unsent_and_says_what_would_be_lost(key: str) -> None:
    """Both ways to quit; staying stays."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, bool, bool]:
        stage.client.disconnect("The server is away.")
        await stage.enter(pilot, "hello")
        await pilot.press(key)
        await pilot.pause()
        asked = "\n".join(stage.lines)
        await pilot.press("n")
        await pilot.pause()
        stayed = stage.app.screen is stage.screen and stage.app.is_running
        await pilot.press(key, "y")
        await pilot.pause()
        return asked, stayed, stage.app._exit  # noqa: SLF001 - whether it is on its way out

    asked, stayed, left = play(deed)
    assert "1 of your messages was not sent yet." in asked
    assert (stayed, left) == (True, True)


def test_quitting_with_nothing_to_lose_asks_nothing() -> None:
    """Ctrl+Q quits."""

    async def deed(stage: Stage, pilot: P) -> bool:
        await pilot.press("ctrl+q")
        await pilot.pause()
        return stage.app._exit  # noqa: SLF001 - as above

    assert play(deed)


def test_the_command_quits_as_the_key_does() -> None:
    """`/quit` asks under the same conditions."""

    async def deed(stage: Stage, pilot: P) -> bool:
        stage.client.disconnect("The server is away.")
        await stage.enter(pilot, "hello")
        await stage.enter(pilot, "/quit")
        return isinstance(stage.app.screen, ConfirmScreen)

    assert play(deed)


def test_ctrl_c_on_an_empty_line_asks_whether_to_quit() -> None:
    """It never kills a session by itself; with text in the line it clears that first."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await pilot.press(*"text", "ctrl+c")
        seen: list[Any] = [stage.screen.front.composer.draft, stage.app.screen is stage.screen]
        await pilot.press("ctrl+c")
        await pilot.pause()
        return [*seen, isinstance(stage.app.screen, ConfirmScreen)]

    assert play(deed) == ["", True, True]


def test_the_host_is_told_who_else_is_connected() -> None:
    """The server ends with who hosts it."""

    async def deed(stage: Stage, pilot: P) -> str:
        for nick in ("alice", "bob", "gone"):
            stage.person(nick)
        stage.hub.drop(stage.people["gone"], at_once=True)
        await stage.show(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(stage.app.screen, ConfirmScreen))
        await pilot.pause()
        return "\n".join(stage.lines)

    assert "2 other people are connected" in play(deed, owns_server=True)


def test_help_lies_over_the_talk_and_goes_again() -> None:
    """F1 and Esc; twice F1 is not twice help."""

    async def deed(stage: Stage, pilot: P) -> list[int]:
        depths = []
        for key in ("f1", "escape", "f1", "f1"):
            await pilot.press(key)
            await pilot.pause()
            depths.append(len(stage.app.screen_stack))
        return depths

    assert play(deed) == [3, 2, 3, 2]
