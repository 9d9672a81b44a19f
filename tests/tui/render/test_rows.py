"""What stands in a message log."""

import pytest
from msgspec.structs import replace

from chat.tui.render.rows import RowKind, RowStatus, gap_row, new_row, notice_row
from tests.support.log_rows import event, own, said


def test_a_row_never_changes() -> None:
    """A changed copy is another row, so what is drawn for one is known by it."""
    row = said(1)
    with pytest.raises(AttributeError):
        row.text = "other"  # type: ignore[misc]
    assert replace(row, text="other") != row


def test_messages_and_actions_are_said() -> None:
    """Everything else is not: no ladder, no status, not counted as new."""
    assert said(1).said
    assert said(1, kind=RowKind.ACTION).said
    assert not any(row.said for row in (event(1), notice_row("l1", "x"), new_row(), gap_row("g1", 1)))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RowStatus.STORED, False),
        (RowStatus.WAITING, True),
        (RowStatus.SENDING, True),
        (RowStatus.FAILED, False),
    ],
)
def test_waiting_and_sending_are_under_way(status: RowStatus, expected: bool) -> None:
    """What is stored has arrived, and what failed goes nowhere."""
    assert own("s1", status=status).under_way is expected
