"""From lines to actions: what is said, what is asked for, and what is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.records import Gate, Status
from chat.tui.slash.account_actions import (
    ChangePassword,
    Erase,
    Export,
    LogIn,
    Register,
    RevokeDevice,
    ShowDevices,
)
from chat.tui.slash.actions import (
    Action,
    AddDevice,
    ChangeNick,
    Delete,
    Edit,
    GoTo,
    Join,
    LastConversation,
    ListChannels,
    MarkRead,
    Names,
    OpenDirect,
    Part,
    Pin,
    Quit,
    React,
    Say,
    SayTo,
    SetStatus,
    SetTopic,
    ShowHelp,
    ShowPins,
    ShowTopic,
    Switch,
    Whois,
)
from chat.tui.slash.order_actions import (
    Announce,
    Archive,
    Ban,
    DeleteChannel,
    Disconnect,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetGate,
    SetMode,
    ShowBans,
    ShowMode,
    ShowStats,
    ShowUsers,
    Silence,
    Unban,
    Unmute,
)
from chat.tui.slash.parse import as_typed, is_command, mistyped, parse
from chat.tui.slash.spec import Command, SlashError
from chat.tui.slash.table import BY_NAME, COMMANDS

UNDERSTOOD: dict[str, dict[str, Action]] = {
    "join": {"/join #dev": Join("#dev"), "/j dev": Join("#dev"), "/JOIN  #Dev ": Join("#Dev")},
    "part": {
        "/part": Part(),
        "/leave #dev": Part("#dev"),
        "/part #dev see you": Part("#dev", "see you"),
        "/close good night all": Part(None, "good night all"),
    },
    "topic": {
        "/topic": ShowTopic(),
        "/topic #dev": ShowTopic("#dev"),
        "/topic Release on Friday": SetTopic(None, "Release on Friday"),
        "/topic #dev #1 is fixed": SetTopic("#dev", "#1 is fixed"),
        "/topic -delete": SetTopic(None, ""),
        "/topic #dev -delete": SetTopic("#dev", ""),
    },
    "list": {"/list": ListChannels()},
    "names": {"/names": Names(), "/members dev": Names("#dev")},
    "msg": {
        "/msg bob hello there": SayTo("bob", "hello there"),
        "/m @bob hi": SayTo("bob", "hi"),
        "/msg bob /me": SayTo("bob", "/me"),
    },
    "query": {"/query bob": OpenDirect("bob"), "/q @bob": OpenDirect("bob")},
    "whois": {"/whois bob": Whois("bob")},
    "nick": {"/nick maria": ChangeNick("maria")},
    "away": {"/away": SetStatus(Status.AWAY), "/away lunch  till 1": SetStatus(Status.AWAY, "lunch  till 1")},
    "busy": {"/busy deploying": SetStatus(Status.BUSY, "deploying")},
    "back": {"/back": SetStatus(Status.ONLINE)},
    "me": {"/me waves": Say("waves", action=True)},
    "edit": {"/edit": Edit(), "/edit one\ntwo": Edit("one\ntwo")},
    "delete": {"/delete": Delete(), "/delete 12": Delete(12), "/delete #12": Delete(12)},
    "react": {"/react 👍": React("👍"), "/react 👍 12": React("👍", 12)},
    "pin": {"/pin": Pin(), "/pin 3": Pin(3)},
    "unpin": {"/unpin": Pin(pinned=False), "/unpin 3": Pin(3, pinned=False)},
    "pins": {"/pins": ShowPins()},
    "switch": {"/switch #dev": Switch("#dev"), "/switch bo": Switch("bo")},
    "last": {"/last": LastConversation()},
    "read": {"/read": MarkRead(), "/read ALL": MarkRead(everything=True)},
    "invite": {"/invite bob": Invite("bob"), "/invite @bob dev": Invite("bob", "#dev")},
    "kick": {"/kick bob": Kick("bob"), "/kick bob too loud": Kick("bob", "too loud")},
    "ban": {
        "/ban bob": Ban("@bob"),
        "/ban @bob 2h spam again": Ban("@bob", 7200, "spam again"),
        "/ban spam* 1h30m": Ban("spam*", 5400),
        "/ban 192.168.3.0/24 scans": Ban("192.168.3.0/24", None, "scans"),
        "/ban fe80::1": Ban("fe80::1"),
        "/ban a.b": Ban("@a.b"),
    },
    "unban": {"/unban bob": Unban("@bob"), "/unban spam?": Unban("spam?")},
    "bans": {"/bans": ShowBans()},
    "mute": {
        "/mute": Silence(),
        "/mute #dev": Silence("#dev"),
        "/mute bob": Mute("bob"),
        "/mute bob 10m caps": Mute("bob", 600, "caps"),
        "/mute bob caps": Mute("bob", None, "caps"),
    },
    "unmute": {
        "/unmute": Silence(silent=False),
        "/unmute #dev": Silence("#dev", silent=False),
        "/unmute bob": Unmute("bob"),
    },
    "op": {"/op bob": Grant("bob")},
    "deop": {"/deop @bob": Revoke("bob")},
    "mode": {
        "/mode": ShowMode(),
        "/mode +private": SetMode(private=True),
        "/mode private": SetMode(private=True),
        "/mode -ReadOnly +topiclock": SetMode(read_only=False, topic_locked=True),
    },
    "slow": {
        "/slow 30": SetMode(slow_seconds=30),
        "/slow 2m": SetMode(slow_seconds=120),
        "/slow off": SetMode(slow_seconds=0),
    },
    "archive": {"/archive": Archive(), "/archive OFF": Archive(archived=False)},
    "delete-channel": {"/delete-channel": DeleteChannel(), "/delete-channel #old": DeleteChannel("#old")},
    "announce": {"/announce restart at noon": Announce("restart at noon")},
    "disconnect": {"/disconnect bob": Disconnect("bob"), "/disconnect bob flood": Disconnect("bob", "flood")},
    "gate": {"/gate open": SetGate(Gate.OPEN), "/gate staff_only": SetGate(Gate.STAFF_ONLY)},
    "stats": {"/stats": ShowStats()},
    "users": {"/users": ShowUsers()},
    "register": {"/register": Register()},
    "login": {"/login ann": LogIn("ann"), "/login @ann": LogIn("ann")},
    "passwd": {"/passwd": ChangePassword()},
    "devices": {"/devices": ShowDevices(), "/devices d7": RevokeDevice("d7")},
    "logout": {"/logout": RevokeDevice()},
    "export": {"/export": Export(), "/export ~/my words.jsonl": Export("~/my words.jsonl")},
    "erase": {"/erase": Erase(), "/erase @bob": Erase("bob")},
    "adddevice": {"/adddevice": AddDevice(), "/ADD": AddDevice()},
    "help": {
        "/help": ShowHelp(),
        "/help join": ShowHelp("join"),
        "/help /leave": ShowHelp("part"),
        "/help sw": ShowHelp("switch"),
    },
    "quit": {"/quit": Quit(), "/quit going home": Quit("going home")},
}
"""Lines for every command, and what they ask for."""

REFUSED = {
    "/join": "Which channel?",
    "/invite": "Whom?",
    "/kick #dev": "A person is needed here",
    "/ban bob 0s": "at least a second",
    "/ban bob 99999d": "at most ten years",
    "/mute #dev 10m": "Nothing may follow the channel",
    "/mode secret": "with - before it lifts it",
    "/mode +": "with - before it lifts it",
    "/slow": "How many seconds",
    "/slow soon": "30s, 10m, 2h or 7d",
    "/slow 7h": "Six hours",
    "/archive on": "Only off may follow",
    "/delete-channel @bob": "@ stands before a person",
    "/gate shut": "one of open",
    "/announce": "What?",
    "/register hunter22": "/register alone asks for it",
    "/login": "As whom?",
    "/login ann hunter22": "/login NICK alone asks for it",
    "/passwd hunter22 hunter23": "/passwd alone asks for it",
    "/erase bob now": "one word",
    "/erase #dev": "A person is needed",
    "/join #": "no name",
    "/join @bob": "@ stands before a person",
    "/join #a #b": "one word",
    "/names @bob": "/whois",
    "/names a b": "one word",
    "/list all": "Nothing may follow",
    "/msg": "To whom?",
    "/msg bob": "message is missing",
    "/msg #dev hi": "# stands before a channel",
    "/msg @ hi": "nick is missing",
    "/query": "With whom?",
    "/whois": "Whom?",
    "/whois a b": "one word",
    "/nick": "new nick is missing",
    "/nick #a": "A person is needed",
    "/back soon": "Nothing may follow",
    "/me": "What do you do?",
    "/delete all": "number of a message",
    "/delete 99999999999999": "number of a message",
    "/react": "With what?",
    "/react 👍 there": "number of a message",
    "/pin 0": "number of a message",
    "/pins 3": "Nothing may follow",
    "/switch": "Where to?",
    "/last one": "Nothing may follow",
    "/read some": "Only all",
    "/help a b": "one word",
}
"""Commands with wrong arguments, and a part of the sentence that says so."""

LINES = [(line, action) for lines in UNDERSTOOD.values() for line, action in lines.items()]
TEXT = st.text(max_size=200)
SAID = TEXT.map(str.strip).filter(lambda text: text and text == text.lstrip("/") and not mistyped(text))


def problem_of(line: str) -> str:
    """The sentence with which a line is refused."""
    with pytest.raises(SlashError) as caught:
        parse(line)
    return str(caught.value)


def outcome(line: str) -> Action | str:
    """What a line asks for, or the sentence with which it is refused."""
    try:
        return parse(line)
    except SlashError as error:
        return str(error)


@pytest.mark.parametrize(("line", "action"), LINES)
def test_a_command_asks_for_its_action(line: str, action: Action) -> None:
    """Each spelling is read to exactly one action, with its arguments as they were written."""
    assert parse(line) == action


@pytest.mark.parametrize(("line", "part"), REFUSED.items())
def test_wrong_arguments_are_explained_with_the_usage(line: str, part: str) -> None:
    """The sentence says what is wrong and ends with how the command is written."""
    sentence = problem_of(line)
    assert part in sentence
    usage = BY_NAME[line[1:].split(maxsplit=1)[0]].usage
    assert sentence.endswith(f"Usage: {usage}")


def test_every_command_is_tried_here() -> None:
    """A command can't come into the table without lines that show how it is read."""
    assert {command.name for command in COMMANDS} == UNDERSTOOD.keys()


