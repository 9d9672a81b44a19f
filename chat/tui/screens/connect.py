"""The first screen: to which server, and as whom.

What was used last is chosen already, so that Enter is enough. Checks only how things are written;
whether anybody answers is found out by its owner, who shows the screen again, with everything that
was typed and a sentence, when nobody does. Called on the screen's thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from chat.client.remembered import KnownServer
from chat.errors import UsageError
from chat.names import BadName, parse_nick
from chat.transport.address import parse_addresses
from chat.tui.keys import Place, bindings, hints
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line

_KNOWS_NONE = "No server is known here yet. Type the address of one, or start one on this machine."


@dataclass(frozen=True, slots=True)
class ConnectChoice:
    """What somebody decided: join the server at `address` as `nick`, or start one here and join that."""

    address: str
    nick: str
    host: bool = False
    code: str = field(default="", repr=False)
    """From another device, to be the same user as there, whatever the nick."""


class ConnectScreen(Screen[ConnectChoice]):
    """Servers one knows, an address, a name.

    Args:
        servers: the known ones, as they are listed.
        nick: the name to propose.
        address: the address to propose; empty for that of the first server.
        error: a sentence that says why the last attempt failed.
        code: one from another device, to propose.
    """

    PLACE = Place.CONNECT
    BINDINGS = bindings(PLACE)
    AUTO_FOCUS = None
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(
        self,
        servers: Sequence[KnownServer],
        nick: str,
        address: str = "",
        error: str = "",
        code: str = "",
    ) -> None:
        super().__init__()
        self._servers = tuple(servers)
        self._list = ChoiceList(id="servers")
        self._address = Input(placeholder="host or host:port", id="address", compact=True)
        self._nick = Input(placeholder="what others call you", id="nick", compact=True)
        self._code = Input(placeholder="only if another device gave you one", id="code", compact=True)
        self._error = Static(id="error")
        self._proposed = ConnectChoice(address, nick, code=code)
        self._complaint = error

    def compose(self) -> ComposeResult:
        """One column in the middle."""
        with Vertical(id="form"):
            yield Static("chat", id="title")
            yield Static("Servers you know" if self._servers else _KNOWS_NONE, id="known", markup=False)
            yield self._list
            with Horizontal(classes="field"):
                yield Static("Address", classes="label")
                yield self._address
            with Horizontal(classes="field", id="nick-field"):
                yield Static("Your name", classes="label")
                yield self._nick
            with Horizontal(classes="field", id="code-field"):
                yield Static("Device code", classes="label")
                yield self._code
            yield self._error
            yield Static(key_line(hints("connect.join", "connect.host", "help")), id="keys")

    def on_mount(self) -> None:
        """Choose what was used last and put the cursor where something is missing."""
        addresses = [server.address for server in self._servers]
        typed = self._address.value = self._proposed.address
        self._nick.value = self._proposed.nick
        self._code.value = self._proposed.code
        self._tell(self._complaint)
        known = addresses.index(typed) if typed in addresses else 0
        self._list.display = bool(self._servers)
        self._list.show([_row(server) for server in self._servers], known)
        if self._servers and not typed:
            self._take_over(self._servers[0])
        self._missing().focus()

    def _missing(self) -> Input:
        """The field to begin with: where something is missing, or was refused."""
        if self._complaint and self._code.value:
            return self._code
        return self._nick if self._address.value and not self._nick.value else self._address

    def action_choose(self, rows: int) -> None:
        """Take the server above or below in the list."""
        if self._servers:
            self._list.action_move(rows)
            self._take_over(self._servers[self._list.cursor])

    def action_join(self) -> None:
        """Leave with what is in the fields, if it can be meant."""
        address, nick = self._address.value.strip(), self._nick.value.strip()
        if not address:
            self._refuse(
                "Type the address of a server, or start one on this machine with Ctrl+N.", self._address
            )
            return
        try:
            parse_addresses(address)
        except UsageError as problem:
            self._refuse(str(problem), self._address)
            return
        code = self._code.value.strip()
        if code or self._nick_is_legal(nick):
            self.dismiss(ConnectChoice(address, nick, code=code))

    def action_host(self) -> None:
        """Leave with the wish for a server on this machine."""
        nick = self._nick.value.strip()
        if self._nick_is_legal(nick):
            self.dismiss(ConnectChoice("", nick, host=True))

    @on(Input.Submitted)
    def _entered(self) -> None:
        """Join with what was typed before Enter."""
        self.action_join()

    @on(Input.Changed, "#address")
    def _address_typed(self) -> None:
        """Mark the server in the list that is meant, if it is one of those."""
        places = [
            place for place, server in enumerate(self._servers) if server.address == self._address.value
        ]
        self._list.mark(places[0] if places else None)

    @on(ChoiceList.Pointed)
    def _pointed(self) -> None:
        self.action_choose(0)

    @on(ChoiceList.Taken)
    def _taken(self) -> None:
        self.action_choose(0)
        self.action_join()

    def _take_over(self, server: KnownServer) -> None:
        """Fill the fields from a known server; its name is the one used there."""
        self._address.value = server.address
        self._nick.value = server.nick or self._nick.value
        for changed in (self._address, self._nick):
            changed.action_end()

    def _nick_is_legal(self, nick: str) -> bool:
        """Whether one may be called so; says why when not."""
        try:
            parse_nick(nick)
        except BadName as problem:
            self._refuse(str(problem), self._nick)
            return False
        return True

    def _refuse(self, sentence: str, field: Input) -> None:
        """Say what is wrong, and put the cursor there; everything typed stays."""
        self._tell(sentence)
        field.focus()

    def _tell(self, sentence: str) -> None:
        """Show a sentence below the fields; an empty one takes no room."""
        self._error.update(Content(f"! {sentence}"))
        self._error.display = bool(sentence)


def _row(server: KnownServer) -> Choice:
    title = Content.styled(server.name or server.address, "bold")
    if server.name not in {"", server.address}:
        title = Content.assemble(title, "  ", (server.address, "$muted"))
    return Choice(server.address, title, Content.styled(f"as {server.nick}" if server.nick else "", "$muted"))
