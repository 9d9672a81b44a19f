"""From a fresh connection to being in step with the server: welcome, hello, sync, unsent messages.

Knows no socket: it asks by the client's core and is turned by its caller until the answers are there. Runs on
the link's thread. What ends for good is told from what may be tried again.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from chat.client.changes import IdentityLost
from chat.client.core import ClientCore
from chat.client.identity import (
    Identity,
    IdentityStore,
    Owner,
    TokenAway,
    claim,
    claim_numbered,
    fresh,
    numbered,
)
from chat.client.login import Login
from chat.client.stream import LinkLost
from chat.deadline import Deadline
from chat.errors import ChatError, NoConnection
from chat.protocol.answering import Reply
from chat.protocol.codec import VERSION
from chat.protocol.codes import ERRORS, ErrorCode, Refused
from chat.protocol.events import Welcome
from chat.protocol.replies import HelloResult, SyncResult
from chat.protocol.requests import Hello, Sync

R = TypeVar("R", bound=Reply)

_NICKS_TRIED = 9
"""How many numbered nicks are tried when a nick is taken; a server allows few requests before hello."""

Turn = Callable[[float], None]
"""Sends, receives and tells once, waiting at most that many seconds."""


class Hopeless(ChatError):
    """The connection ended and no other will be tried by itself; the text says why and what to do.

    Attributes:
        code: why the server refused the greeting, if it did.
        wants_login: whether logging in with a password is the way on.
    """

    exit_code = NoConnection.exit_code

    def __init__(self, sentence: str, code: ErrorCode | None = None, *, wants_login: bool = False) -> None:
        super().__init__(sentence)
        self.code = code
        self.wants_login = wants_login or code is ErrorCode.GATE_CLOSED


class Person:
    """Who the client wants to be, and who it is.

    Args:
        store: where identities are kept.
        nick: the nick that is wanted.
        numbered: whether `nick2` and so on will do when the identity is in use.
        client_name: what the client says of itself, by which one knows one's devices apart.
        code: from another device of somebody, to become one more of theirs; good for one server, once.
    """

    def __init__(
        self, store: IdentityStore, nick: str, *, numbered: bool, client_name: str, code: str = ""
    ) -> None:
        self.nick = nick
        self._wanted = nick
        self.client_name = client_name
        self.code = code
        self._store = store
        self._numbered = numbered
        self._identity: Identity | None = None
        self._server_id = ""
        self.login: Login | None = None
        """Whom to become with the next greeting; who one was stays at hand until that was done."""
        self._becoming: Identity | None = None

    def log_in(self, login: Login) -> None:
        """Become an account with the next greeting."""
        self.login = login
        self._becoming = None

    def becoming(self, server_id: str) -> Identity:
        """The new device of the account that one logs in as; it is kept once the server has taken it."""
        assert self.login is not None
        self._becoming = fresh(self._store, server_id, self.login.nick)
        return self._becoming

    def became(self, nick: str) -> None:
        """The server took nick and password: one is that account from now on.

        Raises:
            BadConfig: the identity can't be kept.
        """
        assert self._becoming is not None
        self.release()
        self._identity, self._becoming, self.login = self._becoming, None, None
        self._identity.keep_as(nick, over=True)
        self._wanted = self.nick = self._identity.nick
        self._identity.accepted()

    def stays(self) -> None:
        """Nothing came of logging in: be who one was."""
        self.login = self._becoming = None

    def on(self, server_id: str) -> Identity:
        """The identity on a server, claimed once and held from then on.

        Raises:
            Hopeless: it is in use.
            BadConfig: it can't be kept.
        """
        if self._identity is not None and self._server_id == server_id:
            return self._identity
        self.release()
        self._identity = self._claimed(server_id)
        self._server_id = server_id
        if self._identity is None:
            raise Hopeless(f"{self.nick} is in use by another client of this home; choose another nick.")
        self.nick = self._identity.nick
        return self._identity

    def _claimed(self, server_id: str) -> Identity | None:
        """Who comes with a code is never somebody of this home: two clients would be one device."""
        if self.code:
            return fresh(self._store, server_id, self._wanted)
        take = claim_numbered if self._numbered else claim
        return take(self._store, server_id, self._wanted)

    def expected_on(self, server_id: str) -> Owner | None:
        """Whose talk on a server this is, before it said hello; None when that can't be known yet."""
        try:
            return Owner(server_id, self.on(server_id).box)
        except ChatError:  # it comes again, and is told, when it matters
            return None

    def nicks(self) -> Iterator[str]:
        """The nicks to try with a server, best first."""
        yield self.nick
        if self._numbered:
            yield from numbered(self.nick, _NICKS_TRIED)

    def is_called(self, nick: str) -> None:
        """The server says what one is called now: ask for that from now on, and be found by it."""
        if self.login is not None:
            return  # it may be the account that says so, which `became` is told of
        self.nick = nick
        if self._identity is not None:
            self._identity.also_known_as(nick)

    def accepted_as(self, nick: str) -> None:
        """The server knows the token now, and what its user is called; a code was used and is forgotten.

        Raises:
            BadConfig: the identity can't be kept.
        """
        assert self._identity is not None
        if self.code:
            self._identity.keep_as(nick)
            self._wanted = self._identity.nick
        self._identity.accepted()
        self.code = ""

    def release(self) -> None:
        """Let another client be this person."""
        if self._identity is not None:
            self._identity.release()
            self._identity = None


