"""Samples of the frames that keep order, look after accounts and run the server; a part of `frames`."""

from datetime import UTC, datetime
from typing import Any

from chat.protocol import accounts, entries, events, order, records, staff

_WHEN = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
_SEND_ID = "0" * 32
_PASSWORD = "seven red boats"
_USER = records.User(id="u2", nick="ben")
_BAN = records.Ban(ban="b1", kind=records.BanKind.NICK, mask="spam*", by="ann", since=_WHEN)
_DEVICE = records.Device(device="d1", created=_WHEN, last_used=_WHEN)
_AUDITED = records.AuditRecord(number=1, timestamp=_WHEN, action="kick", hash="0" * 64)
_KNOWN = records.KnownUser(user=_USER, created=_WHEN)

_ENTRY: dict[str, Any] = {"conversation": "c1", "number": 7, "user": "u1", "nick": "ann", "timestamp": _WHEN}
_ASKED: dict[str, Any] = {"id": "30", "send_id": _SEND_ID, "target": "#new"}
_DONE: dict[str, Any] = {"id": "30", "conversation": "c1", "number": 7}

ENTRIES: tuple[entries.AnyEntry, ...] = (
    entries.Invited(guest="u2", guest_nick="ben", **_ENTRY),
    entries.Banned(ban=_BAN, **_ENTRY),
    entries.Unbanned(ban="b1", mask="spam*", **_ENTRY),
    entries.Muted(member="u2", member_nick="ben", until=_WHEN, **_ENTRY),
    entries.Unmuted(member="u2", member_nick="ben", **_ENTRY),
    entries.RoleChanged(member="u2", member_nick="ben", role=records.Role.OPERATOR, **_ENTRY),
    entries.ModeChanged(mode=records.ChannelMode(private=True), **_ENTRY),
    entries.Archived(**_ENTRY),
    entries.ChannelDeleted(**_ENTRY),
)

EVENTS = (
    events.Announced(nick="root", text="restart at noon", timestamp=_WHEN),
    events.Invitation(conversation="c1", name="#new", nick="ann", user="u1", timestamp=_WHEN),
)

REQUESTS = (
    order.Invite(user="@ben", **_ASKED),
    order.Kick(user="@ben", **_ASKED),
    order.BanUsers(mask="spam*", seconds=60, **_ASKED),
    order.Unban(ban="b1", **_ASKED),
    order.Bans(id="30", target="#new"),
    order.Mute(user="@ben", **_ASKED),
    order.Unmute(user="@ben", **_ASKED),
    order.Grant(user="@ben", **_ASKED),
    order.Revoke(user="@ben", **_ASKED),
    order.SetMode(private=True, slow_seconds=5, **_ASKED),
    order.ArchiveChannel(**_ASKED),
    order.DeleteChannel(**_ASKED),
    accounts.Register(id="31", password=_PASSWORD),
    accounts.ChangePassword(id="32", old=_PASSWORD, new="eight red boats"),
    accounts.Devices(id="33"),
    accounts.RevokeDevice(id="34", device="d1"),
    accounts.ExportData(id="35"),
    accounts.EraseMessages(id="36"),
    staff.Stats(id="37"),
    staff.Disconnect(id="38", user="@ben"),
    staff.Announce(id="39", text="restart at noon"),
    staff.SetGate(id="40", gate=records.Gate.NO_GUESTS),
    staff.AddUser(id="41", nick="ben", password=_PASSWORD),
    staff.ListUsers(id="42"),
    staff.SetPassword(id="43", user="@ben", password=_PASSWORD),
    staff.SetAdmin(id="44", user="@ben", admin=True),
    staff.DisableUser(id="45", user="@ben"),
    staff.Audit(id="46"),
)

REPLIES = (
    order.InviteResult(**_DONE),
    order.KickResult(**_DONE),
    order.BanResult(ban=_BAN, **_DONE),
    order.UnbanResult(**_DONE),
    order.BansResult(id="30", conversation="c1", bans=(_BAN,)),
    order.MuteResult(**_DONE),
    order.UnmuteResult(**_DONE),
    order.GrantResult(**_DONE),
    order.RevokeResult(**_DONE),
    order.SetModeResult(mode=records.ChannelMode(private=True), **_DONE),
    order.ArchiveChannelResult(**_DONE),
    order.DeleteChannelResult(**_DONE),
    accounts.RegisterResult(id="31", user=_USER),
    accounts.ChangePasswordResult(id="32", logged_out=1),
    accounts.DevicesResult(id="33", devices=(_DEVICE,)),
    accounts.RevokeDeviceResult(id="34", logged_out=1),
    accounts.ExportDataResult(id="35", user=_USER, entries=ENTRIES[:1]),
    accounts.EraseMessagesResult(id="36", messages=3),
    staff.StatsResult(
        id="37",
        version="1",
        started=_WHEN,
        gate=records.Gate.OPEN,
        links=3,
        users_here=2,
        users=5,
        conversations=4,
        queue=0,
        pending_bytes=0,
    ),
    staff.DisconnectResult(id="38", sessions=1),
    staff.AnnounceResult(id="39", sessions=2),
    staff.SetGateResult(id="40", gate=records.Gate.NO_GUESTS),
    staff.AddUserResult(id="41", user=_USER),
    staff.ListUsersResult(id="42", users=(_KNOWN,)),
    staff.SetPasswordResult(id="43", user=_USER),
    staff.SetAdminResult(id="44", user=_USER),
    staff.DisableUserResult(id="45", user=_USER, disabled=True),
    staff.AuditResult(id="46", records=(_AUDITED,), first=1),
)