@given(SAID)
def test_text_is_said_as_it_was_written(text: str) -> None:
    """What begins with no slash is a message, letter by letter."""
    assert parse(text) == Say(text)


@given(SAID)
def test_a_second_slash_says_the_first(text: str) -> None:
    """Any text is sent with a slash before it when there are two."""
    assert parse(f"//{text}") == Say(f"/{text}")


@given(TEXT | TEXT.map(lambda text: f"/{text}") | TEXT.map(lambda text: f"//{text}"))
def test_any_line_is_read_or_refused_with_a_sentence(line: str) -> None:
    """No line raises anything but a sentence, and a command is never said as text."""
    action = outcome(line)
    if isinstance(action, str):
        assert action.strip()
    else:
        assert not is_command(line) or not isinstance(action, Say) or action.action


@given(st.sampled_from(COMMANDS), TEXT)
def test_any_arguments_are_read_or_refused_with_a_sentence(command: Command, rest: str) -> None:
    """A known command reads whatever follows it, or says why not."""
    action = outcome(f"/{command.name} {rest}")
    if isinstance(action, str):
        assert any(part in action for part in (command.usage, "takes one line", "no command", "can be"))


@given(st.sampled_from(LINES), st.data())
def test_case_of_a_name_does_not_matter(line: tuple[str, Action], data: st.DataObject) -> None:
    """Any mixture of capitals calls the same command."""
    name, *rest = line[0].split(" ", 1)
    capitals = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    mixed = "".join(c.upper() if up else c for c, up in zip(name, capitals, strict=True))
    assert parse(" ".join([mixed, *rest])) == line[1]


