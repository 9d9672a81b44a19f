"""Who may ask what, as the promises have it: written once more, so that a wrong cell of the code's fails."""

from typing import Any

from chat.ids import new_token
from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.records import Gate
from chat.server.domain.permissions import Standing
from tests.support.hub import hello_fields

EVERYBODY = set(Standing)
ACCOUNTS = EVERYBODY - {Standing.GUEST}
KEEPERS = {Standing.OPERATOR, Standing.ADMINISTRATOR}
STAFF = {Standing.ADMINISTRATOR}
TEA = {"target": "#tea"}
SUE = {"target": "#tea", "user": "@sue"}

ALLOWED: dict[type[Request], tuple[set[Standing], dict[str, Any]]] = {
    requests.Hello: (EVERYBODY, {**hello_fields("una", new_token()), "new": True}),
    requests.Sync: (EVERYBODY, {}),
    requests.ListChannels: (EVERYBODY, {}),
    requests.CreateChannel: (EVERYBODY, {"name": "#new"}),
    requests.Join: (EVERYBODY, {"target": "#open"}),
    requests.Part: (EVERYBODY, TEA),
    requests.OpenDirect: (EVERYBODY, {"target": "@sue"}),
    requests.Send: (EVERYBODY, {**TEA, "text": "hello"}),
    requests.Edit: (EVERYBODY, {**TEA, "message": 0, "text": "new"}),
    requests.Delete: (EVERYBODY, {**TEA, "message": 0}),
    requests.React: (EVERYBODY, {**TEA, "message": 0, "emoji": "👍"}),
    requests.Pin: (EVERYBODY, {**TEA, "message": 0}),
    requests.Unpin: (EVERYBODY, {**TEA, "message": 0}),
    requests.History: (EVERYBODY, TEA),
    requests.Members: (EVERYBODY, TEA),
    requests.Watch: (EVERYBODY, {"targets": ["#tea"]}),
    requests.SetTopic: (EVERYBODY, {**TEA, "topic": "green"}),
    requests.SetStatus: (EVERYBODY, {"status": "away"}),
    requests.ChangeNick: (EVERYBODY, {"nick": "timothy"}),
    requests.Whois: (EVERYBODY, {"target": "@sue"}),
    requests.MarkRead: (EVERYBODY, {**TEA, "number": 1}),
    requests.Typing: (EVERYBODY, TEA),
    requests.Ping: (EVERYBODY, {}),
    requests.Quit: (EVERYBODY, {}),
    order.Invite: (KEEPERS, {**TEA, "user": "@nat"}),
    order.Kick: (KEEPERS, SUE),
    order.BanUsers: (KEEPERS, {**TEA, "mask": "@sue"}),
    order.Unban: (KEEPERS, {**TEA, "ban": "@sue"}),
    order.Bans: (KEEPERS, TEA),
    order.Mute: (KEEPERS, SUE),
    order.Unmute: (KEEPERS, SUE),
    order.Grant: (KEEPERS, SUE),
    order.Revoke: (KEEPERS, SUE),
    order.SetMode: (KEEPERS, {**TEA, "private": True}),
    order.ArchiveChannel: (KEEPERS, TEA),
    order.DeleteChannel: (KEEPERS, TEA),
    accounts.AddDevice: (EVERYBODY, {}),
    accounts.Register: (EVERYBODY, {"password": "three blue kettles"}),
    accounts.ChangePassword: (ACCOUNTS, {"old": "", "new": "three blue kettles"}),
    accounts.Devices: (EVERYBODY, {}),
    accounts.RevokeDevice: (EVERYBODY, {"device": "d999"}),
    accounts.ExportData: (EVERYBODY, {}),
    accounts.EraseMessages: (EVERYBODY, {}),
    staff.Stats: (STAFF, {}),
    staff.Disconnect: (STAFF, {"user": "@sue"}),
    staff.Announce: (STAFF, {"text": "hello"}),
    staff.SetGate: (STAFF, {"gate": Gate.OPEN}),
    staff.AddUser: (STAFF, {"nick": "new", "password": "three blue kettles"}),
    staff.ListUsers: (STAFF, {}),
    staff.SetPassword: (STAFF, {"user": "@sue", "password": "three blue kettles"}),
    staff.SetAdmin: (STAFF, {"user": "@sue", "admin": True}),
    staff.DisableUser: (STAFF, {"user": "@sue"}),
    staff.Audit: (STAFF, {}),
}
"""Who may ask it, and with what; message 0 stands for one that the one who asks wrote."""

DENIED = {
    ErrorCode.FORBIDDEN,
    ErrorCode.NOT_YOUR_MESSAGE,
    ErrorCode.MUTED,
    ErrorCode.NOT_MEMBER,
    ErrorCode.UNKNOWN_CONVERSATION,
}


def denied(code: ErrorCode | None, standing: Standing) -> bool:
    """Return whether a code says that it is not for people of a standing, and not something else."""
    return code in DENIED or (code is ErrorCode.NOT_REGISTERED and standing is Standing.GUEST)
