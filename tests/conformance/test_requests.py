"""Requests and replies: one for one, in order, with names and texts."""

import json

import pytest

from chat.ids import new_token
from chat.protocol.answering import Reply
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Created, Entry, Joined, Message, TopicChanged
from chat.protocol.replies import (
    ChangeNickResult,
    CreateChannelResult,
    Error,
    HelloResult,
    HistoryResult,
    JoinResult,
    PartResult,
    PingResult,
    SendResult,
    SetTopicResult,
    SyncResult,
)
from chat.protocol.requests import (
    ChangeNick,
    CreateChannel,
    Hello,
    History,
    Join,
    ListChannels,
    MarkRead,
    Members,
    OpenDirect,
    Part,
    Ping,
    Send,
    SetTopic,
    Sync,
    Typing,
    Watch,
    Whois,
)
from tests.support.people import People, Person

HOSTILE = "red \x1b[31m\x07 \u202eright\u2066 \U000e0041tag \ufdd0 \x85\ttab\nline"
LONG = b"x" * 65
CLEAN = "red \ufffd[31m\ufffd right tag  \ufffd\ttab\nline"


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody in #general."""
    return people.come("ann")


def test_every_request_gets_one_reply(ann: Person) -> None:
    """R1: Every request MUST get exactly one reply, with the same `id`."""
    asked = [
        ann.say(Send, target="#general", text="one"),
        ann.say(Send, target="#general", text=" "),
        ann.say(Join, target="#tea"),
        ann.say(Whois, target="@nobody"),
        ann.say(Members, target="#general"),
        ann.say(Hello, version_min=1, version_max=1, nick="ann", token=ann.token),
        ann.say(Ping),
        ann.say(Ping, id="the same id"),
        ann.say(Ping, id="the same id"),
    ]
    ann.link.barrier()
    replied = [frame.id for frame in ann.link.frames if isinstance(frame, Reply)]
    assert replied[-len(asked) - 1 : -1] == asked


def test_an_unknown_request_is_answered(ann: Person) -> None:
    """R2: A request of unknown `type` MUST be answered with `unknown_request`, and the link goes on."""
    ann.link.send_line(b'{"type":"dance","id":"d","tempo":120}')
    error = ann.link.expect(Error)
    assert (error.code, error.id, error.field) == (ErrorCode.UNKNOWN_REQUEST, "d", "type")
    ann.link.barrier()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"type":"send","id":"1","send_id":"requests-1","target":"#general"}', "text"),
        (b'{"type":"send","id":"1","send_id":"requests-1","target":"#general","text":5}', "text"),
        (b'{"type":"send","id":"1","send_id":"short","target":"#general","text":"hi"}', "send_id"),
        (b'{"type":"send","id":"1","send_id":"not a word","target":"#general","text":"hi"}', "send_id"),
        (b'{"type":"mark_read","id":"1","target":"#general","number":-1}', "number"),
        (b'{"type":"history","id":"1","target":"#general","limit":0}', "limit"),
        (b'{"type":"history","id":"1","target":"#general","before":2,"after":1}', "before"),
        (b'{"type":"members","id":"1","target":"#general","after":"x"}', "after"),
        (b'{"type":"sync","id":"1","after":"x"}', "after"),
        (b'{"type":"set_status","id":"1","status":"offline"}', "status"),
        (b'{"id":"1"}', "type"),
    ],
)
def test_a_wrong_field_is_named(ann: Person, line: bytes, field: str) -> None:
    """The client need not guess.

    R3: A request with a field that is missing or wrong MUST be answered with `invalid_request`, and `field`
    names it.
    """
    ann.link.send_line(line)
    error = ann.link.expect(Error)
    assert (error.code, error.id, error.field) == (ErrorCode.INVALID_REQUEST, "1", field)


def test_an_id_that_can_not_be_read_is_null(ann: Person) -> None:
    """R4: A reply to a line whose `id` can not be read MUST have null for `id`."""
    for line in (
        b"{}",
        b'{"type":"ping"}',
        b'{"type":"ping","id":5}',
        b'{"type":"ping","id":"%s"}' % (b"x" * 65),
    ):
        ann.link.send_line(line)
        assert ann.link.expect(Error).id is None


def test_names_that_differ_in_case_are_the_same(people: People, ann: Person) -> None:
    """R5: Two names that differ in case only MUST be the same name."""
    made = ann.get(JoinResult, Join, target="#Tea").conversation
    assert made.name == "#Tea"
    for name in ("#tea", "#TEA"):
        assert ann.get(JoinResult, Join, target=name).conversation.conversation == made.conversation
    assert ann.refused(CreateChannel, name="#tEA").code is ErrorCode.CHANNEL_EXISTS
    ben = people.come("ben")
    assert ben.refused(ChangeNick, nick="ANN").code is ErrorCode.NICK_TAKEN
    assert ann.get(ChangeNickResult, ChangeNick, nick="Ann").user.nick == "Ann"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (CreateChannel, {"name": "tea"}),
        (CreateChannel, {"name": "#two words"}),
        (Join, {"target": "#"}),
        (Join, {"target": "#a\x1b"}),
        (Part, {"target": "#,"}),
        (OpenDirect, {"target": "@"}),
        (Send, {"target": "@two words", "text": "hi"}),
        (History, {"target": "##"}),
        (Members, {"target": "#" + "x" * 64}),
        (Watch, {"targets": ["#general", "# "]}),
        (SetTopic, {"target": "#!", "topic": ""}),
        (ChangeNick, {"nick": "#ann"}),
        (ChangeNick, {"nick": "x" * 33}),
        (ChangeNick, {"nick": "admin"}),
        (Whois, {"target": "@@"}),
        (MarkRead, {"target": "#\u202e", "number": 1}),
        (Typing, {"target": "@#"}),
    ],
)
def test_an_illegal_name_is_refused(ann: Person, kind: type[Request], fields: dict[str, object]) -> None:
    """R6: A name that is not legal MUST be refused with `invalid_name`, whichever request brought it."""
    assert ann.refused(kind, **fields).code is ErrorCode.INVALID_NAME


