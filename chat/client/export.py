"""Writes all that one wrote on a server to a file, a page at a time.

The file is for its owner alone, and it is there whole or not at all: a temporary one beside it becomes it at
the end. Nothing is ever overwritten. Waits for the server and the disk, so it has a thread of its own.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO, NamedTuple, Protocol

import msgspec

from chat.errors import ChatError
from chat.protocol.accounts import ExportData, ExportDataResult
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused

TOLD_EVERY = 10_000
"""After so many entries it is told how far it is."""
_WAITED_AT_ONCE = 1.0  # seconds: who leaves meanwhile is not kept for longer
_WAITED_FOR = {ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED}

Progress = Callable[[int], None]
"""Is told how many entries are written so far; the thread of the export."""


class NotExported(ChatError):
    """Nothing was written; the text is a sentence that says why."""


class Exported(NamedTuple):
    """What was written."""

    path: Path
    entries: int


class Asking(Protocol):
    """What is asked of the client."""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        """Send a request."""


def begin_export(
    client: Asking, path: Path, progress: Progress, wait: Callable[[float], object]
) -> Future[Exported]:
    """Begin to write the file on a thread of its own; any thread, see `export`."""
    worker = ThreadPoolExecutor(1, thread_name_prefix="export")
    done = worker.submit(export, client, path, progress, wait)
    worker.shutdown(wait=False)
    return done


def export(client: Asking, path: Path, progress: Progress, wait: Callable[[float], object]) -> Exported:
    """Write the file: the user's record on the first line, then an entry on each, as JSON.

    Args:
        client: whom to ask.
        path: must not exist.
        progress: is told how far it is.
        wait: waits so many seconds, where the server wants one to.

    Raises:
        NotExported: the file is there already, or can't be written.
        Refused: the server refused, and not because of haste.
        NoConnection: there is none any more.
    """
    part: Path | None = None
    try:
        if path.is_symlink() or path.exists():
            raise FileExistsError
        handle, name = mkstemp(prefix=".chat-export-", suffix=".part", dir=path.parent)
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            entries = _write(file, _pages(client, wait), progress)
            file.flush()
            os.fsync(file.fileno())
        _become(part, path)
    except FileExistsError:
        raise NotExported(f"{path} exists already and is not overwritten: name another file.") from None
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise NotExported(f"{path} can't be written: {cause}.") from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return Exported(path, entries)


def _become(part: Path, path: Path) -> None:
    """Give a file its name, which nothing may have by now.

    Raises:
        FileExistsError: something has.
    """
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # some file systems have no links
        if path.exists():
            raise FileExistsError from None
        part.rename(path)


def _pages(client: Asking, wait: Callable[[float], object]) -> Iterator[ExportDataResult]:
    after = ""
    while True:
        try:
            page: ExportDataResult = client.ask(ExportData, after=after).result()
        except Refused as refused:
            if refused.code not in _WAITED_FOR or refused.retry_after_ms is None:
                raise
            wait(min(refused.retry_after_ms / 1000, _WAITED_AT_ONCE))
            continue
        yield page
        after = page.next
        if not after:
            return


def _write(file: BinaryIO, pages: Iterator[ExportDataResult], progress: Progress) -> int:
    """Write lines; return how many entries there are."""
    entries = told = 0
    for at, page in enumerate(pages):
        if at == 0:
            file.write(msgspec.json.encode({"user": page.user}) + b"\n")
        file.writelines(msgspec.json.encode(entry) + b"\n" for entry in page.entries)
        entries += len(page.entries)
        if entries - told >= TOLD_EVERY:
            told = entries
            progress(entries)
    return entries
