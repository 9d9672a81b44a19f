"""One valid sample of every frame there is, and short ways to make the frames that tests need most."""

from datetime import UTC, datetime

from chat.protocol import accounts, entries, events, records, replies, requests
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.events import AnyEvent
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest
from tests.support import keeping_frames

WHEN = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
TOKEN = "ab" * 32
SEND_ID = "0" * 32

LIMITS = records.Limits(
    line_bytes=65536,
    line_bytes_before_hello=4096,
    text_characters=4000,
    text_bytes=16384,
    topic_characters=300,
    status_characters=100,
    nick_characters=32,
    channel_characters=64,
    page_bytes=32768,
    page_entries=200,
    join_entries=50,
    sends_in_flight=64,
    requests_before_hello=20,
    login_seconds=20,
    typing_seconds=6,
    reaction_characters=32,
    message_reactions=1000,
    message_emoji=50,
    conversation_pins=50,
    device_code_seconds=600,
    password_characters=8,
    password_bytes=1024,
    guests=True,
    registration=True,
)


def user(name: str, version: int = 1, **fields: object) -> records.User:
    """A person whose id is made of the name."""
    return records.User(id=f"u-{name}", nick=name, version=version, **fields)  # type: ignore[arg-type]


def channel(name: str = "general", last: int = 0, **fields: object) -> records.Conversation:
    """A channel as its member sees it; its id is made of the name."""
    return records.Conversation(
        conversation=f"c-{name}",
        kind=records.ConversationKind.CHANNEL,
        name=f"#{name}",
        last=last,
        **fields,  # type: ignore[arg-type]
    )


def direct(peer: str, last: int = 0, **fields: object) -> records.Conversation:
    """A direct conversation with a person; its id is made of the nick."""
    return records.Conversation(
        conversation=f"d-{peer}",
        kind=records.ConversationKind.DIRECT,
        peer=user(peer),
        last=last,
        **fields,  # type: ignore[arg-type]
    )


def message(
    number: int, text: str = "hi", who: str = "ann", where: str = "c-general", **fields: object
) -> entries.Message:
    """A message as an entry."""
    return entries.Message(
        conversation=where,
        number=number,
        user=f"u-{who}",
        nick=who,
        timestamp=WHEN,
        text=text,
        **fields,  # type: ignore[arg-type]
    )


def welcome(**fields: object) -> events.Welcome:
    """The first line of a server; fields given win over the sample's."""
    sample: dict[str, object] = {
        "server_id": "5" * 32,
        "epoch": "e" * 16,
        "version_min": 1,
        "version_max": 1,
        "name": "test",
        "software": "scripted/1",
        "time": WHEN,
        "heartbeat_seconds": 30,
        "grace_seconds": 15,
        "limits": LIMITS,
    }
    return events.Welcome(**sample | fields)  # type: ignore[arg-type]


_ENTRY = {"conversation": "c1", "number": 7, "user": "u1", "nick": "ann", "timestamp": WHEN}

EVERY_ENTRY: tuple[AnyEntry, ...] = (
    entries.Created(kind=records.ConversationKind.CHANNEL, name="#general", **_ENTRY),  # type: ignore[arg-type]
    entries.Message(text="hi", **_ENTRY),  # type: ignore[arg-type]
    entries.Edited(message=3, text="hi!", **_ENTRY),  # type: ignore[arg-type]
    entries.Deleted(message=3, **_ENTRY),  # type: ignore[arg-type]
    entries.Reacted(message=3, emoji="👍", **_ENTRY),  # type: ignore[arg-type]
    entries.Pinned(message=3, **_ENTRY),  # type: ignore[arg-type]
    entries.Unpinned(message=3, **_ENTRY),  # type: ignore[arg-type]
    entries.TopicChanged(topic="all sorts", **_ENTRY),  # type: ignore[arg-type]
    entries.Joined(**_ENTRY),  # type: ignore[arg-type]
    entries.Left(reason="bye", **_ENTRY),  # type: ignore[arg-type]
    *keeping_frames.ENTRIES,
)

