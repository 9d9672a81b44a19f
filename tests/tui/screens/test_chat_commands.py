"""Slash commands on the main screen, and what comes of them."""

from typing import Any

import pytest
from textual.pilot import Pilot

from chat.protocol.records import Status
from chat.protocol.requests import ChangeNick, Join, SetStatus, SetTopic
from chat.tui.render.rows import RowKind, RowStatus
from tests.support.chat_stage import Stage, play
from tests.support.desk import lines, rows_of

P = Pilot[Any]


def after(line: str, *before: str, people: tuple[str, ...] = ("alice",)) -> list[str]:
    """The rows of the talk in front after these lines; the last one's are meant."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        for nick in people:
            stage.person(nick)
        for each in (*before, line):
            await stage.enter(pilot, each)
        return lines(stage.front)

    return play(deed)


def test_me_is_told_in_the_third_person() -> None:
    """As an action, not as a message that begins with a slash."""

    async def deed(stage: Stage, pilot: P) -> tuple[RowKind, str, str]:
        await stage.enter(pilot, "/me waves")
        row = rows_of(stage.front)[-1]
        return row.kind, row.text, stage.pane_lines()[len(lines(stage.front))].strip()

    kind, text, shown = play(deed)
    assert (kind, text) == (RowKind.ACTION, "waves")
    assert "you waves" in shown


def test_two_slashes_say_one() -> None:
    """Whoever wants to begin a message with a slash can."""
    assert after("//etc/hosts is wrong")[-1] == "/etc/hosts is wrong"


def test_join_makes_a_channel_and_goes_there() -> None:
    """And an existing one is entered with its last messages."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        await stage.enter(pilot, "/join #new")
        seen: list[Any] = [stage.front.title]
        stage.asks("alice", Join, target="#old")
        stage.says("alice", "from before", "#old")
        await stage.enter(pilot, "/join #old")
        return [*seen, stage.front.title, "from before" in lines(stage.front)]

    assert play(deed) == ["#new", "#old", True]


def test_joining_where_one_is_only_goes_there() -> None:
    """Nothing is written into the log."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, int]:
        await stage.join(pilot, "#dev")
        rows = len(lines(stage.talk("#dev")))
        await stage.enter(pilot, "/join #dev")
        return stage.front.title, len(lines(stage.front)) - rows

    assert play(deed) == ("#dev", 0)


def test_part_leaves_the_channel_and_a_neighbour_comes_to_the_front() -> None:
    """With a reason that the others read; the line one was writing elsewhere stays."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.enter(pilot, "/join #dev")
        stage.asks("alice", Join, target="#dev")
        await stage.enter(pilot, "/part off to lunch")
        stage.hub.frames(stage.people["alice"])
        return stage.front.title, "#dev" in stage.tabs, stage.screen.front.composer.draft

    assert play(deed) == ("#general", False, "")


def test_part_of_another_channel_stays_where_one_is() -> None:
    """It is named by its `#`."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, bool]:
        await stage.join(pilot, "#dev")
        await stage.enter(pilot, "/part #dev")
        return stage.front.title, "#dev" in stage.tabs

    assert play(deed) == ("#general", False)


def test_who_left_everything_is_told_how_to_go_on() -> None:
    """An empty screen speaks, and a line that means a conversation has an answer."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, list[str], str]:
        await stage.enter(pilot, "/part")
        empty = "\n".join(stage.lines)
        problems = []
        for line in ("hello", "/names", "/part", "/topic something"):
            await stage.enter(pilot, line)
            composer = stage.screen.front.composer
            problems.append(composer.draft)
            composer.clear()
        await stage.enter(pilot, "/join #general")
        return empty, problems, stage.front.title

    empty, problems, back = play(deed)
    assert "You are in no conversation" in empty
    assert "made #general" not in empty
    assert problems == ["hello", "/names", "/part", "/topic something"]
    assert back == "#general"


def test_the_topic_is_shown_set_and_removed() -> None:
    """It stands in the header, and its change is a quiet line."""

    async def deed(stage: Stage, pilot: P) -> list[Any]:
        seen: list[Any] = []
        await stage.enter(pilot, "/topic")
        seen.append(lines(stage.front)[-1])
        await stage.enter(pilot, "/topic Release on Friday")
        seen += [lines(stage.front)[-1], "Release on Friday" in stage.lines[1]]
        await stage.enter(pilot, "/topic")
        seen.append(lines(stage.front)[-1])
        await stage.enter(pilot, "/topic -delete")
        return [*seen, lines(stage.front)[-1], "Release" in stage.lines[1]]

    assert play(deed) == [
        "#general has no topic. /topic TEXT sets one.",
        "you set the topic: Release on Friday",
        True,
        "Release on Friday",
        "you removed the topic",
        False,
    ]


