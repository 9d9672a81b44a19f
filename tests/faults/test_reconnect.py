"""What is known to go wrong when chat clients come back, each as a test of its own name.

R1 stands in `test_frozen_client.py`; R2, R10, R11, R13 and R15 are seen on the screen in
`test_reconnect_screen.py`; R14, read marks on two devices, stands with the tests of second devices.
"""

import gc
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from chat.client.catch_up import NewestFirst
from chat.client.changes import ConversationRemoved, MeChanged, Phase, PresenceSeen, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import STEADY_SECONDS, Route
from chat.client.stream import FrameStream
from chat.protocol.entries import AnyEntry, Joined, Left
from chat.protocol.records import Presence, Status
from chat.protocol.replies import PingResult
from chat.protocol.requests import History, Ping
from tests.support.clock import FakeClock
from tests.support.connecting import no_pauses
from tests.support.far_server import SECONDS, FarServer, far_server
from tests.support.fault_links import End, Way
from tests.support.frames import WHEN, channel, message
from tests.support.recorder import Recorder
from tests.support.scripted_server import ScriptedLink, ScriptedServer
from tests.support.waiting import wait_until

ACKNOWLEDGEMENT = b'"send_result"'

_NEWEST_FIRST = ClientSettings(identities=MemoryIdentities(), policy=NewestFirst())


@pytest.fixture
def far() -> Iterator[FarServer]:
    """A server behind a network that a test can break."""
    with far_server() as made:
        yield made


def test_r2_a_dead_link_is_noticed_told_of_and_caught_up(far: FarServer) -> None:
    """Nobody closed it: the heartbeat finds out, the client says since when, and nothing is missing."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    far.lose_all()
    ben.client.say("#general", "while she is deaf")
    assert ben.client.wait_idle(SECONDS)
    deaf_since = far.clock.now()
    far.pass_time(45)
    lost = ann.told.wait_phase(Phase.WAITING)
    assert "must be dead" in lost.cause
    assert lost.since is not None
    assert abs((lost.since - deaf_since).total_seconds()) < 5
    ann.told.wait_phase(Phase.OPEN, times=2)
    assert ann.client.link.since is None
    ann.wait_texts(["into the void", "while she is deaf"])


def test_r3_all_pages_of_a_long_absence_are_fetched(far: FarServer) -> None:
    """Some thousand messages are many pages; a client that reads forwards has them all, once, in order."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    far.proxy.refuse()
    far.proxy.cut()
    texts = [f"missed {number} {'x' * 500}" for number in range(600)]
    for text in texts:
        ben.client.say("#general", text)
    assert ben.client.wait_idle(SECONDS)
    far.proxy.restore()
    ann.wait_texts(texts)
    assert [text for text in ann.told_texts() if text.startswith("missed")] == texts


def test_r3_what_a_screen_does_not_fetch_is_a_gap_that_can_be_filled(far: FarServer) -> None:
    """Newest page first: what lies before it is known to be missing, and comes when it is asked for."""
    ann, ben = far.come("ann", policy=NewestFirst()), far.come("ben", near=True)
    ben.client.say("#general", "seen")
    ann.wait_texts(["seen"])
    far.proxy.refuse()
    far.proxy.cut()
    texts = ["seen", *(f"missed {number} {'x' * 500}" for number in range(600))]
    for text in texts[1:]:
        ben.client.say("#general", text)
    assert ben.client.wait_idle(SECONDS)
    far.proxy.restore()
    ann.told.wait_phase(Phase.OPEN, times=2)
    with ann.client.reading() as state:
        general = state.conversations.find("#general")
        assert general is not None
        ann.client.show(general.record.conversation)
    wait_until(lambda: ann.texts()[-1:] == texts[-1:], SECONDS, "the newest page")
    assert ann.client.wait_idle(SECONDS)
    assert 0 < len(ann.texts()) < len(texts)
    while gaps := general.timeline.gaps():
        ann.client.fill("#general", before=gaps[-1].last + 1).result(SECONDS)
    assert ann.texts() == texts


