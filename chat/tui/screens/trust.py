"""Whether a server is believed: a calm question at the first contact, an alarm when it is not what it was.

Gives back whether to go on. An alarm is passed by no single key: one has to type what stands on the screen.
Called on the screen's thread.
"""

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from chat.client.changes import ServerMet
from chat.client.trust import Verdict
from chat.text import sanitize
from chat.transport.tls import spoken
from chat.tui.keys import KeyHint, Place, bindings, hints
from chat.tui.widgets.key_hints import key_line

GROUPS_IN_ROW = 4
"""Of the digits of a fingerprint: few enough for the smallest terminal, and easy to keep one's place in."""
PLAIN_WORD = "plain"
"""What is typed to go on where there are no digits."""

_WHY = (
    "If its operator sees the same digits where the server was started, nobody is in between; you are warned "
    "when they change."
)
_READ_ALONG = "It does not encrypt: anyone on the network can read what is said there, and pretend to be it."


def trust_screen(met: ServerMet) -> ModalScreen[bool]:
    """Return the screen that asks whether to go on with a server that was met and is not believed."""
    is_first = met.verdict is Verdict.NEW and not met.known_as
    return ContactScreen(met) if is_first else AlarmScreen(met)


class ContactScreen(ModalScreen[bool]):
    """The first contact.

    Args:
        met: what the server showed.
    """

    PLACE = Place.TRUST
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, met: ServerMet) -> None:
        super().__init__()
        self._met = met

    def compose(self) -> ComposeResult:
        """A floating box."""
        seen = self._met.seen
        with VerticalScroll(id="box", can_focus=False) as box:
            box.border_title = "A server you have not met"
            named = Content.assemble((sanitize(seen.name), "bold"), (f"  {seen.address}", "$muted"))
            yield Static(named, id="server")
            if seen.fingerprint:
                yield Static(fingerprint_rows(seen.fingerprint), id="fingerprint", markup=False)
            yield Static(_WHY if seen.fingerprint else _READ_ALONG, id="why", markup=False)
            yield Static(key_line(_keys("believe it", "go back")), id="keys")

    def action_go_on(self) -> None:
        """Believe it."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Do not."""
        self.dismiss(False)


class AlarmScreen(ModalScreen[bool]):
    """The server is not what it was, or not the one that was demanded; then one can only leave.

    Args:
        met: what the server showed, and why it is not believed.
    """

    PLACE = Place.TRUST
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, met: ServerMet) -> None:
        super().__init__()
        self._met = met
        self._wanted = met.seen.fingerprint[-4:] or PLAIN_WORD
        self._field = Input(id="typed", compact=True, max_length=len(PLAIN_WORD))
        self._error = Static(id="error", markup=False)

    def compose(self) -> ComposeResult:
        """A floating box, in the colour of errors."""
        met = self._met
        with VerticalScroll(id="box", can_focus=False) as box:
            box.border_title = "! Is this the server you mean?"
            yield Static(sanitize(met.sentence), id="story", markup=False)
            if met.seen.fingerprint:
                yield Static("It shows this fingerprint:", id="shows", markup=False)
                yield Static(fingerprint_rows(met.seen.fingerprint), id="fingerprint", markup=False)
            if self._can_go_on:
                digits, word = "Last 4 digits, to go on:", f"Type {PLAIN_WORD!r} to go on:"
                with Horizontal(id="field"):
                    yield Static(digits if met.seen.fingerprint else word, id="label", markup=False)
                    yield self._field
                yield self._error
            leave, go_on = reversed(_keys("go on", "leave it"))
            yield Static(key_line((leave, go_on) if self._can_go_on else (leave,)), id="keys")

    def on_mount(self) -> None:
        """Nothing is wrong yet with what is typed."""
        self._error.display = False

    def action_go_on(self) -> None:
        """Go on, if what was to be typed was."""
        if not self._can_go_on:
            return
        if self._field.value.strip().casefold() == self._wanted:
            self.dismiss(True)
            return
        self._error.update("! That is not what stands here." if self._field.value else "! Nothing is typed.")
        self._error.display = True
        self._field.value = ""

    def action_leave(self) -> None:
        """Tell the server nothing."""
        self.dismiss(False)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_go_on()

    @property
    def _can_go_on(self) -> bool:
        return self._met.verdict is not Verdict.UNEXPECTED


def fingerprint_rows(fingerprint: str) -> str:
    """Return the digits in rows of groups, as one compares them."""
    groups = spoken(fingerprint).split()
    rows = [groups[at : at + GROUPS_IN_ROW] for at in range(0, len(groups), GROUPS_IN_ROW)]
    return "\n".join("  ".join(row) for row in rows)


def _keys(go_on: str, leave: str) -> tuple[KeyHint, ...]:
    """Return the two keys with words that fit the question."""
    enter, escape = hints("trust.go_on", "trust.leave")
    return replace(enter, label=go_on), replace(escape, label=leave)
