"""The full screen as it is shown: every scene against its stored picture."""

import pytest

from tests.support.scenes import SCENES
from tests.support.snapshots import SnapCompare


@pytest.mark.parametrize("name", SCENES)
def test_the_screen_looks_right(name: str, snap_compare: SnapCompare) -> None:
    """Each scene is drawn letter by letter as when it was looked at last."""
    scene = SCENES[name]()
    snap_compare(scene.app, scene.size, prepare=scene.prepare)
