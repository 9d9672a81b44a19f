"""What keeping order changes of what a client knows: roles, modes, mutes, and channels that end."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chat.client.changes import (
    Announced,
    Change,
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    InvitedTo,
    MembersChanged,
)
from chat.client.mutes import Mute
from chat.client.state import ClientState
from chat.protocol import accounts, entries, events, order, replies, requests
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Ban, BanKind, ChannelMode, Member, Presence, Role, UserKind
from tests.support.frames import WHEN, channel
from tests.support.states import ANN, BEN, general, kinds, knowing, members, only


def did(kind: type[Any], number: int, who: str = "ben", **fields: Any) -> AnyEntry:
    """Somebody did something in #general."""
    entry: AnyEntry = kind(
        conversation="c-general", number=number, user=f"u-{who}", nick=who, timestamp=WHEN, **fields
    )
    return entry


def of_ann(kind: type[Any], number: int, **fields: Any) -> AnyEntry:
    """Ben did something to Ann."""
    return did(kind, number, member="u-ann", member_nick="ann", **fields)


def with_members() -> ClientState:
    """Ann and Ben are in #general, and the list of members is known."""
    state = knowing(channel(last=3, read=3, members=2))
    both = (Member(user=ANN, presence=Presence.ONLINE), Member(user=BEN, role=Role.OPERATOR))
    page, request = members(*both)
    state.apply(replace(page, last=3), request)
    return state


def test_ones_own_role_changes_record_and_list() -> None:
    """Told as both, so that whoever shows either draws it anew."""
    state = with_members()
    changes = state.apply(of_ann(entries.RoleChanged, 4, role=Role.OPERATOR))
    assert kinds(changes) == [EntriesAdded, ConversationChanged, MembersChanged]
    assert general(state).record.role is Role.OPERATOR
    assert general(state).members["u-ann"].role is Role.OPERATOR


def test_the_role_of_another_is_not_ones_own() -> None:
    """The record says what oneself may do."""
    state = with_members()
    ben = {"member": "u-ben", "member_nick": "ben", "role": Role.MEMBER}
    assert kinds(state.apply(did(entries.RoleChanged, 4, **ben))) == [EntriesAdded, MembersChanged]
    assert general(state).record.role is Role.MEMBER
    assert general(state).members["u-ben"].role is Role.MEMBER


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            did(entries.ModeChanged, 4, mode=ChannelMode(slow_seconds=30)),
            {"mode": ChannelMode(slow_seconds=30)},
        ),
        (did(entries.Archived, 4), {"archived": True}),
        (did(entries.Archived, 4, archived=False), {"archived": False}),
    ],
)
def test_the_rules_of_a_channel_are_folded_in(entry: AnyEntry, expected: dict[str, object]) -> None:
    """The record is what the server would tell now."""
    state = with_members()
    before = general(state).record
    state.apply(entry)
    assert general(state).record == replace(before, last=4, **expected)


def test_who_is_muted_is_marked_until_unmuted() -> None:
    """In the list of members; nobody else is."""
    state = with_members()
    assert MembersChanged in kinds(state.apply(of_ann(entries.Muted, 4, reason="caps")))
    assert [each.muted for each in general(state).members.values()] == [True, False]
    state.apply(of_ann(entries.Unmuted, 5))
    assert not general(state).members["u-ann"].muted


def test_who_becomes_an_operator_is_muted_no_more() -> None:
    """The server lifts it too, without an entry for it."""
    state = with_members()
    state.apply(of_ann(entries.Muted, 4))
    state.apply(of_ann(entries.RoleChanged, 5, role=Role.OPERATOR))
    assert not general(state).members["u-ann"].muted
    assert general(state).muted("u-ann") is None


