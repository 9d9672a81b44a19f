"""A conversation's log as far as it is known: each number once, in order, and gaps that are told."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.timeline import Gap, Timeline
from chat.protocol.entries import Message
from tests.support.frames import message

LAST = 40

numbers = st.lists(st.integers(1, LAST), max_size=60)
batches = st.lists(st.lists(st.integers(1, LAST), max_size=12), max_size=12)


def messages(some: list[int]) -> list[Message]:
    """A message for each number."""
    return [message(number) for number in some]


def timeline_of(some: list[int], first: int = 1, last: int = 0) -> Timeline:
    """A timeline that knows these numbers."""
    timeline = Timeline()
    timeline.set_bounds(first, last)
    timeline.add(messages(some))
    return timeline


def covered(gaps: tuple[Gap, ...]) -> list[int]:
    """The numbers in the gaps."""
    return [number for gap in gaps for number in range(gap.first, gap.last + 1)]


@given(batches=batches)
def test_what_comes_twice_is_new_once(batches: list[list[int]]) -> None:
    """However entries come, each number is told as new exactly once, and each batch in ascending order."""
    timeline = Timeline()
    told: list[int] = []
    for batch in batches:
        new = [entry.number for entry in timeline.add(messages(batch)).new]
        assert new == sorted(new)
        told += new
    assert sorted(told) == sorted({number for batch in batches for number in batch})
    assert len(timeline) == len(told)


@given(some=numbers, last=st.integers(0, LAST + 5), first=st.integers(1, 10))
def test_known_missing_and_older_numbers_are_everything_there_is(
    some: list[int], last: int, first: int
) -> None:
    """No number is lost between the three, and none is in two of them."""
    timeline = timeline_of(some, first, last)
    known = [number for number in range(1, LAST + 6) if number in timeline]
    missing = covered(timeline.gaps())
    older = timeline.older()
    before = covered((older,)) if older else []
    assert not set(known) & set(missing)
    assert not set(missing) & set(before)
    oldest = min([*known, first])
    gone = set(range(1, LAST + 6)) - set(known) - set(missing) - set(before)
    assert all(number < max(first, oldest) or number > timeline.last for number in gone)
    assert sorted({*known, *missing, *before}) == [
        number for number in range(1, timeline.last + 1) if number not in gone
    ]


@given(some=numbers, data=st.data())
def test_order_of_arrival_does_not_matter(some: list[int], data: st.DataObject) -> None:
    """Two clients that got the same entries in different orders know the same."""
    shuffled = data.draw(st.permutations(some))
    one, other = timeline_of(some), timeline_of(shuffled)
    assert list(one.between(1, LAST)) == list(other.between(1, LAST))
    assert one.gaps() == other.gaps()
    assert one.newest(5) == other.newest(5)


@given(some=numbers, number=st.integers(0, LAST))
def test_reaches_is_the_end_of_what_follows_without_a_hole(some: list[int], number: int) -> None:
    """The reader who has read up to a number can go on exactly that far."""
    timeline = timeline_of(some)
    reached = timeline.reaches(number)
    assert all(each in timeline for each in range(number + 1, reached + 1))
    assert reached + 1 not in timeline


@given(some=numbers, count=st.integers(0, 10))
def test_the_newest_have_no_hole_among_them(some: list[int], count: int) -> None:
    """A screen can begin with them."""
    newest = [entry.number for entry in timeline_of(some).newest(count)]
    assert len(newest) <= count
    if newest:
        assert newest == list(range(newest[0], max(some) + 1))


@given(some=numbers, below=st.integers(0, LAST + 2))
def test_forgotten_entries_are_missing_and_can_be_had_again(some: list[int], below: int) -> None:
    """Memory is bounded; what was forgotten is never taken for known, and is new when it comes again."""
    timeline = timeline_of(some, last=LAST)
    timeline.forget_below(below)
    left = sorted({number for number in some if number >= below})
    assert [entry.number for entry in timeline.between(1, LAST)] == left
    assert all(number not in timeline for number in range(below))
    older = timeline.older()
    missing = covered(timeline.gaps()) + (covered((older,)) if older else [])
    assert sorted(missing + left) == list(range(1, LAST + 1))
    again = timeline.add(messages(some)).new
    assert [entry.number for entry in again] == sorted({number for number in some if number < below})


@given(some=numbers, count=st.integers(0, 20))
def test_the_oldest_of_the_newest_tells_where_to_forget(some: list[int], count: int) -> None:
    """Below it is all that is more than so many."""
    timeline = timeline_of(some)
    kept = sorted(set(some))[-count:] if count else []
    timeline.forget_below(timeline.oldest_of(count))
    assert [entry.number for entry in timeline.between(1, LAST)] == kept


def test_a_gap_between_the_known_and_the_newest_is_seen() -> None:
    """After a time away, the newest page leaves a hole behind it."""
    timeline = timeline_of([1, 2, 3, 8, 9], last=12)
    assert timeline.gaps() == (Gap(4, 7), Gap(10, 12))
    assert timeline.older() is None


def test_what_was_never_asked_for_is_older_not_missing() -> None:
    """A screen that knows the newest page has no gap, only more to load."""
    timeline = timeline_of([8, 9], last=9)
    assert timeline.gaps() == ()
    assert timeline.older() == Gap(1, 7)


def test_of_an_unknown_log_everything_is_missing() -> None:
    """Before the first page there is one gap; of an empty log there is none."""
    assert timeline_of([], first=3, last=9).gaps() == (Gap(3, 9),)
    assert timeline_of([], first=10, last=9).gaps() == ()


def test_what_the_server_has_no_more_is_named_as_gone() -> None:
    """A gap over the oldest that is kept is divided: one part can be filled, the other never."""
    timeline = timeline_of([1, 2, 9], first=5, last=9)
    assert timeline.gaps() == (Gap(3, 4, gone=True), Gap(5, 8))


def test_bounds_never_go_back() -> None:
    """An answer that is older than an event changes nothing."""
    timeline = timeline_of([4], first=3, last=9)
    timeline.set_bounds(1, 5)
    assert (timeline.first, timeline.last) == (3, 9)


def test_a_message_is_replaced_only_by_a_later_state_of_itself() -> None:
    """Its revision decides, not the order in which the states came."""
    timeline = Timeline()
    timeline.add([message(1, "as edited twice", revision=7)])
    assert timeline.add([message(1, "as sent"), message(1, "as edited once", revision=5)]).revised == ()
    revised = timeline.add([message(1, "as edited thrice", revision=9)]).revised
    assert [entry.number for entry in revised] == [1]
    assert timeline.get(1) == message(1, "as edited thrice", revision=9)


def test_both_states_of_one_message_in_a_batch_leave_the_later() -> None:
    """Also when they come together, the earlier one last."""
    timeline = Timeline()
    added = timeline.add([message(1, "later", revision=3), message(1, "earlier")])
    assert timeline.get(1) == message(1, "later", revision=3)
    assert [entry.number for entry in added.new] == [1]
