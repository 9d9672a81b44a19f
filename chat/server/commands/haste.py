"""Which budget a request is counted on and whether it may run now; how many new devices an address may bring.

Any worker, one at a time for each link.
"""

from chat.ids import SendId
from chat.protocol.accounts import EraseMessages, ExportData
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.order import (
    ArchiveChannel,
    BanUsers,
    DeleteChannel,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetMode,
    Unban,
    Unmute,
)
from chat.protocol.records import UserKind
from chat.protocol.requests import (
    AnyRequest,
    ChangeNick,
    CreateChannel,
    Delete,
    Edit,
    History,
    Join,
    Part,
    Pin,
    React,
    Send,
    SetStatus,
    SetTopic,
    Unpin,
)
from chat.server.commands.spec import Services
from chat.server.domain.rate import Budget, rate_limited, too_many_devices
from chat.server.state.refusals import Excess
from chat.server.state.session import Session

_ORDER = (
    Invite,
    Kick,
    BanUsers,
    Unban,
    Mute,
    Unmute,
    Grant,
    Revoke,
    SetMode,
    ArchiveChannel,
    DeleteChannel,
)
"""All members are told, the audit log keeps it, the channel's rules are stored whole each time: dearer than a
message, and rarely done more than a few times in a row."""

BUDGETS: dict[type[Request], Budget] = {
    **dict.fromkeys((Send, Edit, Delete, React, Pin, Unpin, SetTopic), Budget.SENDS),
    **dict.fromkeys((Join, Part, CreateChannel, *_ORDER, ChangeNick, SetStatus), Budget.JOINS),
    History: Budget.HISTORY,
    ExportData: Budget.HISTORY,
    EraseMessages: Budget.ERASURES,
}
"""Those that are not named here count as `Budget.REQUESTS`."""


def too_hasty(services: Services, session: Session, request: AnyRequest | None) -> Refused | None:
    """Count a request, or a line that is none, and return why it may not run now.

    Sends that follow one that was refused are refused too, whatever is left of the budget, so that they stay
    in order; but each of these counts as one of the other requests.
    """
    if not session.identified:
        return None
    user = services.world.directory.known(session.user)
    budget = Budget.REQUESTS if request is None else BUDGETS.get(type(request), Budget.REQUESTS)
    if budget is Budget.ERASURES and user.admin:
        budget = Budget.REQUESTS  # they do it for others, of whom there may be many
    out_of_order = isinstance(request, Send) and not session.order.passes(SendId(request.send_id))
    if out_of_order:
        budget = Budget.REQUESTS
    wait = services.budgets.take(session.user, budget, guest=user.kind is UserKind.GUEST)
    if wait:
        services.refusals.note(Excess.REQUESTS, user.nick)
        if isinstance(request, Send) and not out_of_order:
            session.order.hold_back(SendId(request.send_id))
        return rate_limited(wait)
    return Refused(ErrorCode.OUT_OF_ORDER, retry_after_ms=0) if out_of_order else None


def count_new_device(services: Services, session: Session) -> None:
    """Count the new device that a link asks for on its address, once for each link.

    Raises:
        Refused: too many came from there.
    """
    if session.counted:
        return
    if wait := services.new_devices.take(session.host):
        services.refusals.note(Excess.DEVICES, session.host)
        raise too_many_devices(wait)
    session.counted = True
