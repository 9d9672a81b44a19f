"""What the desk holds as the values that widgets show."""

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace

from chat.client.changes import LatencyMeasured, LinkChanged, OutboxChanged, OutboxItem, Phase, Recalled
from chat.protocol.records import Member, Presence, Role, Status
from chat.tui.desk.entry_rows import Reader
from chat.tui.render.attention import Attention
from chat.tui.render.rows import Row, RowStatus
from chat.tui.render.status import Connection
from chat.tui.screens.showing import (
    keys_for,
    leaving_question,
    member_items,
    no_talk,
    server_sign,
    status_view,
    tab_items,
)
from tests.support.desk_feed import begun
from tests.support.frames import channel, direct, user, welcome
from tests.support.log_rows import own, said


def unseen(_: str) -> bool:
    """Nobody looks at anything."""
    return False


@pytest.mark.parametrize(
    ("ago", "words"), [(timedelta(), "at 09:30"), (timedelta(days=2), "at 09:30 on 15 May")]
)
def test_the_status_says_as_of_when_things_are_shown(ago: timedelta, words: str) -> None:
    """The day too, unless it is today."""
    setting = begun()
    setting.desk.be(Reader("", "ann", UTC))
    now = setting.feed.now()
    seen_at = now.replace(month=5, day=17, hour=9, minute=30) - ago if ago else now.replace(hour=9, minute=30)
    setting.apply(Recalled(seen_at), LinkChanged(Phase.DIALLING))
    assert status_view(setting.feed).last_seen == words


def test_a_tab_counts_what_calls_loudest() -> None:
    """Mentions of a channel before its unread messages; every message of a person."""
    setting = begun(
        channel("a", unread=5, mentions=2), channel("b", unread=3), channel("c"), direct("bob", unread=4)
    )
    assert [(item.title, item.level, item.count) for item in tab_items(setting.desk, unseen)] == [
        ("#a", Attention.MENTION, 2),
        ("#b", Attention.UNREAD, 3),
        ("#c", Attention.NOTHING, 0),
        ("@bob", Attention.MENTION, 4),
    ]


def test_what_is_seen_does_not_call() -> None:
    """Whatever the server knows of it yet."""
    setting = begun(channel("a", unread=5, mentions=2))
    (item,) = tab_items(setting.desk, lambda _: True)
    assert (item.level, item.count) == (Attention.NOTHING, 0)


@pytest.mark.parametrize(
    ("link", "encrypted"),
    [
        (LinkChanged(Phase.OPEN, encrypted=True), True),
        (LinkChanged(Phase.OPEN), None),
        (LinkChanged(Phase.WAITING, encrypted=True), None),
    ],
)
def test_the_strip_names_the_server_and_says_when_nobody_reads_along(
    link: LinkChanged, encrypted: bool | None
) -> None:
    """That somebody might is said once, in the status line."""
    sign = server_sign(welcome(name="attic"), link)
    assert (sign.name, sign.encrypted) == ("attic", encrypted)


def test_before_the_server_said_its_name_the_address_stands_there() -> None:
    """One sees where one is going."""
    assert server_sign(None, LinkChanged(Phase.DIALLING, "attic:7420")).name == "attic:7420"


def test_the_status_of_a_connection() -> None:
    """Who one is, whether strangers can read along, how long an answer takes."""
    setting = begun()
    setting.apply(LatencyMeasured(0.0034))
    view = status_view(setting.feed)
    assert (view.connection, view.nick, view.encrypted) == (Connection.CONNECTED, "me", False)
    assert (view.latency_ms, view.detail, view.retry_in, view.waiting) == (3, "", None, 0)


@pytest.mark.parametrize(
    ("link", "connection", "detail", "retry_in"),
    [
        (LinkChanged(Phase.DIALLING, "attic", "It was refused."), Connection.CONNECTING, "attic", None),
        (LinkChanged(Phase.WAITING, cause="Gone.", retry_seconds=4), Connection.RECONNECTING, "Gone.", 4.0),
        (
            LinkChanged(Phase.WAITING, cause="Gone.", advice="Wrong port?"),
            Connection.RECONNECTING,
            "Gone. Wrong port?",
            0.0,
        ),
        (LinkChanged(Phase.ENDED, cause="Replaced."), Connection.OFFLINE, "Replaced.", None),
    ],
)
def test_the_status_without_a_connection(
    link: LinkChanged, connection: Connection, detail: str, retry_in: float | None
) -> None:
    """What is done about it, why it is so, when the next try is; nothing is said of secrecy."""
    setting = begun()
    setting.apply(link, OutboxChanged(OutboxItem("1", "c-general", "hi")))
    view = status_view(setting.feed)
    assert (view.connection, view.detail, view.retry_in) == (connection, detail, retry_in)
    assert (view.encrypted, view.waiting) == (None, 1)


