"""From a row to pieces of text with roles."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.text import sanitize_line
from chat.tui.render.cells import cells
from chat.tui.render.columns import columns_for
from chat.tui.render.message import Look, Span, body_of, characters, link_at, look, shown_text, spans
from chat.tui.render.roles import Role
from chat.tui.render.rows import Chip, Row, RowKind, RowStatus, day_row, gap_row, new_row, notice_row
from tests.support.log_rows import NINE, event, own, said

WIDE, NARROW = 84, 39
FAMILY = "👨\u200d👩\u200d👧\u200d👦"

texts = st.lists(
    st.sampled_from(
        ["a", " ", "日", FAMILY, "🇩🇪", "e\u0301", "`x`", "@bob", "https://e.org", "\n", "\t", "word "]
    ),
    max_size=40,
).map("".join)
rows = st.builds(
    Row,
    key=st.just("n1"),
    kind=st.sampled_from(RowKind),
    time=st.just(NINE),
    user=st.just("u1"),
    nick=st.sampled_from(["bob", "alexandra-the-great", "日本語日本語日本語", ""]),
    text=texts,
    own=st.booleans(),
    mention=st.booleans(),
    status=st.sampled_from(RowStatus),
    detail=st.sampled_from(["", "too long"]),
)


def drawn(row: Row, width: int = WIDE, ladder: Look | None = None) -> list[list[Span]]:
    """The pieces of each line of a row."""
    columns = columns_for(width)
    body = body_of(row, columns)
    first = ladder or Look(time=True, nick=True)
    further = Look(newest=first.newest)
    return [
        [span for span in spans(row, body, number, columns, further if number else first) if span.text]
        for number in range(len(body.lines))
    ]


def text(row: Row, width: int = WIDE, ladder: Look | None = None) -> list[str]:
    """The lines of a row as they are read."""
    return ["".join(span.text for span in line).rstrip() for line in drawn(row, width, ladder)]


def role_of(row: Row, words: str) -> Role:
    """The role of the piece that is exactly these words."""
    return next(span.role for line in drawn(row) for span in line if span.text.strip() == words)


@given(rows, st.integers(1, 120))
def test_no_line_is_wider_than_the_log(row: Row, width: int) -> None:
    """Whatever is in a row, its lines stay in the log; only a letter of two cells may stand out of one."""
    for line in drawn(row, width):
        assert sum(cells(span.text) for span in line) <= width + (1 if width < 3 else 0)


@given(rows, st.integers(1, 120))
def test_all_text_is_shown_and_knows_its_place(row: Row, width: int) -> None:
    """Every letter but spaces is in some line, at the place that is noted with it."""
    whole = shown_text(row) if row.kind not in {RowKind.DAY, RowKind.NEW, RowKind.GAP} else ""
    seen = list(" " * len(whole))
    for span in (span for line in drawn(row, width) for span in line if span.at >= 0):
        assert whole[span.at : span.at + len(span.text)] == span.text
        seen[span.at : span.at + len(span.text)] = span.text
    assert "".join(seen).split() == whole.split()


@given(rows, st.integers(1, 120))
def test_every_cell_stands_for_a_character(row: Row, width: int) -> None:
    """There are as many cells as the log is wide, they go forwards, and each is inside the line's text."""
    columns = columns_for(width)
    body = body_of(row, columns)
    for number, (start, end) in enumerate(body.lines):
        cell = characters(row, body, number, columns)
        assert len(cell) == width
        assert cell == sorted(cell)
        assert all(start <= character <= end for character in cell)


@given(rows, st.integers(1, 120), st.booleans(), st.booleans())
def test_neighbours_never_change_a_height(row: Row, width: int, time: bool, nick: bool) -> None:
    """What is left out of the ladder leaves its place empty."""
    assert len(drawn(row, width, Look(time, nick))) == len(drawn(row, width))


def test_time_nick_and_text_stand_in_columns() -> None:
    """In a wide log."""
    assert text(said(1, "hello")) == ["  09:00  bob         hello"]


def test_a_narrow_log_shows_nick_and_text() -> None:
    """Without the time, and with the smallest margin."""
    assert text(said(1, "hello"), NARROW) == [" bob     hello"]


def test_further_lines_stand_below_the_first() -> None:
    """A long text goes on below its beginning, with neither time nor nick."""
    first, second = text(said(1, "word " * 13 + "end"))
    assert first.startswith("  09:00  bob         word")
    assert second == " " * 21 + "word end"


def test_a_long_nick_is_cut_with_an_ellipsis() -> None:
    """Its column keeps the width."""
    assert text(said(1, "hi", nick="alexandra-the-great")) == ["  09:00  alexandra…  hi"]


def test_a_mention_has_a_bar_beside_all_its_lines() -> None:
    """So it is found without colour; the called names stand out in it."""
    row = said(1, "@you " + "word " * 20, mention=True)
    assert all("▌" in line for line in text(row))
    assert role_of(row, "@you") is Role.MENTION
    assert role_of(said(1, "ask @you"), "@you") is Role.NAME


