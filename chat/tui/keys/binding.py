"""What one row of the table of keys says. Values only, safe on any thread."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """One action and the keys that start it.

    `keys` are Textual's names with commas between, the one to show first. `action` is Textual's action
    string, looked up where the place is. `label` is the description in one or two words, for the hints
    of the status line. `urgent` keys are ours even while the line one writes would take them as text.
    """

    id: str
    keys: str
    action: str
    description: str
    alternative: str = ""
    label: str = ""
    urgent: bool = False
    shown: str = ""
    """What help shows instead of the keys, where one row stands for several entries."""
    listed: bool = True
    """Whether help has a row for it."""
