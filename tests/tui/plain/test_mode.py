"""The line mode from connecting to leaving, on a server without wires."""

from itertools import pairwise

import pytest

from chat.client.changes import LinkChanged, Phase
from chat.errors import NoConnection, UsageError
from chat.protocol.requests import ChangeNick, CreateChannel, Join, OpenDirect, Part, SetTopic
from chat.tui.plain.mode import AWAY_SECONDS, ENDING_SECONDS, LOG_IN
from tests.support.line_run import LineRun


@pytest.fixture
def run() -> LineRun:
    """A server, and somebody about to join it."""
    return LineRun()


def messages(lines: list[str]) -> list[str]:
    """What was said, without times."""
    return [line[6:] for line in lines if line[6:7] == "<"]


# ---------------------------------------------------------------------- beginning and ending


def test_what_is_typed_is_said_and_written_as_stored(run: LineRun) -> None:
    """The line appears once, as everybody else sees it."""
    assert run.run("hello")[-1] == run.stamped("<ann> hello")
    assert messages(run.talk) == ["<ann> hello"]
    assert run.client.stopped


def test_it_begins_with_the_last_messages_of_the_channel(run: LineRun) -> None:
    """At most twenty entries, in order, under the name of the channel."""
    for number in range(30):
        run.says("bob", f"message {number}")
    lines = run.run()
    assert lines[0] == "-- #general"
    assert messages(lines)[-19:] == [f"<bob> message {number}" for number in range(11, 30)]
    assert len(lines) == 21


@pytest.mark.parametrize(("encrypted", "secrecy"), [(True, "encrypted"), (False, "not encrypted")])
def test_the_notes_say_where_one_is_as_whom_and_whether_others_can_read_along(
    run: LineRun, encrypted: bool, secrecy: str
) -> None:
    """They are no part of the talk."""
    run.client.begins = lambda: run.client.connect(encrypted=encrypted)
    run.run()
    assert run.notes == [f"-- connected to lan-server (localhost:7420) as ann, {secrecy}"]


def test_the_welcome_greets_who_types_by_hand_and_no_pipe() -> None:
    """A program has no use for it."""
    by_hand, pipe = LineRun(words="one\ntwo\nthree"), LineRun(words="one\ntwo\nthree")
    by_hand.run(by_hand=True)
    pipe.run()
    assert by_hand.notes[1:] == ["-- one", "-- two", "-- three"]
    assert len(pipe.notes) == 1


def test_everything_said_is_stored_and_written_before_the_end(run: LineRun) -> None:
    """Also when there is more of it than may be under way at once."""
    texts = [f"line {number}" for number in range(300)]
    run.run(*texts)
    assert messages(run.talk) == [f"<ann> {text}" for text in texts]


def test_quit_ends_before_the_input_does(run: LineRun) -> None:
    """What follows it is not read."""
    run.run("hello", "/quit", "never said")
    assert messages(run.talk) == ["<ann> hello"]


def test_a_first_connection_that_fails_three_times_is_given_up_with_its_cause(run: LineRun) -> None:
    """Nothing was read from the input, so nothing is lost."""
    run.client.begins = lambda: run.client.is_told(
        LinkChanged(Phase.WAITING, "attic:7420", "attic refused.", "Wrong port?", failures=3)
    )
    with pytest.raises(NoConnection, match=r"^attic refused\. Wrong port\?$"):
        run.run("hello")
    assert run.talk == []
    assert run.client.stopped


def test_a_first_failure_is_told_and_tried_again(run: LineRun) -> None:
    """A server that is just being started is waited for."""

    def begin() -> None:
        run.client.is_told(LinkChanged(Phase.WAITING, cause="refused.", failures=1, retry_seconds=0.5))
        run.client.connect()

    run.client.begins = begin
    assert run.run("hello")[-1] == run.stamped("<ann> hello")
    assert run.notes[0] == "-- trying again in 1 s: refused."


def test_an_end_by_the_server_ends_the_run_with_its_sentence(run: LineRun) -> None:
    """As when the same identity connects from elsewhere."""
    run.client.at["hello"] = lambda: run.client.is_told(LinkChanged(Phase.ENDED, cause="You were replaced."))
    with pytest.raises(NoConnection, match="You were replaced"):
        run.run("hello")