def test_the_topic_of_a_channel_one_is_not_in_is_not_guessed() -> None:
    """A name that is nearly that of another channel does not show the wrong topic."""
    assert "You are not in #gener; /join #gener enters it." in after("/topic #gener")


def test_list_names_the_channels_with_topics_and_members() -> None:
    """Where one is a member has a dot."""

    async def deed(stage: Stage, pilot: P) -> list[str]:
        stage.asks("alice", Join, target="#dev")
        stage.asks("alice", SetTopic, target="#dev", topic="what we build")
        await stage.enter(pilot, "/list")
        return lines(stage.front)[-1].splitlines()

    head, general, dev = sorted(play(deed), key=lambda line: ("channels" not in line, "#dev" in line))
    assert head.startswith("2 channels")
    assert general.startswith("● #general")
    assert "2 members" in general
    assert dev.startswith("  #dev")
    assert "1 member " in dev
    assert dev.endswith("what we build")


def test_names_tells_who_is_here_and_who_is_not() -> None:
    """With the reason of who is away."""

    async def deed(stage: Stage, pilot: P) -> str:
        for nick in ("alice", "bob", "carol"):
            stage.person(nick)
        stage.asks("alice", SetStatus, status=Status.AWAY)
        stage.hub.drop(stage.people["bob"], at_once=True)
        await stage.enter(pilot, "/names")
        return lines(stage.front)[-1]

    here, gone = play(deed).splitlines()
    assert here == "3 of 4 are here: alice (away), carol, you"
    assert gone.endswith(": bob")


def test_whois_tells_presence_and_common_channels() -> None:
    """In a few lines."""
    told = after("/whois alice")[-1]
    assert told.startswith("alice is online")
    assert "in #general" in told


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/away lunch", "You are shown as away: lunch. /back ends that."),
        ("/busy", "You are shown as busy. /back ends that."),
        ("/back", "You are shown as here."),
    ],
)
def test_a_status_is_set_and_confirmed(line: str, answer: str) -> None:
    """And the way back is named."""
    assert after(line)[-1] == answer


def test_a_new_nick_of_one_s_own_is_told_once_and_used_everywhere() -> None:
    """In the log, the status line and the member list."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.enter(pilot, "/nick maria")
        told = [line for line in lines(stage.front) if "maria" in line]
        await stage.enter(pilot, "hello")
        return (
            told,
            stage.status,
            rows_of(stage.front)[-1].nick,
            any("● maria" in line for line in stage.lines),
        )

    told, status, nick, listed = play(deed)
    assert told == ["You are now called maria"]
    assert "connected as maria" in status
    assert (nick, listed) == ("maria", True)


def test_a_new_nick_of_somebody_is_told_where_they_are_known() -> None:
    """Where they spoke and in the private talk, whose title, line and completion follow."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        await stage.join(pilot, "#quiet")
        stage.says("alice", "hello")
        await stage.enter(pilot, "/query alice")
        stage.asks("alice", ChangeNick, nick="alicia")
        await stage.show(pilot)
        private = stage.screen.private
        notes = [[line for line in lines(talk) if "now called" in line] for talk in stage.screen.desk.tabs()]
        vocabulary = stage.screen.front.composer.vocabulary()
        return private.talk and private.talk.title, stage.lines[-2], notes, vocabulary.nicks

    title, line, notes, nicks = play(deed, (120, 24))
    note = ["alice is now called alicia"]
    assert title == "@alicia"
    assert "write to alicia" in line
    assert notes == [note, [], note]
    assert nicks[0] == "alicia"
    assert "alice" not in nicks


