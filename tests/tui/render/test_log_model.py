"""The log of one conversation."""

from datetime import datetime, timedelta
from itertools import zip_longest

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from chat.tui.render.log_model import LogModel, Older
from chat.tui.render.message import Look, body_of
from chat.tui.render.rows import Row, RowKind, RowStatus, gap_row, new_row, notice_row
from chat.tui.render.viewport import Place
from tests.support.log_rows import NINE, event, keys, many, own, said

HEIGHT = 8

texts = st.sampled_from(["", "short", "word " * 30, "日本語" * 20, "two\nlines", "x" * 300])
days = st.integers(0, 3)


def rows_of(model: LogModel) -> list[Row]:
    """All rows of a log."""
    return [model.store[index] for index in range(len(model))]


def days_of(model: LogModel) -> list[str]:
    """The rows with the rules between days written out."""
    return [row.text if row.kind is RowKind.DAY else row.key for row in rows_of(model)]


def on_day(number: int, day: int) -> Row:
    """An entry at nine, so many days later."""
    return replace(said(number), time=NINE + timedelta(days=day))


def log_of(*rows: Row) -> LogModel:
    """A log with these rows."""
    model = LogModel()
    model.append(rows)
    return model


def top_of(model: LogModel) -> tuple[str, int]:
    """The top line: the key of its row and its first character."""
    place = model.viewport.frame(HEIGHT).places[0]
    return model.store[place.row].key, model.store.body(place.row).lines[place.line][0]


class AnyLog(RuleBasedStateMachine):
    """A log beside a plain list of the rows it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.model = LogModel()
        self.expected: list[Row] = []
        self.number = 0
        self.width = 80

    def fresh(self, text: str, day: int, *, mine: bool = False) -> Row:
        """A new row."""
        self.number += 1
        row = (
            own(f"n{self.number}", text)
            if mine
            else said(self.number, text or " ", nick=f"m{self.number % 3}")
        )
        return replace(row, time=NINE + timedelta(days=day))

    @initialize(count=st.integers(0, 30))
    def begin(self, count: int) -> None:
        """Some rows from the start."""
        rows = [self.fresh("word " * (at % 20), at % 2) for at in range(count)]
        self.model.append(rows)
        self.expected = rows

    @rule(pieces=st.lists(st.tuples(texts, days, st.booleans()), max_size=5))
    def append(self, pieces: list[tuple[str, int, bool]]) -> None:
        """Rows at the bottom."""
        new = [self.fresh(text, day, mine=mine) for text, day, mine in pieces]
        with self.nothing_jumps():
            self.model.append(new)
        self.expected += new

    @rule(pieces=st.lists(st.tuples(texts, days), max_size=5))
    def prepend(self, pieces: list[tuple[str, int]]) -> None:
        """Older rows."""
        new = [self.fresh(text, day) for text, day in pieces]
        with self.nothing_jumps():
            self.model.prepend(new)
        self.expected = new + self.expected

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), pieces=st.lists(st.tuples(texts, days), max_size=4))
    def fill(self, data: st.DataObject, pieces: list[tuple[str, int]]) -> None:
        """Any number of rows in the place of one; none takes it out, one exchanges it."""
        at = data.draw(st.integers(0, len(self.expected) - 1))
        new = [self.fresh(text, day) for text, day in pieces]
        gone = self.expected[at].key
        with self.nothing_jumps(gone):
            self.model.fill(gone, new)
        self.expected[at : at + 1] = new

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), text=texts, day=days)
    def insert(self, data: st.DataObject, text: str, day: int) -> None:
        """A row in the middle."""
        at = data.draw(st.integers(0, len(self.expected) - 1))
        new = self.fresh(text, day)
        with self.nothing_jumps():
            self.model.insert(self.expected[at].key, [new])
        self.expected.insert(at, new)

    @rule(width=st.integers(1, 130))
    def resize(self, width: int) -> None:
        """Another width."""
        self.model.resize(width)
        self.width = width

    @rule(lines=st.integers(-30, 30))
    def scroll(self, lines: int) -> None:
        """Some lines up or down."""
        self.model.viewport.scroll_by(lines, HEIGHT)

    def nothing_jumps(self, gone: str = "") -> "Still":
        """Check that a change leaves the top line where it is, unless its row was taken out."""
        return Still(self.model, gone)

    @invariant()
    def the_rows_are_those_expected(self) -> None:
        """In order, and found by their keys."""
        rows = rows_of(self.model)
        assert [row for row in rows if row.kind is not RowKind.DAY] == self.expected
        assert all(self.model.row(row.key) is row for row in rows)

    @invariant()
    def days_are_told_apart(self) -> None:
        """Every change of the date has a rule just before the row, and every rule has a reason."""
        before: datetime | None = None
        rows = rows_of(self.model)
        for row, behind in zip_longest(rows, rows[1:]):
            assert row.time is not None
            new_day = before is None or before.date() != row.time.date()
            assert (row.kind is RowKind.DAY) == new_day
            if row.kind is RowKind.DAY:
                assert behind is not None
                assert behind.time == row.time
            before = row.time

    @invariant()
    def what_is_seen_is_measured(self) -> None:
        """The frame is full if it can be, in order, and agrees with the heights."""
        frame = self.model.viewport.frame(HEIGHT)
        heights = self.model.store.heights
        assert heights.total == sum(heights[index] for index in range(len(heights)))
        for at, place in enumerate(frame.places):
            assert heights.locate(frame.top + at) == place
            body = body_of(self.model.store[place.row], self.model.store.columns)
            assert heights[place.row] == len(body.lines)
        assert len(frame.places) == min(HEIGHT, heights.total)

    @invariant()
    def the_newest_own_message_is_known(self) -> None:
        """It alone shows that it has arrived."""
        newest = [
            index for index in range(len(self.model)) if self.model.look(Place(index, 0), top=False).newest
        ]
        mine = [index for index, row in enumerate(rows_of(self.model)) if row.own]
        assert newest == mine[-1:]


class Still:
    """A check that the top line is the same before and after."""

    def __init__(self, model: LogModel, gone: str) -> None:
        self._model = model
        self._gone = gone

    def __enter__(self) -> None:
        self._top = top_of(self._model) if len(self._model) else None

    def __exit__(self, *_: object) -> None:
        if self._top is None or not len(self._model):
            return
        after = top_of(self._model)
        if not self._model.viewport.following and self._top[0] != self._gone and self._top[0] in self._model:
            assert after == self._top


AnyLog.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestAnyLog = AnyLog.TestCase


def test_what_the_server_tells_goes_before_what_is_under_way() -> None:
    """One's own unsent messages stay at the bottom, in their order; a failed one stays where it failed."""
    model = log_of(said(1), own("s1", status=RowStatus.SENDING), own("s2", status=RowStatus.WAITING))
    model.append([said(2), event(3)])
    assert keys(rows_of(model)) == ["n1", "n2", "n3", "s1", "s2"]
    model.replace("s1", own("s1", status=RowStatus.FAILED))
    model.replace("s2", own("n4"))
    model.append([said(5)])
    assert keys(rows_of(model)) == ["n1", "n2", "n3", "s1", "n4", "n5"]


