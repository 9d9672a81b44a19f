"""Which channels are silenced, from one start to the next."""

import stat
from pathlib import Path

import pytest

from chat.client.silenced import Silenced


def test_what_was_silenced_is_at_the_next_start(tmp_path: Path) -> None:
    """By server, and readable for its owner alone."""
    path = tmp_path / "state" / "silenced.json"
    first = Silenced(path)
    first.change("one", "c1", silent=True)
    first.change("one", "c2", silent=True)
    first.change("two", "c1", silent=True)
    first.change("one", "c1", silent=False)
    again = Silenced(path)
    assert [sorted(again.on(server)) for server in ("one", "two", "three")] == [["c2"], ["c1"], []]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b'{"channels": 3}', None])
def test_a_file_that_is_missing_or_damaged_silences_nothing(tmp_path: Path, content: bytes | None) -> None:
    """And is replaced by the next change."""
    path = tmp_path / "silenced.json"
    if content is not None:
        path.write_bytes(content)
    silenced = Silenced(path)
    assert silenced.on("one") == frozenset()
    silenced.change("one", "c1", silent=True)
    assert Silenced(path).on("one") == {"c1"}


def test_without_a_file_it_lasts_as_long_as_the_client() -> None:
    """A folder that can't be written is no trouble either."""
    for silenced in (Silenced(), Silenced(Path("/proc/nowhere/silenced.json"))):
        silenced.change("one", "c1", silent=True)
        assert silenced.on("one") == {"c1"}
