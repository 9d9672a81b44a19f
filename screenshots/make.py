"""Make the pictures of the client, from the same scenes that the snapshot tests hold.

    .venv/bin/pip install -e '.[dev]' && .venv/bin/python screenshots/make.py

Writes an SVG and a PNG for each scene into this folder. The font is Fira Code; install it, or the columns of
the PNGs are those of whatever font is found instead.
"""

import sys
from pathlib import Path

import resvg_py

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.support.scenes import SCENES  # noqa: E402 - found only through the line above
from tests.support.snapshots import picture  # noqa: E402 - likewise

SHOWN = (
    "connect",
    "first-contact",
    "first-start",
    "busy-channel",
    "busy-channel-light",
    "busy-channel-80x24",
    "busy-channel-40x15",
    "member-menu",
    "private-beside",
    "scrolled-up",
    "reconnecting",
)
"""The scenes that have a picture here."""


def main() -> None:
    """Write all pictures."""
    for name in SHOWN:
        scene = SCENES[name]()
        svg = picture(scene.app, scene.size, (), scene.prepare)
        (HERE / f"{name}.svg").write_text(svg, "utf-8")
        (HERE / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))


if __name__ == "__main__":
    main()
