"""What a hostile stranger writes, what is to be read of it, and a server that hands it on as it is."""

from chat.protocol.codec import Frame, encode
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import AnyEntry, Joined, Left, TopicChanged
from chat.protocol.events import Goodbye
from chat.protocol.records import Conversation, ConversationKind, Member, Presence
from chat.protocol.replies import (
    Error,
    HelloResult,
    HistoryResult,
    MarkReadResult,
    MembersResult,
    PingResult,
    SyncResult,
    WatchResult,
)
from chat.protocol.requests import AnyRequest, Hello, History, MarkRead, Members, Ping, Send, Sync, Watch
from tests.support.frames import WHEN, message, user, welcome
from tests.support.scripted_server import ScriptedLink

PAYLOADS = {
    "t01 \x07bell\x08\x0b\x0c\x0e\x0fshift": "t01 \ufffdbell\ufffd\ufffd\ufffd\ufffd\ufffdshift",
    "t02 rub\x7fout": "t02 rub\ufffdout",
    "t03 \x80\x9b31;1;5m \x9d0;c1\x9c": "t03 \ufffd\ufffd31;1;5m \ufffd0;c1\ufffd",
    "t04 \x1b[2J\x1b[5;31;7m\x1b[3;3Hred": "t04 \ufffd[2J\ufffd[5;31;7m\ufffd[3;3Hred",
    "t05 \x1b]0;owned\x07": "t05 \ufffd]0;owned\ufffd",
    "t06 \x1b]8;;ftp:evil\x1b\\x\x1b]8;;\x1b\\": "t06 \ufffd]8;;ftp:evil\ufffd\\x\ufffd]8;;\ufffd\\",
    "t07 \x1b]52;c;ZXZpbA==\x07": "t07 \ufffd]52;c;ZXZpbA==\ufffd",
    "t08 \x1bP$q\x22p\x1b\\dcs": 't08 \ufffdP$q"p\ufffd\\dcs',
    "t09 \x1b_Ga=T;AAAA\x1b\\apc": "t09 \ufffd_Ga=T;AAAA\ufffd\\apc",
    "t10 \x1b]52;c;unended": "t10 \ufffd]52;c;unended",
    "t11 \x1bPunended": "t11 \ufffdPunended",
    "t12 [/] [@click=app.quit]x[/] [link=https://x]": "t12 [/] [@click=app.quit]x[/] [link=https://x]",
    "t13 \u202egnp.exe \u2066in\u2069 end": "t13 gnp.exe in end",
    "t14 lone\x1b": "t14 lone\ufffd",
}
"""What is sent, and what is to be read of it."""
LAST = "t99 the end"
TOPIC = "on \x1b]0;topic\x07 [/] \u202e!"
TOPIC_SHOWN = "on \ufffd]0;topic\ufffd [/] !"
MARKUP_NICK = "[@click=app.quit]ev[/]"
BAD_NICK = "e\x1b]0;nick\x07\u202eve"
BAD_CHANNEL = "#a\x1b[2J"
STATUS = "\x1b[2Jgone [/]\u202e"
REASON = "\x1bPbye [/]\u202e"

LIVE = "t97 live \x1b]52;c;bGl2ZQ==\x07"
LIVE_SHOWN = "t97 live \ufffd]52;c;bGl2ZQ==\ufffd"
REFUSAL = "no \x1b]0;no\x07 [/]"
REFUSAL_SHOWN = "no \ufffd]0;no\ufffd [/]"
GOODBYE = "bye \x1b[2J [/]"
GOODBYE_SHOWN = "bye \ufffd[2J [/]"

_LOBBY = "c-general"


class HostileHost:
    """A server that hands on whatever it is given, and says such things itself; on the thread of its test."""

    def __init__(self, link: ScriptedLink) -> None:
        self._link = link
        texts = [*PAYLOADS, LAST]
        self._entries = tuple(
            message(number, text, who=BAD_NICK) for number, text in enumerate(texts, start=1)
        )
        self._last = len(texts)

    def serve(self) -> None:
        """Answer one client; refuse what it says first, end the link when it says something again."""
        self._say(welcome(name="host\x1b]0;x\x07", message_of_the_day="day\x1b[2J [/]\u202e"))
        request = self._until_send()
        self._say(*self._live())
        self._say(Error(id=request.id, code=ErrorCode.NOT_MEMBER, message=REFUSAL))
        self._until_send()
        self._say(Goodbye(reason=CloseReason.STOPPING, message=GOODBYE, reconnect=False))
        self._link.close()

    def _until_send(self) -> Send:
        while not isinstance(request := self._link.hear(), Send):
            self._say(self._answer(request))
        return request

    def _say(self, *frames: Frame) -> None:
        self._link.say_bytes(b"".join(encode(frame) for frame in frames))

    def _live(self) -> list[AnyEntry]:
        by = {"conversation": _LOBBY, "user": "u-mallory", "nick": BAD_NICK, "timestamp": WHEN}
        return [
            Joined(number=self._last + 1, **by),  # type: ignore[arg-type]
            TopicChanged(number=self._last + 2, topic=TOPIC, **by),  # type: ignore[arg-type]
            Left(number=self._last + 3, reason=REASON, **by),  # type: ignore[arg-type]
            message(self._last + 4, LIVE, who=BAD_NICK),
        ]

    def _answer(self, request: AnyRequest) -> Frame:
        asked = request.id
        match request:
            case Hello():
                reply: Frame = HelloResult(id=asked, version=1, user=user("ann"), device="d1")
            case Sync():
                reply = SyncResult(id=asked, conversations=(self._lobby(),))
            case History():
                reply = HistoryResult(
                    id=asked, conversation=_LOBBY, entries=self._entries, first=1, last=self._last
                )
            case Members():
                eve = Member(user=user(BAD_NICK, status_text=STATUS), presence=Presence.AWAY)
                reply = MembersResult(id=asked, conversation=_LOBBY, last=self._last, members=(eve,))
            case Watch():
                reply = WatchResult(id=asked, conversations=(_LOBBY,))
            case MarkRead(number=number):
                reply = MarkReadResult(id=asked, conversation=_LOBBY, read=number, last=self._last)
            case Ping():
                reply = PingResult(id=asked, time=WHEN)
            case _:
                reply = Error(id=asked, code=ErrorCode.UNKNOWN_REQUEST, message=REFUSAL)
        return reply

    def _lobby(self) -> Conversation:
        return Conversation(
            conversation=_LOBBY,
            kind=ConversationKind.CHANNEL,
            name=BAD_CHANNEL,
            topic=TOPIC,
            last=self._last,
            read=self._last,
        )