def test_r4_what_was_said_offline_goes_out_once_in_order_and_hides_nothing(far: FarServer) -> None:
    """Lines of one's own that no server has are no place in the log: what others said before is there."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    far.proxy.refuse()
    far.proxy.cut()
    ann.told.wait_phase(Phase.WAITING)
    mine = [f"mine {number}" for number in range(20)]
    theirs = [f"theirs {number}" for number in range(200)]
    for text in mine:
        ann.client.say("#general", text)
    for text in theirs:
        ben.client.say("#general", text)
    assert ben.client.wait_idle(SECONDS)
    far.proxy.restore()
    ann.wait_texts([*theirs, *mine])
    ben.wait_texts([*theirs, *mine])


def test_r5_a_message_whose_answer_was_lost_is_stored_and_told_once(far: FarServer) -> None:
    """The link dies between the commit and its answer; the same id again gets the first answer."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    cut = far.proxy.cut_at(Way.TO_CLIENT, ACKNOWLEDGEMENT)
    send_id = ann.client.say("#general", "once")
    cut.wait()
    stored = ann.told.wait_sent(send_id, SendState.STORED)
    assert ann.client.wait_idle(SECONDS)
    assert ben.client.wait_idle(SECONDS)
    assert ann.texts() == ben.texts() == ["once"]
    assert Counter(ann.numbers_told()).most_common(1)[0][1] == 1
    assert (stored.item.conversation, stored.item.number) in ann.numbers_told()
    ann.told.wait_phase(Phase.OPEN, times=2)


def test_r6_equal_texts_at_the_same_instant_are_two_messages() -> None:
    """What comes twice is known by its number and its id, never by its text and time."""
    with far_server(clock=FakeClock()) as far:
        ann, ben = far.come("ann"), far.come("ben", near=True)
        cut = far.proxy.cut_at(Way.TO_CLIENT, ACKNOWLEDGEMENT)
        ids = [ann.client.say("#general", "same") for _ in range(2)]
        cut.wait()
        stored = [ann.told.wait_sent(send_id, SendState.STORED).item.number for send_id in ids]
        ann.wait_texts(["same", "same"])
        ben.wait_texts(["same", "same"])
        messages = [entry for entry in ben.told.entries() if entry.number in stored]
        assert len({entry.timestamp for entry in messages}) == 1
        assert len(set(stored)) == 2


def test_r7_history_that_comes_again_at_joining_doubles_nothing(far: FarServer) -> None:
    """The answer to `join` has the last messages too; who has them already is told nothing twice."""
    ann, ben = far.come("ann"), far.come("ben", near=True)
    for guest in (ann, ben):
        guest.client.join("#tea").result(SECONDS)
    texts = [f"tea {number}" for number in range(30)]
    for text in texts:
        ben.client.say("#tea", text)
    ann.wait_texts(texts, "#tea")
    far.proxy.cut()
    ann.told.wait_phase(Phase.OPEN, times=2)
    ann.client.join("#tea").result(SECONDS)
    assert ann.client.wait_idle(SECONDS)
    assert ann.texts("#tea") == texts
    assert max(Counter(ann.numbers_told()).values()) == 1


def test_r8_fifty_reconnects_cost_neither_threads_nor_words(far: FarServer) -> None:
    """A flapping link: each time one word that it is lost and one that it is back, and nothing piles up."""
    ann = far.come("ann")
    ann.client.say("#general", "before")
    threads, streams = threading.active_count(), _streams()
    for times in range(2, 52):
        far.proxy.cut(End.CLOSE if times % 2 else End.RESET)
        ann.told.wait_phase(Phase.OPEN, times=times)
    assert ann.client.wait_idle(SECONDS)
    ann.wait_texts(["before"])
    told = Counter(change.phase for change in ann.told.all(type(ann.client.link)))
    assert (told[Phase.WAITING], told[Phase.OPEN]) == (50, 51)
    assert threading.active_count() <= threads
    assert _streams() <= streams + 1  # how the last one ended is still known
    assert len(ann.numbers_told()) == len(set(ann.numbers_told()))
    wait_until(lambda: far.proxy.links == 1, SECONDS, "the old links to be closed")


def _streams() -> int:
    """How many connections are kept in memory."""
    gc.collect()
    return sum(type(thing) is FrameStream for thing in gc.get_objects())


class Pauses:
    """The waits between tries, as the client takes them; none lasts."""

    def __init__(self) -> None:
        self.begun = 0

    def __call__(self) -> Iterator[float]:
        self.begun += 1
        return no_pauses()


