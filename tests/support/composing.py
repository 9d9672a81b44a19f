"""A small app around one composer, as a conversation holds it, that notes what comes out of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Static

from chat.tui.alt_keys import separate_alt_keys
from chat.tui.slash.complete import Vocabulary
from chat.tui.slash.input_history import InputHistory
from chat.tui.widgets.composer import Composer
from tests.support.stage import Stage, act, screen_lines

Heard = TypeVar("Heard", bound=Message)

NAMES = Vocabulary(
    nicks=("bob", "alice", "alan", "[/] @click"),
    channels=("#general", "#dev", "#deploy"),
    people=("bert", "bob"),
)


@dataclass(frozen=True)
class Seen:
    """What one sees of the line and of what stands above it."""

    lines: tuple[str, ...]
    height: int
    proposed: tuple[str, ...]
    chosen: int | None
    note: str


class Desk(Stage):
    """Talk above, the line below.

    `free_keys` are those that neither the composer nor anything above it took, as a screen would get them.
    `seen` is how it looked at the end, before the app was closed.
    """

    seen: Seen

    CSS = "#talk { height: 1fr; }"

    def __init__(self) -> None:
        self.composer = Composer("write to #general")
        super().__init__(Static("talk\n" * 40, id="talk", markup=False), self.composer)
        separate_alt_keys()
        self.written = InputHistory()
        self.free_keys: list[str] = []
        self.quits = 0
        self.composer.vocabulary = lambda: NAMES

    def on_mount(self) -> None:
        """Show a conversation."""
        self.composer.load("", self.written, "write to #general")
        self.composer.focus()

    def heard_of(self, kind: type[Heard]) -> list[Heard]:
        """The messages of one kind that were posted so far."""
        return [message for message in self.heard if isinstance(message, kind)]

    async def action_quit(self) -> None:
        """Count instead of ending."""
        self.quits += 1

    def look(self) -> None:
        """Remember how it looks now."""
        composer = self.composer
        popup = composer.popup
        height = composer.region.height
        self.seen = Seen(tuple(screen_lines(self)), height, popup.labels, popup.chosen, popup.note)

    @property
    def sent(self) -> list[str]:
        """The lines that were handed on so far."""
        return [message.text for message in self.heard_of(Composer.Submitted)]

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        taken = await super()._check_bindings(key, priority)
        if not taken and not priority:
            self.free_keys.append(key)
        return taken


async def keys(pilot: Pilot[Any], *pressed: str) -> None:
    """Press keys all at once, as over a slow link, and wait for what comes of them.

    A single character is a letter, anything longer the name of a key.
    """
    for key in pressed:
        is_letter = len(key) == 1
        name = _character_to_key(key) if is_letter and not key.isalnum() else key
        pilot.app.post_message(Key(name, key if is_letter else None))
    await pilot.pause()


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Paste as a terminal does, and wait for what comes of it."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()


def write(
    desk: Desk,
    *pressed: str,
    then: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
    size: tuple[int, int] = (60, 24),
) -> None:
    """Press keys at the desk, then do something more."""

    async def deed(pilot: Pilot[Any]) -> None:
        await keys(pilot, *pressed)
        if then is not None:
            await then(pilot)
        await pilot.pause()
        desk.look()

    act(desk, deed, size=size)
