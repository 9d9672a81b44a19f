"""Carrying out what a command asks of the server, without a screen."""

from concurrent.futures import Future
from typing import Any

import pytest

from chat.client.changes import LinkChanged, Phase
from chat.client.requester import NoAnswer, Offline
from chat.protocol import accounts, replies, requests
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Channel, Member, Presence, Role, Status
from chat.tui.asked.answer import Answer
from chat.tui.carrying import NOWHERE, carry_out
from chat.tui.slash import actions
from tests.support.frames import WHEN, channel, direct, user

HERE = "c-general"


class Client:
    """Remembers what it was asked; the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[type[Request], dict[str, Any]]] = []
        self.said: list[tuple[str, str, bool]] = []
        self._futures: list[Future[Any]] = []
        self.place = "192.168.1.20:7420"
        self.token_place = "in the keyring (Wallet)"

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        self.asked.append((request, fields))
        self._futures.append(Future())
        return self._futures[-1]

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        self.said.append((target, text, action))
        return "1"

    @property
    def link(self) -> LinkChanged:
        return LinkChanged(Phase.OPEN, self.place)

    def answer(self, outcome: object) -> None:
        """Settle the oldest request that has no answer yet."""
        future = next(each for each in self._futures if not each.done())
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def carried(action: actions.Action, *outcomes: object, here: str = HERE) -> tuple[Client, Answer]:
    """Carry out an action whose requests have these outcomes."""
    client = Client()
    future = carry_out(client, action, here)
    assert future is not None
    for outcome in outcomes:
        assert not future.done()
        client.answer(outcome)
    return client, future.result(timeout=0)


@pytest.mark.parametrize(
    "action",
    [
        actions.ShowHelp(),
        actions.Quit(),
        actions.Switch("dev"),
        actions.GoTo(2),
        actions.LastConversation(),
        actions.ShowTopic(),
        actions.MarkRead(),
        actions.ShowPins(),
    ],
)
def test_what_concerns_only_what_is_in_front_is_left_to_who_shows_it(action: actions.Action) -> None:
    """Nothing is asked."""
    client = Client()
    assert carry_out(client, action, HERE) is None
    assert client.asked == []


@pytest.mark.parametrize("action", [actions.Say("hi"), actions.Say("waves", action=True)])
def test_a_message_goes_into_the_outbox_at_once(action: actions.Say) -> None:
    """It waits for nothing, so that order and text are safe."""
    client, answer = carried(action)
    assert client.said == [(HERE, action.text, action.action)]
    assert answer == Answer()


@pytest.mark.parametrize(
    "action",
    [
        actions.Say("hi"),
        actions.Names(),
        actions.Part(),
        actions.SetTopic(None, "new"),
        actions.Delete(3),
        actions.ShowPins(),
    ],
)
def test_what_means_the_conversation_in_front_needs_one(action: actions.Action) -> None:
    """Without one it is refused here, with the way out."""
    client, answer = carried(action, here="")
    assert (answer, client.asked, client.said) == (Answer(NOWHERE, failed=True), [], [])


@pytest.mark.parametrize(
    ("action", "request_type", "fields"),
    [
        (actions.Join("#dev"), requests.Join, {"target": "#dev"}),
        (actions.Part(), requests.Part, {"target": HERE, "reason": ""}),
        (actions.Part("#dev", "bye"), requests.Part, {"target": "#dev", "reason": "bye"}),
        (actions.ChangeNick("maria"), requests.ChangeNick, {"nick": "maria"}),
        (actions.SetTopic(None, "t"), requests.SetTopic, {"target": HERE, "topic": "t"}),
        (actions.SetTopic("#dev", ""), requests.SetTopic, {"target": "#dev", "topic": ""}),
        (
            actions.SetStatus(Status.AWAY, "lunch"),
            requests.SetStatus,
            {"status": Status.AWAY, "text": "lunch"},
        ),
        (actions.Whois("bob"), requests.Whois, {"target": "@bob"}),
        (actions.OpenDirect("bob"), requests.OpenDirect, {"target": "@bob"}),
        (actions.Names("#dev"), requests.Members, {"target": "#dev"}),
        (actions.ListChannels(), requests.ListChannels, {}),
        (actions.Edit("new", 3), requests.Edit, {"target": HERE, "message": 3, "text": "new"}),
        (actions.Delete(3), requests.Delete, {"target": HERE, "message": 3}),
        (
            actions.React("👍", 3, remove=True),
            requests.React,
            {"target": HERE, "message": 3, "emoji": "👍", "remove": True},
        ),
        (actions.Pin(3), requests.Pin, {"target": HERE, "message": 3}),
        (actions.Pin(3, pinned=False), requests.Unpin, {"target": HERE, "message": 3}),
    ],
)
def test_each_action_is_one_request(
    action: actions.Action, request_type: type[Request], fields: dict[str, object]
) -> None:
    """With the conversation in front where none is named."""
    client = Client()
    carry_out(client, action, HERE)
    assert client.asked == [(request_type, fields)]


@pytest.mark.parametrize(
    "error", [Refused(ErrorCode.NICK_TAKEN, "Somebody has it."), Offline("No connection."), NoAnswer("Late.")]
)
def test_what_fails_is_an_answer_with_the_reason(error: Exception) -> None:
    """The future never fails itself."""
    _, answer = carried(actions.ChangeNick("maria"), error)
    assert answer == Answer(str(error), failed=True)


def test_joining_and_opening_lead_somewhere() -> None:
    """Whoever shows it brings that conversation to the front."""
    joined = replies.JoinResult(id="1", conversation=channel("dev"), number=2)
    assert carried(actions.Join("#dev"), joined)[1] == Answer(show="c-dev")
    opened = replies.OpenDirectResult(id="1", conversation=direct("bob"))
    assert carried(actions.OpenDirect("bob"), opened)[1] == Answer(show="d-bob")


# ---------------------------------------------------------------------- a word to somebody


def opened(nick: str = "bob") -> replies.OpenDirectResult:
    """The answer with the direct conversation."""
    return replies.OpenDirectResult(id="1", conversation=direct(nick))


def whois(presence: Presence, **fields: Any) -> replies.WhoisResult:
    """The answer of who somebody is."""
    return replies.WhoisResult(id="1", user=user("bob"), presence=presence, **fields)


def test_a_word_to_somebody_who_is_here_needs_no_words() -> None:
    """It is said in the conversation, by its id."""
    client, answer = carried(actions.SayTo("bob", "psst"), opened(), whois(Presence.AWAY))
    assert (client.said, answer) == ([("d-bob", "psst", False)], Answer())


def test_a_word_to_somebody_who_is_gone_is_kept_for_them() -> None:
    """And one is told."""
    client, answer = carried(actions.SayTo("bob", "psst"), opened(), whois(Presence.OFFLINE))
    assert client.said == [("d-bob", "psst", False)]
    assert "bob is not here now" in answer.text
    assert not answer.failed


def test_not_knowing_whether_somebody_is_here_loses_nothing() -> None:
    """The message is in the outbox before that is asked."""
    client, answer = carried(actions.SayTo("bob", "psst"), opened(), Offline("cut"))
    assert (client.said, answer) == ([("d-bob", "psst", False)], Answer())


def test_a_word_to_nobody_is_not_said() -> None:
    """The line can be given back."""
    client, answer = carried(actions.SayTo("bob", "psst"), Refused(ErrorCode.UNKNOWN_USER, "Nobody."))
    assert client.said == []
    assert answer.failed
    assert answer.text == "Nobody. Your text was not sent."


@pytest.mark.parametrize("error", [Offline("No connection."), NoAnswer("Late.")])
def test_a_word_that_can_not_be_checked_waits(error: Exception) -> None:
    """By name, since there is no conversation yet."""
    client, answer = carried(actions.SayTo("bob", "psst"), error)
    assert client.said == [("@bob", "psst", False)]
    assert "waits" in answer.text
    assert not answer.failed


# ---------------------------------------------------------------------- lists


def test_a_list_of_several_pages_is_asked_for_to_its_end() -> None:
    """Each page names where the next begins."""
    pages = [
        replies.ListChannelsResult(id="1", channels=(Channel(conversation="1", name="#a"),), next="#a"),
        replies.ListChannelsResult(id="2", channels=(Channel(conversation="2", name="#b"),)),
    ]
    client, answer = carried(actions.ListChannels(), *pages)
    assert [fields for _, fields in client.asked] == [{}, {"after": "#a"}]
    assert answer.text.startswith("2 channels")
    assert "#a" in answer.text
    assert "#b" in answer.text


def test_a_list_that_breaks_off_is_a_failure() -> None:
    """Half a list would be a lie."""
    page = replies.ListChannelsResult(id="1", channels=(Channel(conversation="1", name="#a"),), next="#a")
    assert carried(actions.ListChannels(), page, Offline("cut"))[1] == Answer("cut", failed=True)


def test_a_server_without_channels_says_what_to_do() -> None:
    """Empty places speak."""
    assert "/join" in carried(actions.ListChannels(), replies.ListChannelsResult(id="1", channels=()))[1].text


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"private": True}, "(you are invited) tea"),
        ({"private": True, "joined": True}, "(private) tea"),
        ({"archived": True}, "(archived) tea"),
        ({}, "tea"),
    ],
)
def test_the_list_of_channels_says_what_is_not_as_usual(fields: dict[str, bool], remark: str) -> None:
    """A private channel one is not in shows to who is invited alone."""
    channels = (Channel(conversation="1", name="#a", topic="tea", members=2, **fields),)
    _, answer = carried(actions.ListChannels(), replies.ListChannelsResult(id="1", channels=channels))
    assert answer.text.splitlines()[-1].endswith(f"2 members   {remark}")


def test_channels_stand_in_columns_whatever_their_letters() -> None:
    """Wide letters take two cells."""
    channels = (
        Channel(conversation="1", name="#general", members=12, joined=True, topic="all sorts"),
        Channel(conversation="2", name="#日本", members=1),
    )
    _, answer = carried(actions.ListChannels(), replies.ListChannelsResult(id="1", channels=channels))
    assert answer.text.splitlines()[1:] == [
        "● #general    12 members   all sorts",
        "  #日本        1 member",
    ]


def test_names_count_who_is_here() -> None:
    """By presence; away and busy are named."""
    members = (
        Member(user=user("bob"), presence=Presence.ONLINE, role=Role.OPERATOR),
        Member(user=user("ann"), presence=Presence.BUSY),
        Member(user=user("dan")),
    )
    result = replies.MembersResult(id="1", conversation=HERE, members=members, last=3)
    lines = carried(actions.Names(), result)[1].text.splitlines()
    assert lines == ["2 of 3 are here: ann (busy), bob (op)", "away from the server: dan"]


def test_whois_tells_what_is_known() -> None:
    """And leaves out what is not."""
    short = carried(actions.Whois("bob"), whois(Presence.ONLINE))[1].text
    assert short.splitlines() == ["bob is online", "in no channel of yours"]
    full = carried(
        actions.Whois("bob"),
        whois(Presence.OFFLINE, last_seen=WHEN, since=WHEN, channels=("#general", "#dev")),
    )[1].text.splitlines()
    assert full[0] == "bob is offline"
    assert full[1].startswith("last seen 2024-05-1")
    assert full[2].startswith("guest since 2024-05-1")
    assert full[3] == "in #general, #dev"


def test_a_code_is_shown_with_the_line_to_type_elsewhere() -> None:
    """And until when it is good; the usual port need not be typed."""
    client, answer = carried(
        actions.AddDevice(), accounts.AddDeviceResult(id="1", code="K7QFM-2X9DB", expires=WHEN)
    )
    assert client.asked == [(accounts.AddDevice, {})]
    assert answer.text.splitlines() == [
        f"K7QFM-2X9DB makes one more device you, until {WHEN.astimezone():%H:%M}. Type there:",
        "chat-tui 192.168.1.20 --code K7QFM-2X9DB",
    ]


def test_a_code_of_a_server_here_says_what_to_type_on_another_machine() -> None:
    """Its address here leads nowhere from there."""
    client = Client()
    client.place = "127.0.0.1:7421"
    future = carry_out(client, actions.AddDevice(), "")
    assert future is not None
    client.answer(accounts.AddDeviceResult(id="1", code="K7QFM-2X9DB", expires=WHEN))
    lines = future.result(timeout=0).text.splitlines()
    assert lines[1] == "chat-tui 127.0.0.1:7421 --code K7QFM-2X9DB"
    assert lines[2] == "On another machine, write the address of this one in place of 127.0.0.1."
