"""What keeps order among strangers: rules of channels, the audit log, administrators."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables and columns; nobody has kept order so far."""
    _people()
    _order()
    _retention()


def _people() -> None:
    op.add_column("users", sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.text("0")))
    op.add_column("users", sa.Column("password", sa.Text))
    op.add_column("users", sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.text("0")))
    op.add_column("devices", sa.Column("client", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("devices", sa.Column("last_used", sa.Text))
    op.add_column("meta", sa.Column("gate", sa.Text, nullable=False, server_default=sa.text("'open'")))


def _sends_with_their_time() -> None:
    """Make the table anew, since a column that needs a value can not be added; no entry is gone so far."""
    op.rename_table("sends", "sends_without")
    op.create_table(
        "sends",
        sa.Column("send_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "insert into sends select send_id, sends_without.user_id, request_hash, entry_id, "
        "coalesce(json_extract(body, '$.timestamp'), (select created from meta)) "
        "from sends_without left join entries on entries.id = entry_id"
    )
    op.drop_table("sends_without")


def _order() -> None:
    op.create_table(
        "channel_rules",
        sa.Column("conversation_id", sa.Integer, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("rules", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("timestamp", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("nick", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )


def _retention() -> None:
    _sends_with_their_time()
    op.create_table(
        "trimmed",
        sa.Column("conversation_id", sa.Integer, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("below", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("conversation_id", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("by_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sqlite_with_rowid=False,
    )
