"""How many lines each of many rows takes."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.heights import HeightIndex

heights = st.lists(st.integers(1, 9), max_size=900)
changes = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 300), st.lists(st.integers(1, 9), max_size=300)), max_size=6
)


def index_of(values: list[int]) -> HeightIndex:
    """An index of these heights."""
    index = HeightIndex()
    index.reset(values)
    return index


def check(index: HeightIndex, values: list[int]) -> None:
    """Everything the index says follows from the plain list."""
    tops = [0, *accumulate(values)]
    assert len(index) == len(values)
    assert [index[each] for each in range(len(values))] == values
    assert index.total == tops[-1]
    for row in {0, len(values) // 2, len(values)}:
        assert index.top_of(row) == tops[row]
    for row in {0, len(values) // 3, len(values) - 1} if values else set():
        assert index.locate(tops[row]) == (row, 0)
        assert index.locate(tops[row + 1] - 1) == (row, values[row] - 1)


@given(heights, changes)
def test_splices_leave_it_as_if_it_was_made_anew(
    values: list[int], splices: list[tuple[float, int, list[int]]]
) -> None:
    """Rows put in, taken out and exchanged anywhere, over several blocks."""
    index = index_of(values)
    for where, most, added in splices:
        at = int(where * len(values))
        removed = min(most, len(values) - at)
        index.splice(at, removed, added)
        values[at : at + removed] = added
        check(index, values)


@given(heights.filter(bool), st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 30)), max_size=20))
def test_corrections_are_summed(values: list[int], corrections: list[tuple[float, int]]) -> None:
    """A corrected height counts in all that is asked afterwards."""
    index = index_of(values)
    for where, height in corrections:
        row = int(where * len(values))
        index.set(row, height)
        values[row] = height
    check(index, values)


def test_lines_outside_are_the_first_and_the_last() -> None:
    """Whoever scrolls further than there is arrives at the end."""
    index = index_of([2, 3])
    assert index.locate(-5) == (0, 0)
    assert index.locate(99) == (1, 2)
