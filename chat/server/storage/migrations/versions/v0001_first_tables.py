"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables of the first revision."""
    _meta()
    _people()
    _conversations()
    _log()


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="meta_one_row"), primary_key=True),
        sa.Column("server_id", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("last_batch", sa.Integer, nullable=False),
        sa.Column("next_user", sa.Integer, nullable=False),
        sa.Column("next_device", sa.Integer, nullable=False),
        sa.Column("next_conversation", sa.Integer, nullable=False),
    )


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("nick", sa.Text, nullable=False),
        sa.Column("nick_key", sa.Text, nullable=False),
        sa.Column("holds_nick", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_text", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text),
    )
    op.create_index(
        "users_nick_claims", "users", ["nick_key"], unique=True, sqlite_where=sa.text("holds_nick")
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
    )
    op.create_index("devices_tokens", "devices", ["token_hash"], unique=True)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("pair_first", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("pair_second", sa.Integer, sa.ForeignKey("users.id")),
        sa.CheckConstraint("(pair_first is null) = (pair_second is null)", name="conversations_pair"),
    )
    op.create_index(
        "conversations_names",
        "conversations",
        ["name_key"],
        unique=True,
        sqlite_where=sa.text("name_key <> ''"),
    )
    op.create_index("conversations_pairs", "conversations", ["pair_first", "pair_second"], unique=True)
    op.create_table(
        "members",
        sa.Column("conversation_id", sa.Integer, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_marks",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("conversation_id", sa.Integer, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _log() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "mentions",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("entry_id", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sends",
        sa.Column("send_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
