"""What one may say in a talk, and what keeps one from it, before anybody types in vain."""

from datetime import UTC, timedelta

import pytest

from chat.client.mutes import Mute
from chat.protocol.records import ChannelMode, Conversation, Role
from chat.tui.desk.voice import FREE, Moment, Voice, objection, voice
from chat.tui.slash.preview import Kind, Preview
from tests.support.frames import WHEN, channel, direct, user

ME, ADMIN = user("you"), user("root", admin=True)
NOW = Moment(WHEN, UTC)
SLOW = Moment(WHEN, UTC, slow_left=11.5)
LATER = Mute(WHEN + timedelta(minutes=10))
READ_ONLY = channel(mode=ChannelMode(read_only=True))
LOCKED = channel(mode=ChannelMode(topic_locked=True))
CLOSED = channel(archived=True)
CAN_READ = "Only operators write in #general; you can read it."


@pytest.mark.parametrize(
    ("where", "mute", "moment", "expected"),
    [
        (channel(), None, NOW, FREE),
        (direct("bob"), Mute(), SLOW, FREE),
        (READ_ONLY, None, NOW, Voice("only operators write here", CAN_READ, topic=CAN_READ)),
        (LOCKED, None, NOW, Voice(topic="Only operators set the topic of #general.")),
        (channel(), None, SLOW, Voice("slow mode: again in 12 s", "Slow mode: it goes out in 12 s.", True)),
        (
            channel(),
            LATER,
            SLOW,
            Voice(
                "you are muted here until 09:40",
                *("You are muted in #general until 09:40.", False, "You are muted in #general until 09:40."),
            ),
        ),
        (channel(), Mute(WHEN), NOW, FREE),
    ],
)
def test_what_keeps_a_member_from_writing(
    where: Conversation, mute: Mute | None, moment: Moment, expected: Voice
) -> None:
    """The first reason that holds, as the server would say it; a mute whose time is over is none."""
    assert voice(ME, where, mute, moment) == expected


def test_a_mute_of_another_day_says_the_day_and_one_without_end_says_none() -> None:
    """So that nobody waits for the evening in vain."""
    assert voice(ME, channel(), Mute(WHEN + timedelta(days=3)), NOW).hush == (
        f"you are muted here until {WHEN + timedelta(days=3):%Y-%m-%d} 09:30"
    )
    assert voice(ME, channel(), Mute(), NOW).hush == "you are muted here"


@pytest.mark.parametrize("where", [READ_ONLY, LOCKED, channel(), CLOSED])
@pytest.mark.parametrize("me", [ME, ADMIN])
def test_who_keeps_order_may_write_but_where_a_channel_is_closed(where: Conversation, me: object) -> None:
    """Operators and administrators alike; what is closed they can open again."""
    there = where if me is ADMIN else channel(role=Role.OPERATOR, mode=where.mode, archived=where.archived)
    spoken = voice(me, there, LATER, SLOW)  # type: ignore[arg-type]
    assert (spoken == FREE) is (where is not CLOSED)
    assert (spoken.hush == "closed for writing") is (where is CLOSED)


@pytest.mark.parametrize(
    ("line", "where", "moment", "told"),
    [
        ("hi all", READ_ONLY, NOW, Preview(Kind.PROBLEM, CAN_READ)),
        ("/me waves", READ_ONLY, NOW, Preview(Kind.PROBLEM, CAN_READ)),
        ("/react 👍", READ_ONLY, NOW, Preview(Kind.PROBLEM, CAN_READ)),
        ("/delete", READ_ONLY, NOW, None),
        ("/topic tea", READ_ONLY, NOW, Preview(Kind.PROBLEM, CAN_READ)),
        ("/topic tea", LOCKED, NOW, Preview(Kind.PROBLEM, "Only operators set the topic of #general.")),
        ("hi all", channel(), SLOW, Preview(Kind.MESSAGE, "Slow mode: it goes out in 12 s.")),
        ("/react 👍", channel(), SLOW, None),
        ("/topic #tea tea", LOCKED, NOW, None),
        ("/topic", LOCKED, NOW, None),
        ("/msg bob hi", READ_ONLY, NOW, None),
        ("/nonsense", READ_ONLY, NOW, None),
        ("  ", READ_ONLY, NOW, None),
        ("hi all", LOCKED, NOW, None),
    ],
)
def test_a_line_that_would_be_refused_says_so_while_it_is_written(
    line: str, where: Conversation, moment: Moment, told: Preview | None
) -> None:
    """What goes elsewhere, or only shows something, has nothing against it."""
    assert objection(line, voice(ME, where, None, moment)) == told
