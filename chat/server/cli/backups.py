"""`chat-server backup` and `chat-server restore`: where from, where to, and what is said about it."""

import signal
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click
from msgspec import Struct

from chat.clock import SystemClock
from chat.config_file import read_settings
from chat.errors import BadConfig, ChatError
from chat.server.backup.checking import Checked, check
from chat.server.backup.making import Origin, make_backup
from chat.server.backup.restoring import Restored, restore
from chat.server.backup.sealing import Passphrase
from chat.server.backup.series import Series, repeat, seconds_of
from chat.server.cli.passphrases import new_passphrase, passphrase_of
from chat.server.config import ServerConfig, config_path

_FILE = click.Path(path_type=Path)
_PASSPHRASE_HELP = "Read the passphrase from the first line of FILE; - is standard input."


class BackupOptions(Struct, frozen=True):
    """What stands behind `backup`."""

    file: Path
    every: str | None
    keep: int | None
    verify: bool
    force: bool
    encrypt: bool
    passphrase_file: Path | None
    data: str | None
    config: Path | None


@click.command("backup")
@click.argument("file", type=_FILE)
@click.option("--every", metavar="TIME", help="Go on, one each 30m, 6h or 1d, with the time in the name.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Put the time into the name; keep N.")
@click.option("--verify", is_flag=True, help="Open it again and look at all of it; also one that is there.")
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.option("--encrypt", is_flag=True, help="Encrypt it with a passphrase, which is asked for.")
@click.option("--passphrase-file", type=_FILE, metavar="FILE", help=_PASSPHRASE_HELP)
@click.option("--data", metavar="FOLDER", help="The server's data folder.")
@click.option("--config", type=_FILE, metavar="FILE", help="The server's config file.")
@click.pass_context
def backup_command(context: click.Context, /, **given: Any) -> None:
    """Back the server up into FILE, while it runs or not."""
    options = BackupOptions(**given)
    in_series = bool(options.every or options.keep)
    if options.verify and options.file.exists() and not options.force and not in_series:
        click.echo(f"{options.file} was there already; no other backup was made.")
        _tell_checked(options.file, check(options.file, passphrase_of(options.file, options.passphrase_file)))
        return
    if not in_series and options.file.exists() and not options.force:
        raise BadConfig(f"{options.file} is there already: name another file, or replace it with --force.")
    origin = _origin(context, options.data, options.config, must_exist=True)
    every = seconds_of(options.every) if options.every else None
    passphrase = new_passphrase(options.passphrase_file, encrypt=options.encrypt)
    series = Series(options.file, passphrase) if in_series else None
    # ends in order: what was begun is cleared away
    signal.signal(signal.SIGTERM, _end)
    if every is None:
        _back_up(origin, options, series, passphrase)
        return
    signal.signal(signal.SIGINT, _end)
    job = partial(_back_up, origin, options, series, passphrase)
    repeat(job, every, SystemClock(), time.sleep, _tell_failure)


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--data", metavar="FOLDER", help="The data folder to restore into.")
@click.option("--config", type=_FILE, metavar="FILE", help="The config file to restore.")
@click.option("--passphrase-file", type=_FILE, metavar="FILE", help=_PASSPHRASE_HELP)
@click.option("--force", is_flag=True, help="Put a database, settings and keys that are there aside.")
@click.pass_context
def restore_command(
    context: click.Context,
    file: Path,
    data: str | None,
    config: Path | None,
    passphrase_file: Path | None,
    force: bool,
) -> None:
    """Restore the server from FILE; it must not run meanwhile."""
    to = _origin(context, data, config, must_exist=False)
    signal.signal(signal.SIGTERM, _end)
    passphrase = passphrase_of(file, passphrase_file)
    _tell_restored(file, to, restore(file, to, SystemClock(), force=force, passphrase=passphrase))


def _origin(context: click.Context, data: str | None, config: Path | None, *, must_exist: bool) -> Origin:
    """Return the places that are meant, as serving would find them.

    Args:
        context: has the options that stand before the command's name.
        data: the folder that stands behind it.
        config: the file that stands behind it.
        must_exist: whether a config file that was named has to be there.
    """
    before = context.parent.params if context.parent else {}
    named = config or before.get("config")
    path = named or config_path()
    settings = read_settings(path, ServerConfig, must_exist=must_exist and named is not None)
    folder = data or before.get("data")
    return Origin(Path(folder).expanduser() if folder else settings.data_folder(), path)


def _back_up(
    origin: Origin, options: BackupOptions, series: Series | None, passphrase: Passphrase | None
) -> None:
    """Make one backup, look at it and remove older ones, as it was asked for."""
    clock = SystemClock()
    target = series.at(clock.now()) if series else options.file
    manifest = make_backup(origin, target, clock, series=options.file, passphrase=passphrase)
    click.echo(f"{target}: {target.stat().st_size} bytes, {', '.join(manifest.parts)}")
    if options.verify:
        _tell_checked(target, check(target, passphrase))
    if series and options.keep:
        for removed in series.keep(options.keep, manifest.server_id):
            click.echo(f"{removed}: removed")
    sys.stdout.flush()


def _tell_checked(file: Path, checked: Checked) -> None:
    manifest, contents = checked.manifest, checked.contents
    click.echo(f"{file} is good: {contents.sentence}")
    click.echo(f"Taken {manifest.taken:%Y-%m-%d %H:%M:%S} UTC from the server {manifest.server_id}.")


def _tell_restored(file: Path, to: Origin, restored: Restored) -> None:
    click.echo(f"{file} is restored: {restored.checked.contents.sentence}")
    for verb, paths in (("restored", restored.placed), ("put aside as", restored.aside)):
        for path in paths:
            click.echo(f"  {verb} {path}")
    for path in restored.kept:
        click.echo(f"  left as it was: {path} (--force restores it too)")
    click.echo(f"Server id {restored.checked.contents.server_id} as before, new epoch {restored.epoch}:")
    click.echo("clients are told when they come back, load everything anew, and keep what is unsent.")
    if to.config in restored.placed and _data_of(to.config) != to.data:
        click.echo(f"Note: the restored {to.config} keeps the data elsewhere; start with --data {to.data}.")


def _data_of(config: Path) -> Path:
    return read_settings(config, ServerConfig).data_folder()


def _tell_failure(error: ChatError) -> None:
    click.echo(f"chat-server: {error}", err=True)


def _end(number: int, _: FrameType | None) -> None:
    """End as asked, through whatever has to be cleared away."""
    sys.exit(128 + number)
