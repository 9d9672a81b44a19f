"""Every key of the client, in one table: the screens bind from it and help is made of it.

A key that is not in `KEYS` does nothing of ours, and no screen binds a key by itself. Whoever adds
an action gives it a place here, so that help can't forget it. Nothing is reached only with Alt (many
keyboards write letters with it), only with a function key or only with the mouse: such an entry names
another way in `alternative`.

Knows no widget and no screen; of Textual only the `Binding`. Values only, safe on any thread.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding, BindingType

from chat.tui.keys import floating
from chat.tui.keys.binding import KeyBinding

__all__ = [
    "KEYS",
    "KeyBinding",
    "KeyHint",
    "KeyRow",
    "KeySection",
    "Place",
    "bindings",
    "hints",
    "key_name",
    "mac_option_digits",
    "sections",
]

_DIGITS = "1234567890"
_MAC_DIGITS = "¡™£¢∞§¶•ªº"  # what Option with a digit writes on a Mac
_NAMES = {
    "circumflex_accent": "^",
    "slash": "/",
    "escape": "Esc",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "plus": "+",
    "at": "@",
}


class Place(Enum):
    """Where a key means something; the value is its heading in help."""

    EVERYWHERE = "Everywhere"
    TALK = "In a conversation"
    LINE = "In the line you write"
    MESSAGE = "On the selected message"
    MEMBERS = "In the member list"
    CONNECT = "Choosing a server"
    TRUST = "Meeting a server"
    SWITCHER = "Going to a conversation"
    MENU = "In the menu of a message"
    REACTION = "Choosing a reaction"
    PINS = "Going to a pinned message"
    DETAILS = "Reading the details of a message"
    MEMBER = "In the menu of a member"
    PANEL = "In a list of devices, bans or rules"
    PASSWORD = "Typing a password"
    QUESTION = "Answering a question"
    HELP = "Reading help"


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key that matters here and now: `Ctrl+K` and `go to`."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of help: keys, what they do, another way."""

    keys: str
    description: str
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class KeySection:
    """The rows of one place under its heading."""

    title: str
    rows: tuple[KeyRow, ...]


def _positions() -> tuple[KeyBinding, ...]:
    """Alt with a digit for the first ten conversations; help has one row for all of them."""
    return tuple(
        KeyBinding(
            f"conversation.{position}",
            f"alt+{digit}",
            f"go_to({position})",
            "conversation 1 to 10",
            alternative="/1 to /10",
            shown="Alt+1 to Alt+9, Alt+0",
            listed=position == 1,
        )
        for position, digit in enumerate(_DIGITS, start=1)
    )


_EVERYWHERE = (
    KeyBinding("help", "f1", "help", "all keys and commands", "/help", "all keys"),
    KeyBinding("redraw", "ctrl+l", "redraw", "draw the screen again"),
    KeyBinding("quit.offer", "ctrl+c", "offer_quit", "offer to quit"),
    KeyBinding("quit", "ctrl+q", "quit", "quit; asks when something is unsent", "/quit", "quit"),
)

_TALK = (
    KeyBinding("conversation.next", "ctrl+n,alt+right", "next_conversation", "next conversation"),
    KeyBinding(
        "conversation.previous",
        "ctrl+p,alt+left",
        "previous_conversation",
        "conversation before",
    ),
    *_positions(),
    KeyBinding(
        "conversation.active",
        "alt+a",
        "next_active",
        "next one that calls, mentions first",
        alternative="Ctrl+K, Enter",
        label="next unread",
    ),
    KeyBinding(
        "conversation.last",
        "ctrl+circumflex_accent,alt+slash",
        "last_conversation",
        "back to where you were",
        alternative="/last",
    ),
    KeyBinding(
        "switcher",
        "ctrl+k,ctrl+g,f2",
        "switcher",
        "go to a channel or a person by name",
        alternative="/switch",
        label="go to",
    ),
    KeyBinding(
        "log.select",
        "ctrl+up,ctrl+s",
        "select_message",
        "select a message, the newest first; a click selects any",
        label="select",
    ),
    KeyBinding("log.unread", "ctrl+t,alt+u", "first_unread", "to the first unread message"),
    KeyBinding("members.toggle", "f8", "toggle_members", "show or hide the members", "/names"),
    KeyBinding("members.focus", "alt+m", "focus_members", "go to the member list", "Shift+Tab"),
    KeyBinding(
        "pane.next",
        "f6,tab",
        "next_pane",
        "next pane: line, private pane, members",
        alternative="Shift+Tab",
    ),
    KeyBinding("pane.previous", "shift+tab", "previous_pane", "the pane before"),
)

