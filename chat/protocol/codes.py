"""The table of error codes and close reasons: what can go wrong, and what to do about it.

One table serves the server, the client, `docs/protocol.md` and the tests, which fail when a code is
undocumented or unreachable. Knows nothing of sockets, threads or rules of chat.
"""

from enum import StrEnum
from typing import NamedTuple


class ErrorCode(StrEnum):
    """The stable word of an error; the sentence beside it may change, this may not."""

    # framing: the line itself is no good
    LINE_TOO_LONG = "line_too_long"
    INVALID_UTF8 = "invalid_utf8"
    NESTED_TOO_DEEP = "nested_too_deep"
    INVALID_JSON = "invalid_json"
    # the request is no good
    UNKNOWN_REQUEST = "unknown_request"
    INVALID_REQUEST = "invalid_request"
    NOT_ALLOWED_NOW = "not_allowed_now"
    # hello
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_DEVICE = "unknown_device"
    WRONG_CODE = "wrong_code"
    WRONG_PASSWORD = "wrong_password"
    WEAK_PASSWORD = "weak_password"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    ACCOUNT_DISABLED = "account_disabled"
    GATE_CLOSED = "gate_closed"
    NOT_ENCRYPTED = "not_encrypted"
    ALREADY_REGISTERED = "already_registered"
    NOT_REGISTERED = "not_registered"
    TOO_MANY_REQUESTS = "too_many_requests"
    # names and targets
    INVALID_NAME = "invalid_name"
    NICK_TAKEN = "nick_taken"
    CHANNEL_EXISTS = "channel_exists"
    UNKNOWN_CONVERSATION = "unknown_conversation"
    UNKNOWN_USER = "unknown_user"
    NOT_MEMBER = "not_member"
    NOT_A_CHANNEL = "not_a_channel"
    # rights
    FORBIDDEN = "forbidden"
    INVITE_ONLY = "invite_only"
    BANNED = "banned"
    MUTED = "muted"
    ARCHIVED = "archived"
    SLOW_MODE = "slow_mode"
    RATE_LIMITED = "rate_limited"
    # content
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    INVALID_REACTION = "invalid_reaction"
    TOO_MANY = "too_many"
    UNKNOWN_MESSAGE = "unknown_message"
    NOT_YOUR_MESSAGE = "not_your_message"
    CONFLICT = "conflict"
    # trouble of the server
    OUT_OF_ORDER = "out_of_order"
    OVERLOADED = "overloaded"
    STORAGE_TROUBLE = "storage_trouble"
    READ_ONLY = "read_only"
    STOPPING = "stopping"
    INTERNAL_ERROR = "internal_error"


class ErrorRule(NamedTuple):
    """What is true of every error of one code."""

    retryable: bool
    """Whether the same request may succeed later without being changed."""
    http_status: int
    """The status that the same error has at an HTTP gateway."""
    meaning: str
    """One sentence for `docs/protocol.md`."""


RETRY_AFTER_MS = 1000
"""The wait that is told where who refuses knows no better."""

