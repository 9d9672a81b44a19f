"""Keeping order on the server: what administrators may ask, and the answers. No I/O, no threads."""

from chat.protocol.answering import Result
from chat.protocol.asking import Cursor, Password, Request, Target
from chat.protocol.records import AuditRecord, Gate, KnownUser, Number, Time, User


class Stats(Request, frozen=True, kw_only=True, omit_defaults=True, tag="stats"):
    """Ask how the server is doing; for administrators, like all down to `audit`."""


class Disconnect(Request, frozen=True, kw_only=True, omit_defaults=True, tag="disconnect"):
    """End all sessions of somebody."""

    user: Target
    reason: str = ""


class Announce(Request, frozen=True, kw_only=True, omit_defaults=True, tag="announce"):
    """Tell everybody who is here something."""

    text: str


class SetGate(Request, frozen=True, kw_only=True, omit_defaults=True, tag="set_gate"):
    """Say whom the server lets in, at once and without a restart."""

    gate: Gate


class AddUser(Request, frozen=True, kw_only=True, omit_defaults=True, tag="add_user"):
    """Make an account."""

    nick: str
    password: Password
    admin: bool = False


class ListUsers(Request, frozen=True, kw_only=True, omit_defaults=True, tag="list_users"):
    """Ask who is known to the server."""

    after: Cursor = ""


class SetPassword(Request, frozen=True, kw_only=True, omit_defaults=True, tag="set_password"):
    """Give somebody a new password, who lost theirs; their devices are logged out."""

    user: Target
    password: Password


class SetAdmin(Request, frozen=True, kw_only=True, omit_defaults=True, tag="set_admin"):
    """Make somebody an administrator, or a user like others."""

    user: Target
    admin: bool


class DisableUser(Request, frozen=True, kw_only=True, omit_defaults=True, tag="disable_user"):
    """Let somebody in no more, or again."""

    user: Target
    disabled: bool = True


class Audit(Request, frozen=True, kw_only=True, omit_defaults=True, tag="audit"):
    """Ask what those who keep order did, the newest first."""

    before: Number | None = None


class StatsResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="stats_result"):
    """How the server is doing."""

    version: str
    started: Time
    gate: Gate
    links: int
    """Connections, logged in or not."""
    users_here: int
    users: int
    conversations: int
    queue: int
    """Changes that wait for the journal."""
    pending_bytes: int
    """What waits for the writer."""


class DisconnectResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="disconnect_result"):
    """Their sessions are ending."""

    sessions: int


class AnnounceResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="announce_result"):
    """It is told to everybody who is here."""

    sessions: int


class SetGateResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="set_gate_result"):
    """Whom the server lets in now."""

    gate: Gate


class AddUserResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="add_user_result"):
    """The account."""

    user: User


class ListUsersResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="list_users_result"):
    """A page of users."""

    users: tuple[KnownUser, ...]
    next: str = ""


class SetPasswordResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="set_password_result"):
    """The new password counts."""

    user: User


class SetAdminResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="set_admin_result"):
    """Their record now."""

    user: User


class DisableUserResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="disable_user_result"):
    """It is so."""

    user: User
    disabled: bool


class AuditResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="audit_result"):
    """A page of the audit log, the newest first."""

    records: tuple[AuditRecord, ...]
    first: Number
    """The oldest number there is."""
