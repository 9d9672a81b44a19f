"""Pinned messages, and how far the other side of a direct conversation was told that one has read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; until now the other side was told everything, nobody knows when."""
    op.add_column("conversations", sa.Column("pins", sa.Text, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("read_marks", sa.Column("told", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("read_marks", sa.Column("told_at", sa.Text))
    op.execute(
        "update read_marks set told = number "
        "where conversation_id in (select id from conversations where pair_first is not null)"
    )
