"""Accounts and keeping order on the main screen: menus, dialogs, what is told and what is not lost."""

from concurrent.futures import Future
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from chat.client import changes as told
from chat.client.changes import OutboxChanged, OutboxItem, SendState
from chat.protocol import order
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.order import Kick as KickUser
from chat.protocol.records import Role
from chat.protocol.requests import CreateChannel, Join
from chat.server.domain.permissions import Standing
from chat.tui.asked.answer import Answer
from chat.tui.render.attention import Attention
from chat.tui.screens.line_actions import LineActions
from chat.tui.screens.message_menu import MemberMenu
from chat.tui.screens.panels import ModeScreen
from chat.tui.screens.password import PasswordScreen
from chat.tui.slash import order_actions
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines
from tests.support.frames import WHEN, user

P = Pilot[Any]


def become(stage: Stage, role: Role) -> None:
    """Be an operator of the channel in front, or a member."""
    with stage.client.reading() as state:
        known = state.conversations.get(stage.front.id)
        assert known is not None
        known.record = replace(known.record, role=role)
        stage.front.record = known.record


async def menu_of(stage: Stage, pilot: P, nick: str, *keys: str) -> None:
    """Open the menu of a member, by the keys, and choose in it."""
    await stage.show(pilot)
    stage.screen.members.focus()
    await pilot.pause()
    users = {row.nick: place for place, row in enumerate(stage.screen.members._rows)}  # noqa: SLF001
    stage.screen.members.move_to(users[nick])
    await pilot.press("enter", *keys)
    await stage.show(pilot)


@pytest.mark.parametrize(
    ("key", "role", "line"),
    [
        ("k", Role.OPERATOR, "/kick alice "),
        ("b", Role.OPERATOR, "/ban alice "),
        ("u", Role.OPERATOR, "/mute alice 10m "),
        ("i", Role.MEMBER, "/invite alice #"),
        ("@", Role.MEMBER, "@alice "),
    ],
)
def test_what_takes_a_reason_is_written_into_the_line(key: str, role: Role, line: str) -> None:
    """One sees what will happen, adds what is missing, and Enter does it."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, bool]:
        stage.person("alice")
        await stage.join(pilot, "#mine")
        become(stage, role)
        await menu_of(stage, pilot, "alice", key)
        composer = stage.screen.front.composer
        return composer.text, composer.has_focus

    assert play(deed) == (line, True)


def test_a_draft_is_not_lost_to_a_command() -> None:
    """A mention goes into it; a command says that it must wait."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.person("alice")
        await stage.show(pilot)
        become(stage, Role.OPERATOR)
        composer = stage.screen.front.composer
        await pilot.press(*"ask")
        await menu_of(stage, pilot, "alice", "k")
        drafts = [composer.text]
        await menu_of(stage, pilot, "alice", "@")
        return [*drafts, composer.text]

    assert play(deed) == ["ask", "ask @alice "]


def test_whois_is_answered_from_the_menu() -> None:
    """As the command answers it."""

    async def deed(stage: Stage, pilot: P) -> str:
        stage.person("alice")
        await menu_of(stage, pilot, "alice", "w")
        return lines(stage.front)[-1]

    assert play(deed).startswith("alice is online")