@pytest.mark.parametrize("line", ["", " ", "\n\n", "\t"])
def test_an_empty_line_is_nothing(line: str) -> None:
    """White space alone is not sent."""
    assert "nothing to send" in problem_of(line)


@pytest.mark.parametrize("name", ["jion", "jojn", "joinn"])
def test_an_unknown_command_is_refused_with_the_nearest(name: str) -> None:
    """A slip of the finger is not sent, and the sentence tells what was meant and how to send it as text."""
    sentence = problem_of(f"/{name} #dev")
    assert f"no command /{name}; did you mean /join?" in sentence
    assert "second / before it to send it as text" in sentence


def test_an_unknown_command_like_no_other_points_to_help() -> None:
    """Where nothing is near, help is."""
    assert "/help shows what there is" in problem_of("/xyzzy")


def test_a_path_is_not_sent_by_mistake() -> None:
    """A file's name looks like a command; with a second slash it is a message."""
    assert "no command /etc/fstab" in problem_of("/etc/fstab is wrong")
    assert parse("//etc/fstab is wrong") == Say("/etc/fstab is wrong")


def test_what_is_repeated_in_a_sentence_is_short_and_harmless() -> None:
    """A long name with control characters is cut and cleaned."""
    sentence = problem_of("/\x1b]0;" + "x" * 5000)
    assert "\x1b" not in sentence
    assert len(sentence) < 200