_LINE = (
    KeyBinding("line.send", "enter", "send", "send", label="send"),
    KeyBinding("line.newline", "ctrl+j,shift+enter", "newline", "new line", label="new line"),
    KeyBinding(
        "line.complete",
        "tab",
        "complete",
        "complete a name or a command; on an empty line the next pane",
        label="complete",
    ),
    KeyBinding("line.older", "up", "older", "in the first line: what you wrote before"),
    KeyBinding("line.newer", "down", "newer", "in the last line: what you wrote after that"),
    KeyBinding("line.clear", "ctrl+c", "clear_or_quit", "clear the line; on an empty one offer to quit"),
    KeyBinding("line.leave", "escape", "leave", "close the proposals, then go to the newest message"),
    KeyBinding("log.page_up", "pageup", "screen.page_up", "older messages", label="older"),
    KeyBinding("log.page_down", "pagedown", "screen.page_down", "newer messages"),
    KeyBinding("log.top", "ctrl+home", "screen.log_top", "the oldest message here"),
    KeyBinding("log.bottom", "ctrl+end", "screen.log_bottom", "the newest message", label="newest"),
)

_MESSAGE = (
    KeyBinding("message.menu", "enter", "menu", "all that can be done with it", label="menu"),
    *floating.DEEDS,
    KeyBinding("message.up", "up,k,ctrl+up", "select(-1)", "the message above"),
    KeyBinding(
        "message.down",
        "down,j,ctrl+down",
        "select(1)",
        "the message below; below the newest back to the line",
    ),
    KeyBinding("message.page_up", "pageup", "select_page(-1)", "a page up"),
    KeyBinding("message.page_down", "pagedown", "select_page(1)", "a page down"),
    KeyBinding("message.first", "home,ctrl+home", "select_first", "the oldest message here"),
    KeyBinding("message.newest", "end,ctrl+end", "select_newest", "the newest message"),
    KeyBinding("message.command", "slash", "command", "write a command about it, such as /react"),
    KeyBinding("message.leave", "escape", "leave", "back to the line", label="back"),
)

_MEMBERS = (
    KeyBinding("members.open", "enter", "open", "all that can be done with this person", label="menu"),
    KeyBinding("members.up", "up", "move(-1)", "up"),
    KeyBinding("members.down", "down", "move(1)", "down"),
    KeyBinding("members.page_up", "pageup", "move_page(-1)", "a page up"),
    KeyBinding("members.page_down", "pagedown", "move_page(1)", "a page down"),
    KeyBinding("members.first", "home", "first", "the first one"),
    KeyBinding("members.end", "end", "end", "the last one"),
    KeyBinding("members.leave", "escape", "leave", "back to the line", label="back"),
)

_CONNECT = (
    KeyBinding("connect.join", "enter", "join", "join the server in the address field", label="join"),
    KeyBinding("connect.up", "up", "choose(-1)", "the server above"),
    KeyBinding("connect.down", "down", "choose(1)", "the server below", label="choose"),
    KeyBinding("connect.field", "tab", "app.focus_next", "the next field", label="next field"),
    KeyBinding(
        "connect.host",
        "ctrl+n",
        "host",
        "start a server on this machine and join it",
        alternative="chat-tui --host",
        label="start a server on this machine",
        urgent=True,
    ),
)

_TRUST = (
    KeyBinding("trust.go_on", "enter", "go_on", "believe it; after a warning, what was typed", label="go on"),
    KeyBinding("trust.leave", "escape", "leave", "tell it nothing and choose another", label="leave"),
)