@pytest.mark.parametrize(
    ("standing", "kept", "invites"),
    [
        (Standing.GUEST, "only operators", "nowhere to"),
        (Standing.REGISTERED, "only operators", "nowhere to"),
        (Standing.OPERATOR, "", "nowhere to"),
        (Standing.ADMINISTRATOR, "", ""),
    ],
)
def test_the_menu_of_a_member_says_what_each_standing_may_not(
    standing: Standing, kept: str, invites: str
) -> None:
    """Keeping order, and inviting to a channel where one does; nothing else is dimmed."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.person("alice")
        stage.stand(standing)
        await menu_of(stage, pilot, "alice")
        return [" ".join(line.replace("›", " ").split("│")[1].split()) for line in stage.lines[7:15]]

    shown = play(deed)
    asked = ["W Who is that?", "M Write to them alone", "@ Mention"]
    keeping = ["K Take out…", "B Ban…", "U Mute…", "O Make an operator"]
    offers = [*asked, f"I Invite elsewhere… {invites}", *(f"{each} {kept}" for each in keeping)]
    assert shown == [each.rstrip() for each in offers]


def test_what_one_may_not_keeps_the_menu_open() -> None:
    """And says who may."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, str]:
        stage.person("alice")
        await stage.show(pilot)
        become(stage, Role.MEMBER)
        await menu_of(stage, pilot, "alice", "k")
        return isinstance(stage.app.screen, MemberMenu), "\n".join(stage.lines)

    is_open, shown = play(deed)
    assert is_open
    assert "only operators" in shown


@pytest.mark.parametrize("role", Role)
def test_operators_may_delete_what_others_said(role: Role) -> None:
    """In the menu of the message it is dimmed for everybody else."""

    async def deed(stage: Stage, pilot: P) -> bool:
        stage.says("alice", "spam")
        await stage.show(pilot)
        become(stage, role)
        await pilot.press("ctrl+up", "enter")
        await pilot.pause()
        return "only its author and operators" in "\n".join(stage.lines)

    assert play(deed) == (role is Role.MEMBER)


@pytest.mark.parametrize(
    ("line", "screen", "part"),
    [
        ("/register", PasswordScreen, "With a password you is yours for good"),
        ("/passwd", PasswordScreen, "All other devices must log in again."),
        ("/login maria", PasswordScreen, "Log in as maria"),
        ("/mode", ModeScreen, "Rules of #general"),
    ],
)
def test_commands_open_dialogs(line: str, screen: type[Any], part: str) -> None:
    """Over the talk, which stays as it is."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, str]:
        await stage.enter(pilot, line)
        return isinstance(stage.app.screen, screen), "\n".join(stage.lines)

    is_open, shown = play(deed)
    assert is_open
    assert part in shown


@pytest.mark.parametrize("accepted", [True, False])
def test_logging_in_says_in_place_when_it_did_not_work(accepted: bool) -> None:
    """And in the talk when it did; the password is in nothing that is shown or kept."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, str, str]:
        await stage.enter(pilot, "/login maria")
        await pilot.press(*"hunter22", "enter")
        assert stage.client.logins == [("maria", "hunter22")]
        if accepted:
            stage.client.login.set_result(told.MeChanged(user("maria")))
        else:
            stage.client.login.set_exception(Refused(ErrorCode.WRONG_PASSWORD))
        await pilot.pause()
        await pilot.pause()
        history = stage.front.history.texts
        assert "hunter22" not in f"{history}{stage.lines}{stage.front.draft}"
        return isinstance(stage.app.screen, PasswordScreen), "\n".join(stage.lines), lines(stage.front)[-1]

    is_open, shown, last = play(deed)
    assert is_open is not accepted
    assert ("Nick and password do not belong together." in shown) is not accepted
    assert last.startswith("You are maria now") is accepted


def test_an_announcement_lies_over_the_talk_and_stands_in_it() -> None:
    """Nobody who is here misses it."""

    async def deed(stage: Stage, pilot: P) -> tuple[list[str], str]:
        stage.receiver(told.Announced("root", "restart at noon", WHEN))
        await stage.show(pilot)
        return [str(each.message) for each in stage.app._notifications], lines(stage.front)[-1]  # noqa: SLF001

    sentence = "root, for everybody: restart at noon"
    assert play(deed) == ([sentence], sentence)