@pytest.mark.parametrize("line", ["/", "/ join #dev", "/\njoin"])
def test_a_slash_alone_is_no_command(line: str) -> None:
    """The name follows the slash at once."""
    assert "follows its / at once" in problem_of(line)


@pytest.mark.parametrize("line", [" /join #dev", "\t/join", "  /x", "\n/quit"])
def test_white_space_before_a_command_is_refused(line: str) -> None:
    """It is neither run nor sent; two slashes send it."""
    assert "white space before the /" in problem_of(line)


def test_white_space_before_two_slashes_stays() -> None:
    """Indented text that begins with a slash can be sent as it is."""
    assert parse("  //join") == Say("  /join")


@pytest.mark.parametrize("line", [" /* a comment */", "  / 2", " code", "a /join"])
def test_indented_text_is_no_command(line: str) -> None:
    """Only a slash with a word after it looks like a command."""
    assert parse(line) == Say(line)


@pytest.mark.parametrize(
    "line", ["7join #dev", "\\join #dev", "?JOIN #dev", "\uff0fjoin", "\u2215join x", "\u2044j\u006fin"]
)
def test_a_missed_slash_before_a_command_is_refused(line: str) -> None:
    """The keys beside the slash, and its look-alikes, don't send a command to everybody."""
    assert "Did you mean /join?" in problem_of(line)
    assert parse(f" {line}") == Say(f" {line}")


@pytest.mark.parametrize("line", ["7 joins", "7joins", "\\o/", "?", "77join", "7j", "?joining us"])
def test_text_that_only_resembles_a_command_is_said(line: str) -> None:
    """A whole name of a command must follow the missed slash."""
    assert parse(line) == Say(line)


@pytest.mark.parametrize("line", ["/me dances\n  and falls", "/msg bob one\ntwo"])
def test_some_commands_take_several_lines(line: str) -> None:
    """What is said keeps its lines."""
    action = parse(line)
    assert isinstance(action, Say | SayTo)
    assert action.text == line.split(maxsplit=2 if isinstance(action, SayTo) else 1)[-1]


@pytest.mark.parametrize("line", ["/join #dev\nhello", "/topic one\ntwo", "/quit\nnow"])
def test_other_commands_take_one_line(line: str) -> None:
    """A message below a command is not swallowed by it."""
    assert "takes one line" in problem_of(line)


def test_empty_lines_around_a_message_are_left_out() -> None:
    """A line end typed too often is not sent, inside a message it is."""
    assert parse("\n\n  one\n\ntwo \n\n") == Say("  one\n\ntwo")


@given(st.integers(1, 99))
def test_a_number_goes_to_a_conversation(position: int) -> None:
    """/1 to /99 name conversations by their place."""
    assert parse(f"/{position}") == GoTo(position)


@pytest.mark.parametrize("line", ["/0", "/100", "/" + "9" * 10_000])
def test_other_numbers_are_refused(line: str) -> None:
    """There is no conversation with such a number."""
    assert "from 1 to 99" in problem_of(line)


def test_nothing_follows_a_number() -> None:
    """A message is not sent to a conversation by its number."""
    assert "Nothing may follow /3" in problem_of("/3 hello")


def test_help_about_an_unknown_command_says_so() -> None:
    """The same sentence as for calling it."""
    assert "did you mean /join?" in problem_of("/help jion")


@given(
    st.text(alphabet="ab/ #@\n", min_size=1, max_size=12).filter(lambda text: text.strip() == text),
    st.booleans(),
)
def test_a_text_written_as_a_line_is_read_as_the_same_text(text: str, action: bool) -> None:
    """What comes back into the line after a refusal can be sent again as it is."""
    assert parse(as_typed(text, action=action)) == Say(text, action=action)