_SWITCHER = (
    KeyBinding("switcher.go", "enter", "go", "go there", label="go there"),
    KeyBinding("switcher.up", "up,ctrl+p", "move(-1)", "up", urgent=True),
    KeyBinding("switcher.down", "down,ctrl+n", "move(1)", "down", label="choose", urgent=True),
    KeyBinding("switcher.decline", "ctrl+x", "decline", "forget an invitation", label="decline", urgent=True),
    KeyBinding("switcher.leave", "escape,ctrl+k", "leave", "stay here", label="stay", urgent=True),
)

_QUESTION = (
    KeyBinding("question.yes", "y", "answer(True)", "yes", label="yes"),
    KeyBinding("question.no", "n,escape", "answer(False)", "no", label="no"),
    KeyBinding("question.turn", "left,right", "turn", "the other answer"),
    KeyBinding("question.take", "enter", "take", "the answer that is marked", label="the marked one"),
)

_HELP = (
    KeyBinding("help.close", "escape,f1,q", "close", "close help", label="close"),
    KeyBinding("help.up", "up", "scroll(-1)", "a line up"),
    KeyBinding("help.down", "down", "scroll(1)", "a line down", label="scroll"),
    KeyBinding("help.page_up", "pageup", "page(-1)", "a page up"),
    KeyBinding("help.page_down", "pagedown,space", "page(1)", "a page down"),
)

KEYS: Mapping[Place, tuple[KeyBinding, ...]] = {
    Place.EVERYWHERE: _EVERYWHERE,
    Place.TALK: _TALK,
    Place.LINE: _LINE,
    Place.MESSAGE: _MESSAGE,
    Place.MEMBERS: _MEMBERS,
    Place.CONNECT: _CONNECT,
    Place.TRUST: _TRUST,
    Place.SWITCHER: _SWITCHER,
    Place.MENU: floating.MENU,
    Place.REACTION: floating.REACTION,
    Place.PINS: floating.PINS,
    Place.DETAILS: floating.DETAILS,
    Place.MEMBER: floating.MEMBER,
    Place.PANEL: floating.PANEL,
    Place.PASSWORD: floating.PASSWORD,
    Place.QUESTION: _QUESTION,
    Place.HELP: _HELP,
}
"""The table."""


def bindings(place: Place) -> list[BindingType]:
    """What a screen or widget that is `place` puts into its `BINDINGS`."""
    return [
        Binding(entry.keys, entry.action, entry.description, show=False, priority=entry.urgent, id=entry.id)
        for entry in KEYS[place]
    ]


def sections(*places: Place) -> tuple[KeySection, ...]:
    """The rows of help for some places, in the order asked for."""
    return tuple(KeySection(place.value, tuple(_rows(place))) for place in places)


def hints(*names: str) -> tuple[KeyHint, ...]:
    """What the status line shows of the entries with these ids.

    Raises:
        KeyError: no entry has such an id.
    """
    entries = {entry.id: entry for place in KEYS.values() for entry in place}
    return tuple(KeyHint(key_name(entries[name].keys.split(",")[0]), entries[name].label) for name in names)


def key_name(key: str) -> str:
    """How people write a key: `ctrl+circumflex_accent` is `Ctrl+^`."""
    return "+".join(_NAMES.get(part, part.capitalize()) for part in key.split("+"))


def mac_option_digits() -> dict[str, str]:
    """A keymap for `App.update_keymap` in which Option with a digit goes to a conversation.

    For a Mac whose terminal does not send Option as Alt. It is not the default, since on other
    keyboards some of these characters are text: £ in Britain, § in Germany, º in Spain.
    """
    pairs = zip(_DIGITS, _MAC_DIGITS, strict=True)
    return {
        f"conversation.{position}": f"alt+{digit},{character}"
        for position, (digit, character) in enumerate(pairs, start=1)
    }


def _rows(place: Place) -> Iterator[KeyRow]:
    for entry in KEYS[place]:
        if entry.listed:
            keys = entry.shown or ", ".join(key_name(key) for key in entry.keys.split(","))
            yield KeyRow(keys, entry.description, entry.alternative)
