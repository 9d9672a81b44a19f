"""What is typed, carried out in its order.

Messages go out one behind the other by themselves. A request waits until everything said before it is stored,
and what follows it waits for its answer, since that may put another conversation in front. Called on the main
thread alone; answers come back as jobs.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from chat.client.changes import LinkChanged, OutboxItem, Phase, SendState
from chat.client.export import Exported, Progress
from chat.client.state import ClientState
from chat.errors import UsageError
from chat.protocol.entries import AnyEntry, Message
from chat.tui.aiming import aimed
from chat.tui.asked import account
from chat.tui.asked.answer import Answer
from chat.tui.carrying import Asking, answered, carry_out
from chat.tui.plain import secrets
from chat.tui.plain.here import Marking, carry_out_here
from chat.tui.plain.log_writer import LogWriter
from chat.tui.plain.paper import Paper
from chat.tui.plain.pins import pinned
from chat.tui.plain.wording import quoted
from chat.tui.slash import actions
from chat.tui.slash.account_actions import AccountAction, Erase, Export
from chat.tui.slash.actions import Action
from chat.tui.slash.parse import parse
from chat.tui.slash.preview import BodyLimit, check_length
from chat.tui.slash.spec import SlashError

_UNDER_WAY_AT_MOST = 64

T = TypeVar("T")

Job = Callable[[], None]
"""Something to be done by the main thread."""


class Speaking(Asking, Marking, secrets.Client, Protocol):
    """What is asked of the client."""

    @property
    def link(self) -> LinkChanged:
        """How it stands with the connection."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Messages that wait, are under way or have failed."""

    def export(self, path: Path, progress: Progress) -> Future[Exported]:
        """Write all that one wrote to a new file."""


class Typist(NamedTuple):
    """Who types."""

    by_hand: bool
    """Whether somebody types and reads along: is told at once that there is no connection, and may think
    again before leaving."""
    ask_secret: secrets.Ask | None = None
    """Asks for a password that nobody sees; None where there is no terminal."""