def test_a_word_to_somebody_arrives_in_their_talk() -> None:
    """One stays where one is; the tab shows that there is something."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.person("alice")
        await stage.enter(pilot, "/msg alice psst")
        return stage.front.title, lines(stage.talk("@alice"))[-1], lines(stage.front)[-1]

    front, private, channel = play(deed)
    assert (front, private) == ("#general", "psst")
    assert "psst" not in channel


def test_a_word_to_somebody_who_is_offline_says_so_and_is_kept() -> None:
    """They find it when they come back."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        stage.hub.drop(stage.person("alice"), at_once=True)
        await stage.enter(pilot, "/msg alice psst")
        return lines(stage.front)[-1], lines(stage.talk("@alice"))[-1]

    told, kept = play(deed)
    assert "alice is not here now" in told
    assert kept == "psst"


def test_a_word_to_nobody_says_so_and_is_not_lost() -> None:
    """It stands in the line again."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, int]:
        await stage.enter(pilot, "/msg nobody psst")
        return stage.screen.front.composer.draft, len(stage.client.unsent())

    assert play(deed) == ("/msg nobody psst", 0)


def test_a_word_without_a_connection_waits_and_is_sent() -> None:
    """It says so, is counted, and arrives in a talk that did not exist before."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.person("alice")
        stage.client.disconnect("The server is away.")
        await stage.enter(pilot, "/msg alice psst")
        told, status = lines(stage.front)[-1], stage.status
        stage.client.connect()
        await stage.show(pilot)
        return told, status, lines(stage.talk("@alice"))[-1], stage.status

    told, waiting, sent, status = play(deed)
    assert "waits and goes out" in told
    assert "1 waiting" in waiting
    assert sent == "psst"
    assert "waiting" not in status


@pytest.mark.parametrize(
    "line", ["/nick maria", "/join #dev", "/topic new", "/away", "/whois alice", "/list", "/names", "/part"]
)
def test_what_needs_the_server_is_refused_at_once_without_it(line: str) -> None:
    """With the reason, and the line is given back; nothing is done later behind one's back."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        stage.client.disconnect("The server is away.")
        await stage.enter(pilot, line)
        return stage.screen.front.composer.draft, "\n".join(stage.lines[:-1])

    draft, screen = play(deed, (140, 24))
    assert draft == line
    assert "The server is away." in screen


def test_help_for_a_command_stands_in_the_talk() -> None:
    """And help for all is the help screen."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, str]:
        await stage.enter(pilot, "/help topic")
        about = lines(stage.front)[-1]
        await stage.enter(pilot, "/help")
        return about, type(stage.app.screen).__name__

    about, screen = play(deed)
    assert about.startswith("/topic")
    assert screen == "HelpScreen"


@pytest.mark.parametrize("line", ["/switch dev", "/2"])
def test_commands_go_to_a_conversation(line: str) -> None:
    """By a part of the name, by the number."""

    async def deed(stage: Stage, pilot: P) -> str:
        await stage.join(pilot, "#dev")
        await stage.enter(pilot, line)
        return stage.front.title

    assert play(deed) == "#dev"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/switch zzz", "There is no conversation like 'zzz' here."),
        ("/9", "There is no tab 9."),
        ("/last", "There is no conversation to go back to."),
    ],
)
def test_a_way_that_leads_nowhere_says_so(line: str, answer: str) -> None:
    """As an error, where one is."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, RowStatus]:
        await stage.enter(pilot, line)
        row = rows_of(stage.front)[-1]
        return row.text, row.status

    assert play(deed) == (answer, RowStatus.FAILED)


def test_an_answer_stands_where_it_was_asked_for() -> None:
    """Also when one has gone elsewhere by then."""

    async def deed(stage: Stage, pilot: P) -> tuple[bool, bool]:
        await stage.join(pilot, "#dev")
        general = stage.front
        stage.client.held = True
        stage.screen.front.composer.load_text("/list")
        await pilot.press("enter")
        stage.screen.go(stage.talk("#dev").id)
        stage.client.held = False
        await stage.show(pilot)
        await stage.show(pilot)
        there = any("2 channels" in line for line in lines(general))
        return there, any("2 channels" in line for line in lines(stage.talk("#dev")))

    assert play(deed) == (True, False)


def test_completion_proposes_who_spoke_last_and_not_oneself() -> None:
    """Then everybody else who is here."""

    async def deed(stage: Stage, pilot: P) -> tuple[str, ...]:
        for nick in ("alice", "bob", "carol"):
            stage.person(nick)
        stage.says("carol", "one")
        stage.says("alice", "two")
        await stage.show(pilot)
        return stage.screen.front.composer.vocabulary().nicks

    assert play(deed) == ("alice", "carol", "bob")
