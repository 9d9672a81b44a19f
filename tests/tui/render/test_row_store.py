"""The rows of one log: found by key and by place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.tui.render.columns import columns_for
from chat.tui.render.message import body_of
from chat.tui.render.row_store import RowStore, Splice
from chat.tui.render.rows import Row
from tests.support.log_rows import keys, many, said


def store_of(rows: list[Row], width: int = 84) -> RowStore:
    """A store of these rows."""
    store = RowStore(columns_for(width))
    store.splice(0, 0, rows)
    return store


def ordinals(store: RowStore) -> dict[str, int]:
    """The ordinal of every row by its key, once it is sure that key, index and ordinal agree."""
    found = {store[index].key: store.ordinal(index) for index in range(len(store))}
    assert [store.index_of(key) for key in found] == list(range(len(store)))
    assert [store.index(ordinal) for ordinal in found.values()] == list(range(len(store)))
    return found


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_ordinals_stay_with_their_rows(changes: list[tuple[float, int, int]]) -> None:
    """After any splice every row that is still there has the ordinal that the splice says."""
    store = store_of(many(0, 10))
    number = 100
    for where, most, added in changes:
        at = int(where * len(store))
        removed = min(most, len(store) - at)
        before = ordinals(store)
        change = store.splice(at, removed, many(number, number + added))
        number += added
        after = ordinals(store)
        assert {key: change.moved(before[key]) for key in after if key in before} == {
            key: after[key] for key in after if key in before
        }


def test_nothing_moves_when_rows_come_at_the_ends() -> None:
    """Older rows have lower ordinals than the first, newer ones higher than the last."""
    store = store_of(many(10, 20))
    before = ordinals(store)
    store.splice(0, 0, many(0, 10))
    store.splice(20, 0, many(20, 30))
    after = ordinals(store)
    assert {key: after[key] for key in before} == before
    assert keys([store[index] for index in range(30)]) == [f"n{number}" for number in range(30)]


def test_an_exchanged_row_stays_itself() -> None:
    """Also under another key, as a message has when it is stored."""
    store = store_of(many(0, 3))
    ordinal = store.ordinal(1)
    change = store.splice(1, 1, [replace(said(7), key="s7")])
    assert change.moved(ordinal) == ordinal == store.ordinal(store.index_of("s7"))
    assert "n1" not in store


@pytest.mark.parametrize("upwards", [True, False])
def test_a_removed_row_is_followed_by_the_next(upwards: bool) -> None:
    """Whoever held on to it holds on to the row behind the change."""
    change = Splice(at=4, removed=2, added=5, upwards=upwards)
    assert change.moved(4) == change.moved(5) == change.moved(6)


def test_a_key_twice_is_refused_and_changes_nothing() -> None:
    """Neither one that is there nor one that comes twice."""
    store = store_of(many(0, 3))
    for rows in ([said(1)], [said(8), said(8)]):
        with pytest.raises(ValueError, match="same key"):
            store.splice(3, 0, rows)
    assert len(ordinals(store)) == len(store) == len(store.heights) == 3
    store.splice(1, 1, [said(1, "itself again")])


def test_an_unknown_key_is_a_key_error() -> None:
    """As with any mapping."""
    with pytest.raises(KeyError):
        store_of(many(0, 3)).index_of("n9")


@given(st.integers(1, 120), st.integers(1, 120))
def test_heights_are_exact_once_a_body_was_asked_for(width: int, other: int) -> None:
    """Before and after a change of the width, whatever was estimated."""
    store = store_of(many(0, 40), width)
    for columns in (columns_for(width), columns_for(other)):
        store.resize(columns)
        for index in range(len(store)):
            store.body(index)
        expected = [len(body_of(store[index], columns).lines) for index in range(len(store))]
        assert [store.heights[index] for index in range(len(store))] == expected


def test_estimates_are_near() -> None:
    """So a scroll bar tells the truth about rows that were never seen."""
    store = store_of(many(0, 2000), 70)
    estimated = store.heights.total
    for index in range(len(store)):
        store.body(index)
    assert estimated == pytest.approx(store.heights.total, rel=0.1)


def test_a_changed_row_is_wrapped_anew() -> None:
    """Under the same key too."""
    store = store_of(many(0, 3))
    assert len(store.body(1).lines) == 1
    store.splice(1, 1, [said(1, "word " * 50)])
    assert len(store.body(1).lines) > 1
    assert store.heights[1] == len(store.body(1).lines)


def test_bodies_of_a_whole_log_are_not_all_kept() -> None:
    """Reading through a long log does not fill the memory; what is asked again is the same."""
    store = store_of(many(0, 5000))
    first = store.body(0)
    for index in range(len(store)):
        store.body(index)
    assert store.body(0) == first