def test_whom_a_server_lets_in_as_no_guest_is_told_how_to_log_in(run: LineRun) -> None:
    """Here nothing can be typed before there is a connection."""
    refused = LinkChanged(Phase.ENDED, cause="Guests are not let in.", wants_login=True)
    run.client.begins = lambda: run.client.is_told(refused)
    with pytest.raises(NoConnection) as ended:
        run.run("hello")
    assert str(ended.value) == f"Guests are not let in. {LOG_IN}"


def test_a_signal_ends_in_order(run: LineRun) -> None:
    """No further line is taken, what was said is stored and written."""
    mode = run.mode("hello", "never said")
    run.client.at["hello"] = mode.end
    mode.run()
    assert messages(run.talk) == ["<ann> hello"]


def test_a_signal_before_there_is_a_connection_ends_too(run: LineRun) -> None:
    """Nobody waits for a server that does not come."""
    mode = run.mode("hello")
    run.client.begins = mode.end
    with pytest.raises(NoConnection, match="before there was a connection"):
        mode.run()


# ---------------------------------------------------------------------- a lost connection


def test_messages_wait_for_the_server_and_are_written_once(run: LineRun) -> None:
    """What was typed meanwhile goes out in its order; what others said meanwhile comes before it."""

    def lose() -> None:
        run.client.disconnect("The cable is out.")
        run.says("bob", "nobody here?")

    run.client.at["two"] = lose
    run.client.while_waiting.append(run.client.connect)
    run.run("one", "two", "three")
    assert messages(run.talk) == ["<ann> one", "<bob> nobody here?", "<ann> two", "<ann> three"]
    assert "-- reconnecting in 4 s: The cable is out." in run.notes
    assert run.notes[-1].startswith("-- connected to lan-server")


def test_the_same_trouble_is_told_once(run: LineRun) -> None:
    """Each try that fails alike adds nothing; the advice that comes with the third does."""

    def lose() -> None:
        run.client.disconnect("refused.")
        run.client.disconnect("refused.")
        run.client.is_told(LinkChanged(Phase.WAITING, cause="refused.", advice="Wrong port?", failures=3))

    run.client.at["hello"] = lose
    run.client.while_waiting.append(run.client.connect)
    run.run("hello")
    told = [note for note in run.notes if "refused" in note]
    assert told == ["-- reconnecting in 4 s: refused.", "-- reconnecting in 0 s: refused. Wrong port?"]


def test_what_does_not_get_through_in_time_is_counted(run: LineRun) -> None:
    """The end waits for a bounded time."""
    run.client.at["two"] = lambda: run.client.disconnect("The cable is out.")
    run.client.while_waiting.append(lambda: run.clock.advance(ENDING_SECONDS))
    with pytest.raises(NoConnection, match="2 lines did not get through"):
        run.run("one", "two", "three")
    assert messages(run.talk) == ["<ann> one"]


def test_a_pipe_waits_a_minute_for_the_server(run: LineRun) -> None:
    """Then it ends and counts what did not get through, rather than wait for ever."""
    run.client.at["one"] = lambda: run.client.disconnect("The cable is out.")
    run.client.at["later 30"] = lambda: run.clock.advance(AWAY_SECONDS)
    with pytest.raises(NoConnection, match=r"The cable is out\. \d+ lines did not get through"):
        run.run("one", *[f"later {number}" for number in range(200)])


def test_a_request_of_a_pipe_waits_for_the_connection(run: LineRun) -> None:
    """So what follows it is not said in the wrong place."""
    run.client.at["one"] = lambda: run.client.disconnect("The cable is out.")
    run.client.while_away.append(run.client.connect)
    lines = run.run("one", "/join #dev", "two")
    places = [lines.index(line) for line in (run.stamped("<ann> one"), "-- #dev", run.stamped("<ann> two"))]
    assert places == sorted(places)