def test_a_mute_says_until_when_and_is_over_by_itself() -> None:
    """No entry tells the end; whoever shows the list hears of it."""
    state, noon = with_members(), WHEN + timedelta(minutes=5)
    assert state.conversations.next_mute_end is None
    state.apply(of_ann(entries.Muted, 4, until=noon))
    assert general(state).muted("u-ann") == Mute(noon)
    assert state.conversations.next_mute_end == noon
    assert state.conversations.end_mutes(noon - timedelta(seconds=1)) == []
    assert general(state).members["u-ann"].muted
    assert kinds(state.conversations.end_mutes(noon)) == [MembersChanged]
    assert not general(state).members["u-ann"].muted
    assert general(state).muted("u-ann") is None
    assert state.conversations.next_mute_end is None


def test_until_when_somebody_is_muted_may_be_found_later_in_history() -> None:
    """As after a start: the list says that they are, an older entry until when; the newest one counts."""
    state = knowing(channel(last=9, read=9, members=1))
    page, request = members(Member(user=ANN, muted=True))
    state.apply(replace(page, last=9), request)
    assert general(state).muted("u-ann") == Mute()
    until = WHEN + timedelta(days=1)
    older = (of_ann(entries.Muted, 3), of_ann(entries.Unmuted, 5), of_ann(entries.Muted, 7, until=until))
    for entry in reversed(older):
        history = replies.HistoryResult(id="1", conversation="c-general", first=1, last=9, entries=(entry,))
        state.apply(history)
    assert general(state).muted("u-ann") == Mute(until)
    assert general(state).muted("u-ben") is None


def test_a_page_of_members_that_is_older_than_an_entry_is_brought_up() -> None:
    """The page may be on its way while somebody becomes an operator."""
    state = knowing(channel(last=3, members=2))
    state.apply(of_ann(entries.RoleChanged, 4, role=Role.OPERATOR))
    page, request = members(Member(user=ANN))
    state.apply(replace(page, last=3), request)
    assert general(state).members["u-ann"].role is Role.OPERATOR


def test_what_keeps_order_counts_for_nothing_unread() -> None:
    """Only messages of others do."""
    state = with_members()
    ban = Ban(ban="b1", kind=BanKind.NICK, mask="spam*", by="ben", since=WHEN)
    state.apply(did(entries.Banned, 4, ban=ban))
    state.apply(did(entries.Unbanned, 5, ban="b1", mask="spam*"))
    state.apply(did(entries.Invited, 6, guest="u-cleo", guest_nick="cleo"))
    record = general(state).record
    assert (record.last, record.unread, record.members) == (6, 0, 2)


def test_who_is_taken_out_leaves_the_list_and_the_count() -> None:
    """As who leaves by themselves does."""
    state = with_members()
    state.apply(did(entries.Left, 4, by="ann", reason="spam"))
    assert (general(state).record.members, list(general(state).members)) == (1, ["u-ann"])


def removed(state: ClientState, *frames: Any) -> ConversationRemoved:
    """How it was told that #general is gone."""
    changes: list[Change] = [change for frame in frames for change in state.apply(frame)]
    assert "c-general" not in state.conversations
    return only(ConversationRemoved, changes)


@pytest.mark.parametrize("ban", [{}, {"banned": True}, {"banned": True, "until": WHEN}])
@pytest.mark.parametrize("heard", [True, False])
def test_one_hears_by_whom_one_was_taken_out(ban: dict[str, Any], heard: bool) -> None:
    """And why, and until when; though the entry that says it came to others alone."""
    out = events.ConversationRemoved(conversation="c-general", number=4, reason="spam", by="ben", **ban)
    entry = did(entries.Left, 4, who="ann", by="ben", reason="spam", **ban)
    change = removed(with_members(), *([entry] if heard else []), out)
    assert (change.reason, change.by, change.deleted) == ("spam", "ben", False)
    assert (change.banned, change.until) == (ban.get("banned", False), ban.get("until"))