ERRORS: dict[ErrorCode, ErrorRule] = {
    ErrorCode.LINE_TOO_LONG: ErrorRule(
        False, 413, "The line is longer than `limits.line_bytes`; it was dropped."
    ),
    ErrorCode.INVALID_UTF8: ErrorRule(False, 400, "The line is not UTF-8; it was dropped."),
    ErrorCode.NESTED_TOO_DEEP: ErrorRule(False, 400, "The line nests deeper than 16 levels; it was dropped."),
    ErrorCode.INVALID_JSON: ErrorRule(False, 400, "The line is not one JSON object; it was dropped."),
    ErrorCode.UNKNOWN_REQUEST: ErrorRule(False, 404, "No request has this `type`."),
    ErrorCode.INVALID_REQUEST: ErrorRule(
        False, 422, "A field is missing or has a wrong value; `field` names it."
    ),
    ErrorCode.NOT_ALLOWED_NOW: ErrorRule(
        False, 409, "The request does not fit the state of the link: say `hello` first, or not again."
    ),
    ErrorCode.UNSUPPORTED_VERSION: ErrorRule(
        False, 426, "Client and server speak no common protocol version; one of them must be updated."
    ),
    ErrorCode.UNKNOWN_DEVICE: ErrorRule(
        False, 401, "The token belongs to no device; repeat `hello` with `new` to become a new guest."
    ),
    ErrorCode.WRONG_CODE: ErrorRule(
        False, 401, "The code is wrong, was used or is too old; make a new one on the other device."
    ),
    ErrorCode.WRONG_PASSWORD: ErrorRule(False, 401, "Nick and password do not belong together."),
    ErrorCode.WEAK_PASSWORD: ErrorRule(
        False, 422, "The password is too short, too long or too common; choose another one."
    ),
    ErrorCode.TOO_MANY_ATTEMPTS: ErrorRule(
        True, 429, "Too many wrong passwords or new devices from here; try again after the wait."
    ),
    ErrorCode.ACCOUNT_DISABLED: ErrorRule(
        False, 403, "This account is closed; ask an administrator of the server."
    ),
    ErrorCode.GATE_CLOSED: ErrorRule(
        False, 403, "The server lets in no guests, new accounts or anybody but its staff for now."
    ),
    ErrorCode.NOT_ENCRYPTED: ErrorRule(
        False, 403, "Passwords are taken over encrypted connections only; connect with TLS."
    ),
    ErrorCode.ALREADY_REGISTERED: ErrorRule(False, 409, "There is an account already."),
    ErrorCode.NOT_REGISTERED: ErrorRule(False, 409, "This is for accounts; `register` makes one."),
    ErrorCode.TOO_MANY_REQUESTS: ErrorRule(
        True, 429, "Too many requests before `hello`; the link is closed."
    ),
    ErrorCode.INVALID_NAME: ErrorRule(False, 422, "The nick or channel name breaks the rules for names."),
    ErrorCode.NICK_TAKEN: ErrorRule(False, 409, "Somebody else has this nick; choose another."),
    ErrorCode.CHANNEL_EXISTS: ErrorRule(False, 409, "There is a channel of this name already; `join` it."),
    ErrorCode.UNKNOWN_CONVERSATION: ErrorRule(
        False, 404, "There is no such conversation; `list_channels` tells which are."
    ),
    ErrorCode.UNKNOWN_USER: ErrorRule(False, 404, "Nobody has this nick or id."),
    ErrorCode.NOT_MEMBER: ErrorRule(False, 403, "Only members may read or write here; `join` first."),
    ErrorCode.NOT_A_CHANNEL: ErrorRule(
        False, 422, "This request is for channels only, and this is a direct conversation."
    ),
    ErrorCode.FORBIDDEN: ErrorRule(False, 403, "This is for operators or administrators."),
    ErrorCode.INVITE_ONLY: ErrorRule(False, 403, "Only the invited may join; ask an operator."),
    ErrorCode.BANNED: ErrorRule(False, 403, "You are banned from this channel."),
    ErrorCode.MUTED: ErrorRule(False, 403, "You may not write here: you are muted, or only operators write."),
    ErrorCode.ARCHIVED: ErrorRule(False, 409, "The channel is archived; nobody writes in it any more."),
    ErrorCode.SLOW_MODE: ErrorRule(
        False, 429, "The channel is in slow mode; write again after the wait, and elsewhere at once."
    ),
    ErrorCode.RATE_LIMITED: ErrorRule(True, 429, "That was too much at once; go on after the wait."),
    ErrorCode.EMPTY_TEXT: ErrorRule(False, 422, "The text is empty once what can not be shown is removed."),
    ErrorCode.TEXT_TOO_LONG: ErrorRule(
        False, 413, "The text is longer than `limits` allow; shorten or split it."
    ),
    ErrorCode.INVALID_REACTION: ErrorRule(False, 422, "A reaction is one emoji or one short word."),
    ErrorCode.TOO_MANY: ErrorRule(
        False, 409, "There are as many as `limits` allow already; take one away first."
    ),
    ErrorCode.UNKNOWN_MESSAGE: ErrorRule(
        False, 404, "There is no message of this number here, or it was deleted."
    ),
    ErrorCode.NOT_YOUR_MESSAGE: ErrorRule(False, 403, "Only its author may change or delete a message."),
    ErrorCode.CONFLICT: ErrorRule(False, 409, "This `send_id` was used for another request; take a new one."),
    ErrorCode.OUT_OF_ORDER: ErrorRule(
        True, 409, "An earlier send of this link was refused; repeat that one first, so that the order stays."
    ),
    ErrorCode.OVERLOADED: ErrorRule(
        True, 503, "The server has more to write than it can; repeat after the wait."
    ),
    ErrorCode.STORAGE_TROUBLE: ErrorRule(
        True,
        503,
        "The server could not store or read it (disk full, locked, read-only); it is safe to ask again.",
    ),
    ErrorCode.READ_ONLY: ErrorRule(
        True, 503, "A flush to disk failed: the server only reads until its operator restarts it."
    ),
    ErrorCode.STOPPING: ErrorRule(True, 503, "The server is stopping; connect again shortly."),
    ErrorCode.INTERNAL_ERROR: ErrorRule(
        False, 500, "A fault in the server; its log has the details under `trace`."
    ),
}


