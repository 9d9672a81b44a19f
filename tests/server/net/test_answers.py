"""Replies go out in the order of their requests, whoever is answered first."""

from hypothesis import given
from hypothesis import strategies as st

from chat.server.net.answers import Answers, Slot


def begun(answers: Answers, count: int) -> list[Slot]:
    """Begin so many pipelined requests."""
    return [answers.begin(pipelined=True) for _ in range(count)]


def test_a_lone_request_is_answered_at_once() -> None:
    """Nothing is before it."""
    answers = Answers(64)
    assert answers.answer(answers.begin(pipelined=False), b"a") == [b"a"]
    assert len(answers) == 0


def test_a_later_reply_waits_for_the_earlier_one() -> None:
    """The second is known first, and goes out second."""
    answers = Answers(64)
    first, second = begun(answers, 2)
    assert answers.answer(second, b"2") == []
    assert answers.answer(first, b"1") == [b"1", b"2"]


def test_only_so_many_are_in_flight() -> None:
    """One more has to wait until one is answered."""
    answers = Answers(2)
    first, _ = begun(answers, 2)
    assert not answers.may_begin(pipelined=True)
    answers.answer(first, b"1")
    assert answers.may_begin(pipelined=True)


def test_any_other_request_starts_when_nothing_is_in_flight() -> None:
    """And while it is, nothing else starts."""
    answers = Answers(64)
    (first,) = begun(answers, 1)
    assert not answers.may_begin(pipelined=False)
    answers.answer(first, b"1")
    alone = answers.begin(pipelined=False)
    assert not answers.may_begin(pipelined=True)
    assert not answers.may_begin(pipelined=False)
    answers.answer(alone, b"2")
    assert answers.may_begin(pipelined=False)


def test_a_second_reply_to_one_request_is_dropped() -> None:
    """The first one was sent and stands."""
    answers = Answers(64)
    first, second = begun(answers, 2)
    assert answers.answer(first, b"1") == [b"1"]
    assert answers.answer(first, b"again") == []
    assert answers.answer(second, b"2") == [b"2"]


def test_what_was_withdrawn_is_waited_for_no_more() -> None:
    """Its late reply is dropped, and those before it are untouched."""
    answers = Answers(64)
    first, second = begun(answers, 2)
    answers.withdraw(second)
    assert answers.answer(second, b"late") == []
    assert answers.answer(first, b"1") == [b"1"]
    assert len(answers) == 0


def test_withdrawing_after_the_reply_changes_nothing() -> None:
    """It was answered, so it happened."""
    answers = Answers(64)
    slot = answers.begin(pipelined=False)
    answers.answer(slot, b"1")
    answers.withdraw(slot)
    assert len(answers) == 0


@given(st.permutations(range(12)))
def test_whatever_the_order_of_answers_the_lines_are_in_the_order_of_requests(order: list[int]) -> None:
    """Each line comes out once, in its place, and as soon as all before it are there."""
    answers = Answers(64)
    slots = begun(answers, len(order))
    out: list[bytes] = []
    known: set[int] = set()
    for which in order:
        known.add(which)
        out += answers.answer(slots[which], b"%d" % which)
        complete = next((n for n in range(len(order)) if n not in known), len(order))
        assert out == [b"%d" % n for n in range(complete)]
    assert len(answers) == 0
