"""What a command is, and what it may use.

Any worker may run a handler. It either returns the reply, having read only, or a change for the journal,
whose answer it has tied to `reply`. It never waits for another thread.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from chat.clock import Clock
from chat.ids import SendId
from chat.protocol.asking import Change as ChangeRequest
from chat.protocol.asking import Request
from chat.protocol.codec import error_frame
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Limits
from chat.protocol.replies import AnyReply, Error
from chat.protocol.requests import AnyRequest
from chat.server.ports import Passwords, Reads, StoreError
from chat.server.state.attempts import Attempts
from chat.server.state.budgets import AddressRate, Budgets
from chat.server.state.device_codes import DeviceCodes
from chat.server.state.fanout import Fanout
from chat.server.state.journal.change import Broken, Change, Origin, Outcome, Place, request_hash
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.presence import PresenceTeller
from chat.server.state.published import Published
from chat.server.state.refusals import Refusals
from chat.server.state.retaining import Retaining
from chat.server.state.session import Session

_log = structlog.get_logger()

Reply = Callable[[AnyReply], None]
"""Called exactly once per request, from any thread."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What commands can't know of the server by themselves."""

    version: str
    started: datetime
    links: int
    """Connections, logged in or not."""


@dataclass(frozen=True, slots=True)
class Services:
    """All that handlers may use."""

    world: Published
    fanout: Fanout
    queue: JournalQueue
    presence: PresenceTeller
    codes: DeviceCodes
    budgets: Budgets
    new_devices: AddressRate
    passwords: Passwords
    attempts: Attempts
    refusals: Refusals
    store: Reads
    retaining: Retaining
    clock: Clock
    limits: Limits
    facts: Callable[[], Facts]
    """How the server is doing."""
    defer: Callable[[Callable[[], None]], None]
    """Has a worker run something later: the part of an answer that reads the store after a commit."""


@dataclass(frozen=True, slots=True)
class Command:
    """One request and who handles it."""

    request: type[Request]
    handle: Callable[[Services, Session, Any, Reply], AnyReply | Change | None]
    """Gives the reply, a change that answers, or nothing when somebody else will answer."""
    pipelined: bool = False
    """Whether several of a link may be in flight."""


def answering(
    request: AnyRequest, reply: Reply, build: Callable[[Outcome], AnyReply]
) -> Callable[[Outcome | Refused], None]:
    """Return the answer of a change: the error, or what `build` makes of the outcome."""

    def answer(result: Outcome | Refused) -> None:
        if isinstance(result, Refused):
            reply(_refusal(request, result))
        else:
            reply(reading(request, lambda: build(result)))

    return answer


def answering_later(
    services: Services, request: AnyRequest, reply: Reply, build: Callable[[Outcome], AnyReply]
) -> Callable[[Outcome | Refused], None]:
    """Return the answer of a change whose reply reads the store: a worker builds it, never the journal."""

    def answer(result: Outcome | Refused) -> None:
        if isinstance(result, Refused):
            reply(_refusal(request, result))
        else:
            services.defer(lambda: reply(reading(request, lambda: build(result))))

    return answer


def go_on(
    services: Services, session: Session, request: AnyRequest, reply: Reply, follow: Callable[[], Change]
) -> None:
    """Queue the change that follows a password's hash; when there is no room the sender is told to retry.

    On a thread of the passwords; whatever is refused before the change is answered here.
    """
    change = reading(request, follow)
    if not isinstance(change, Change):
        reply(change)
    elif not services.queue.offer(change, session.peer.resume):
        reply(_refusal(request, Refused(ErrorCode.OVERLOADED)))


def require_secret(session: Session) -> None:
    """Raise `Refused` where others may read along."""
    if not session.secret:
        raise Refused(ErrorCode.NOT_ENCRYPTED)


_T = TypeVar("_T")


def reading(request: AnyRequest, read: Callable[[], _T]) -> _T | Error:
    """Return what `read` returns, or the error frame that says why it could not."""
    try:
        return read()
    except Refused as refused:
        return error_frame(request.id, refused)
    except StoreError:
        return error_frame(request.id, Refused(ErrorCode.STORAGE_TROUBLE))
    except Exception:  # noqa: BLE001 - whatever is wrong with one request must cost nobody else anything
        broken = Broken(os.urandom(6).hex())
        _log.exception("a request failed", trace=broken.trace, request=type(request).__name__)
        return _refusal(request, broken)


def _refusal(request: AnyRequest, refused: Refused) -> Error:
    return error_frame(request.id, refused, refused.trace if isinstance(refused, Broken) else None)


def origin_of(session: Session, request: ChangeRequest) -> Origin:
    """Return whose change a request is, for telling a repeated one."""
    return Origin(session.user, session.device, SendId(request.send_id), request_hash(request))


def origin_of_send(session: Session, request: ChangeRequest) -> Origin:
    """Return whose send it is, and where it stands among those of its link."""
    place = Place(session.order, session.order.next_place())
    return Origin(session.user, session.device, SendId(request.send_id), request_hash(request), place)
