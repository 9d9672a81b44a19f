"""What commands of operators, staff and accounts ask the server for, and what its answers come to."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chat.protocol import accounts, order, staff
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Ban, BanKind, Device, Gate, KnownUser, UserKind
from chat.tui.asked.account import changed, registered, token_told
from chat.tui.asked.answer import Answer
from chat.tui.carrying import NOWHERE, carry_out
from chat.tui.slash import account_actions, order_actions
from chat.tui.slash.actions import Action
from tests.support.frames import WHEN, user
from tests.tui.test_carrying import HERE, Client, carried

BOB = {"target": HERE, "user": "@bob"}
DONE: dict[str, Any] = {"id": "1", "conversation": HERE, "number": 7}
NOT_DONE: dict[str, Any] = {**DONE, "number": 0}


@pytest.mark.parametrize(
    ("action", "request_type", "fields"),
    [
        (order_actions.Invite("bob"), order.Invite, BOB),
        (order_actions.Invite("bob", "#dev"), order.Invite, {"target": "#dev", "user": "@bob"}),
        (order_actions.Kick("bob", "spam"), order.Kick, {**BOB, "reason": "spam"}),
        (
            order_actions.Ban("@bob", 60, "ads"),
            order.BanUsers,
            {"target": HERE, "mask": "@bob", "seconds": 60, "reason": "ads"},
        ),
        (order_actions.Unban("spam*"), order.Unban, {"target": HERE, "ban": "spam*"}),
        (order_actions.ShowBans(), order.Bans, {"target": HERE}),
        (order_actions.Mute("bob", 60), order.Mute, {**BOB, "seconds": 60, "reason": ""}),
        (order_actions.Unmute("bob"), order.Unmute, BOB),
        (order_actions.Grant("bob"), order.Grant, BOB),
        (order_actions.Revoke("bob"), order.Revoke, BOB),
        (
            order_actions.SetMode(private=True, slow_seconds=5),
            order.SetMode,
            {"target": HERE, "private": True, "read_only": None, "topic_locked": None, "slow_seconds": 5},
        ),
        (order_actions.Archive(), order.ArchiveChannel, {"target": HERE, "archived": True}),
        (order_actions.DeleteChannel("#dev"), order.DeleteChannel, {"target": "#dev"}),
        (order_actions.Announce("noon"), staff.Announce, {"text": "noon"}),
        (order_actions.Disconnect("bob", "x"), staff.Disconnect, {"user": "@bob", "reason": "x"}),
        (order_actions.SetGate(Gate.NO_GUESTS), staff.SetGate, {"gate": Gate.NO_GUESTS}),
        (order_actions.ShowStats(), staff.Stats, {}),
        (order_actions.ShowUsers(), staff.ListUsers, {}),
        (account_actions.ShowDevices(), accounts.Devices, {}),
        (account_actions.RevokeDevice("d7"), accounts.RevokeDevice, {"device": "d7"}),
        (account_actions.RevokeDevice(), accounts.RevokeDevice, {"device": ""}),
        (account_actions.Erase(), accounts.EraseMessages, {"user": ""}),
        (account_actions.Erase("bob"), accounts.EraseMessages, {"user": "@bob"}),
    ],
)
def test_one_request_stands_for_each_action(
    action: Action, request_type: Any, fields: dict[str, Any]
) -> None:
    """With the conversation in front, unless it names another."""
    client = Client()
    assert carry_out(client, action, HERE) is not None
    assert client.asked == [(request_type, fields)]


@pytest.mark.parametrize(
    ("action", "reply", "text"),
    [
        (order_actions.Invite("bob"), order.InviteResult(**DONE), ""),
        (order_actions.Invite("bob", "#dev"), order.InviteResult(**DONE), "bob may join #dev now."),
        (order_actions.Invite("bob"), order.InviteResult(**NOT_DONE), "bob may join already."),
        (order_actions.Kick("bob"), order.KickResult(**DONE), ""),
        (order_actions.Unban("spam*"), order.UnbanResult(**NOT_DONE), "There is no such ban."),
        (
            order_actions.Mute("bob", 600),
            order.MuteResult(**DONE),
            "bob can't write in this channel for 10 minutes.",
        ),
        (
            order_actions.Mute("bob"),
            order.MuteResult(**DONE),
            "bob can't write in this channel until /unmute.",
        ),
        (order_actions.Unmute("bob"), order.UnmuteResult(**DONE), "bob can write in this channel."),
        (order_actions.Grant("bob"), order.GrantResult(**NOT_DONE), "bob is an operator already."),
        (
            order_actions.ShowBans(),
            order.BansResult(id="1", conversation=HERE, bans=()),
            "Nobody is banned here.",
        ),
        (
            order_actions.Announce("noon"),
            staff.AnnounceResult(id="1", sessions=1),
            "It is told over 1 connection.",
        ),
        (
            order_actions.Disconnect("bob"),
            staff.DisconnectResult(id="1", sessions=2),
            "bob loses 2 connections.",
        ),
        (
            order_actions.SetGate(Gate.STAFF_ONLY),
            staff.SetGateResult(id="1", gate=Gate.STAFF_ONLY),
            "The server lets nobody in but administrators.",
        ),
        (
            account_actions.RevokeDevice(),
            accounts.RevokeDeviceResult(id="1", logged_out=2),
            "2 devices must log in again.",
        ),
        *(
            (account_actions.Erase(), accounts.EraseMessagesResult(id="1", messages=messages), text)
            for messages, text in (
                (0, "There is nothing to take back."),
                (1, "1 message is being taken back."),
                (1234, "1,234 messages are being taken back."),
            )
        ),
    ],
)
def test_an_answer_is_said_where_it_does_not_show_by_itself(action: Action, reply: Any, text: str) -> None:
    """What was so already shows nowhere, so it is said."""
    assert carried(action, reply)[1] == Answer(text)


def test_bans_of_all_pages_are_listed() -> None:
    """Each with until when, by whom and why."""
    one = Ban(ban="b1", kind=BanKind.NICK, mask="spam*", by="ben", since=WHEN, reason="ads")
    two = Ban(ban="b2", kind=BanKind.USER, mask="u7", nick="al", by="ben", since=WHEN, until=WHEN)
    pages = (
        order.BansResult(id="1", conversation=HERE, bans=(one,), next="b1"),
        order.BansResult(id="2", conversation=HERE, bans=(two,)),
    )
    first, second = carried(order_actions.ShowBans(), *pages)[1].text.splitlines()
    assert first == "spam*  for good, by ben: ads"
    assert second.startswith("al     until 2024-05-17 ")


def test_devices_are_listed_with_what_logs_one_out() -> None:
    """The one that asks is marked."""
    mine = Device(device="d1", client="chat-tui 1 on laptop", created=WHEN, last_used=WHEN, current=True)
    old = Device(device="d12", created=WHEN, last_used=WHEN)
    long = replace(old, client=f"chat-tui 0.1.0 on {'workstation-' * 9}", expires=WHEN + timedelta(days=30))
    reply = accounts.DevicesResult(id="1", devices=(mine, old, long))
    first, second, third, *how = carried(account_actions.ShowDevices(), reply)[1].text.splitlines()
    assert first == "d1   chat-tui 1 on laptop, this one"
    assert second == "d12  some program, used 2024-05-17"
    assert third == "d12  chat-tui 0.1.0 on workstation-works…, used 2024-05-17, until 2024-06-16"
    assert "/devices ID" in how[0]
    assert max(map(len, (third, *how))) <= 80
    assert how[1] == "The token of this device is in the keyring (Wallet)."


def test_where_the_token_is_goes_unsaid_when_that_is_not_known() -> None:
    """And a path that somebody else named is harmless."""
    assert token_told("") == ""
    assert "\x1b" not in token_told("in a file only you can read: /home/\x1b[31mred")


def test_users_and_stats_are_told_in_rows() -> None:
    """For administrators to read."""
    known = KnownUser(user=user("bob", kind=UserKind.REGISTERED), created=WHEN, here=True, disabled=True)
    users = carried(order_actions.ShowUsers(), staff.ListUsersResult(id="1", users=(known,)))[1].text
    assert users.splitlines() == ["1 known:", "bob  registered, disabled, here"]
    stats = staff.StatsResult(
        id="1",
        version="1.0",
        started=WHEN,
        gate=Gate.NO_GUESTS,
        links=3,
        users_here=2,
        users=9,
        conversations=4,
        queue=0,
        pending_bytes=12_000,
    )
    rows = carried(order_actions.ShowStats(), stats)[1].text
    assert "lets in        no guests" in rows
    assert "0 changes, 12,000 bytes to send" in rows


def test_a_channel_is_deleted_only_by_its_whole_name() -> None:
    """Without one nothing is asked for."""
    client, answer = carried(order_actions.DeleteChannel())
    assert (client.asked, answer.failed) == ([], True)
    assert "/delete-channel #CHANNEL" in answer.text


@pytest.mark.parametrize(
    "action",
    [
        order_actions.Kick("bob"),
        order_actions.ShowBans(),
        order_actions.Archive(),
        order_actions.Invite("bob"),
    ],
)
def test_what_keeps_order_here_needs_a_conversation_in_front(action: Action) -> None:
    """Without one the sentence says how to get one."""
    assert carried(action, here="")[1] == Answer(NOWHERE, failed=True)


@pytest.mark.parametrize(
    "action",
    [
        account_actions.Register(),
        account_actions.LogIn("ann"),
        account_actions.ChangePassword(),
        order_actions.ShowMode(),
        order_actions.Silence(),
    ],
)
def test_what_takes_a_password_or_asks_nothing_is_left_to_others(action: Action) -> None:
    """No action holds a password."""
    assert carry_out(Client(), action, HERE) is None


def test_a_refusal_says_how_long_to_wait() -> None:
    """For who shows it counting down."""
    refused = Refused(ErrorCode.RATE_LIMITED, "Too much.", retry_after_ms=1500)
    assert carried(order_actions.Kick("bob"), refused)[1] == Answer(
        "Too much.", failed=True, retry_seconds=1.5
    )


def test_an_account_that_was_made_or_changed_says_what_that_means() -> None:
    """With the way onto other devices."""
    assert "/login bob" in registered(accounts.RegisterResult(id="1", user=user("bob"))).text
    told = changed(accounts.ChangePasswordResult(id="1", logged_out=1)).text
    assert told == "Your new password counts. 1 device must log in again."
