"""What the typed questions come to on the wire."""

import pytest

from chat.client.asking import Asking
from chat.client.catch_up import NewestFirst
from chat.client.changes import LinkChanged, Phase
from chat.client.core import ClientCore
from chat.client.outbox import Outbox
from chat.protocol.requests import MarkRead
from tests.support.clock import FakeClock


@pytest.mark.parametrize("tell_read", [True, False])
def test_who_keeps_their_reading_to_themself_marks_it_as_private(tell_read: bool) -> None:
    """One's own devices and counts follow all the same, so it is still asked."""
    core = ClientCore(FakeClock(), Outbox(), NewestFirst(), lambda: None)
    core.set_link(LinkChanged(Phase.OPEN))
    Asking(core, tell_read=tell_read).mark_read("d-ben", 7)
    [asked] = core.take_outgoing()
    assert isinstance(asked, MarkRead)
    assert (asked.target, asked.number, asked.private) == ("d-ben", 7, not tell_read)
