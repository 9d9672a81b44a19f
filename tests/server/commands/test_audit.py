"""What the audit log has of each request: one record of what is noted, and no secret."""

from typing import Any

import pytest

from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.records import AuditRecord, Gate
from chat.protocol.replies import Error
from chat.server.commands.table import COMMANDS
from chat.server.domain.audit import broken_at
from chat.server.domain.permissions import Standing
from chat.server.state.session import Session
from tests.support.passwords import GOOD
from tests.support.rights import ALLOWED, SUE, TEA
from tests.support.standing import Tearoom

SECRET = "marked words"
MARKED: dict[type[Request], dict[str, Any]] = {
    requests.Send: {"text": SECRET},
    requests.Edit: {"text": f"{SECRET}, edited"},
    requests.SetTopic: {"topic": SECRET},
    requests.SetStatus: {"status": "away", "text": SECRET},
    requests.CreateChannel: {"name": "#new", "topic": SECRET},
    requests.Part: {"reason": SECRET},
    accounts.ChangePassword: {"old": GOOD, "new": f"{SECRET} as a password"},
    staff.Announce: {"text": SECRET},
    staff.AddUser: {"nick": "new", "password": f"{SECRET} as a password"},
    staff.SetPassword: {"user": "@sue", "password": f"{SECRET} as a password"},
    staff.SetGate: {"gate": Gate.STAFF_ONLY},
}
"""What a request has to say that nobody is to read in the log, or what makes it change something."""
BEFORE: dict[type[Request], tuple[type[Request], dict[str, Any]]] = {
    order.Unban: (order.BanUsers, {**TEA, "mask": "@sue"}),
    order.Unmute: (order.Mute, SUE),
    order.Revoke: (order.Grant, SUE),
}
"""What another one had done before, so that it can be undone."""
KEEPS_ORDER = {
    *(kind for kind in ALLOWED if kind.__module__ == order.__name__ and kind is not order.Bans),
    *(kind for kind in ALLOWED if kind.__module__ == staff.__name__),
} - {staff.Stats, staff.ListUsers, staff.Audit}
NOTED = KEEPS_ORDER | {accounts.EraseMessages}
"""What leaves a record; who takes back all that they said does too, for backups that still have it."""


def log(tea: Tearoom) -> list[AuditRecord]:
    """Return all of it, the oldest first."""
    return tea.hub.store.inside.audit(limit=99)[::-1]


def tearoom() -> tuple[Tearoom, Session]:
    """Tim, who may do everything, in #tea, where he and Sue said something; both have accounts."""
    tea = Tearoom()
    tea.hub.guest("nat")
    tim = tea.of(Standing.ADMINISTRATOR)
    for each in (tea.sue, tim):
        tea.hub.ask(each, accounts.Register, password=GOOD)
        tea.hub.ask(each, requests.Send, **TEA, text=f"{SECRET}, said before")
    return tea, tim


@pytest.mark.parametrize(
    "kind", [kind for kind in ALLOWED if kind in COMMANDS], ids=lambda kind: str(kind.__struct_config__.tag)
)
def test_what_is_noted_leaves_one_record_and_nothing_else_does(kind: type[Request]) -> None:
    """Who did it and when; nothing that was said, no password and no token, whatever is asked."""
    tea, tim = tearoom()
    if kind in BEFORE:
        first, given = BEFORE[kind]
        tea.hub.ask(tea.olaf, first, **given)
    before = len(log(tea))
    fields = ALLOWED[kind][1] | MARKED.get(kind, {})
    if fields.get("message") == 0:
        fields |= {"message": tea.hub.ask(tim, requests.Send, **TEA, text=SECRET).number}
    reply = tea.hub.ask(tea.hub.connect() if kind is requests.Hello else tim, kind, **fields)
    noted = log(tea)[before:]
    assert len(noted) == (kind in NOTED), (noted, reply)
    assert [each.nick for each in noted] == ["tim"] * len(noted)
    assert broken_at(log(tea)) is None
    secrets = [SECRET, GOOD, "argon2", str(fields.get("token") or SECRET)]
    assert not [each for each in log(tea) if any(secret in repr(each) for secret in secrets)]


@pytest.mark.parametrize(
    "kind",
    [kind for kind in ALLOWED if kind in KEEPS_ORDER],
    ids=lambda kind: str(kind.__struct_config__.tag),
)
def test_what_is_refused_leaves_no_record(kind: type[Request]) -> None:
    """It was not done."""
    tea = Tearoom()
    assert isinstance(tea.hub.ask(tea.sue, kind, **ALLOWED[kind][1] | MARKED.get(kind, {})), Error)
    assert log(tea) == []


def test_the_message_of_another_that_was_taken_back_is_noted_by_its_number() -> None:
    """One's own is not; all that somebody said is noted once, with no word of it."""
    tea, tim = tearoom()
    first = tea.hub.ask(tea.sue, requests.Send, **TEA, text=SECRET).number
    tea.hub.ask(tim, requests.Delete, **TEA, message=first)
    tea.hub.ask(tim, accounts.EraseMessages, user="@sue")
    tea.hub.settle()
    tea.hub.ask(
        tea.olaf,
        requests.Delete,
        **TEA,
        message=tea.hub.ask(tea.olaf, requests.Send, **TEA, text=SECRET).number,
    )
    assert [(each.action, each.nick, each.subject, each.detail) for each in log(tea)] == [
        ("delete", "tim", "sue", f"#tea: number {first}"),
        ("erase_messages", "tim", "sue", ""),
    ]
