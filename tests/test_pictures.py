"""The pictures that people see are of scenes that tests hold."""

import re
from pathlib import Path

from tests.support.scenes import SCENES

ROOT = Path(__file__).parent.parent
STORED = ROOT / "tests/tui/screens/__snapshots__/test_scenes"


def test_every_picture_of_the_readme_is_there_and_is_a_scene_that_is_tested() -> None:
    """No picture is missing, and none shows what no snapshot test compares."""
    shown = re.findall(r"\(screenshots/([a-z0-9-]+)\.png\)", (ROOT / "README.md").read_text("utf-8"))
    assert shown
    assert set(shown) <= SCENES.keys()
    assert [name for name in shown if not (ROOT / "screenshots" / f"{name}.png").exists()] == []


def test_every_picture_in_the_folder_is_a_scene() -> None:
    """Whoever makes the pictures anew replaces all of them."""
    made = {path.stem for path in (ROOT / "screenshots").glob("*.png")}
    assert made <= SCENES.keys()
    assert made == {path.stem for path in (ROOT / "screenshots").glob("*.svg")}


def test_every_picture_is_the_screen_that_the_tests_hold() -> None:
    """A changed screen needs new pictures: `screenshots/make.py` writes them."""
    for picture in (ROOT / "screenshots").glob("*.svg"):
        stored = STORED / f"test_the_screen_looks_right[{picture.stem}].svg"
        assert picture.read_text("utf-8") == stored.read_text("utf-8"), picture.name
