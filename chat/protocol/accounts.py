"""One's own account and devices: what may be asked, and the answers. No I/O, no threads."""

from chat.protocol.answering import Result
from chat.protocol.asking import Cursor, Password, Request
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Device, Time, User


class AddDevice(Request, frozen=True, kw_only=True, omit_defaults=True, tag="add_device"):
    """Ask for a code by which one more device becomes this user, once; an older code is void."""


class Register(Request, frozen=True, kw_only=True, omit_defaults=True, tag="register"):
    """Put a password on the user one already is: the nick is one's own from now on."""

    password: Password


class ChangePassword(Request, frozen=True, kw_only=True, omit_defaults=True, tag="change_password"):
    """Take another password; all other devices are logged out."""

    old: Password
    new: Password


class Devices(Request, frozen=True, kw_only=True, omit_defaults=True, tag="devices"):
    """Ask for one's own devices."""


class RevokeDevice(Request, frozen=True, kw_only=True, omit_defaults=True, tag="revoke_device"):
    """Log a device of one's own out for good, or all but the one that asks."""

    device: Cursor = ""
    """Its id; empty for all others."""


class ExportData(Request, frozen=True, kw_only=True, omit_defaults=True, tag="export_data"):
    """Ask for all that one said and did, page by page."""

    after: Cursor = ""


class EraseMessages(Request, frozen=True, kw_only=True, omit_defaults=True, tag="erase_messages"):
    """Take back all messages that one sent anywhere; administrators may name somebody else."""

    user: Cursor = ""
    """`@nick` or a user id; empty for oneself."""


class AddDeviceResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="add_device_result"):
    """A code for one more device of one's own; whoever has it becomes this user."""

    code: str
    """To be typed by a person: case and dashes do not matter."""
    expires: Time
    """UTC; after `limits.device_code_seconds`, or when it was used."""


class RegisterResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="register_result"):
    """One's record, with an account now."""

    user: User


class ChangePasswordResult(
    Result, frozen=True, kw_only=True, omit_defaults=True, tag="change_password_result"
):
    """The new password counts."""

    logged_out: int
    """How many other devices must log in again."""


class DevicesResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="devices_result"):
    """One's own devices, the one used last first."""

    devices: tuple[Device, ...]


class RevokeDeviceResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="revoke_device_result"):
    """They can't come back without logging in."""

    logged_out: int


class ExportDataResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="export_data_result"):
    """A page of what one said and did, as it stands now."""

    user: User
    entries: tuple[AnyEntry, ...]
    next: str = ""


class EraseMessagesResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="erase_messages_result"):
    """It is on its way: entries of deletions follow in each conversation."""

    messages: int
    """How many will be taken back."""
