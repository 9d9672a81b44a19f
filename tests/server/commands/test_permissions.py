"""Who may ask what: every request by everybody, over a server, held to what is written down here.

What is written here comes from the promises, not from the code's table: a wrong cell of that fails.
"""

from typing import Any, get_args

import pytest

from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error
from chat.server.commands.table import COMMANDS
from chat.server.domain.permissions import RIGHTS, Standing
from tests.support.rights import ALLOWED, EVERYBODY, KEEPERS, TEA, denied
from tests.support.standing import Tearoom

RESTRICTED: tuple[tuple[dict[str, Any], type[Request], set[Standing], dict[str, Any]], ...] = (
    ({}, requests.Delete, KEEPERS, {**TEA, "message": 4}),
    ({}, requests.Edit, set(), {**TEA, "message": 4, "text": "new"}),
    ({"read_only": True}, requests.Send, KEEPERS, {**TEA, "text": "hello"}),
    ({"read_only": True}, requests.Edit, KEEPERS, {**TEA, "message": 0, "text": "new"}),
    ({"read_only": True}, requests.React, KEEPERS, {**TEA, "message": 4, "emoji": "👍"}),
    ({"read_only": True}, requests.Pin, KEEPERS, {**TEA, "message": 4}),
    ({"read_only": True}, requests.Unpin, KEEPERS, {**TEA, "message": 4}),
    ({"read_only": True}, requests.Delete, EVERYBODY, {**TEA, "message": 0}),
    ({"read_only": True}, requests.SetTopic, KEEPERS, {**TEA, "topic": "green"}),
    ({"topic_locked": True}, requests.SetTopic, KEEPERS, {**TEA, "topic": "green"}),
    ({"topic_locked": True}, requests.Send, EVERYBODY, {**TEA, "text": "hello"}),
)
"""The modes of the channel, a request, who may ask it then, and with what; sue wrote message 4."""


def _name(value: object) -> str:
    """Say which case it is."""
    tag = getattr(value, "__struct_config__", None)
    return str(tag.tag) if tag else getattr(value, "name", "")


def _asked(
    standing: Standing, kind: type[Request], fields: dict[str, Any], modes: dict[str, Any]
) -> ErrorCode | None:
    """Return with which code a member of a standing is refused, or None."""
    tea = Tearoom()
    tea.hub.guest("nat")
    tea.hub.ask(tea.olaf, requests.CreateChannel, name="#open")
    tea.hub.ask(tea.sue, requests.Send, target="#tea", text="what sue says")
    if kind in (staff.SetPassword, staff.SetAdmin):
        tea.hub.ask(tea.sue, accounts.Register, password="three blue kettles")
    tim = tea.of(standing)
    if kind is accounts.ChangePassword and standing is Standing.OPERATOR:
        tea.hub.ask(tim, accounts.Register, password="three blue kettles")
    said = tea.hub.ask(tim, requests.Send, target="#tea", text="what tim says").number
    tea.hub.ask(tea.olaf, order.SetMode, target="#tea", **modes)
    given = {**fields, "message": said} if fields.get("message") == 0 else fields
    asks = tea.hub.connect() if kind is requests.Hello else tim
    reply = tea.hub.ask(asks, kind, **given)
    return ErrorCode(reply.code) if isinstance(reply, Error) else None


def test_there_is_a_right_for_every_request() -> None:
    """What is in no table, nobody may do; and each is written down here too."""
    everything = set(get_args(requests.AnyRequest))
    assert RIGHTS.keys() == everything
    assert ALLOWED.keys() == everything


@pytest.mark.parametrize("kind", ALLOWED, ids=_name)
def test_the_table_says_who_may_ask_what(kind: type[Request]) -> None:
    """For every standing, the least that a request takes."""
    assert {each for each in Standing if each >= RIGHTS[kind].least} == ALLOWED[kind][0]


@pytest.mark.parametrize("standing", Standing, ids=_name)
@pytest.mark.parametrize("kind", [kind for kind in ALLOWED if kind in COMMANDS], ids=_name)
def test_a_request_is_run_for_whom_it_is_and_for_nobody_else(kind: type[Request], standing: Standing) -> None:
    """Cell by cell, by a member of #tea."""
    allowed, fields = ALLOWED[kind]
    code = _asked(standing, kind, fields, {})
    assert denied(code, standing) is (standing not in allowed), code


@pytest.mark.parametrize("standing", Standing, ids=_name)
@pytest.mark.parametrize(("modes", "kind", "allowed", "fields"), RESTRICTED, ids=_name)
def test_modes_and_others_messages_take_more(
    modes: dict[str, Any],
    kind: type[Request],
    allowed: set[Standing],
    fields: dict[str, Any],
    standing: Standing,
) -> None:
    """Where a member may not, an operator may; nobody edits what another one said."""
    code = _asked(standing, kind, fields, modes)
    assert denied(code, standing) is (standing not in allowed), code
