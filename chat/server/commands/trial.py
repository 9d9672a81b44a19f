"""Trying a password: whether it may be tried now, comparing it, counting what was wrong, going on.

No worker waits for it: what follows goes on from a thread of the passwords, through the journal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from chat.protocol.codec import error_frame
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import AnyRequest
from chat.server.commands.spec import Reply, Services, go_on
from chat.server.domain.accounts import wrong_password
from chat.server.domain.draft import Draft, note
from chat.server.domain.model import Decision, PasswordHash
from chat.server.domain.rate import milliseconds
from chat.server.ports import Checked
from chat.server.state.attempts import Lock, Tried
from chat.server.state.journal.change import Change
from chat.server.state.refusals import Excess
from chat.server.state.session import Session

_log = structlog.get_logger("passwords")


def make_hash(
    services: Services,
    session: Session,
    request: AnyRequest,
    reply: Reply,
    password: str,
    nick: str,
    follow: Callable[[str], Change],
) -> None:
    """Make the hash of a new password of who has this nick, and go on with the change that it is for."""

    def then(result: str | Refused) -> None:
        if isinstance(result, Refused):
            reply(error_frame(request.id, result))
        else:
            go_on(services, session, request, reply, lambda: follow(result))

    services.passwords.make(password, nick, session.host, then)


class Repeated(NamedTuple):
    """What a request with a wrong password may be: one that was done before and comes again."""

    password: str
    """It is that if this one is right."""
    answer: Callable[[Checked], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One try of a password.

    Attributes:
        tried: whose it is, and who tries.
        field: of the request, where the password stands.
    """

    services: Services
    session: Session
    request: AnyRequest
    reply: Reply
    tried: Tried
    field: str

    def run(
        self,
        password: str,
        kept: PasswordHash | None,
        follow: Callable[[Checked], None],
        repeated: Repeated | None = None,
    ) -> None:
        """Compare; where the password is right, `follow` answers, on a thread of the passwords.

        Where it is wrong, `repeated` may say what else the request can be. A request that is wrong in both
        counts as two tries, so that it is no way to guess more.

        Raises:
            Refused: too many were wrong before.
        """
        wait = self.services.attempts.begin(self.tried)
        if wait:
            self.services.refusals.note(Excess.PASSWORDS, self.session.host)
            raise Refused(
                ErrorCode.TOO_MANY_ATTEMPTS,
                "Too many wrong passwords.",
                field=self.field,
                retry_after_ms=milliseconds(wait),
            )

        hashed = kept.value if kept else None

        def then(result: Checked | Refused) -> None:
            if repeated is None or isinstance(result, Refused) or result.right:
                self._go_on(result, 1, follow)
            else:
                self.services.passwords.check(repeated.password, hashed, self.tried.host, again)

        def again(result: Checked | Refused) -> None:
            assert repeated is not None
            self._go_on(result, 2, repeated.answer)

        self.services.passwords.check(password, hashed, self.tried.host, then)

    def _go_on(self, result: Checked | Refused, tries: int, follow: Callable[[Checked], None]) -> None:
        try:
            right = self._right(result, tries)
        except Refused as refused:
            self.reply(error_frame(self.request.id, refused))
        else:
            follow(right)

    def _right(self, result: Checked | Refused, tries: int) -> Checked:
        """Count what came of it; raises `Refused` for anything but the right password."""
        attempts = self.services.attempts
        if isinstance(result, Refused):
            attempts.given_up(self.tried)
            raise result
        if result.right:
            attempts.succeeded(self.tried)
            return result
        for lock in attempts.failed(self.tried, tries=tries):
            self._note_lock(lock)
        raise wrong_password(self.field)

    def _note_lock(self, lock: Lock) -> None:
        """Tell the operator that somebody has to wait, in the log and in the audit log.

        Once for each lock: what is refused meanwhile is no try, and none follows before the wait is over.
        """
        what, account, host = lock.what, self.tried.account, self.tried.host
        _log.warning(
            "too many wrong passwords; who tries must wait",
            account=account,
            address=host,
            locked=what,
            seconds=lock.seconds,
        )
        subject = account if what == "account" else host

        def noted(draft: Draft) -> Decision:
            return Decision(notes=(note(draft, "login_locked", None, subject, what),))

        self.services.queue.put(Change(decide=noted, answer=lambda _: None))
