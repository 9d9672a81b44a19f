"""A colour for every person, the same in every session and whatever their nick becomes.

Colours are picked by a checksum of the user id, as `hash` differs from process to process. Every
colour has a contrast of at least 4.5 to 1 on all grounds of its theme. Pure values, safe on any
thread.
"""

from zlib import crc32

DARK = (
    *("#ff9aa8", "#ffa07a", "#e8b45a", "#c9c65a", "#9fce6a", "#6fd3a0"),
    *("#5fd0c5", "#6cc7ea", "#9fb8ff", "#b9a8ff", "#d99cf0", "#f59ad0"),
)
"""For a dark ground."""

LIGHT = (
    *("#a8232f", "#a13c0c", "#8a4b00", "#6b5900", "#456400", "#1a6b31"),
    *("#006a5e", "#075985", "#1f55b5", "#5a43b8", "#8331a8", "#a01f72"),
)
"""For a light ground."""


def nick_colour(user: str, *, dark: bool) -> str:
    """The colour of a user id as `#rrggbb`, for a theme that is dark or light."""
    palette = DARK if dark else LIGHT
    return palette[crc32(user.encode("utf-8", "replace")) % len(palette)]