def test_a_message_that_must_wait_says_in_how_many_seconds_it_goes_out() -> None:
    """Counted down in the status line; the text stands in the log."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        item = OutboxItem("s" * 32, stage.front.id, "too fast", state=SendState.WAITING)
        item = replace(item, sentence="That was too much at once.", wait_seconds=12.0)
        stage.receiver(OutboxChanged(item))
        await stage.show(pilot)
        seen = [stage.status, lines(stage.front)[-1]]
        stage.clock.advance(5)
        stage.screen._status.refresh()  # noqa: SLF001 - as its timer does
        await pilot.pause()
        return [*seen, stage.status]

    first, row, later = play(deed)
    assert "1 waiting to be sent in 12 s" in first
    assert row == "too fast"
    assert "1 waiting to be sent in 7 s" in later


def test_a_refused_line_comes_back_and_says_when_it_may_be_sent_again() -> None:
    """Nothing that was written is lost."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        future: Future[Answer] = Future()
        future.set_result(Answer("Too much at once.", failed=True, retry_seconds=12))
        board = stage.screen
        doing = LineActions(board, board._messages)  # noqa: SLF001
        await doing._answer(future, order_actions.Kick("bob"), "/kick bob", board.front)  # noqa: SLF001
        await pilot.pause()
        return board.front.composer.text, board.front.composer.popup.note

    text, note = play(deed)
    assert text == "/kick bob"
    assert "Too much at once. Try again in 12 s." in note


def test_a_silenced_channel_calls_only_when_one_is_mentioned() -> None:
    """Its tab stays quiet, until that is undone; the answer says which of the two `/mute` was meant."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await stage.join(pilot, "#dev")
        await stage.enter(pilot, "/mute #dev")
        seen: list[Any] = [lines(stage.front)[-1]]
        dev = stage.talk("#dev")
        stage.asks("alice", Join, target="#dev")
        stage.says("alice", "hello all", "#dev")
        await stage.show(pilot)
        seen.append(dev.attention)
        stage.says("alice", "@you come here", "#dev")
        await stage.show(pilot)
        seen.append(dev.attention)
        await stage.enter(pilot, "/unmute #dev")
        return [*seen, lines(stage.front)[-1]]

    told, quiet, called, loud = play(deed)
    assert told == "#dev calls you only when you are mentioned. /unmute #dev ends that."
    assert (quiet, called) == (Attention.NOTHING, Attention.MENTION)
    assert loud == "#dev calls you again."


def test_only_a_channel_one_is_in_can_be_silenced() -> None:
    """Anything else is answered."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "/mute #nowhere")
        seen = [lines(stage.front)[-1]]
        stage.person("alice")
        await stage.enter(pilot, "/query alice")
        await stage.enter(pilot, "/mute")
        return [*seen, lines(stage.front)[-1]]

    assert play(deed, (90, 24)) == [
        "You are not in #nowhere.",
        "Only a channel can be silenced. /mute NICK keeps a person from writing.",
    ]


def test_an_invitation_lies_over_the_talk_as_what_it_is() -> None:
    """Nobody takes it for something that is told to everybody."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.receiver(told.InvitedTo("c-den", "#den", "alice"))
        await stage.show(pilot)
        return [f"{each.title}: {each.message}" for each in stage.app._notifications]  # noqa: SLF001

    assert play(deed) == ["Invitation: alice invites you to #den: /join #den goes there."]


# ---------------------------------------------------------------------- with the rules of the server


async def invite(stage: Stage, pilot: P) -> None:
    """Be invited to a private channel."""
    stage.asks("alice", CreateChannel, name="#den")
    stage.asks("alice", order.SetMode, target="#den", private=True)
    stage.asks("alice", order.Invite, target="#den", user=f"@{stage.me}")
    await stage.show(pilot)


def test_a_channel_one_is_invited_to_is_among_the_places_to_go_to_and_is_joined_by_that() -> None:
    """Marked with by whom; once one is in, it is a channel like others."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await invite(stage, pilot)
        await pilot.press("ctrl+k")
        await pilot.pause()
        seen = ["\n".join(stage.lines)]
        await pilot.press(*"den", "enter")
        await stage.show(pilot)
        await stage.show(pilot)
        seen.append(stage.front.title)
        await pilot.press("ctrl+k")
        await pilot.pause()
        return [*seen, "\n".join(stage.lines)]

    offered, front, after = play(deed)
    assert "invited by alice" in offered
    assert front == "#den"
    assert "invited by" not in after


