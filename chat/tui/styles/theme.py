"""The two looks of the client: every colour has a role, and nobody uses a colour without one.

    text     $foreground  what people read            muted    $muted    what may be overlooked
    accent   $accent      focus, one's own actions    mention  $mention  somebody calls
    good     $good        works                       warning  $warning  soon a problem
    error    $error       a problem

Each can be read on `$background`, `$surface` (the line one writes) and `$panel` (strip, status
line, what floats) with a contrast of at least 4.5; on the row under the cursor everything is
`$cursor-text` on `$cursor`. `$rule` is for lines and never for text. A state is never told by
colour alone. Style sheets use the roles and no other colours. Called on the screen's thread.
"""

from typing import Any

from textual.app import App
from textual.theme import Theme


def _theme(name: str, *, dark: bool, roles: dict[str, str]) -> Theme:
    """A theme of our roles, with the parts of Textual that we use pointed at them."""
    return Theme(
        name=name,
        dark=dark,
        primary=roles["accent"],
        secondary=roles["muted"],
        accent=roles["accent"],
        warning=roles["warning"],
        error=roles["error"],
        success=roles["good"],
        foreground=roles["text"],
        background=roles["background"],
        surface=roles["surface"],
        panel=roles["panel"],
        variables={
            "muted": roles["muted"],
            "mention": roles["mention"],
            "good": roles["good"],
            "rule": roles["rule"],
            "cursor": roles["cursor"],
            "cursor-text": roles["text"],
            "text": roles["text"],
            "text-muted": roles["muted"],
            "text-disabled": roles["muted"],
            "text-error": roles["error"],
            "text-warning": roles["warning"],
            "text-success": roles["good"],
            "text-accent": roles["accent"],
            "block-cursor-foreground": roles["text"],
            "block-cursor-background": roles["cursor"],
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-foreground": roles["text"],
            "block-cursor-blurred-background": roles["cursor"],
            "border": roles["accent"],
            "border-blurred": roles["rule"],
            "input-selection-background": roles["cursor"],
            "screen-selection-background": roles["cursor"],
            "screen-selection-foreground": roles["text"],
            "scrollbar": roles["rule"],
            "scrollbar-hover": roles["muted"],
            "scrollbar-active": roles["accent"],
            "scrollbar-background": roles["background"],
            "scrollbar-background-hover": roles["background"],
            "scrollbar-background-active": roles["background"],
            "scrollbar-corner-color": roles["background"],
        },
    )


DARK = _theme(
    "chat-dark",
    dark=True,
    roles={
        "background": "#14161b",
        "surface": "#1b1e25",
        "panel": "#22262f",
        "cursor": "#28354b",
        "rule": "#3d4452",
        "text": "#e4e7ec",
        "muted": "#9aa4b5",
        "accent": "#7fb8ff",
        "mention": "#ffb26b",
        "good": "#86d492",
        "warning": "#e6cb6a",
        "error": "#ff8a8f",
    },
)
"""For a dark room, and the one that is used when nobody chose."""

LIGHT = _theme(
    "chat-light",
    dark=False,
    roles={
        "background": "#fbfbfa",
        "surface": "#f1f2f4",
        "panel": "#e7e9ed",
        "cursor": "#cfdff7",
        "rule": "#b9bfca",
        "text": "#1d2026",
        "muted": "#555d6b",
        "accent": "#0b57c2",
        "mention": "#9a3f00",
        "good": "#1b6b2c",
        "warning": "#755200",
        "error": "#b3202c",
    },
)
"""For a bright room."""

THEMES = (DARK, LIGHT)


def install(app: App[Any], name: str = DARK.name) -> None:
    """Make the themes known to `app` and take up the one called `name`, which must be one of them.

    Call it from the app's constructor: the style sheets need the roles when they are first read.
    """
    for theme in THEMES:
        app.register_theme(theme)
    app.theme = name