@pytest.mark.parametrize(
    ("row", "keys"),
    [
        (own("n1"), ["E", "D", "+", "Esc", "Enter"]),
        (said(2), ["+", "P", "Y", "Esc", "Enter"]),
        (own("s1", status=RowStatus.FAILED), ["S", "B", "X", "Esc", "Enter"]),
    ],
)
def test_the_keys_of_a_selected_message_are_shown(row: Row, keys: list[str]) -> None:
    """Those that matter for it; the one that opens its menu stays longest where there is little room."""
    assert [hint.key for hint in keys_for(row, editing=False)] == keys


def test_while_editing_enter_saves() -> None:
    """It does not send then."""
    assert [hint.label for hint in keys_for(None, editing=True)][:2] == ["save", "leave it"]
    assert keys_for(None, editing=False)[0].label == "send"


def test_members_are_rows_with_role_note_and_oneself() -> None:
    """A note of somebody who is back is no note any more."""
    away = replace(user("bob"), status=Status.AWAY, status_text="lunch")
    back = replace(user("ann"), status_text="lunch")
    items = member_items(
        [
            Member(user=away, role=Role.OPERATOR, presence=Presence.AWAY),
            Member(user=back, presence=Presence.ONLINE),
        ],
        "u-ann",
    )
    assert [(item.nick, item.role, item.note, item.me) for item in items] == [
        ("bob", "op", "lunch", False),
        ("ann", "", "", True),
    ]


@pytest.mark.parametrize(
    ("unsent", "others", "words"),
    [
        (1, 0, ["1 of your messages was not sent yet."]),
        (2, 0, ["2 of your messages were not sent yet."]),
        (0, 1, ["1 other person is connected"]),
        (0, 3, ["3 other people are connected"]),
        (1, 2, ["was not sent", "2 other people"]),
    ],
)
def test_leaving_asks_when_something_would_be_lost(unsent: int, others: int, words: list[str]) -> None:
    """And says what."""
    items = [OutboxItem(str(number), "c", "hi") for number in range(unsent)]
    asked = leaving_question(items, others)
    assert asked is not None
    assert all(word in asked[1] for word in words)


def test_leaving_with_nothing_to_lose_asks_nothing() -> None:
    """One simply goes."""
    assert leaving_question([], 0) is None


def test_an_empty_screen_says_how_to_go_on() -> None:
    """Not before there is a connection, as nothing of it would work."""
    assert "/join" in no_talk(LinkChanged(Phase.OPEN))[0]
    assert "/join" not in no_talk(LinkChanged(Phase.WAITING))[0]


def test_why_there_is_no_connection_yet_stands_where_there_is_room_for_it() -> None:
    """The last line may be too short for all of it."""
    sentence, _ = no_talk(LinkChanged(Phase.WAITING, cause="Too many new devices came."))
    assert sentence.startswith("Too many new devices came. What is said stands here")


def test_who_is_asked_whether_to_believe_a_server_is_not_asked_to_log_in() -> None:
    """The question is above it; nothing is over yet."""
    doubted = LinkChanged(Phase.ENDED, cause="kitchen was never met from here.", doubted=True)
    text, line = no_talk(doubted)
    assert text.startswith(doubted.cause)
    assert line == "no connection yet"
    assert "/login" not in text


def test_who_is_not_let_in_reads_why_and_how_to_log_in() -> None:
    """In the place of the talk that there is not; the line is there for that one command."""
    link = LinkChanged(Phase.ENDED, cause="Guests are not let in.", wants_login=True)
    assert no_talk(link) == ("Guests are not let in. /login NICK asks for the password.", "/login NICK")
    sentence, _ = no_talk(LinkChanged(Phase.ENDED, cause="You were replaced."))
    assert sentence.startswith("You were replaced. What you wrote is kept.")