class Greeting:
    """One greeting on one connection."""

    def __init__(self, core: ClientCore, person: Person, turn: Turn) -> None:
        self._core = core
        self._person = person
        self._turn = turn

    def run(self, seconds: float) -> None:
        """Say hello and get in step; the welcome was received and checked before.

        Args:
            seconds: how long each answer may take.

        Raises:
            Hopeless: trying again would not help.
            LinkLost: it may.
        """
        welcome = self._core.state.welcome
        assert welcome is not None
        try:
            if not self._log_in(welcome.server_id, seconds):
                self._hello(self._person.on(welcome.server_id), seconds)
            self._sync(seconds)
            self._core.restore_outbox(welcome.server_id, self._person.on(welcome.server_id).box)
        except Refused as refused:
            if ERRORS[refused.code].retryable:
                raise LinkLost(refused.message, (refused.retry_after_ms or 0) / 1000) from None
            raise Hopeless(refused.message, refused.code) from None
        except TokenAway as away:
            if away.passing:
                raise LinkLost(str(away)) from None
            raise Hopeless(str(away), wants_login=True) from None

    def _log_in(self, server_id: str, seconds: float) -> bool:
        """Log in where somebody wants that; whom the server does not take stays who they were."""
        login = self._person.login
        if login is None:
            return False
        identity = self._person.becoming(server_id)
        try:
            hello = self._say_hello(identity, login.nick, seconds, password=login.password)
        except Refused as refused:
            self._person.stays()
            self._core.settle(login.done, refused)
            return False
        self._person.became(hello.user.nick)
        self._core.owned_by(Owner(server_id, identity.box))
        self._core.token_kept(identity.place())
        self._core.settle(login.done, hello)
        return True

    def _hello(self, identity: Identity, seconds: float) -> None:
        """Say who one is; somebody whom the server does not know any more becomes a new guest."""
        try:
            hello = self._hello_as_any(identity, seconds)
        except Refused as refused:
            if refused.code is not ErrorCode.UNKNOWN_DEVICE or not identity.secret.known:
                raise
            identity.renew()
            self._core.tell(IdentityLost(identity.nick, refused.message))
            hello = self._hello_as_any(identity, seconds)
        self._person.accepted_as(hello.user.nick)
        self._core.token_kept(identity.place())

    def _hello_as_any(self, identity: Identity, seconds: float) -> HelloResult:
        """Say hello by the wanted nick or, where that will do, by the first numbered one that is free."""
        for nick in self._person.nicks():
            try:
                return self._say_hello(identity, nick, seconds)
            except Refused as refused:
                if refused.code is not ErrorCode.NICK_TAKEN:
                    raise
                taken = refused
        raise taken

    def _say_hello(self, identity: Identity, nick: str, seconds: float, *, password: str = "") -> HelloResult:
        hello: Future[HelloResult] = self._core.ask(
            Hello,
            greeting=True,
            version_min=VERSION,
            version_max=VERSION,
            nick=nick,
            token=identity.token(),
            new=not identity.secret.known,
            code="" if password else self._person.code,
            password=password,
            client=self._person.client_name,
        )
        return self._answer(hello, seconds)

    def _sync(self, seconds: float) -> None:
        """Get all pages of one's conversations."""
        after = ""
        while True:
            page: Future[SyncResult] = self._core.ask(Sync, greeting=True, after=after)
            after = self._answer(page, seconds).next
            if not after:
                return

    def _answer(self, future: Future[R], seconds: float) -> R:
        """Turn until the answer is there."""
        deadline = Deadline(seconds)
        while not future.done():
            if deadline.expired:
                raise LinkLost("The server did not answer in time.")
            self._turn(deadline.remaining())
        error = future.exception()
        if isinstance(error, NoConnection):
            raise LinkLost(str(error))
        return future.result()


def check_version(welcome: Welcome) -> None:
    """See whether both sides speak a common version of the protocol.

    Raises:
        Hopeless: one of them must be updated; the sentence says which.
    """
    if welcome.version_max < VERSION:
        raise Hopeless(
            f"This server is too old: it speaks protocol version {welcome.version_max}, "
            f"and this client needs {VERSION}. Ask its operator to update it."
        )
    if welcome.version_min > VERSION:
        raise Hopeless(
            f"This client is too old: the server needs protocol version {welcome.version_min}, "
            f"and this client speaks {VERSION}. Update the client."
        )
