"""Opens a backup and looks at all of it. One thread at a time."""

import tempfile
from pathlib import Path

from msgspec import Struct

from chat.errors import BadConfig
from chat.server.backup.archive import DATABASE_PART, BadBackup, Manifest, read_manifest, unpack
from chat.server.backup.contents import Contents, contents_of, require_known, require_sound
from chat.server.backup.sealing import Passphrase


class Checked(Struct, frozen=True):
    """What a good backup holds."""

    manifest: Manifest
    contents: Contents


def check(file: Path, passphrase: Passphrase | None = None) -> Checked:
    """Unpack a backup into the system's folder for temporary files, look at all of it, and forget it.

    Raises:
        BadBackup: it is none, or none that can be used.
        BadConfig: it can't be read, or there is no room for unpacking it.
    """
    read_manifest(file, passphrase)  # what is no backup at all is told before any room is asked for
    try:
        with tempfile.TemporaryDirectory(prefix="chat-backup-") as folder:
            return check_into(file, Path(folder), passphrase)
    except OSError as error:
        raise BadConfig(
            f"{file} can't be unpacked into {tempfile.gettempdir()} ({error.strerror}): make room, or name "
            "another folder in the environment as TMPDIR."
        ) from error


def check_into(file: Path, folder: Path, passphrase: Passphrase | None = None) -> Checked:
    """Unpack a backup into an empty folder, and look at all of it.

    Raises:
        BadBackup: it is none, or none that can be used.
        OSError: the folder can't take it.
    """
    manifest = unpack(file, folder, passphrase)
    database = folder / DATABASE_PART
    try:
        require_sound(database)
        contents = contents_of(database)
        require_known(contents.revision)
    except BadBackup as bad:
        raise BadBackup(f"{file} can't be used. {bad}") from bad
    said = (manifest.server_id, manifest.epoch, manifest.revision, manifest.rows)
    if said != (contents.server_id, contents.epoch, contents.revision, contents.rows):
        raise BadBackup(f"{file} can't be used: its manifest tells of another database. Take another one.")
    return Checked(manifest, contents)
