"""What somebody may not know of is refused as what there is not, whatever they ask of it."""

from typing import Any

import msgspec
import pytest

from chat.protocol import order, requests
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error
from chat.server.domain.permissions import Standing
from chat.server.state.session import Session
from tests.support.rights import ALLOWED
from tests.support.standing import Tearoom

ABOUT_ONE = {kind: fields for kind, (_, fields) in ALLOWED.items() if fields.keys() & {"target", "targets"}}
"""Every request that names what it is about, with what else it takes."""
OF_PEOPLE = {requests.Whois, requests.OpenDirect}
MAKES_CHANNELS = {requests.Join}
"""By a name, that is: of one that is private it tells that there is one."""


def refusal(tea: Tearoom, session: Session, kind: type[Request], target: str) -> tuple[Any, ...]:
    """Return all that a refusal tells, but for the id of the request."""
    fields = ABOUT_ONE[kind]
    named = {"targets": ["#general", target]} if "targets" in fields else {"target": target}
    reply = tea.hub.ask(session, kind, **(fields | named))
    assert isinstance(reply, Error), reply
    return msgspec.structs.astuple(msgspec.structs.replace(reply, id=""))


@pytest.fixture
def tea() -> Tearoom:
    """#tea, and what Tim knows nothing of: the private #den, and what Olaf and Sue say to each other."""
    tea = Tearoom()
    tea.hub.ask(tea.olaf, requests.CreateChannel, name="#den")
    tea.hub.ask(tea.olaf, order.SetMode, target="#den", private=True)
    tea.hub.ask(tea.olaf, requests.Send, target="@sue", text="psst")
    return tea


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.ADMINISTRATOR], ids=str)
@pytest.mark.parametrize(
    "kind", [kind for kind in ABOUT_ONE if kind not in OF_PEOPLE], ids=lambda kind: str(kind.__name__)
)
def test_what_is_hidden_is_refused_as_what_there_is_not(
    tea: Tearoom, kind: type[Request], standing: Standing
) -> None:
    """To the letter: a private channel, a direct conversation of others, an id and a name of nothing."""
    tim = tea.of(standing)
    den = tea.hub.ask(tea.olaf, requests.History, target="#den").conversation
    talk = tea.hub.ask(tea.olaf, requests.History, target="@sue").conversation
    names = set() if kind in MAKES_CHANNELS else {"#den", "#nothing"}
    told = {target: refusal(tea, tim, kind, target) for target in {den, talk, "c99", "nothing"} | names}
    assert len(set(told.values())) == 1, told
    assert ErrorCode.UNKNOWN_CONVERSATION in told[den]