class Turns:
    """The lines of one run.

    Args:
        client: by whom they are carried out.
        paper: for answers and refusals.
        log: for what is in front.
        catch_up: writes what the client has told.
        post: has a job done; any thread.
        objection: gives what speaks against leaving.
        typist: who types.

    Attributes:
        quit: whether the end was asked for.
        refused: how many lines were refused.
    """

    def __init__(
        self,
        client: Speaking,
        paper: Paper,
        log: LogWriter,
        *,
        catch_up: Job,
        post: Callable[[Job], None],
        objection: Callable[[], Future[str]],
        typist: Typist,
    ) -> None:
        self.quit = False
        self.refused = 0
        self._client = client
        self._paper = paper
        self._log = log
        self._catch_up = catch_up
        self._post = post
        self._objection = objection
        self._by_hand = typist.by_hand
        self._ask_secret = typist.ask_secret
        self._next: Action | None = None
        self._command: Future[Any] | None = None
        self._warned = False
        self._to_delete = 0
        self._to_erase: Erase | None = None

    @property
    def busy(self) -> bool:
        """Whether a line is not carried out yet."""
        return self._command is not None or self._next is not None

    @property
    def has_room(self) -> bool:
        """Whether another line may be taken."""
        return not (self.busy or self.quit) and self.under_way() < _UNDER_WAY_AT_MOST

    def under_way(self) -> int:
        """How many messages are not stored yet."""
        return sum(item.state is not SendState.FAILED for item in self._client.unsent())

    def take(self, line: str) -> None:
        """Find out what a line means, and carry it out when its turn has come."""
        if not line.strip():
            return
        with self._client.reading() as state:
            limits = state.limits
        try:
            action = parse(line)
            if limits is not None:
                check_length(action, BodyLimit(limits.text_characters, limits.text_bytes))
        except SlashError as error:
            self._refuse(str(error))
        else:
            self._next = action
            self.advance()

    def advance(self) -> None:
        """Carry out what waits, if its turn has come."""
        if self._next is not None and self._may_begin(self._next):
            action, self._next = self._next, None
            self._begin(action)

    def drop(self) -> None:
        """Carry out nothing more."""
        self._next = None

    def _may_begin(self, action: Action) -> bool:
        if self._command is not None:
            return False
        if isinstance(action, actions.Say):
            return True
        is_open = self._client.link.phase is Phase.OPEN
        return not self.under_way() if is_open else self._by_hand

    def _begin(self, action: Action) -> None:
        if isinstance(action, actions.Quit):
            self._leave()
            return
        try:
            future = self._carry_out(action)
        except UsageError as error:
            self._refuse(str(error))
            return
        if future is None:
            self._tell(carry_out_here(self._client, action, self._log))
        else:
            self._wait_for(future, self._tell)

    def _carry_out(self, action: Action) -> Future[Answer] | None:
        """Ask the server for what an action means; None when nothing is asked, or not yet.

        Raises:
            UsageError: it means nothing here; the text says why.
        """
        if isinstance(action, actions.ShowPins) and self._log.front:
            return pinned(self._client, self._log.front)
        if isinstance(action, AccountAction) and (asked := self._about_account(action)):
            return asked
        if not isinstance(action, actions.AboutMessage):
            return carry_out(self._client, action, self._log.front)
        with self._client.reading() as state:
            known = state.conversations.get(self._log.front)
            meant = aimed(action, known, state.me.id if state.me else "") if known else action
            about = known.timeline.get(meant.number) if known else None
        if isinstance(meant, actions.Edit) and meant.text is None:
            raise UsageError(f"What is the new text? /edit TEXT takes the place of {_named(about)}.")
        if isinstance(meant, actions.Delete) and self._by_hand and self._to_delete != meant.number:
            self._to_delete = meant.number
            self._paper.note(f"This deletes {_named(about)} for everybody. The same again does it.")
            return _nothing_yet()
        return carry_out(self._client, meant, self._log.front)

    def _about_account(self, action: AccountAction) -> Future[Answer] | None:
        """Do what is more than one request, and ask who is not sure; None for all else."""
        if isinstance(action, Export):
            return self._export(action)
        if isinstance(action, Erase) and self._by_hand and self._to_erase != action:
            self._to_erase = action
            question = account.erase_question(action)
            self._paper.note(f"{question} {account.ERASED_WHERE} The same again does it.")
            return _nothing_yet()
        return secrets.carry_out(self._client, action, self._ask_secret)

    def _export(self, action: Export) -> Future[Answer]:
        path = account.export_path(action)
        self._paper.note(account.EXPORT_BEGINS.format(path=path))

        def progress(entries: int) -> None:
            self._post(partial(self._paper.note, account.exporting(entries)))

        return answered(self._client.export(path, progress), account.exported)

    def _leave(self) -> None:
        """Quit; who types is told first what speaks against it, and quits by asking again."""
        self.quit = not self._by_hand or self._warned
        if not self.quit:
            self._wait_for(self._objection(), self._warn)

    def _warn(self, objection: str) -> None:
        self._warned = True
        self.quit = not objection
        if objection:
            self._paper.note(f"{objection} /quit again does it.")

    def _wait_for(self, future: Future[T], then: Callable[[T], None]) -> None:
        """Let what follows wait for an answer."""
        self._command = future
        future.add_done_callback(lambda done: self._post(partial(self._answered, done, then)))

    def _answered(self, future: Future[T], then: Callable[[T], None]) -> None:
        self._catch_up()  # what the request changed is written before its answer
        self._command = None
        then(future.result())

    def _tell(self, answer: Answer) -> None:
        if answer.failed:
            self._refuse(answer.sentence)
        else:
            for line in answer.text.splitlines():
                self._paper.say(line)
        if answer.show:
            self._log.bring(answer.show)

    def _refuse(self, sentence: str) -> None:
        self.refused += 1
        self._paper.complain(sentence)


def _named(entry: AnyEntry | None) -> str:
    return quoted(entry if isinstance(entry, Message) else None)


def _nothing_yet() -> Future[Answer]:
    """An answer that there is nothing to tell."""
    future: Future[Answer] = Future()
    future.set_result(Answer())
    return future
