"""The operator's commands on accounts, on a server that runs and on one that is stopped, as processes."""

import stat
import subprocess
import sys
from pathlib import Path

from tests.support.passwords import GOOD, OTHER
from tests.support.server import COMMAND, ServerProcess


def run(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", COMMAND, "--data", str(data), *words],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def test_a_stopped_server_is_looked_after_in_the_process(tmp_path: Path) -> None:
    """What is refused ends with a sentence and another exit code."""
    made = run(tmp_path / "data", "user", "add", "ann", "--admin", "--password-stdin", typed=GOOD + "\n")
    assert (made.returncode, made.stdout) == (0, "ann has an account and is an administrator.\n")
    weak = run(tmp_path / "data", "user", "passwd", "ann", "--password-stdin", typed="short\n")
    assert weak.returncode != 0
    assert "at least 8" in weak.stderr


def test_a_running_server_is_asked_by_its_port(tmp_path: Path) -> None:
    """With the key in its folder, which nobody else can read."""
    with ServerProcess(tmp_path / "data") as server:
        data = tmp_path / "data"
        assert stat.S_IMODE((data / "console.json").stat().st_mode) == 0o600
        assert run(data, "user", "add", "ann", "--password-stdin", typed=OTHER + "\n").returncode == 0
        assert "ann\tregistered" in run(data, "user", "list").stdout
        assert server.terminate() == 0
