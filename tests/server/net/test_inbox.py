"""What a link said and what of it may run next."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chat.protocol.codec import BadLine
from chat.protocol.codes import ErrorCode
from chat.protocol.framing import FramingError
from chat.server.net.answers import Answers, Slot
from chat.server.net.inbox import End, Held, Inbox, Item

ALONE = Held(BadLine(ErrorCode.INVALID_JSON), pipelined=False)
PIPELINED = Held(BadLine(ErrorCode.INVALID_JSON), pipelined=True)


def made(in_flight: int = 2, lines: int = 8, size: int = 100) -> tuple[Inbox, Answers]:
    """An inbox with small bounds."""
    answers = Answers(in_flight)
    return Inbox(answers, lines, size), answers


def test_items_come_out_in_order() -> None:
    """Lines, faults and the end alike."""
    inbox, _ = made()
    fault = FramingError(ErrorCode.LINE_TOO_LONG)
    inbox.add([b"a", fault])
    inbox.add([End.END])
    assert [inbox.take() for _ in range(3)] == [b"a", fault, End.END]
    assert not inbox.ready()


def test_what_may_not_begin_is_held_and_comes_before_later_lines() -> None:
    """The order of a link's requests is never changed."""
    inbox, answers = made()
    inbox.add([b"later"])
    sent = inbox.begin(PIPELINED)
    assert sent is not None
    assert inbox.begin(ALONE) is None
    assert not inbox.ready()
    answers.answer(sent, b"reply")
    assert inbox.ready()
    assert inbox.take() is ALONE
    assert inbox.begin(ALONE) is not None


def test_while_one_is_alone_in_flight_nothing_is_taken() -> None:
    """Later lines wait for its reply."""
    inbox, answers = made()
    inbox.add([b"next"])
    slot = inbox.begin(ALONE)
    assert slot is not None
    assert not inbox.ready()
    answers.answer(slot, b"reply")
    assert inbox.ready()


def test_a_full_flight_keeps_everything_waiting() -> None:
    """Not even a line of unknown content is taken, since nothing could begin."""
    inbox, answers = made(in_flight=2)
    inbox.add([b"third"])
    first = inbox.begin(PIPELINED)
    inbox.begin(PIPELINED)
    assert not inbox.ready()
    assert first is not None
    answers.answer(first, b"reply")
    assert inbox.ready()


def test_what_found_no_room_waits_until_there_is_some() -> None:
    """It is parked with everything behind it, and is the next to begin."""
    inbox, answers = made()
    inbox.add([b"behind"])
    slot = inbox.begin(PIPELINED)
    assert slot is not None
    inbox.put_back(slot, PIPELINED)
    assert len(answers) == 0
    assert not inbox.ready()
    inbox.resume()
    assert inbox.ready()
    assert inbox.take() is PIPELINED


def test_room_that_comes_while_it_is_put_back_is_not_missed() -> None:
    """The journal may call before the worker is back from the refusal."""
    inbox, _ = made()
    slot = inbox.begin(PIPELINED)
    assert slot is not None
    inbox.resume()
    inbox.put_back(slot, PIPELINED)
    assert inbox.ready()


def test_room_of_long_ago_does_not_count() -> None:
    """Only room that came since it began lets it begin again."""
    inbox, answers = made()
    inbox.resume()
    slot = inbox.begin(PIPELINED)
    assert slot is not None
    inbox.put_back(slot, PIPELINED)
    assert not inbox.ready()
    assert len(answers) == 0


def test_it_is_full_by_lines_or_by_bytes_and_has_room_when_half_empty() -> None:
    """Between full and half nothing changes, so that reading does not stutter."""
    inbox, _ = made(lines=4, size=10)
    inbox.add([b"", b"", b""])
    seen = [(inbox.full, inbox.has_room)]
    inbox.add([b""])
    seen.append((inbox.full, inbox.has_room))
    for _ in range(2):
        inbox.take()
        seen.append((inbox.full, inbox.has_room))
    assert seen == [(False, False), (True, False), (False, False), (False, True)]
    inbox.add([b"x" * 10])
    assert inbox.full