def test_words_of_the_client_come_last() -> None:
    """An answer stands below what was asked, even while messages wait."""
    model = log_of(own("s1", status=RowStatus.WAITING))
    model.append([notice_row("l1", "not connected")])
    model.append([own("s2", status=RowStatus.WAITING)])
    assert keys(rows_of(model)) == ["s1", "l1", "s2"]


def test_new_messages_below_are_counted_while_held() -> None:
    """Those of others, and neither events nor one's own; at the bottom nothing is new below."""
    model = log_of(*many(0, 50))
    model.append(many(50, 52))
    assert model.viewport.new_below == 0
    model.viewport.scroll_by(-5, HEIGHT)
    model.append([*many(52, 55), event(55), own("n56"), notice_row("l1", "x")])
    assert model.viewport.new_below == 3
    model.follow()
    assert (model.viewport.new_below, model.viewport.following) == (0, True)


def test_what_fills_a_gap_is_not_new() -> None:
    """It was said long ago."""
    model = log_of(said(1), gap_row("g2", 3), *many(5, 50))
    model.viewport.scroll_by(-5, HEIGHT)
    model.fill("g2", many(2, 5))
    assert model.viewport.new_below == 0


def test_a_gap_at_the_top_is_filled_above_the_eye() -> None:
    """What was read below the gap stays."""
    model = log_of(*many(0, 20), gap_row("g20", 5), *many(25, 80))
    model.viewport.scroll_to_row(model.store.index_of("g20"), 1)
    assert top_of(model)[0] == "g20"
    model.fill("g20", [gap_row("g20", 2), *many(22, 25)])
    assert top_of(model)[0] == "n25"
    assert keys(rows_of(model))[18:26] == ["n18", "n19", "g20", "n22", "n23", "n24", "n25", "n26"]


