"""The tables of the server's database, and the revision that they are.

For a database made from scratch and for the SQL made from it; `migrations/` leads an older one here and a
test proves that both ends are the same. Knows no connection. No threads.

The key of an entry is its conversation's row number shifted left by 32, plus its own number: a page of
history is one walk over neighbouring rows.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

HEAD = "0003"
"""The revision that this code reads and writes, the name of the newest migration."""

metadata = MetaData()

_IS_A_PAIR = "(pair_first is null) = (pair_second is null)"

meta = Table(
    "meta",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="meta_one_row"), primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("last_batch", Integer, nullable=False),
    # the first row numbers that were never given away, so that no id is ever used for a second thing
    Column("next_user", Integer, nullable=False),
    Column("next_device", Integer, nullable=False),
    Column("next_conversation", Integer, nullable=False),
    Column("gate", Text, nullable=False, server_default=text("'open'")),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("nick", Text, nullable=False),
    Column("nick_key", Text, nullable=False),
    Column("holds_nick", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("last_seen", Text),
    Column("admin", Boolean, nullable=False, server_default=text("0")),
    Column("password", Text),  # its hash, of accounts
    Column("disabled", Boolean, nullable=False, server_default=text("0")),
    Index("users_nick_claims", "nick_key", unique=True, sqlite_where=text("holds_nick")),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("client", Text, nullable=False, server_default=text("''")),
    Column("last_used", Text),
    Index("devices_tokens", "token_hash", unique=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("pair_first", ForeignKey("users.id")),
    Column("pair_second", ForeignKey("users.id")),
    Column("pins", Text, nullable=False, server_default=text("'[]'")),  # numbers, as a list in JSON
    CheckConstraint(_IS_A_PAIR, name="conversations_pair"),
    Index("conversations_names", "name_key", unique=True, sqlite_where=text("name_key <> ''")),
    Index("conversations_pairs", "pair_first", "pair_second", unique=True),
)

# What keeps order in a channel, as JSON; apart from the rest, for it changes seldom and may be long.
channel_rules = Table(
    "channel_rules",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("rules", Text, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", Text, nullable=False),
    sqlite_with_rowid=False,
)

read_marks = Table(
    "read_marks",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("number", Integer, nullable=False),
    # how far the other side of a direct conversation was told, which a private mark leaves behind, and when
    Column("told", Integer, nullable=False, server_default=text("0")),
    Column("told_at", Text),
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("counts", Boolean, nullable=False),  # as unread, for everybody but its author
    Column("body", Text, nullable=False),  # the entry in its present state, as on the wire
)

mentions = Table(
    "mentions",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("entry_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# The send id stands first in the key: they grow with time, so that new rows of all users come together at
# the end (with the user first a commit cost 1.6 times as much). No foreign key to the entry, for a send id
# outlives it.
sends = Table(
    "sends",
    metadata,
    Column("send_id", Text, primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("request_hash", Text, nullable=False),  # in base 64
    Column("entry_id", Integer, nullable=False),
    Column("timestamp", Text, nullable=False),  # of the entry
    sqlite_with_rowid=False,
)

# Only ever added to; each hash covers the record and the hash before it.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("timestamp", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("nick", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

# What was deleted from the beginning of a log, by day: for how long its send ids are still known. No foreign
# key, for those of a conversation outlive it.
trimmed = Table(
    "trimmed",
    metadata,
    Column("conversation_id", Integer, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("below", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Whose messages are being taken back up to which number, so that a restart goes on with it. No foreign key to
# the conversation, which may be deleted meanwhile.
erasures = Table(
    "erasures",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("conversation_id", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("by_id", ForeignKey("users.id"), nullable=False),
    sqlite_with_rowid=False,
)

stamp = Table("alembic_version", MetaData(), Column("version_num", Text, nullable=False))
"""Where alembic keeps the revision; apart from the rest, for it makes this table itself."""