def test_r8_links_that_do_not_last_do_not_begin_the_waits_anew(far: FarServer) -> None:
    """Else a server that cuts everybody right after the greeting is dialled twice a second for ever."""
    pauses = Pauses()
    ann = far.come("ann", pauses=pauses)
    for times in range(2, 6):
        far.proxy.cut()
        ann.told.wait_phase(Phase.OPEN, times=times)
    assert pauses.begun == 1
    far.clock.advance(STEADY_SECONDS)
    far.proxy.cut()
    ann.told.wait_phase(Phase.OPEN, times=6)
    assert pauses.begun == 2


def test_r9_who_comes_back_before_the_server_missed_them_takes_their_own_place(far: FarServer) -> None:
    """The old session is replaced: one keeps the nick, and nobody sees a coming or going."""
    clock = FakeClock()
    ann, ben = far.come("ann", clock=clock), far.come("ben", near=True)
    with ben.client.reading() as state:
        general = state.conversations.find("#general")
        assert general is not None
        ben.client.show(general.record.conversation)
    assert ben.client.wait_idle(SECONDS)
    joined = len([entry for entry in ben.told.entries() if isinstance(entry, Joined | Left)])
    far.lose_all()
    clock.advance(45)  # only she has noticed
    ann.client.connect_now()
    ann.told.wait_phase(Phase.OPEN, times=2)
    ann.client.say("#general", "it is me")
    ben.wait_texts(["into the void", "it is me"])
    assert [change.user.nick for change in ann.told.all(MeChanged)] == ["ann", "ann"]
    assert Presence.OFFLINE not in [change.presence for change in ben.told.all(PresenceSeen)]
    assert len([entry for entry in ben.told.entries() if isinstance(entry, Joined | Left)]) == joined


def test_r11_what_one_is_and_left_stays_so(far: FarServer) -> None:
    """Nick, status and conversations are as before; one that was left while the link died stays left."""
    ann = far.come("ann")
    for target in ("#tea", "#garden"):
        ann.client.join(target).result(SECONDS)
    ann.client.change_nick("annika").result(SECONDS)
    ann.client.set_status(Status.AWAY, "at lunch").result(SECONDS)
    cut = far.proxy.cut_at(Way.TO_CLIENT, b'"part_result"')
    parted = ann.client.part("#garden")
    cut.wait()
    assert parted.result(SECONDS).conversation
    ann.told.wait_phase(Phase.OPEN, times=2)
    far.proxy.cut()
    ann.told.wait_phase(Phase.OPEN, times=3)
    with ann.client.reading() as state:
        assert sorted(each.title for each in state.conversations) == ["#general", "#tea"]
        assert state.me is not None
        assert (state.me.nick, state.me.status, state.me.status_text) == ("annika", Status.AWAY, "at lunch")
    assert len(ann.told.all(ConversationRemoved)) == 1


@pytest.mark.parametrize("given", [(), (message(500, "the same again"),)])
def test_r12_history_that_brings_nothing_new_is_not_asked_for_for_ever(given: tuple[AnyEntry, ...]) -> None:
    """Nothing, or the same again whatever is asked: a few requests at most, also within hours."""
    clock = FakeClock()
    with ScriptedServer() as server:
        route = Route([server.address], pauses=no_pauses)
        client = ChatClient([], "ann", Recorder(), _NEWEST_FIRST, route=route, clock=clock)
        client.start()
        client.show("c-general")
        link = server.accept()
        link.greet(channel("general", last=500), heartbeat_seconds=3600, grace_seconds=3600)
        assert client.wait_open(SECONDS)
        asked = 0
        for _ in range(20):
            asked += histories_until_quiet(client, link, given)
            clock.advance(600)
        link.close()
        server.close()
        assert client.stop()
    assert 1 <= asked <= 20


def histories_until_quiet(client: ChatClient, link: ScriptedLink, given: tuple[AnyEntry, ...]) -> int:
    """Answer what a client asks for until it asks no more; give how often it asked for history."""
    asked = 0
    while True:
        pong = client.ping()
        before = asked
        while not isinstance(request := link.hear(), Ping):
            if isinstance(request, History):
                asked += 1
                assert asked < 50, "it asks for ever"
                link.give_history(request, given, last=500)
        link.say(PingResult(id=request.id, time=WHEN))
        pong.result(SECONDS)  # what the answers lead to is asked by now
        if asked == before:
            return asked