def test_rules_between_days_come_and_go_by_themselves() -> None:
    """Wherever rows are put in or taken out; a rule needed no more is taken away."""
    friday, saturday = "Friday 20 November", "Saturday 21 November"
    model = log_of(on_day(3, 0))
    assert days_of(model) == [friday, "n3"]
    model.prepend([on_day(2, 0)])
    assert days_of(model) == [friday, "n2", "n3"]
    model.append([on_day(5, 1)])
    assert days_of(model) == [friday, "n2", "n3", saturday, "n5"]
    model.insert("n5", [on_day(4, 1)])
    assert days_of(model) == [friday, "n2", "n3", saturday, "n4", "n5"]
    model.remove("n3")
    model.remove("n2")
    assert days_of(model) == [saturday, "n4", "n5"]


def test_a_day_of_another_year_names_it() -> None:
    """The newest year goes without saying."""
    model = log_of(on_day(1, -365), on_day(2, 0))
    assert days_of(model) == ["Thursday 20 November 2025", "n1", "Friday 20 November", "n2"]


def test_the_top_line_of_the_screen_says_who_speaks() -> None:
    """Even in the middle of a message, so that nobody has to scroll up to know it."""
    model = log_of(said(1), said(2, "word " * 90))
    second = model.store.index_of("n2")
    assert model.look(Place(second, 0), top=False) == Look(time=False, nick=False)
    assert model.look(Place(second, 1), top=False) == Look(time=False, nick=False)
    assert model.look(Place(second, 1), top=True) == Look(time=True, nick=True)


def test_a_clock_that_goes_back_moves_no_row() -> None:
    """Rows stand in the order they came in, and every rule has a key of its own."""
    model = log_of(on_day(1, 1), on_day(2, 0), on_day(3, 1))
    assert keys(rows_of(model)) == ["n1", "n2", "n3"]
    assert len({row.key for row in rows_of(model)}) == len(model) == 6


def test_unsent_messages_begin_no_day() -> None:
    """No server clock has spoken yet; the rule comes when one has."""
    unsent = replace(own("s2", status=RowStatus.SENDING), time=None)
    model = log_of(on_day(1, 0), unsent)
    assert days_of(model) == ["Friday 20 November", "n1", "s2"]
    model.replace("s2", on_day(2, 1))
    assert days_of(model) == ["Friday 20 November", "n1", "Saturday 21 November", "n2"]


def test_the_rule_of_what_is_new_is_there_once() -> None:
    """It is moved, or taken away."""
    model = log_of(*many(1, 5))
    model.mark_new("n2")
    model.mark_new("n4")
    assert keys(rows_of(model)) == ["n1", "n2", "n3", new_row().key, "n4"]
    model.mark_new(None)
    model.mark_new(None)
    assert keys(rows_of(model)) == ["n1", "n2", "n3", "n4"]


def test_asking_for_older_rows_ends_with_an_empty_answer() -> None:
    """Or the same question would be asked for ever."""
    model = log_of(said(5))
    model.older = Older.ASKED
    model.prepend([said(4)])
    assert model.older is Older.AVAILABLE
    model.older = Older.ASKED
    model.prepend([])
    assert model.older is Older.NONE


def test_listeners_hear_of_every_change() -> None:
    """Of rows with what moved, of the place alone without."""
    model = log_of(*many(1, 4))
    heard: list[int | None] = []
    model.listener = lambda change: heard.append(None if change is None else change.added - change.removed)
    model.append([said(4)])
    model.remove("n4")
    model.follow()
    assert heard == [1, -1, None]


@pytest.mark.parametrize("deed", ["insert", "fill", "replace", "remove", "mark_new"])
def test_an_unknown_key_is_a_key_error_and_changes_nothing(deed: str) -> None:
    """Whoever names a row must know that it is there."""
    model = log_of(*many(1, 4))
    model.mark_new("n2")
    before = rows_of(model)
    arguments = {"insert": ("n9", [said(8)]), "fill": ("n9", [said(8)]), "replace": ("n9", said(8))}
    with pytest.raises(KeyError):
        getattr(model, deed)(*arguments.get(deed, ("n9",)))
    assert rows_of(model) == before
    assert "n9" not in model
