"""P6: a link on which packets vanish both ways is noticed by both of its sides within heartbeat and grace."""

import pytest

from chat.client.changes import Phase, PresenceSeen
from chat.protocol.records import Presence
from tests.support.far_server import SECONDS, FarServer, Guest, far_server
from tests.support.waiting import wait_until

HEARTBEAT = 30
GRACE = 15


def watching(far: FarServer) -> tuple[Guest, Guest]:
    """Somebody far away, and somebody near who sees who is there."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    with ben.client.reading() as state:
        general = state.conversations.find("#general")
        assert general is not None
        ben.client.show(general.record.conversation)
    assert ben.client.wait_idle(SECONDS)
    return ann, ben


def is_offline(ann: Guest, ben: Guest) -> bool:
    """Whether Ben was told that Ann is not there."""
    with ann.client.reading() as state:
        me = state.people.my_id
    gone = [change.user for change in ben.told.all(PresenceSeen) if change.presence is Presence.OFFLINE]
    return me in gone


def test_p6_both_sides_notice_within_heartbeat_and_grace() -> None:
    """Not before; then the client says since when it was deaf, and the server shows its member as offline.

    The others were never disturbed.
    """
    with far_server() as far:
        ann, ben = watching(far)
        far.lose_all()
        far.proxy.refuse()
        deaf_since = far.clock.now()
        far.pass_time(HEARTBEAT)
        ben.client.ping().result(SECONDS)
        assert ann.client.link.phase is Phase.OPEN
        assert not is_offline(ann, ben)
        far.pass_time(GRACE)
        lost = ann.told.wait_phase(Phase.WAITING)
        assert lost.since is not None
        assert abs((lost.since - deaf_since).total_seconds()) < 5

        def a_second_later() -> bool:
            far.pass_time(1)
            ben.client.ping().result(SECONDS)
            return is_offline(ann, ben)

        wait_until(a_second_later, SECONDS, "the server to miss Ann")
        assert (far.clock.now() - deaf_since).total_seconds() < 2 * (HEARTBEAT + GRACE)
        assert len([change for change in ben.told.all(type(lost)) if change.phase is Phase.OPEN]) == 1


@pytest.mark.soak
@pytest.mark.timeout(120)
def test_p6_in_real_time() -> None:
    """The same with nobody moving the clocks."""
    with far_server() as far:
        ann, ben = watching(far)
        far.lose_all()
        far.proxy.refuse()
        both = HEARTBEAT + GRACE
        wait_until(lambda: ann.client.link.phase is not Phase.OPEN, both + 2, "the client to notice")
        wait_until(lambda: is_offline(ann, ben), 10, "the server to miss Ann")