def test_a_request_by_hand_is_refused_at_once_without_a_connection(run: LineRun) -> None:
    """Who types is not kept waiting."""
    run.client.at["one"] = lambda: run.client.disconnect("The cable is out.")
    run.client.while_waiting.append(run.client.connect)
    run.run("one", "/list", by_hand=True)
    assert any(note.startswith("! This needs a connection") for note in run.notes)


# ---------------------------------------------------------------------- what others do


def test_what_others_do_is_written_as_it_happens(run: LineRun) -> None:
    """Joining, saying, the topic, leaving, each in its line."""

    def busy() -> None:
        run.says("bob", "hi ann")
        run.asks("bob", SetTopic, target="#general", topic="tea")
        run.asks("bob", ChangeNick, nick="bobby")
        run.asks("bob", Part, target="#general", reason="lunch")

    run.client.at["go on"] = busy
    lines = run.run("go on")
    assert lines[lines.index(run.stamped("* bob joined")) :] == [
        run.stamped(line)
        for line in (
            "* bob joined",
            "<bob> hi ann",
            "* bob set the topic: tea",
            "* bob is now called bobby",
            "* bobby left (lunch)",
            "<ann> go on",
        )
    ]


def test_a_direct_message_is_marked_and_written_from_its_beginning(run: LineRun) -> None:
    """The first message of a conversation that was not there before is not lost."""

    def whisper() -> None:
        run.says("bob", "psst", target="@ann")

    run.client.at["hello"] = whisper
    lines = run.run("hello")
    assert run.stamped("@bob <bob> psst") in lines
    assert lines[-1] == run.stamped("<ann> hello")


def test_what_is_said_in_another_channel_is_marked(run: LineRun) -> None:
    """The channel in front stays where it is."""
    run.asks("bob", CreateChannel, name="#dev")
    run.client.at["hello"] = lambda: run.says("bob", "deploying", target="#dev")
    lines = run.run("/join #dev", "/1", "hello")
    assert run.stamped("#dev <bob> deploying") in lines
    assert lines[-1] == run.stamped("<ann> hello")


def test_what_waits_unread_elsewhere_is_told_at_the_start(run: LineRun) -> None:
    """So that a direct message is not overlooked."""
    run.run()
    later = LineRun()
    later.hub, later.client.hub = run.hub, run.hub
    run.asks("bob", OpenDirect, target="@ann")
    run.says("bob", "psst", target="@ann")
    later.run()
    assert later.notes[-1] == "-- unread: 1 in @bob; /switch NAME shows what was said last"


def test_a_day_is_written_when_it_is_another(run: LineRun) -> None:
    """Times alone would not tell."""
    run.says("bob", "yesterday")
    run.clock.advance(86_400)
    run.says("bob", "today")
    lines = run.run()
    days = [line for line in lines if line.startswith("-- ") and "2024" in line]
    assert len(days) == 2
    assert lines.index(days[1]) == lines.index(run.stamped("<bob> today")) - 1


# ---------------------------------------------------------------------- commands


def test_a_command_is_answered_on_standard_output(run: LineRun) -> None:
    """It is what was asked for."""
    run.person("bob")
    assert "2 of 2 are here: ann, bob" in run.run("/names")


def test_a_joined_channel_comes_to_the_front_with_its_last_messages(run: LineRun) -> None:
    """What is said next is said there."""
    run.asks("bob", Join, target="#dev")
    run.says("bob", "welcome", target="#dev")
    lines = run.run("/join #dev", "thanks")
    assert lines[lines.index("-- #dev") :] == [
        "-- #dev",
        run.stamped("* bob made #dev"),
        run.stamped("* bob joined"),
        run.stamped("<bob> welcome"),
        run.stamped("* ann joined"),
        run.stamped("<ann> thanks"),
    ]


def test_a_channel_that_was_left_gives_way_to_another(run: LineRun) -> None:
    """And the notes say so."""
    lines = run.run("/join #dev", "/part", "here again")
    assert lines[-1] == run.stamped("<ann> here again")
    assert lines[-2] == "-- #general"
    assert any(note.startswith("-- You are no longer in #dev") for note in run.notes)