def test_an_illegal_nick_is_refused_at_the_door(people: People) -> None:
    """Also `hello` brings a name."""
    link = people.link()
    hello = Hello(id="h", version_min=1, version_max=1, nick=" ", token=new_token(), new=True)
    link.read()
    assert isinstance(error := link.ask(hello), Error)
    assert (error.code, error.field) == (ErrorCode.INVALID_NAME, "nick")


def test_stored_text_is_clean(people: People, ann: Person) -> None:
    """Whoever reads it with whatever program is safe.

    R7: In stored text control characters MUST be U+FFFD, but for newline and tab; bidirectional overrides
    and isolates, tag characters and noncharacters MUST be gone.
    """
    ben = people.come("ben")
    ann.get(SendResult, Send, target="#general", text=HOSTILE)
    ann.get(SetTopicResult, SetTopic, target="#general", topic=HOSTILE)
    said, topic = ben.news()
    assert isinstance(said, Message)
    assert said.text == CLEAN
    assert isinstance(topic, TopicChanged)
    assert topic.topic == CLEAN.replace("\n", " ").replace("\t", " ")
    ann.get(PartResult, Part, target="#general", reason=HOSTILE)
    page = ben.get(HistoryResult, History, target="#general")
    assert [entry.text for entry in page.entries if isinstance(entry, Message)] == [CLEAN]
    assert "\x1b" not in json.dumps(str(page.entries), ensure_ascii=False)


def test_the_sender_learns_what_was_stored(ann: Person) -> None:
    """R8: The reply to a `send` MUST carry the text as it is stored."""
    assert ann.get(SendResult, Send, target="#general", text=f"\n\n{HOSTILE}\n").text == CLEAN


def test_replies_keep_the_order_of_requests(ann: Person) -> None:
    """R9: Replies MUST come in the order of their requests."""
    asked = []
    for turn in range(20):
        asked.append(ann.say(Send, target="#general", text=f"turn {turn}"))
        asked.append(ann.say(Send, target="#nowhere", text="refused"))
        asked.append(ann.say(ListChannels))
        ann.link.send_line(b'{"type":"dance","id":"d%d"}' % turn)
        asked.append(f"d{turn}")
        asked.append(ann.say(Join, target=f"#c{turn}"))
    ann.link.barrier()
    replied = [frame.id for frame in ann.link.frames if isinstance(frame, Reply)]
    assert replied[-len(asked) - 1 : -1] == asked


def test_entries_come_before_the_reply_that_tells_of_them(ann: Person) -> None:
    """A client never has to wonder whether something is still to come.

    R10: Entries that a request made MUST come before its reply; those that brought one in by `join` or
    `create_channel` do not come, since the `last` of the reply counts them.
    """
    made = ann.get(CreateChannelResult, CreateChannel, name="#tea", topic="green")
    joined = ann.get(JoinResult, Join, target="#cake")
    assert (made.conversation.last, joined.conversation.last) == (3, 2)
    assert ann.news() == []
    for kind, fields in (
        (Send, {"text": "hi"}),
        (SetTopic, {"topic": "tea"}),
        (Part, {"reason": "bye"}),
    ):
        reply = ann.ask(kind, target="#general", **fields)
        *before, last = ann.link.frames
        assert last is reply
        assert isinstance(entry := before[-1], Entry)
        assert isinstance(reply, SendResult | SetTopicResult | PartResult)
        assert entry.number == reply.number


def test_ping_is_a_barrier(people: People, ann: Person) -> None:
    """So a client knows where it stands.

    R11: When `ping` is answered, everything that was asked before it MUST have been answered, and every
    entry that was stored before MUST have been told: it is a barrier.
    """
    ben = people.come("ben")
    sends = [ann.say(Send, target="#general", text=f"number {number}") for number in range(50)]
    ann.link.barrier()
    assert isinstance(ann.link.frames[-1], PingResult)
    replied = [frame.id for frame in ann.link.frames if isinstance(frame, SendResult)]
    assert replied == sends
    assert len([entry for entry in ben.news() if isinstance(entry, Message)]) == 50


def test_nobody_waits_for_a_reply_before_asking_more(people: People) -> None:
    """A whole session may be said at once.

    R12: A server MUST NOT make a client wait for a reply before it asks more: `history` directly behind a
    `send` shows what was sent.
    """
    link = people.link()
    ann = "ann"
    hello = Hello(id="h", version_min=1, version_max=1, nick=ann, token=new_token(), new=True)
    for request in (
        hello,
        Sync(id="s"),
        Join(id="j", send_id="requests-1", target="#tea"),
        Send(id="m", send_id="requests-2", target="#tea", text="kettle"),
        History(id="t", target="#tea"),
    ):
        link.send(request)
    page = link.reply_to("t")
    assert isinstance(page, HistoryResult)
    assert [type(entry) for entry in page.entries] == [Created, Joined, Message]
    replies = [type(frame) for frame in link.frames if isinstance(frame, Reply)]
    assert replies == [HelloResult, SyncResult, JoinResult, SendResult, HistoryResult]
