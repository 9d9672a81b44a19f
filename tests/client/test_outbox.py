"""Messages of one's own: each out once, in order, whatever is refused and however often the link is lost."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.client.outbox import RETRY_SECONDS, Outbox
from chat.protocol.codes import ErrorCode, Refused

OUT_OF_ORDER = Refused(ErrorCode.OUT_OF_ORDER)
TROUBLE = Refused(ErrorCode.STORAGE_TROUBLE, "The disk is full.", retry_after_ms=2000)
NOT_MEMBER = Refused(ErrorCode.NOT_MEMBER, "Join first.")


def item(number: int) -> OutboxItem:
    """A message whose id tells its place."""
    return OutboxItem(send_id=f"send-{number:04}", target="#general", text=str(number))


def outbox_of(count: int) -> Outbox:
    """An outbox in which this many wait."""
    outbox = Outbox()
    for number in range(count):
        outbox.add(item(number))
    return outbox


def texts(items: Iterable[OutboxItem]) -> list[str]:
    """What they say."""
    return [each.text for each in items]


class KeptInAList:
    """A store that remembers what it was told."""

    def __init__(self, kept: Iterable[OutboxItem] = ()) -> None:
        self.kept = {each.send_id: each for each in kept}

    def begin(self, tell: Callable[[str], None]) -> None:
        """Nothing to begin."""

    def load(self, server_id: str = "", box: str = "") -> list[OutboxItem]:
        return list(self.kept.values())

    def peek(self, server_id: str = "", box: str = "") -> list[OutboxItem]:
        return list(self.kept.values())

    def close(self) -> None:
        """Nothing to end."""

    def put(self, item: OutboxItem) -> None:
        self.kept[item.send_id] = item

    def remove(self, send_id: str) -> None:
        del self.kept[send_id]


def test_messages_are_taken_in_order_and_once() -> None:
    """Up to the limit, those under way counted."""
    outbox = outbox_of(5)
    assert texts(outbox.take(2, now=0)) == ["0", "1"]
    assert outbox.take(2, now=0) == ()
    assert texts(outbox.take(4, now=0)) == ["2", "3"]
    assert outbox.unfinished == 5


def test_an_acknowledged_message_is_kept_no_more() -> None:
    """It is given once, with where it was stored."""
    outbox = outbox_of(1)
    outbox.take(1, now=0)
    stored = outbox.acknowledge("send-0000", "c1", 7)
    assert stored is not None
    assert (stored.state, stored.conversation, stored.number) == (SendState.STORED, "c1", 7)
    assert outbox.acknowledge("send-0000", "c1", 7) is None
    assert (outbox.items(), outbox.unfinished) == ((), 0)


def test_a_lost_link_makes_everything_under_way_wait_again() -> None:
    """At once and in the first order, also when a refusal had ordered a wait."""
    outbox = outbox_of(3)
    outbox.take(2, now=0)
    outbox.refuse("send-0000", TROUBLE, retryable=True, now=0)
    outbox.link_lost()
    assert outbox.next_try() is None
    assert texts(outbox.take(9, now=0)) == ["0", "1", "2"]


def test_after_a_retryable_refusal_nothing_goes_out_before_all_is_answered() -> None:
    """Else a later message could be stored before an earlier one that is refused too."""
    outbox = outbox_of(3)
    outbox.take(2, now=0)
    waiting = outbox.refuse("send-0000", TROUBLE, retryable=True, now=10)
    assert waiting is not None
    assert (waiting.state, waiting.sentence) == (SendState.WAITING, "The disk is full.")
    assert outbox.take(9, now=99) == ()
    assert outbox.next_try() is None
    outbox.refuse("send-0001", OUT_OF_ORDER, retryable=True, now=10)
    assert outbox.next_try() == 12
    assert outbox.take(9, now=11.9) == ()
    again = outbox.take(9, now=12)
    assert texts(again) == ["0", "1", "2"]
    assert {each.sentence for each in again} == {""}


def test_a_refusal_without_a_wait_waits_a_little() -> None:
    """Never is a server asked again at once."""
    outbox = outbox_of(1)
    outbox.take(1, now=0)
    outbox.refuse("send-0000", OUT_OF_ORDER, retryable=True, now=5)
    assert outbox.next_try() == 5 + RETRY_SECONDS


def test_a_message_refused_for_good_holds_up_nothing() -> None:
    """It is kept as failed, with the sentence, in its place."""
    outbox = outbox_of(2)
    outbox.take(1, now=0)
    failed = outbox.refuse("send-0000", NOT_MEMBER, retryable=False, now=0)
    assert failed is not None
    assert (failed.state, failed.sentence) == (SendState.FAILED, "Join first.")
    assert texts(outbox.take(1, now=0)) == ["1"]
    assert texts(outbox.items()) == ["0", "1"]
    assert outbox.unfinished == 1
    outbox.link_lost()
    assert texts(outbox.take(9, now=0)) == ["1"]


def test_a_message_under_way_can_not_be_taken_back() -> None:
    """Nobody can know whether it was stored; others can be dropped."""
    outbox = outbox_of(2)
    outbox.take(1, now=0)
    assert outbox.drop("send-0000") is None
    assert outbox.drop("send-0001") == item(1)
    assert outbox.drop("send-0001") is None
    assert texts(outbox.items()) == ["0"]


def test_answers_to_unknown_messages_change_nothing() -> None:
    """A second answer, or one to a message that was dropped."""
    outbox = outbox_of(1)
    assert outbox.refuse("nobody", TROUBLE, retryable=True, now=0) is None
    assert outbox.acknowledge("nobody", "c", 1) is None
    assert texts(outbox.take(9, now=0)) == ["0"]


def test_a_store_has_every_unfinished_message_at_any_time() -> None:
    """What is said is kept before it is sent, and until it is stored by the server or dropped."""
    store = KeptInAList()
    outbox = Outbox(store)
    for number in range(3):
        outbox.add(item(number))
    assert texts(store.load()) == ["0", "1", "2"]
    outbox.take(3, now=0)
    outbox.acknowledge("send-0000", "c", 1)
    outbox.refuse("send-0001", NOT_MEMBER, retryable=False, now=0)
    assert texts(store.load()) == ["1", "2"]
    assert store.kept["send-0001"].sentence == "Join first."
    outbox.drop("send-0001")
    assert texts(store.load()) == ["2"]


def test_what_was_kept_goes_out_in_the_next_life() -> None:
    """In its order, before what is said now; what failed stays failed."""
    first = Outbox(store := KeptInAList())
    for number in range(3):
        first.add(item(number))
    first.take(3, now=0)
    first.refuse("send-0001", NOT_MEMBER, retryable=False, now=0)
    second = Outbox()
    second.add(item(3))
    assert texts(second.restore(store.load())) == ["0", "1", "2"]
    assert texts(second.take(9, now=0)) == ["0", "2", "3"]
    assert texts(second.items()) == ["0", "1", "2", "3"]


def test_what_went_while_the_store_was_reading_stays_gone() -> None:
    """Dropped or acknowledged meanwhile; what is said later goes on as before."""
    outbox = outbox_of(3)
    kept = list(outbox.items())
    outbox.drop("send-0000")
    outbox.take(1, now=0)
    outbox.acknowledge("send-0001", "c", 1)
    assert outbox.restore(kept) == ()
    assert (texts(outbox.items()), outbox.unfinished) == (["2"], 1)


def test_what_the_store_gives_as_failed_has_failed() -> None:
    """As what was said for another server; it is told and not sent."""
    outbox = outbox_of(2)
    failed = replace(item(0), state=SendState.FAILED, sentence="Another server.")
    assert outbox.restore([failed, item(1)]) == (failed,)
    assert texts(outbox.take(9, now=0)) == ["1"]


def test_what_is_older_than_30_days_fails() -> None:
    """With a sentence, and kept so; what is younger, or was said at no known time, is sent."""
    store = KeptInAList()
    outbox = Outbox(store)
    now = datetime(2024, 5, 17, tzinfo=UTC)
    ages = (timedelta(days=30, seconds=1), timedelta(days=30), timedelta(days=-400), None)
    for number, age in enumerate(ages):
        outbox.add(replace(item(number), said_at=None if age is None else now - age))
    (failed,) = outbox.expire(now)
    assert (failed.text, failed.state) == ("0", SendState.FAILED)
    assert "30 days" in failed.sentence
    assert store.kept["send-0000"] == failed
    assert texts(outbox.take(9, now=0)) == ["1", "2", "3"]
    assert outbox.expire(now) == ()


@given(count=st.integers(0, 30), limit=st.integers(1, 5))
def test_all_messages_get_out_whatever_the_limit(count: int, limit: int) -> None:
    """Taking and acknowledging in turns empties the outbox in order."""
    outbox = outbox_of(count)
    sent: list[str] = []
    while taken := outbox.take(limit, now=0):
        assert len(taken) <= limit
        sent += texts(taken)
        for each in taken:
            outbox.acknowledge(each.send_id, "c", 1)
    assert sent == [str(number) for number in range(count)]
    assert outbox.unfinished == 0


class Exchange(RuleBasedStateMachine):
    """An outbox and a server that keeps the protocol: messages are stored in the order they were said."""

    @initialize(limit=st.integers(1, 4))
    def begin(self, limit: int) -> None:
        """An empty outbox, a server that stores nothing yet."""
        self.outbox = Outbox()
        self.limit = limit
        self.now = 0.0
        self.said = 0
        self.link: list[OutboxItem] = []
        self.blocked_by = ""
        self.stored: list[str] = []

    @rule()
    def say(self) -> None:
        """The person says something."""
        self.outbox.add(item(self.said))
        self.said += 1

    @rule()
    def send(self) -> None:
        """The client sends what it may."""
        taken = self.outbox.take(self.limit, self.now)
        self.link += taken
        assert len(self.link) <= self.limit

    @precondition(lambda self: self.link)
    @rule(refuses=st.booleans(), answer_is_lost=st.booleans())
    def answer(self, refuses: bool, answer_is_lost: bool) -> None:
        """The server stores the oldest message under way, or refuses it, and all after a refused one."""
        oldest = self.link.pop(0)
        if self.blocked_by and oldest.send_id != self.blocked_by:
            self.outbox.refuse(oldest.send_id, OUT_OF_ORDER, retryable=True, now=self.now)
        elif refuses and oldest.send_id not in self.stored:
            self.blocked_by = oldest.send_id
            self.outbox.refuse(oldest.send_id, TROUBLE, retryable=True, now=self.now)
        else:
            self.blocked_by = ""
            if oldest.send_id not in self.stored:
                self.stored.append(oldest.send_id)
            if answer_is_lost:
                self.cut()
            else:
                self.outbox.acknowledge(oldest.send_id, "c", len(self.stored))

    @rule()
    def cut(self) -> None:
        """The link is lost with all that is under way; the next one begins with `sync`."""
        self.link = []
        self.blocked_by = ""
        self.outbox.link_lost()

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds

    @invariant()
    def stored_in_the_order_of_saying(self) -> None:
        """Nothing is swapped, nothing is left out before something later."""
        if hasattr(self, "stored"):
            assert self.stored == [item(number).send_id for number in range(len(self.stored))]

    def teardown(self) -> None:
        """When all answers come and nothing is refused any more, everything gets stored, once."""
        if not hasattr(self, "stored"):
            return
        while self.outbox.unfinished:
            self.now += 10
            self.send()
            assert self.link
            self.answer(False, False)
        assert len(self.stored) == self.said


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=60, stateful_step_count=40)


HASTY = Refused(ErrorCode.RATE_LIMITED, "That was too much at once.", retry_after_ms=500)
BEHIND = Refused(ErrorCode.OUT_OF_ORDER, retry_after_ms=0)


class TestHaste:
    """After it was too much at once."""

    def test_messages_go_out_one_by_one_until_they_are_stored_again(self) -> None:
        """So that hardly one is sent in vain; each that is stored lets one more go at once."""
        outbox = outbox_of(10)
        outbox.take(64, now=0)
        outbox.refuse("send-0000", HASTY, retryable=True, now=0)
        for number in range(1, 10):
            outbox.refuse(f"send-{number:04}", BEHIND, retryable=True, now=0)
        assert outbox.take(64, now=0.4) == ()
        assert texts(outbox.take(64, now=0.5)) == ["0"]
        assert outbox.take(64, now=0.5) == ()
        outbox.acknowledge("send-0000", "c1", 1)
        assert texts(outbox.take(64, now=0.5)) == ["1", "2"]

    def test_those_behind_it_tell_the_same_reason(self) -> None:
        """That they are out of order helps nobody."""
        outbox = outbox_of(2)
        outbox.take(64, now=0)
        outbox.refuse("send-0000", HASTY, retryable=True, now=0)
        outbox.refuse("send-0001", OUT_OF_ORDER, retryable=True, now=0)
        assert [each.sentence for each in outbox.items()] == [HASTY.message] * 2


SLOW = Refused(ErrorCode.SLOW_MODE, "#tea is in slow mode.", retry_after_ms=30_000)


def said_in(target: str, *numbers: int) -> list[OutboxItem]:
    """Messages to a target."""
    return [replace(item(number), target=target) for number in numbers]


class TestSlowMode:
    """After a message that came too soon for its channel."""

    def outbox(self) -> Outbox:
        """Of two to #tea and two to elsewhere the first was refused, the second too."""
        outbox = Outbox()
        for each in (*said_in("#tea", 0, 1), *said_in("#general", 2)):
            outbox.add(each)
        outbox.take(64, now=0)
        for number in (0, 1):
            waits = outbox.refuse(f"send-{number:04}", SLOW, retryable=False, now=number)
            assert waits is not None
            assert (waits.state, waits.wait_seconds) == (SendState.WAITING, 30)
            assert waits.sentence == "#tea is in slow mode."
        return outbox

    def test_nothing_is_lost_and_nothing_elsewhere_waits_for_it(self) -> None:
        """What is said to others goes out at once, also while more waits to be answered."""
        outbox = self.outbox()
        for each in said_in("#dev", 3):
            outbox.add(each)
        assert texts(outbox.take(64, now=5)) == ["3"]
        assert outbox.next_try() == 31
        assert outbox.take(64, now=30.9) == ()
        assert texts(outbox.take(64, now=31)) == ["0", "1"]
        assert outbox.next_try() is None

    def test_where_a_channel_is_slow_one_message_is_under_way_at_a_time(self) -> None:
        """Or a later one could be stored where the one before came a moment too soon."""
        outbox = self.outbox()
        assert texts(outbox.take(64, 31, lambda target: target == "#tea")) == ["0"]
        assert outbox.take(64, 31, lambda target: target == "#tea") == ()
        outbox.acknowledge("send-0000", "c1", 7)
        assert texts(outbox.take(64, 31, lambda target: target == "#tea")) == ["1"]

    def test_it_waits_through_a_lost_link_and_can_be_let_go(self) -> None:
        """The channel's clock goes on meanwhile; other rules of the channel are another matter."""
        outbox = self.outbox()
        outbox.link_lost()
        assert texts(outbox.take(64, now=5)) == ["2"]
        outbox.release("#tea")
        assert texts(outbox.take(64, now=5)) == ["0", "1"]

    def test_what_waits_can_be_dropped(self) -> None:
        """Then there is nothing to try again."""
        outbox = self.outbox()
        assert outbox.drop("send-0000") is not None
        assert outbox.drop("send-0001") is not None
        outbox.acknowledge("send-0002", "c1", 7)
        assert outbox.next_try() is None
