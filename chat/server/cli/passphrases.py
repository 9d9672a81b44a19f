"""The passphrase of encrypted backups: asked for without echo, or read from a file or standard input.

Never from an argument or the environment, where others could read it. The main thread only.
"""

import sys
from pathlib import Path

import click

from chat.errors import BadConfig, UsageError
from chat.server.backup.archive import is_encrypted
from chat.server.backup.sealing import PASSPHRASE_CHARACTERS, Passphrase

_LONGEST = 4096


def new_passphrase(source: Path | None, *, encrypt: bool) -> Passphrase | None:
    """Return the passphrase for a new backup, asked twice; None when it is not to be encrypted.

    Args:
        source: where it is read from instead; naming one means encrypting.
        encrypt: whether it was asked for.

    Raises:
        BadConfig: the file can't be read.
        UsageError: it is too short, or nobody can be asked.
    """
    if source is None and not encrypt:
        return None
    text = _read(source) if source else _asked("Passphrase for the backup", twice=True)
    if len(text) < PASSPHRASE_CHARACTERS:
        raise UsageError(
            f"The passphrase is too short: give at least {PASSPHRASE_CHARACTERS} characters, best some words."
        )
    return Passphrase(text)


def passphrase_of(file: Path, source: Path | None) -> Passphrase | None:
    """Return the passphrase of a backup that is there; None when it is not encrypted.

    Raises:
        BadBackup: there is no such backup.
        BadConfig: a file can't be read.
        UsageError: nobody can be asked.
    """
    if not is_encrypted(file):
        return None
    return Passphrase(_read(source) if source else _asked(f"Passphrase of {file}", twice=False))


def _asked(prompt: str, *, twice: bool) -> str:
    try:
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageError("Nobody is there to be asked for the passphrase: use --passphrase-file.") from None


def _read(source: Path) -> str:
    """Return the first line of a file, or of standard input."""
    try:
        if source == Path("-"):
            return sys.stdin.readline(_LONGEST).rstrip("\r\n")
        with source.open(encoding="utf-8") as file:
            return file.readline(_LONGEST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"The passphrase can't be read from {source} ({error}).") from error
