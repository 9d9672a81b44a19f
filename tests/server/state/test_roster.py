"""Who is here: sessions by device and user, coming and going, what is watched, how long a claim is kept."""

import pytest

from chat.ids import ConversationId, DeviceId, UserId
from chat.server.state.roster import CLAIM_KEPT, OFFLINE_AFTER, Arrival, Roster
from chat.server.state.session import Session
from tests.support.clock import FakeClock
from tests.support.listening import unnamed_session

ANN, BOB = UserId("u1"), UserId("u2")
LAPTOP, PHONE = DeviceId("d1"), DeviceId("d2")
TEA, SEA = ConversationId("c1"), ConversationId("c2")


class _Here:
    """A roster, its clock, and a short way to arrive."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.roster = Roster(self.clock)

    def arrive(self, user: UserId = ANN, device: DeviceId = LAPTOP) -> tuple[Session, Arrival]:
        session = unnamed_session()
        return session, self.roster.register(session, user, device)


def test_the_first_session_of_a_user_brings_them_online() -> None:
    """The second one, of another device, does not."""
    here = _Here()
    first, arrival = here.arrive()
    assert arrival == Arrival(came_online=True)
    second, again = here.arrive(device=PHONE)
    assert again == Arrival()
    assert here.roster.sessions_of(ANN) == (first, second)
    assert (first.user, first.device) == (ANN, LAPTOP)


def test_a_newer_session_of_a_device_marks_the_older_dead_in_the_same_step() -> None:
    """Rule 10: nobody comes online by it, and only the newer one is here."""
    here = _Here()
    older, _ = here.arrive()
    newer, arrival = here.arrive()
    assert arrival == Arrival(replaced=older)
    assert older.closed
    assert not newer.closed
    assert here.roster.sessions_of(ANN) == (newer,)
    assert here.roster.everyone() == [newer]


def test_the_end_of_a_replaced_session_changes_nothing() -> None:
    """Its link is closed after the newer one has taken its place."""
    here = _Here()
    older, _ = here.arrive()
    newer, _ = here.arrive()
    assert not here.roster.end(older, at_once=True)
    assert here.roster.sessions_of(ANN) == (newer,)
    here.clock.advance(OFFLINE_AFTER)
    assert here.roster.expire() == []


def test_who_goes_counts_as_here_for_a_moment() -> None:
    """So that a reconnect makes no noise; then they are gone, once."""
    here = _Here()
    session, _ = here.arrive()
    assert not here.roster.end(session, at_once=False)
    assert here.roster.present(ANN)
    here.clock.advance(OFFLINE_AFTER - 0.1)
    assert here.roster.expire() == []
    here.clock.advance(0.1)
    assert here.roster.expire() == [ANN]
    assert here.roster.expire() == []
    assert not here.roster.present(ANN)


def test_who_comes_back_within_the_moment_was_never_gone() -> None:
    """Nobody is told of either."""
    here = _Here()
    session, _ = here.arrive()
    here.roster.end(session, at_once=False)
    here.clock.advance(OFFLINE_AFTER - 0.1)
    _, arrival = here.arrive()
    assert not arrival.came_online
    here.clock.advance(OFFLINE_AFTER)
    assert here.roster.expire() == []
    assert here.roster.present(ANN)


def test_who_is_cut_as_too_slow_is_gone_at_once() -> None:
    """But only with the last session."""
    here = _Here()
    laptop, _ = here.arrive()
    phone, _ = here.arrive(device=PHONE)
    assert not here.roster.end(laptop, at_once=True)
    assert here.roster.end(phone, at_once=True)
    assert not here.roster.present(ANN)
    assert here.roster.expire() == []


def test_ending_twice_ends_once() -> None:
    """And a session that never said hello ends nobody."""
    here = _Here()
    session, _ = here.arrive()
    assert here.roster.end(session, at_once=True)
    assert not here.roster.end(session, at_once=True)
    stranger = unnamed_session()
    assert not here.roster.end(stranger, at_once=True)
    assert stranger.closed


def test_a_link_that_ended_before_its_hello_was_decided_leaves_nothing_behind() -> None:
    """It takes nobody's place: the older session of the device lives on."""
    here = _Here()
    older, _ = here.arrive()
    late = unnamed_session()
    here.roster.end(late, at_once=False)
    assert here.roster.register(late, ANN, LAPTOP) == Arrival()
    assert not older.closed
    assert here.roster.sessions_of(ANN) == (older,)
    assert late.user == ANN