def test_a_private_message_goes_to_its_person(run: LineRun) -> None:
    """And is written as stored, marked."""
    run.person("bob")
    assert run.run("/msg bob psst", "/query bob", "more")[-2:] == [
        "-- @bob: only the two of you read this",
        run.stamped("@bob <ann> more"),
    ]
    assert run.stamped("@bob <ann> psst") in run.talk


def test_coming_back_to_a_conversation_writes_nothing_twice(run: LineRun) -> None:
    """Only its name, so that one knows where one is."""
    lines = run.run("one", "/join #dev", "/last", "two", "/last", "/1")
    happened = [line for line in lines if not line.startswith("-- #")]
    assert len(happened) == len(set(happened)) + 1  # one joined both channels
    assert messages(lines) == ["<ann> one", "<ann> two"]


@pytest.mark.parametrize("line", ["/nonsense", "/join", "x" * 5000, "/msg nobody hi", "/topic " + "x" * 999])
def test_a_line_that_can_not_be_carried_out_is_refused_and_the_rest_goes_on(run: LineRun, line: str) -> None:
    """The reason stands on standard error; a pipe ends with an error in the end."""
    with pytest.raises(UsageError, match="1 line could not be carried out"):
        run.run("one", line, "two")
    assert messages(run.talk) == ["<ann> one", "<ann> two"]
    assert any(note.startswith("! ") for note in run.notes)


def test_a_refused_line_by_hand_is_no_error_in_the_end(run: LineRun) -> None:
    """Who typed it has read the reason."""
    run.run("/nonsense", by_hand=True)
    assert run.notes[-1].startswith("! There is no command /nonsense")


def test_empty_lines_are_nothing(run: LineRun) -> None:
    """They are neither said nor refused."""
    run.run("", "   ", "hello", "\t")
    assert messages(run.talk) == ["<ann> hello"]


def test_an_escaped_slash_is_said(run: LineRun) -> None:
    """As the refusal of an unknown command advises."""
    assert messages(run.run("//etc/passwd")) == ["<ann> /etc/passwd"]


def test_help_and_topic_need_no_server(run: LineRun) -> None:
    """They are answered from what is here."""
    run.asks("bob", SetTopic, target="#general", topic="tea")
    lines = run.run("/help join", "/topic", "/help")
    assert any(line.startswith("/join ") for line in lines)
    assert "tea" in lines
    assert any("/quit" in line for line in lines)


# ---------------------------------------------------------------------- a slow reader, a gone reader


def test_a_flood_leaves_no_hole(run: LineRun) -> None:
    """More changes than wait for a slow reader at most: all is written, in order, once."""

    def flood() -> None:
        for number in range(6000):
            run.says("bob", f"flood {number}")

    run.client.at["hello"] = flood
    lines = messages(run.run("hello"))
    numbers = [int(line.split()[-1]) for line in lines if "flood" in line]
    assert numbers == list(range(6000))
    assert all(after - before == 1 for before, after in pairwise(numbers))


# ---------------------------------------------------------------------- a server of one's own


def test_who_ends_the_server_of_others_is_asked_again() -> None:
    """By hand, the first /quit counts the others, the second one goes."""
    run = LineRun(ends_server=True)
    run.person("bob")
    run.run("/quit", "still here", "/quit", "never said", by_hand=True)
    assert messages(run.talk) == ["<ann> still here"]
    asked = [note for note in run.notes if note.startswith("-- 1 other person is connected")]
    assert len(asked) == 1
    assert asked[0].endswith("/quit again does it.")


def test_a_pipe_ends_the_server_and_says_so() -> None:
    """It must end; whoever reads the notes can tell the others."""
    run = LineRun(ends_server=True)
    run.person("bob")
    run.person("carol")
    run.run("hello")
    assert run.notes[-1].startswith("-- 2 others are connected")


def test_nobody_is_asked_when_nobody_else_is_there() -> None:
    """Somebody who left is not counted."""
    run = LineRun(ends_server=True)
    run.hub.drop(run.person("bob"), at_once=True)
    run.run("/quit", "never said", by_hand=True)
    assert messages(run.talk) == []
    assert len(run.notes) == 1
