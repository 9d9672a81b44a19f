"""Trying a password: whether it may be tried now, comparing it, counting what was wrong, going on.

No worker waits for it: what follows goes on from a thread of the passwords, through the journal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chat.protocol.codec import error_frame
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.requests import AnyRequest
from chat.server.commands.spec import Reply, Services, go_on
from chat.server.domain.accounts import wrong_password
from chat.server.domain.draft import Draft, note
from chat.server.domain.model import Decision, PasswordHash
from chat.server.domain.rate import milliseconds
from chat.server.ports import Checked
from chat.server.state.journal.change import Change
from chat.server.state.session import Session


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

    services.passwords.make(password, nick, then)


@dataclass(frozen=True, slots=True)
class Trial:
    """One try of a password.

    Attributes:
        account: the key of the nick that it is for, be there such an account or not.
        field: of the request, where the password stands.
    """

    services: Services
    session: Session
    request: AnyRequest
    reply: Reply
    account: str
    field: str

    def run(self, password: str, kept: PasswordHash | None, follow: Callable[[Checked], None]) -> None:
        """Compare; where the password is right, `follow` answers, on a thread of the passwords.

        Raises:
            Refused: too many were wrong before.
        """
        wait = self.services.attempts.begin(self.account, self.session.host)
        if wait:
            raise Refused(
                ErrorCode.TOO_MANY_ATTEMPTS,
                f"Too many wrong passwords: try again in {max(1, round(wait))} s.",
                field=self.field,
                retry_after_ms=milliseconds(wait),
            )

        def then(result: Checked | Refused) -> None:
            try:
                right = self._right(result)
            except Refused as refused:
                self.reply(error_frame(self.request.id, refused))
            else:
                follow(right)

        self.services.passwords.check(password, kept.value if kept else None, then)

    def _right(self, result: Checked | Refused) -> Checked:
        """Count what came of it; raises `Refused` for anything but the right password."""
        attempts, host = self.services.attempts, self.session.host
        if isinstance(result, Refused):
            attempts.given_up(self.account, host)
            raise result
        if result.right:
            attempts.succeeded(self.account, host)
            return result
        for what in attempts.failed(self.account, host):
            self._note_lock(self.account if what == "account" else host, what)
        raise wrong_password(self.field)

    def _note_lock(self, subject: str, what: str) -> None:
        """Have the audit log keep that somebody has to wait."""

        def noted(draft: Draft) -> Decision:
            return Decision(notes=(note(draft, "login_locked", None, subject, what),))

        self.services.queue.put(Change(decide=noted, answer=lambda _: None))
