"""Leads an older database to this code's revision, by alembic; imported only where that is needed.

Runs on the thread that opens the store, inside its transaction.
"""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection


class UnknownRevision(Exception):
    """The database is of a revision that this code never heard of."""


def settings(connection: Connection | None = None) -> Config:
    """Return alembic's settings: where the migrations are, and the connection that they are to run on."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "chat.server.storage:migrations")
    return config


def upgrade(connection: Connection, revision: str | None) -> None:
    """Run all migrations above a revision (all there are for None) in the caller's transaction.

    Raises `UnknownRevision`; nothing was changed then.
    """
    if revision is not None:
        require_known(revision)
    command.upgrade(settings(connection), "head")


def require_known(revision: str) -> None:
    """Raise `UnknownRevision` unless there is a way from a revision to this code's."""
    try:
        ScriptDirectory.from_config(settings()).get_revision(revision)
    except (CommandError, ResolutionError) as error:
        raise UnknownRevision(revision) from error
