"""Where the style sheets are. They are all read at once, since screens share widgets."""

from pathlib import Path

_FOLDER = Path(__file__).parent

SHEETS = tuple(sorted(_FOLDER.glob("*.tcss")))
"""Every style sheet, for the `CSS_PATH` of an app; one for each screen and widget that needs one."""
