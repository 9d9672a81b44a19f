"""What keeps order, in words."""

import re
from datetime import UTC, timedelta
from typing import Any

import pytest

from chat.client.changes import ConversationRemoved, InvitedTo
from chat.protocol import entries
from chat.protocol.records import Ban, BanKind, ChannelMode, Role
from chat.tui.render.order_sentences import (
    Audience,
    announcement,
    banned_whom,
    invitation,
    order_sentence,
    rules,
    taken_out,
)
from tests.support.frames import WHEN, channel

SOON = WHEN + timedelta(hours=2)
CAROL = {"member": "u-carol", "member_nick": "carol"}


def ban(kind: BanKind = BanKind.NICK, mask: str = "spam*", **fields: Any) -> Ban:
    """A ban that Ben made."""
    return Ban(ban="b1", kind=kind, mask=mask, by="ben", since=WHEN, **fields)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (entries.Left, {"by": "ann", "reason": "spamming"}, "ann took ben out: spamming"),
        (entries.Left, {"by": "ann"}, "ann took ben out"),
        (entries.Invited, {"guest": "u-carol", "guest_nick": "carol"}, "ben invited carol"),
        (
            entries.Banned,
            {"ban": ban(until=SOON, reason="ads")},
            "ben banned spam* for 2 hours, until 11:30: ads",
        ),
        (entries.Banned, {"ban": ban(BanKind.USER, "u-carol", nick="carol")}, "ben banned carol"),
        (entries.Unbanned, {"ban": "b1", "mask": "spam*"}, "ben lifted the ban of spam*"),
        (
            entries.Muted,
            {**CAROL, "until": SOON, "reason": "caps"},
            "ben muted carol for 2 hours, until 11:30: caps",
        ),
        (
            entries.Muted,
            {**CAROL, "until": WHEN + timedelta(days=7)},
            f"ben muted carol for 7 days, until {WHEN + timedelta(days=7):%Y-%m-%d} 09:30",
        ),
        (entries.Muted, CAROL, "ben muted carol"),
        (entries.Unmuted, CAROL, "ben let carol write again"),
        (entries.RoleChanged, {**CAROL, "role": Role.OPERATOR}, "ben made carol an operator"),
        (entries.RoleChanged, {**CAROL, "role": Role.MEMBER}, "ben made carol a member like others"),
        (
            entries.ModeChanged,
            {"mode": ChannelMode(private=True)},
            "ben set the rules: only the invited may join",
        ),
        (entries.Archived, {}, "ben closed the channel for writing; it can still be read"),
        (entries.Archived, {"archived": False}, "ben opened the channel for writing again"),
        (entries.ChannelDeleted, {}, "ben deleted the channel"),
    ],
)
def test_who_did_what_to_whom_for_how_long_and_why(kind: Any, fields: dict[str, Any], sentence: str) -> None:
    """In one sentence; until when as the clock of who is told shows it."""
    entry = kind(conversation="c", number=1, user="u-ben", nick="ben", timestamp=WHEN, **fields)
    assert order_sentence(entry, Audience(zone=UTC)) == sentence
    hers = order_sentence(entry, Audience("u-carol", UTC))
    assert hers == re.sub(r"(muted|banned|made|let|invited) carol", r"\1 you", sentence)


def test_the_one_concerned_is_told_of_oneself_and_others_are_not() -> None:
    """Also of who was taken out, where one reads what happened before."""
    left = entries.Left(conversation="c", number=1, user="u-ben", nick="ben", timestamp=WHEN, by="ann")
    assert order_sentence(left, Audience("u-ben")) == "ann took you out"
    assert order_sentence(left, Audience("u-carol")) == "ann took ben out"


def test_all_rules_of_a_channel_are_told() -> None:
    """And where there is none, what that means."""
    mode = ChannelMode(private=True, read_only=True, slow_seconds=30, topic_locked=True)
    assert rules(mode) == (
        "only the invited may join, only operators write, a message every 30 seconds, "
        "only operators set the topic"
    )
    assert rules(ChannelMode()) == "everybody may join, write and set the topic"


def test_a_banned_person_is_named_by_nick_where_that_is_known() -> None:
    """Ids are for nobody to read."""
    assert banned_whom(ban(BanKind.USER, "u7", nick="carol")) == "carol"
    assert banned_whom(ban(BanKind.ADDRESS, "10.0.0.0/8")) == "10.0.0.0/8"


def gone(**fields: Any) -> str:
    """What one is told who is no longer in #dev."""
    return taken_out(ConversationRemoved(channel("dev"), **fields))


def test_who_was_taken_out_hears_why_and_what_next() -> None:
    """Who left by themselves hears nothing."""
    told = gone(reason="spam", by="ben")
    assert told == "ben took you out of #dev: spam. /join #dev goes back in, if they let you."
    assert gone(by="ben", deleted=True) == "ben deleted #dev with all that was said in it."
    assert gone(reason="bye") == "You are no longer in #dev: bye."
    assert gone() == ""


def test_who_is_banned_hears_until_when_as_the_clock_on_the_wall_shows_it() -> None:
    """Or nothing of an end, where there is none."""
    assert gone(by="ben", banned=True) == "ben banned you from #dev."
    until = f"{WHEN.astimezone():%Y-%m-%d %H:%M}"
    told = gone(reason="spam", by="ben", banned=True, until=WHEN)
    assert told == f"ben banned you from #dev until {until}: spam."


def test_who_is_invited_hears_by_whom_and_how_to_come() -> None:
    """The channel is in no list of theirs yet."""
    assert invitation(InvitedTo("c-dev", "#dev", "ben")) == "ben invites you to #dev: /join #dev goes there."


def test_an_announcement_says_from_whom_and_for_whom() -> None:
    """So that it passes for nothing else."""
    assert announcement("root", "restart at noon") == "root, for everybody: restart at noon"
