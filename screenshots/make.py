"""Make the pictures of the README from the scenes that the snapshot tests hold.

    python -m screenshots.make

writes screenshots/NAME.svg and NAME.png, in the root of a clone with the extra `dev` installed. The letters
are those of Fira Code, which has to be installed too. Look at the pictures before they are committed.
"""

from pathlib import Path

import resvg_py

from tests.support.chat_scenes import PICTURES, SCENES
from tests.support.snapshots import picture

_FOLDER = Path(__file__).parent


def main() -> None:
    """Write all pictures."""
    for name in PICTURES:
        scene = SCENES[name]()
        svg = picture(scene.app, scene.size, prepare=scene.prepare)
        (_FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
        (_FOLDER / f"{name}.png").write_bytes(png)
        print(f"{name}: svg {len(svg) / 1024:.0f} KiB, png {len(png) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