@pytest.mark.parametrize(
    ("status", "word", "sign"),
    [
        (RowStatus.WAITING, "waiting", "◦"),
        (RowStatus.SENDING, "sending", "…"),
        (RowStatus.FAILED, "failed", "!"),
    ],
)
def test_an_own_message_says_how_far_it_is(status: RowStatus, word: str, sign: str) -> None:
    """By a word in a wide log and by a sign in a narrow one, at the right of its last line."""
    row = own("s1", "word " * 20, status=status)
    assert text(row)[-1].endswith(word)
    assert text(row, NARROW)[-1].endswith(f" {sign}")
    assert word not in " ".join(text(row)[:-1])


def test_only_the_newest_own_message_shows_that_it_arrived() -> None:
    """And a message of others never does."""
    assert text(own("n1"), ladder=Look(newest=True))[0].endswith("✓")
    assert "✓" not in text(own("n1"))[0]
    assert "✓" not in text(said(1), ladder=Look(newest=True))[0]


def test_a_failed_message_says_why() -> None:
    """The reason follows the text."""
    row = own("s1", "hello", status=RowStatus.FAILED, detail="not a member")
    assert "hello (not a member)" in text(row)[0]
    assert role_of(row, "(not a member)") is Role.ERROR


def test_an_action_names_who_acts() -> None:
    """A star stands for the nick, which begins the sentence in its colour."""
    row = said(1, "waves", kind=RowKind.ACTION)
    assert text(row) == ["  09:00  *           bob waves"]
    assert role_of(row, "bob") is Role.NICK


def test_events_and_notices_have_signs() -> None:
    """What nobody said is told from what somebody said without colour; errors have their own sign."""
    assert text(event(1, "dave joined")) == ["         · dave joined"]
    assert text(notice_row("l1", "one\ntwo")) == ["         › one", "           two"]
    assert text(notice_row("l1", "no", failed=True)) == ["         ! no"]
    assert role_of(notice_row("l1", "no", failed=True), "no") is Role.ERROR


def test_rules_are_one_line_from_edge_to_edge() -> None:
    """A day has a shorter one; all are cut to what fits."""
    assert text(new_row())[0].strip("─") == " new messages "
    assert cells(text(new_row())[0]) == WIDE
    assert "Friday 20 November" in text(day_row("d1", NINE, with_year=False))[0]
    assert text(day_row("d1", NINE, with_year=True))[0].strip(" ─").endswith("2026")
    assert text(gap_row("g1", 120))[0].strip("┄ ") == "120 messages missing · Enter or a click fetches"
    assert text(gap_row("g1", 120), NARROW)[0].strip("┄ ") == "120 messages missing"
    assert text(gap_row("g1", 120), 6) == ["120 m…"]


def test_a_gap_counts_what_is_missing() -> None:
    """One, many, or nobody knows how many."""
    counted = [gap_row("g1", missing).text.partition(" missing")[0] for missing in (0, 1, 2)]
    assert counted == ["messages", "1 message", "2 messages"]


@pytest.mark.parametrize(
    ("minutes", "nick", "expected"),
    [
        (0.5, "bob", Look(time=False, nick=False)),
        (1, "bob", Look(time=True, nick=False)),
        (6, "bob", Look(time=True, nick=True)),
        (0, "carol", Look(time=False, nick=True)),
        (24 * 60, "bob", Look(time=True, nick=True)),
    ],
)
def test_the_ladder_shows_what_changed(minutes: float, nick: str, expected: Look) -> None:
    """The time when the minute changes, the nick when the speaker does or after five minutes."""
    assert look(said(1), said(2, nick=nick, minutes=minutes), newest=False) == expected


def test_the_ladder_begins_anew_after_what_nobody_said() -> None:
    """After an event, an action, at the top and without a time all is shown."""
    whole = Look(time=True, nick=True)
    assert look(None, said(2), newest=False) == whole
    assert look(event(1), said(2), newest=False) == whole
    assert look(replace(said(1), time=None), said(2), newest=False) == whole
    assert look(said(1, kind=RowKind.ACTION), said(2), newest=False).nick
    assert look(said(1, kind=RowKind.ACTION), said(2, kind=RowKind.ACTION), newest=False).nick


def test_an_earlier_time_is_shown_too() -> None:
    """A clock may go back; the ladder only says what changed."""
    before = replace(said(2), time=NINE - timedelta(hours=1))
    assert look(said(1), before, newest=False) == Look(time=True, nick=False)


def test_a_link_is_found_at_its_letters_only() -> None:
    """In all lines that it takes."""
    body = body_of(said(1, "see https://example.org/" + "x" * 100 + " end"), columns_for(WIDE))
    at = body.text.index("https")
    assert link_at(body, at - 1) == ""
    assert link_at(body, at) == link_at(body, at + 100) == "https://example.org/" + "x" * 100
    assert link_at(body, body.text.index(" end")) == ""


