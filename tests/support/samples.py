"""One request of each kind that changes something, and what must have happened before so that it does.

A command that is not here fails the tests that ask for one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.records import Gate, Status
from chat.server.state.session import Session
from tests.support.hub import Hub, hello_fields
from tests.support.passwords import GOOD, OTHER
from tests.support.standing import make_admin, make_registered

Fields = Mapping[str, Any]
Prepare = Callable[[Hub, Session, Session], object]
"""Makes the world what it must be, of a hub with Ann and Ben."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A request that changes something, and what happens before it so that it does.

    Attributes:
        fields: of the request.
        prepare: what happens first.
        before: what Ann asks then.
        by_code: whether it takes a code of Ann's `add_device`.
        again: what it is refused with once it is done, where it has no `send_id` to know it by.
        anew: whether it is done once more instead, with whatever is left to be done, and noted once more.
    """

    fields: Fields
    prepare: tuple[Prepare, ...] = ()
    before: tuple[tuple[type[Request], Fields], ...] = ()
    by_code: bool = False
    again: ErrorCode | None = None
    anew: bool = False


def _second_device(hub: Hub, ann: Session, _: Session) -> None:
    hub.second_device(ann)


def _ann_is_staff(hub: Hub, ann: Session, _: Session) -> None:
    make_admin(hub, ann)


def _ben_has_an_account(hub: Hub, _: Session, ben: Session) -> None:
    make_registered(hub, ben)


def _cat_is_here(hub: Hub, _: Session, __: Session) -> None:
    hub.guest("cat", "c" * 64)


def _cat_has_an_account(hub: Hub, _: Session, __: Session) -> None:
    make_registered(hub, hub.guest("cat", "c" * 64))


_ONE = {"target": "#tea", "message": 4}
"""What Ann said before anything else."""
_LIKED = {**_ONE, "emoji": "👍"}
_TEA = {"target": "#tea"}
_BEN = {"target": "#tea", "user": "@ben"}
_CAT = {"user": "@cat"}
_CATS = {"target": "#tea", "mask": "cat*"}
_REGISTERED = ((accounts.Register, {"password": GOOD}),)

SAMPLES: dict[type[Request], tuple[Sample, ...]] = {
    requests.Hello: (
        Sample({**hello_fields("eve", "e" * 64), "new": True}),
        Sample({**hello_fields("ann", "p" * 64), "new": True}, by_code=True),
        Sample({**hello_fields("ann", "p" * 64), "new": True, "password": GOOD}, before=_REGISTERED),
    ),
    requests.CreateChannel: (Sample({"name": "#new", "topic": "all new"}),),
    requests.Join: (Sample({"target": "#den"}), Sample({"target": "#new"})),
    requests.Part: (Sample({**_TEA, "reason": "bye"}),),
    requests.OpenDirect: (Sample({"target": "@ben"}),),
    requests.Send: (Sample({**_TEA, "text": "hi @ben"}), Sample({"target": "@ben", "text": "hi"})),
    requests.Edit: (Sample({**_ONE, "text": "one!"}),),
    requests.Delete: (Sample(_ONE), Sample(_ONE, before=((requests.Edit, {**_ONE, "text": "one!"}),))),
    requests.React: (Sample(_LIKED), Sample({**_LIKED, "remove": True}, before=((requests.React, _LIKED),))),
    requests.Pin: (Sample(_ONE),),
    requests.Unpin: (Sample(_ONE, before=((requests.Pin, _ONE),)),),
    requests.SetTopic: (Sample({**_TEA, "topic": "green"}),),
    requests.SetStatus: (Sample({"status": Status.AWAY, "text": "at lunch"}),),
    requests.ChangeNick: (Sample({"nick": "anna"}),),
    requests.MarkRead: (Sample({**_TEA, "number": 5}),),
    order.Invite: (
        Sample({**_TEA, **_CAT}, (_cat_is_here,), before=((order.SetMode, {**_TEA, "private": True}),)),
    ),
    order.Kick: (Sample({**_BEN, "reason": "noise"}),),
    order.BanUsers: (Sample({**_TEA, "mask": "@ben", "reason": "noise", "seconds": 600}),),
    order.Unban: (Sample({**_TEA, "ban": "cat*"}, before=((order.BanUsers, _CATS),)),),
    order.Mute: (Sample({**_BEN, "seconds": 600}),),
    order.Unmute: (Sample(_BEN, before=((order.Mute, _BEN),)),),
    order.Grant: (Sample(_BEN),),
    order.Revoke: (Sample(_BEN, before=((order.Grant, _BEN),)),),
    order.SetMode: (Sample({**_TEA, "private": True, "slow_seconds": 30}),),
    order.ArchiveChannel: (Sample(_TEA),),
    order.DeleteChannel: (Sample(_TEA),),
    accounts.Register: (Sample({"password": GOOD}, again=ErrorCode.ALREADY_REGISTERED),),
    accounts.ChangePassword: (
        Sample(
            {"old": GOOD, "new": OTHER},
            (_second_device,),
            before=_REGISTERED,
            anew=True,
        ),
    ),
    accounts.RevokeDevice: (Sample({}, (_second_device,), anew=True),),
    accounts.EraseMessages: (
        Sample({}, before=((requests.Send, {"target": "@ben", "text": "psst"}),), anew=True),
    ),
    staff.Disconnect: (Sample({**_CAT, "reason": "noise"}, (_ann_is_staff, _cat_is_here), anew=True),),
    staff.Announce: (Sample({"text": "tea is ready"}, (_ann_is_staff,), anew=True),),
    staff.SetGate: (Sample({"gate": Gate.NO_GUESTS}, (_ann_is_staff, _ben_has_an_account, _cat_is_here)),),
    staff.AddUser: (Sample({"nick": "cat", "password": GOOD}, (_ann_is_staff,), again=ErrorCode.NICK_TAKEN),),
    staff.SetPassword: (Sample({**_CAT, "password": GOOD}, (_ann_is_staff, _cat_has_an_account), anew=True),),
    staff.SetAdmin: (Sample({**_CAT, "admin": True}, (_ann_is_staff, _cat_has_an_account)),),
    staff.DisableUser: (Sample(_CAT, (_ann_is_staff, _cat_is_here)),),
}
"""Every request that waits in the journal's queue."""

READING = {
    requests.Sync,
    requests.ListChannels,
    requests.History,
    requests.Members,
    requests.Watch,
    requests.Whois,
    requests.Typing,
    requests.Ping,
    requests.Quit,
    order.Bans,
    accounts.AddDevice,
    accounts.Devices,
    accounts.ExportData,
    staff.Stats,
    staff.ListUsers,
    staff.Audit,
}
"""Requests that change nothing that is stored."""
