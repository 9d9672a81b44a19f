"""The order of one link's sends across refusals, and who a session is."""

import threading

import pytest

from chat.ids import DeviceId, SendId, UserId
from chat.server.state.session import SendOrder
from tests.support.listening import session_of, unnamed_session

ONE, TWO, THREE = SendId("send-one"), SendId("send-two"), SendId("send-three")


def test_without_refusals_every_send_goes_on() -> None:
    """In any order."""
    order = SendOrder()
    assert order.admits(TWO)
    assert order.admits(ONE)


def test_after_a_refusal_only_that_send_opens_the_way() -> None:
    """Others are held up until it comes again, then all go on."""
    order = SendOrder()
    order.refused(ONE, order.next_place())
    assert not order.admits(TWO)
    assert not order.admits(THREE)
    assert order.admits(ONE)
    assert order.admits(TWO)


def test_of_several_refused_the_earliest_is_waited_for() -> None:
    """Whichever of them was refused first: an earlier one may fail later, at the end of a slow commit."""
    for refusals in ((ONE, TWO, THREE), (TWO, THREE, ONE), (THREE, ONE, TWO)):
        order = SendOrder()
        places = {send: order.next_place() for send in (ONE, TWO, THREE)}
        for send in refusals:
            order.refused(send, places[send])
        assert not order.admits(TWO)
        assert not order.admits(THREE)
        assert order.admits(ONE)
        assert order.admits(TWO)


def test_a_repeated_send_that_is_refused_again_is_waited_for_again() -> None:
    """Its place is then that of the repetition."""
    order = SendOrder()
    order.refused(ONE, order.next_place())
    later = order.next_place()
    again = order.next_place()
    assert order.admits(ONE)
    order.refused(ONE, again)
    order.refused(TWO, order.next_place())
    assert not order.admits(TWO)
    assert order.admits(ONE)
    assert later < again


def test_sync_starts_afresh() -> None:
    """Nothing is waited for any more."""
    order = SendOrder()
    order.refused(ONE, order.next_place())
    order.reset()
    assert order.admits(TWO)


def test_refusing_and_admitting_from_several_threads_never_lets_two_ways_open() -> None:
    """While the first send is awaited nothing else passes, whoever asks."""
    order, start = SendOrder(), threading.Barrier(3)
    first = order.next_place()
    order.refused(ONE, first)
    passed: list[SendId] = []

    def ask(send: SendId, place: int) -> None:
        start.wait()
        for _ in range(500):
            order.refused(send, place)
            if order.admits(send):
                passed.append(send)

    threads = [
        threading.Thread(target=ask, args=(send, order.next_place())) for send in (TWO, THREE, SendId("four"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == []


def test_a_session_is_nobody_until_hello() -> None:
    """Asking who it is before that is a fault."""
    session = unnamed_session()
    assert not session.identified
    with pytest.raises(AssertionError):
        _ = session.user
    with pytest.raises(AssertionError):
        _ = session.device


def test_a_session_is_one_device_of_one_user() -> None:
    """From hello on."""
    session = session_of("u7", "d9")
    assert session.identified
    assert (session.user, session.device) == (UserId("u7"), DeviceId("d9"))


class TestHeldBack:
    """A send that was refused before it came to the journal."""

    def test_later_sends_stay_behind_it_until_it_comes_again(self) -> None:
        """What was asked before it goes on."""
        order = SendOrder()
        assert order.passes(ONE)
        order.hold_back(TWO)
        assert order.admits(ONE)
        assert not order.passes(THREE)
        assert order.passes(TWO)
        assert order.passes(THREE)

    def test_what_the_journal_waits_for_sets_the_way_free(self) -> None:
        """It was asked earlier, so it comes first."""
        order = SendOrder()
        order.refused(ONE, order.next_place())
        order.hold_back(TWO)
        assert not order.passes(THREE)
        assert order.passes(ONE)
        assert order.passes(TWO)

    def test_sync_begins_afresh(self) -> None:
        """Nothing is awaited any more."""
        order = SendOrder()
        order.hold_back(ONE)
        order.reset()
        assert order.passes(TWO)