def test_both_cells_of_a_wide_letter_stand_for_it() -> None:
    """And a family is one letter of two cells."""
    columns = columns_for(NARROW)
    row = said(1, f"日{FAMILY}x")
    cell = characters(row, body_of(row, columns), 0, columns)
    assert cell[columns.text_x :][:5] == [0, 0, 1, 1, 1 + len(FAMILY)]
    assert set(cell[: columns.text_x]) == {0}
    assert set(cell[columns.text_x + 5 :]) == {2 + len(FAMILY)}


def line_of(row: Row, number: int, width: int = WIDE, ladder: Look | None = None) -> str:
    """A line of a row as text."""
    columns = columns_for(width)
    return "".join(span.text for span in spans(row, body_of(row, columns), number, columns, ladder or Look()))


REACTIONS = (Chip("👍", 2, own=True), Chip("👀", 1, own=False))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_reactions_stand_in_a_line_below_the_text(width: int) -> None:
    """With their counts, in the column of the text; one's own are in brackets."""
    row = replace(said(1, "done"), reactions=REACTIONS)
    assert len(body_of(row, columns_for(width)).lines) == 2
    indent = " " * columns_for(width).text_x
    assert line_of(row, 1, width).rstrip() == f"{indent}[👍 2]  👀 1"


def test_giving_a_reaction_oneself_moves_no_other() -> None:
    """Brackets stand where blanks were."""
    others = (Chip("👍", 2, own=False), Chip("👀", 1, own=False))
    mine = line_of(replace(said(1), reactions=REACTIONS), 1)
    theirs = line_of(replace(said(1), reactions=others), 1)
    assert mine.translate(str.maketrans("[]", "  ")) == theirs


def test_many_reactions_take_several_lines() -> None:
    """None is left out, and none is wider than the log."""
    chips = tuple(Chip(f"e{number}", number, own=False) for number in range(30))
    row = replace(said(1), reactions=chips)
    body = body_of(row, columns_for(NARROW))
    drawn = [line_of(row, number, NARROW) for number in range(1, len(body.lines))]
    assert len(drawn) > 1
    assert all(cells(line) <= NARROW for line in drawn)
    assert sum(f"e{number} {number}" in line for line in drawn for number in range(30)) >= 30


@given(st.text(min_size=1, max_size=30), st.integers(8, 90))
def test_whatever_somebody_reacts_with_stays_in_its_line(emoji: str, width: int) -> None:
    """Nobody has to give an emoji."""
    row = replace(said(1), reactions=(Chip(sanitize_line(emoji), 1, own=True), *REACTIONS))
    body = body_of(row, columns_for(width))
    for number in range(len(body.lines)):
        assert cells(line_of(row, number, width)) <= width


def test_each_line_of_reactions_is_found_again_by_its_place() -> None:
    """So a reader whose top line it is stays there."""
    chips = tuple(Chip(f"e{number}", number, own=False) for number in range(30))
    starts = [start for start, _ in body_of(replace(said(1), reactions=chips), columns_for(NARROW)).lines]
    assert starts == sorted(set(starts))


def test_that_a_message_was_edited_and_is_pinned_is_a_quiet_remark() -> None:
    """Behind the text, and apart from what somebody said."""
    row = replace(said(1, "done"), edited=True, pinned=True)
    columns = columns_for(WIDE)
    *_, remark = spans(row, body_of(row, columns), 0, columns, Look())
    assert (remark.text, remark.role) == (" (edited, pinned)", Role.DETAIL)


def test_a_deleted_message_is_told_in_a_role_of_its_own() -> None:
    """What stands there was not said by anybody."""
    row = replace(said(1, "message deleted"), deleted=True)
    columns = columns_for(WIDE)
    assert spans(row, body_of(row, columns), 0, columns, Look())[-1].role is Role.DELETED


def test_how_far_an_own_message_came_stands_beside_its_text() -> None:
    """Not beside the reactions below it."""
    row = replace(own("n1"), reactions=REACTIONS)
    assert "✓" in line_of(row, 0, ladder=Look(newest=True))
    assert "✓" not in line_of(row, 1, ladder=Look(newest=True))


@pytest.mark.parametrize("width", [WIDE, NARROW, 20])
def test_the_selected_message_bears_a_sign(width: int) -> None:
    """At the left edge, or before the text where there is no edge; only in its first line."""
    row = replace(said(1, "done"), reactions=REACTIONS)
    assert "›" in line_of(row, 0, width, Look(selected=True))
    assert "›" not in line_of(row, 1, width, Look(selected=True))
    assert cells(line_of(row, 0, width, Look(selected=True))) == cells(line_of(row, 0, width))
