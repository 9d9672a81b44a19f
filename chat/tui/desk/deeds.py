"""What can be done with a message, and why not where it can't. Pure."""

from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from chat.tui.render.rows import Row, RowStatus

D = TypeVar("D", bound=Enum)


class Deed(Enum):
    """Something to do with the selected message; the value is the id of its keys."""

    EDIT = "message.edit"
    DELETE = "message.delete"
    REACT = "message.react"
    PIN = "message.pin"
    COPY = "message.copy"
    DETAILS = "message.details"
    AGAIN = "message.again"
    BACK = "message.back"
    DROP = "message.drop"


class Offer(NamedTuple, Generic[D]):
    """One line of a menu."""

    deed: D
    label: str
    refusal: str
    """Why it can't be done, in a few words; empty when it can."""


_LABELS = {
    Deed.EDIT: "Edit",
    Deed.DELETE: "Delete",
    Deed.REACT: "React",
    Deed.PIN: "Pin",
    Deed.COPY: "Copy the text",
    Deed.DETAILS: "Details",
    Deed.AGAIN: "Send again",
    Deed.BACK: "Put back into the line",
    Deed.DROP: "Drop",
}
_STORED = (Deed.EDIT, Deed.DELETE, Deed.REACT, Deed.PIN, Deed.COPY, Deed.DETAILS)
_UNSENT = (Deed.AGAIN, Deed.BACK, Deed.DROP, Deed.COPY, Deed.DETAILS)
_OWN = {Deed.EDIT, Deed.DELETE}
_ASKING = {Deed.EDIT, Deed.DELETE, Deed.REACT, Deed.PIN}
_SEEN = _ASKING - {Deed.DELETE}
"""What others see as they see a message; what one said oneself one may always take back."""
_ALWAYS = {Deed.COPY, Deed.DETAILS}


def offers(row: Row, *, connected: bool, operator: bool = False, hush: str = "") -> tuple[Offer[Deed], ...]:
    """Return all that concerns a message, in the order of its menu; see `refusal`."""
    deeds = _STORED if row.status is RowStatus.STORED else _UNSENT
    return tuple(
        Offer(deed, _label(row, deed), refusal(row, deed, connected=connected, operator=operator, hush=hush))
        for deed in deeds
    )


def refusal(row: Row, deed: Deed, *, connected: bool, operator: bool = False, hush: str = "") -> str:
    """Return why a deed can't be done with a message, in a few words; empty when it can.

    `operator` is whether one keeps order where it was said, `hush` what keeps one from writing there.
    """
    if row.status is not RowStatus.STORED:
        return _refusal_unsent(row, deed)
    if deed in _UNSENT and deed not in _ALWAYS:
        return "it was sent"
    if row.deleted and deed is not Deed.DETAILS:
        return "it was deleted"
    if deed in _OWN and not row.own and not (operator and deed is Deed.DELETE):
        return "only its author" if deed is Deed.EDIT else "only its author and operators"
    if deed in _SEEN and hush:
        return hush
    return "needs a connection" if deed in _ASKING and not connected else ""


def _refusal_unsent(row: Row, deed: Deed) -> str:
    """Return why a deed can't be done with a message that is not stored."""
    if deed in _ALWAYS:
        return ""
    if deed not in _UNSENT:
        return "it is not stored yet"
    if row.status is RowStatus.SENDING:
        return "it is on its way"
    return "it goes out by itself" if deed is Deed.AGAIN and row.under_way else ""


def _label(row: Row, deed: Deed) -> str:
    return "Unpin" if deed is Deed.PIN and row.pinned else _LABELS[deed]