def test_a_guest_whose_first_link_broke_at_once_keeps_the_claim_for_its_hour() -> None:
    """Also on a server that has been up for longer than that."""
    here = _Here()
    here.clock.advance(CLAIM_KEPT * 2)
    late = unnamed_session()
    here.roster.end(late, at_once=False)
    here.roster.register(late, ANN, LAPTOP)
    assert not here.roster.present(ANN)
    assert not here.roster.claim_ran_out(ANN)
    here.clock.advance(CLAIM_KEPT + 1)
    assert here.roster.claim_ran_out(ANN)


@pytest.mark.parametrize("here_for", [0.0, CLAIM_KEPT * 3])
def test_a_claim_lasts_an_hour_after_the_last_session(here_for: float) -> None:
    """However long that one lasted."""
    here = _Here()
    session, _ = here.arrive()
    here.clock.advance(here_for)
    assert not here.roster.claim_ran_out(ANN)
    here.roster.end(session, at_once=True)
    here.clock.advance(CLAIM_KEPT)
    assert not here.roster.claim_ran_out(ANN)
    here.clock.advance(1)
    assert here.roster.claim_ran_out(ANN)


def test_at_a_start_of_the_server_every_hour_begins_anew() -> None:
    """Of those who were not here yet."""
    here = _Here()
    here.clock.advance(CLAIM_KEPT)
    assert not here.roster.claim_ran_out(BOB)
    here.clock.advance(1)
    assert here.roster.claim_ran_out(BOB)


def test_arriving_tells_whether_the_nick_could_have_been_taken_up_to_now() -> None:
    """From the arrival on it can't: whoever decides later finds the user here."""
    here = _Here()
    session, first = here.arrive()
    assert not first.claim_had_run_out
    here.roster.end(session, at_once=True)
    here.clock.advance(CLAIM_KEPT + 1)
    _, arrival = here.arrive()
    assert arrival.claim_had_run_out
    assert not here.roster.claim_ran_out(ANN)


def test_present_among_looks_at_many_at_once() -> None:
    """Those in their moment of grace count."""
    here = _Here()
    session, _ = here.arrive()
    here.arrive(BOB, PHONE)
    here.roster.end(session, at_once=False)
    assert here.roster.present_among([ANN, BOB, UserId("u3")]) == {ANN, BOB}


def test_watching_replaces_what_was_watched() -> None:
    """And leaves nothing behind."""
    here = _Here()
    session, _ = here.arrive()
    here.roster.watch(session, frozenset({TEA, SEA}))
    assert here.roster.watchers(TEA) == (session,)
    here.roster.watch(session, frozenset({SEA}))
    assert here.roster.watchers(TEA) == ()
    assert here.roster.watchers(SEA) == (session,)


@pytest.mark.parametrize("how", ["ended", "replaced"])
def test_a_dead_session_watches_nothing(how: str) -> None:
    """Neither what it watched nor what it asks to watch now."""
    here = _Here()
    session, _ = here.arrive()
    here.roster.watch(session, frozenset({TEA}))
    if how == "ended":
        here.roster.end(session, at_once=False)
    else:
        here.arrive()
    assert here.roster.watchers(TEA) == ()
    here.roster.watch(session, frozenset({TEA}))
    assert here.roster.watchers(TEA) == ()