class CloseReason(StrEnum):
    """Why a server ends a link; sent in `goodbye`."""

    QUIT = "quit"
    REPLACED = "replaced"
    STOPPING = "stopping"
    TOO_SLOW = "too_slow"
    SILENT = "silent"
    NOT_ENCRYPTED = "not_encrypted"
    DISCONNECTED = "disconnected"
    LOGGED_OUT = "logged_out"
    TOO_MANY_LINKS = "too_many_links"
    LOGIN_TIMEOUT = "login_timeout"
    BAD_FRAMING = "bad_framing"
    TOO_MANY_REQUESTS = "too_many_requests"
    INTERNAL_ERROR = "internal_error"


class CloseRule(NamedTuple):
    """What is true of every close of one reason."""

    reconnect: bool
    """Whether the client should dial again by itself."""
    meaning: str
    """The sentence that goes with it."""
    wait_ms: int | None = None
    """How long to wait before that at least, where coming at once would be refused again."""


CLOSES: dict[CloseReason, CloseRule] = {
    CloseReason.QUIT: CloseRule(False, "You asked to leave."),
    CloseReason.REPLACED: CloseRule(
        False, "The same device connected again from elsewhere; this link was replaced."
    ),
    CloseReason.STOPPING: CloseRule(True, "The server is stopping; connect again shortly."),
    CloseReason.TOO_SLOW: CloseRule(True, "This link read too slowly; reconnect to get what it missed."),
    CloseReason.SILENT: CloseRule(True, "Nothing was heard for too long; the link is taken for dead."),
    CloseReason.NOT_ENCRYPTED: CloseRule(
        False, "This server takes encrypted connections only; connect with TLS on the same port."
    ),
    CloseReason.DISCONNECTED: CloseRule(False, "An administrator ended the connection."),
    CloseReason.LOGGED_OUT: CloseRule(False, "This device was logged out; log in again."),
    CloseReason.TOO_MANY_LINKS: CloseRule(
        True, "Too many connections from this address wait for a hello; try again in a moment.", 2000
    ),
    CloseReason.LOGIN_TIMEOUT: CloseRule(True, "No hello came in time."),
    CloseReason.BAD_FRAMING: CloseRule(
        False, "Three lines were no valid frames; this client does not speak the protocol."
    ),
    CloseReason.TOO_MANY_REQUESTS: CloseRule(True, "Too many requests before hello.", RETRY_AFTER_MS),
    CloseReason.INTERNAL_ERROR: CloseRule(True, "A fault in the server ended the link."),
}


class Refused(Exception):
    """A request is refused: code, a sentence that says what to do, and the field at fault if one is.

    Raised by the rules of chat and by commands; dispatch turns it into an error frame.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str = "",
        *,
        field: str | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        """Use the code's own meaning where no message is given; `retry_after_ms` is the wait to ask for."""
        super().__init__(message or ERRORS[code].meaning)
        self.code = code
        self.field = field
        self.retry_after_ms = retry_after_ms

    @property
    def message(self) -> str:
        """The sentence for the person who asked."""
        return str(self)