@pytest.mark.parametrize("is_deleted", [True, False])
def test_an_invitation_to_what_is_gone_is_gone_once_one_wanted_to_go_there(is_deleted: bool) -> None:
    """It makes no new channel of that name; declining it is the other way."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        await invite(stage, pilot)
        if is_deleted:
            stage.asks("alice", order.DeleteChannel, target="#den")
        await pilot.press("ctrl+k", *"den", *(["enter"] if is_deleted else ["ctrl+x", "escape"]))
        await stage.show(pilot)
        await stage.show(pilot)
        told_last = lines(stage.front)[-1]
        await pilot.press("ctrl+k")
        await pilot.pause()
        return told_last, "\n".join(stage.lines)

    told_last, offered = play(deed)
    assert ("There is no such conversation here; /list shows" in told_last) is is_deleted
    assert "invited by" not in offered


def test_an_operator_keeps_order_and_reads_what_was_done() -> None:
    """Each deed is a row of the channel, with who did it to whom and why; the list of members follows."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "/join #den")
        for nick in ("alice", "bob"):
            stage.asks(nick, Join, target="#den")
        await stage.show(pilot)
        for line in (
            "/op alice",
            "/deop alice",
            "/mute bob 10m caps",
            "/slow 30",
            "/kick bob shouting",
            "/ban spam* 2h ads",
            "/archive",
        ):
            await stage.enter(pilot, line)
        return lines(stage.front)

    told_rows = play(deed, (110, 40))
    for row in (
        "you made alice an operator",
        "you made alice a member like others",
        "you muted bob for 10 minutes, until 18:08: caps",
        "bob can't write in this channel for 10 minutes.",
        "you set the rules: a message every 30 seconds",
        "you took bob out: shouting",
        "you banned spam* for 2 hours, until 19:58: ads",
        "you closed the channel for writing; it can still be read",
    ):
        assert row in told_rows


def test_who_is_taken_out_reads_why_and_finds_the_draft_on_return() -> None:
    """The talk goes, the sentence stays where one is."""

    async def deed(stage: Stage, pilot: P) -> tuple[list[str], str]:
        stage.asks("alice", CreateChannel, name="#den")
        await stage.enter(pilot, "/join #den")
        await pilot.press(*"half")
        stage.asks("alice", KickUser, target="#den", user=f"@{stage.me}", reason="too loud")
        await stage.show(pilot)
        seen = lines(stage.front)
        await stage.enter(pilot, "/join #den")
        return seen, stage.screen.front.composer.draft

    told_rows, draft = play(deed)
    assert "alice took you out of #den: too loud. /join #den goes back in, if they let you." in told_rows
    assert draft == "half"


def test_the_panel_of_bans_shows_them_and_lifts_one() -> None:
    """What was lifted is gone from it at once."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        await stage.enter(pilot, "/join #den")
        await stage.enter(pilot, "/ban spam* ads")
        await stage.enter(pilot, "/bans")
        await stage.show(pilot)
        seen = ["\n".join(stage.lines)]
        await pilot.press("enter", "enter")
        for _ in range(2):
            stage.client.settle()
            await pilot.pause()
        return [*seen, "\n".join(stage.lines)]

    before, after = play(deed)
    assert "for good, by you" in before
    assert "for good, by you" not in after
    assert "Nobody is banned here." in after


def test_who_is_no_operator_gets_the_line_back() -> None:
    """With the server's sentence."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        stage.asks("alice", CreateChannel, name="#den")
        await stage.enter(pilot, "/join #den")
        await stage.enter(pilot, "/kick alice")
        return stage.screen.front.composer.text, stage.screen.front.composer.popup.note

    text, note = play(deed)
    assert text == "/kick alice"
    assert "operator" in note