EVERY_EVENT: tuple[AnyEvent, ...] = (
    welcome(),
    events.Goodbye(reason=CloseReason.STOPPING, message="bye", reconnect=True),
    events.UserChanged(user=user("ann"), old_nick="anne"),
    events.ReadMarked(conversation="c1", user="u1", number=3, timestamp=WHEN),
    events.TypingSeen(conversation="c1", user="u1", nick="ann"),
    events.PresenceChanged(user="u1", nick="ann", presence=records.Presence.AWAY),
    events.ConversationAdded(conversation=channel()),
    events.ConversationRemoved(conversation="c1", number=9),
    *keeping_frames.EVENTS,
    *EVERY_ENTRY,
)

EVERY_REQUEST: tuple[AnyRequest, ...] = (
    requests.Hello(id="1", version_min=1, version_max=1, nick="ann", token=TOKEN),
    requests.Sync(id="2"),
    requests.ListChannels(id="3"),
    requests.CreateChannel(id="4", send_id=SEND_ID, name="#new"),
    requests.Join(id="5", send_id=SEND_ID, target="#new"),
    requests.Part(id="6", send_id=SEND_ID, target="#new"),
    requests.OpenDirect(id="7", target="@ben"),
    requests.Send(id="8", send_id=SEND_ID, target="#new", text="hi"),
    requests.Edit(id="20", send_id=SEND_ID, target="#new", message=3, text="hi!"),
    requests.Delete(id="21", send_id=SEND_ID, target="#new", message=3),
    requests.React(id="22", send_id=SEND_ID, target="#new", message=3, emoji="👍"),
    requests.Pin(id="23", send_id=SEND_ID, target="#new", message=3),
    requests.Unpin(id="24", send_id=SEND_ID, target="#new", message=3),
    requests.History(id="9", target="#new", before=9),
    requests.Members(id="10", target="#new"),
    requests.Watch(id="11", targets=["#new"]),
    requests.SetTopic(id="12", send_id=SEND_ID, target="#new", topic="t"),
    requests.SetStatus(id="13", status=records.Status.AWAY),
    requests.ChangeNick(id="14", nick="anna"),
    requests.Whois(id="15", target="@ben"),
    requests.MarkRead(id="16", target="#new", number=3),
    accounts.AddDevice(id="25"),
    requests.Typing(id="17", target="#new"),
    requests.Ping(id="18"),
    requests.Quit(id="19"),
    *keeping_frames.REQUESTS,
)

EVERY_REPLY: tuple[AnyReply, ...] = (
    replies.Error(id="1", code=ErrorCode.NICK_TAKEN, message="Somebody has it."),
    replies.HelloResult(id="1", version=1, user=user("ann"), device="d1"),
    replies.SyncResult(id="2", conversations=(channel(),)),
    replies.ListChannelsResult(id="3", channels=()),
    replies.CreateChannelResult(id="4", conversation=channel("new"), number=2),
    replies.JoinResult(id="5", conversation=channel("new"), number=2),
    replies.PartResult(id="6", conversation="c1", number=3),
    replies.OpenDirectResult(id="7", conversation=direct("ben")),
    replies.SendResult(id="8", conversation="c1", number=4, timestamp=WHEN, text="hi", send_id=SEND_ID),
    replies.EditResult(id="1", conversation="c1", number=9, message=3, text="hi!"),
    replies.DeleteResult(id="1", conversation="c1", number=9, message=3),
    replies.ReactResult(id="1", conversation="c1", number=9, message=3),
    replies.PinResult(id="1", conversation="c1", number=9, message=3),
    replies.UnpinResult(id="1", conversation="c1", number=9, message=3),
    replies.HistoryResult(id="9", conversation="c1", entries=EVERY_ENTRY[1:2], first=1, last=7),
    replies.MembersResult(id="10", conversation="c1", last=9, members=(records.Member(user=user("ann")),)),
    replies.WatchResult(id="11", conversations=("c1",)),
    replies.SetTopicResult(id="12", conversation="c1", number=5, topic="t"),
    replies.SetStatusResult(id="13", user=user("ann")),
    replies.ChangeNickResult(id="14", user=user("anna", version=2)),
    replies.WhoisResult(id="15", user=user("ben"), presence=records.Presence.ONLINE),
    replies.MarkReadResult(id="16", conversation="c1", read=3, last=9, unread=5, mentions=1),
    accounts.AddDeviceResult(id="1", code="ABCDE-FGHJK", expires=WHEN),
    replies.TypingResult(id="17"),
    replies.PingResult(id="18", time=WHEN),
    replies.QuitResult(id="19"),
    *keeping_frames.REPLIES,
)