def test_clearing_forgets_everything() -> None:
    """Nothing of a link that is over runs."""
    inbox, _ = made()
    slot = inbox.begin(PIPELINED)
    assert slot is not None
    inbox.put_back(slot, PIPELINED)
    inbox.add([b"x" * 100])
    inbox.clear()
    assert not inbox.ready()
    assert not inbox.full
    inbox.resume()
    assert not inbox.ready()


@given(st.lists(st.binary(max_size=20), max_size=20), st.integers(1, 400))
def test_the_bytes_count_down_to_nothing(lines: list[bytes], size: int) -> None:
    """However filled, an emptied inbox has room."""
    inbox, answers = made(in_flight=1000, lines=1000, size=size)
    inbox.add(lines)
    assert inbox.full == (sum(map(len, lines)) >= size)
    while inbox.ready():
        inbox.take()
    assert len(answers) == 0
    assert inbox.has_room


class Link(RuleBasedStateMachine):
    """A reader, a worker and a journal around one inbox, in any order of steps."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = Answers(3)
        self.inbox = Inbox(self.answers, 1000, 10_000)
        self.said = 0
        self.begun: list[int] = []
        self.in_flight: list[tuple[Slot, int]] = []
        self.out: list[bytes] = []
        self.parked = False
        self.held: dict[int, int] = {}

    @rule(count=st.integers(1, 4))
    def receive(self, count: int) -> None:
        """The reader adds lines; a line's number decides whether it is pipelined."""
        items: list[Item] = [b"%d" % (self.said + n) for n in range(count)]
        self.inbox.add(items)
        self.said += count

    @precondition(lambda self: self.inbox.ready())
    @rule(room=st.booleans())
    def work(self, room: bool) -> None:
        """The worker takes what is next; the journal may have no room for it."""
        taken = self.inbox.take()
        if isinstance(taken, bytes):
            number = int(taken)
            held = Held(BadLine(ErrorCode.INVALID_JSON, str(number)), pipelined=number % 3 > 0)
        else:
            assert isinstance(taken, Held)
            held = taken
            number = int(str(held.asked))
        slot = self.inbox.begin(held)
        if slot is None:
            return
        if room:
            self.begun.append(number)
            self.in_flight.append((slot, number))
        else:
            self.inbox.put_back(slot, held)
            self.parked = True

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """The journal answers any of those in flight."""
        slot, number = self.in_flight.pop(data.draw(st.integers(0, len(self.in_flight) - 1)))
        self.out += self.answers.answer(slot, b"%d" % number)

    @rule()
    def resume(self) -> None:
        """There is room."""
        self.inbox.resume()
        self.parked = False

    @invariant()
    def everything_is_in_order(self) -> None:
        """Requests begin, and replies go out, in the order in which the lines came."""
        assert self.begun == list(range(len(self.begun)))
        assert self.out == [b"%d" % n for n in range(len(self.out))]

    @invariant()
    def others_are_alone(self) -> None:
        """A request that is not pipelined is in flight by itself."""
        numbers = [number for _, number in self.in_flight]
        assert len(numbers) <= 3
        # one that is answered but waits for earlier ones counts as in flight too
        if any(number % 3 == 0 for number in numbers):
            assert len(self.answers) == 1

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """As long as nothing is in flight or parked, what waits is ready."""
        waiting = self.said - len(self.begun)
        if not self.in_flight and not self.parked:
            assert self.inbox.ready() == bool(waiting)

    def teardown(self) -> None:
        """In the end everything was answered."""
        for _ in range(10 * (self.said + 1)):
            self.resume()
            while self.in_flight:
                slot, number = self.in_flight.pop()
                self.out += self.answers.answer(slot, b"%d" % number)
            if not self.inbox.ready():
                break
            self.work(room=True)
        assert len(self.out) == self.said


TestLink = Link.TestCase
