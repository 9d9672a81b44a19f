"""The pictures that people see are the scenes that the tests hold."""

import re
from pathlib import Path

import pytest

from tests.support.chat_scenes import PICTURES, SCENES

ROOT = Path(__file__).parent.parent
STORED = ROOT / "tests/tui/screens/__snapshots__/test_scenes"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_screen_that_the_tests_hold(name: str) -> None:
    """A changed screen needs new pictures: `python -m screenshots.make` writes them."""
    assert name in SCENES
    stored = STORED / f"test_the_screen_looks_right[{name}].svg"
    assert (ROOT / f"screenshots/{name}.svg").read_text("utf-8") == stored.read_text("utf-8")
    assert (ROOT / f"screenshots/{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_readme_shows_pictures_that_exist() -> None:
    """No picture is missing, and none is shown that the script does not make."""
    shown = re.findall(r"screenshots/([\w-]+)\.png", (ROOT / "README.md").read_text("utf-8"))
    assert shown
    assert set(shown) <= set(PICTURES)


def test_no_picture_is_left_over() -> None:
    """The folder holds what the script makes and nothing else."""
    made = {f"{name}.{kind}" for name in PICTURES for kind in ("svg", "png")}
    assert {path.name for path in (ROOT / "screenshots").glob("*.*g")} == made
