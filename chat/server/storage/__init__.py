"""The stores behind the server's ports. Knows no client and no command."""

from pathlib import Path

from chat.clock import Clock
from chat.errors import BadConfig
from chat.server.ports import Store
from chat.server.storage.connections import for_reading, for_writing
from chat.server.storage.folder import DataFolder, DataInUse
from chat.server.storage.memory import MemoryStore
from chat.server.storage.opening import prepare
from chat.server.storage.replacing import finish
from chat.server.storage.sql import SqlStore

__all__ = ["DataInUse", "MemoryStore", "open_store"]


def open_store(folder: Path, clock: Clock) -> Store:
    """Open the store in a data folder, which is made where there is none; the caller closes it.

    Raises `DataInUse` when another server runs on the folder, `BadConfig` when the folder or what is in it
    can't be used, or a restore into it was cut off, which is completed then.
    """
    held = DataFolder(folder)
    try:
        if finish(held):
            raise BadConfig(
                f"A restore into {folder} was cut off before its end. It is complete now: start the server "
                "again, so that it reads the restored settings too."
            )
        prepare(held.database, clock.now())
        return SqlStore(held, for_writing(held.database), for_reading(held.database))
    except BaseException:
        held.close()
        raise