def test_who_was_taken_out_while_away_hears_that_it_happened() -> None:
    """The answer to `sync` names the channel no more, and nobody says why."""
    state = with_members()
    state.link_lost()
    change = only(
        ConversationRemoved, state.apply(replies.SyncResult(id="9", conversations=()), requests.Sync(id="9"))
    )
    assert change.reason == "that happened while you were not connected"


INVITATION = events.Invitation(conversation="c-den", name="#den", user="u-ben", nick="ben", timestamp=WHEN)


def test_an_invitation_is_told_and_kept_until_one_joins() -> None:
    """Joining on any device uses it up, and to who is in it already it says nothing."""
    state = with_members()
    assert state.apply(INVITATION) == [InvitedTo("c-den", "#den", "ben")]
    assert [each.name for each in state.invitations.values()] == ["#den"]
    joined = replies.JoinResult(id="1", conversation=channel("den", last=4), number=4, entries=())
    state.apply(joined)
    assert state.invitations == {}
    assert state.apply(INVITATION) == []
    state.apply(replies.PartResult(id="2", conversation="c-den", number=5))
    state.apply(replace(INVITATION))
    state.apply(events.ConversationAdded(conversation=channel("den", last=6)))
    assert state.invitations == {}


@pytest.mark.parametrize(
    "code", [ErrorCode.UNKNOWN_CONVERSATION, ErrorCode.INVITE_ONLY, ErrorCode.BANNED, ErrorCode.ARCHIVED]
)
@pytest.mark.parametrize("target", ["c-den", "#Den"])
def test_an_invitation_that_is_worth_nothing_any_more_is_gone(code: ErrorCode, target: str) -> None:
    """The channel was deleted, or one was banned since; what has other reasons leaves it."""
    state = knowing()
    state.apply(INVITATION)
    state.refused(requests.Join(id="7", send_id="s" * 16, target=target), code)
    assert bool(state.invitations) is (code is ErrorCode.ARCHIVED)


def test_refusals_of_other_requests_leave_invitations() -> None:
    """Only who wanted to join learns that it can't be."""
    state = knowing()
    state.apply(INVITATION)
    state.refused(requests.Whois(id="7", target="@ben"), ErrorCode.UNKNOWN_CONVERSATION)
    assert list(state.invitations) == ["c-den"]


def test_an_invitation_can_be_declined() -> None:
    """Nobody is told; another one counts again."""
    state = knowing()
    state.apply(INVITATION)
    state.decline("c-den")
    state.decline("c-den")
    assert state.invitations == {}
    assert state.apply(INVITATION) == [InvitedTo("c-den", "#den", "ben")]


def test_invitations_are_ones_own() -> None:
    """Somebody else, and a restored server, knows nothing of them."""
    state = with_members()
    state.apply(INVITATION)
    state.apply(replies.HelloResult(id="1", version=1, user=BEN, device="d9", created=False))
    assert state.invitations == {}


def test_a_deleted_channel_is_gone_with_its_last_entry() -> None:
    """And what tells so once more is no news."""
    out = events.ConversationRemoved(conversation="c-general", number=4)
    change = removed(with_members(), did(entries.ChannelDeleted, 4), out)
    assert (change.by, change.deleted) == ("ben", True)


def test_who_deletes_a_channel_is_out_with_the_answer() -> None:
    """No event says so to the one who asked."""
    change = removed(with_members(), order.DeleteChannelResult(id="9", conversation="c-general", number=4))
    assert change.conversation.name == "#general"


def test_an_account_is_known_as_such_at_once() -> None:
    """The answer to `register` has the new record."""
    state = knowing()
    account = replace(ANN, kind=UserKind.REGISTERED, version=2)
    state.apply(accounts.RegisterResult(id="3", user=account))
    assert state.me == account


def test_an_announcement_is_told() -> None:
    """It belongs to no conversation."""
    event = events.Announced(nick="root", text="restart at noon", timestamp=WHEN)
    assert knowing().apply(event) == [Announced("root", "restart at noon", WHEN)]
