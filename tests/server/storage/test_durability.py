"""What the store has once told it has, it has: processes are killed and the next one looks.

Each child is a process of its own that commits to the folder it is given.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chat.server.storage import DataInUse, open_store
from tests.support.batches import whole_log
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[3]

_COMMITS_FOR_EVER = """
import sys
from pathlib import Path
from chat.clock import SystemClock
from chat.server.storage import open_store
from tests.support.batches import founding, message, said, whole_log

store = open_store(Path(sys.argv[1]), SystemClock())
if store.last_batch() == 0:
    store.commit(founding())
last = whole_log(store)[-1].number
while True:
    last += 1
    store.commit(said(store.last_batch() + 1, message(last, send_id=f"s{last}")))
    print(last, flush=True)
"""

_DIES_AROUND_A_COMMIT = """
import os, sys
from pathlib import Path
from tests.support.batches import founding, message, said
from tests.support.opened_store import OpenedStore

opened = OpenedStore(Path(sys.argv[1]))
opened.store.commit(founding())
opened.store.commit(said(2, message(2)))
setattr(opened.journal, sys.argv[2], lambda: os._exit(7))
opened.store.commit(said(3, message(3), message(4)))
"""

_HOLDS_THE_FOLDER = """
import sys
from pathlib import Path
from chat.clock import SystemClock
from chat.server.storage import open_store

store = open_store(Path(sys.argv[1]), SystemClock())
print("held", flush=True)
sys.stdin.read()
"""


def _child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process; its standard output comes line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _told_before_it_was_killed(child: subprocess.Popen[str], lines: int) -> list[int]:
    """Read so many lines, kill, and return every number that was told."""
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(lines)]
    child.send_signal(signal.SIGKILL)
    told += [int(line) for line in child.stdout.read().splitlines() if line.strip()]
    child.communicate()
    return told


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    """Killed amid its commits, again and again: all that was told is there, once, and at most one more."""
    told = list[int]()
    for lines in (1, 70, 23):
        told += _told_before_it_was_killed(_child(_COMMITS_FOR_EVER, str(tmp_path)), lines)
        store = open_store(tmp_path, FakeClock())
        numbers = [entry.number for entry in whole_log(store)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert set(told) <= set(numbers)
        assert len(numbers) - told[-1] in {0, 1}
        assert store.load().conversations[0].last == numbers[-1]
        store.close()
    assert len(told) >= 94


@pytest.mark.parametrize(
    ("moment", "numbers", "batch"), [("before_commit", [1, 2], 2), ("after_commit", [1, 2, 3, 4], 3)]
)
def test_a_batch_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, moment: str, numbers: list[int], batch: int
) -> None:
    """A process that dies just before the commit leaves nothing of the batch, just after it all of it."""
    child = _child(_DIES_AROUND_A_COMMIT, str(tmp_path), moment)
    child.communicate()
    assert child.returncode == 7
    store = open_store(tmp_path, FakeClock())
    assert [entry.number for entry in whole_log(store)] == numbers
    assert store.last_batch() == batch
    assert store.load().conversations[0].last == numbers[-1]
    store.close()


def test_a_folder_is_free_again_when_its_server_was_killed(tmp_path: Path) -> None:
    """While it runs the folder is refused with its process number; no file must be removed by hand after."""
    child = _child(_HOLDS_THE_FOLDER, str(tmp_path))
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(DataInUse, match=f"process {child.pid}"):
        open_store(tmp_path, FakeClock())
    child.kill()
    child.communicate()
    open_store(tmp_path, FakeClock()).close()


def test_a_start_that_needs_no_migration_does_not_import_alembic(tmp_path: Path) -> None:
    """Neither the first start nor a later one pays for it."""
    code = (
        "import sys; from pathlib import Path; from chat.clock import SystemClock; "
        "from chat.server.storage import open_store; "
        "[open_store(Path(sys.argv[1]), SystemClock()).close() for _ in range(2)]; "
        "print(any(name.startswith(('alembic', 'mako')) for name in sys.modules))"
    )
    child = _child(code, str(tmp_path))
    assert child.communicate()[0] == "False\n"
