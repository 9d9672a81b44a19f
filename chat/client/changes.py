"""What a client tells its listeners: immutable values, one for each thing that changed.

Told by the link's thread, in the order in which things happened and after the client's state shows them.
Knows no thread and no socket. The events of `chat.protocol` are what the server says; these are what it came
to.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto

from msgspec import Struct

from chat.client.trust import Seen, Verdict
from chat.protocol.entries import AnyEntry
from chat.protocol.events import Welcome
from chat.protocol.records import Conversation, Number, Presence, User


class Phase(Enum):
    """Where the client stands with its server."""

    IDLE = auto()
    """Not started yet."""
    DIALLING = auto()
    """Looking for the server and saying hello."""
    OPEN = auto()
    """Connected and in step with the server."""
    WAITING = auto()
    """The connection was lost or did not come to be; the next try comes by itself."""
    ENDED = auto()
    """There is no connection and none will be tried: stopped, replaced, or not understood."""


class LinkChanged(Struct, frozen=True):
    """How it stands with the connection."""

    phase: Phase
    address: str = ""
    """Where the server is or was tried last."""
    cause: str = ""
    """A sentence on what happened, when there is no connection."""
    advice: str = ""
    """A sentence on what is probably wrong; given from the third failure in a row on."""
    failures: int = 0
    """How many tries in a row failed."""
    retry_seconds: float = 0.0
    """How long it is from now to the next try, while waiting."""
    encrypted: bool = False
    doubted: bool = False
    """Whether it has ended since the server is not believed, which a person may change; see `ServerMet`."""
    wants_login: bool = False
    """Whether it has ended since one is not let in as who one was, so that logging in is the way."""
    detour: str = ""
    """When connected: why it is not at the first address that was given; empty when it is."""
    since: datetime | None = None
    """When the connection was lost, while there is none after there was one; aware, UTC."""


class WelcomeSeen(Struct, frozen=True):
    """A server introduced itself, with its limits and its message of the day."""

    welcome: Welcome
    new_epoch: bool = False
    """It was restored from a backup since: all that was known of its conversations is dropped."""


class ServerMet(Struct, frozen=True):
    """A server was met for the first time, or it is not what it was: nothing was told to it yet."""

    seen: Seen
    """What it showed of itself; `ChatClient.believe` takes it."""
    verdict: Verdict
    believed: bool
    """Whether it is trusted from now on; else the connection has ended, and a person must decide."""
    known_as: str = ""
    """The name of the other server that was met at this address before."""
    sentence: str = ""


class Recalled(Struct, frozen=True):
    """What an earlier run knew comes next, in place of all that was told before the first connection."""

    seen_at: datetime | None = None
    """When the server was heard last; None when nothing was kept."""
    drafts: Mapping[str, str] = {}
    """What one was writing, by conversation."""


class MeChanged(Struct, frozen=True):
    """One's own record, at each connection and whenever it changes."""

    user: User
    asked_nick: str = ""
    """The nick that was asked for, when somebody else has it."""


class IdentityLost(Struct, frozen=True):
    """The server knows this device no more: one goes on as a new guest."""

    nick: str
    sentence: str


class ConversationAdded(Struct, frozen=True):
    """One is a member of a conversation that one was not known to be in before."""

    conversation: Conversation


class ConversationChanged(Struct, frozen=True):
    """Topic, counts, pins or read positions of a conversation changed."""

    conversation: Conversation


class ConversationRemoved(Struct, frozen=True):
    """One is a member no more; all that was known of the conversation is dropped."""

    conversation: Conversation
    """As it was known last."""
    reason: str = ""
    by: str = ""
    """Nick of the operator who did it; empty when one left by oneself, or that is not known."""
    deleted: bool = False
    """The channel is gone altogether."""
    banned: bool = False
    """A ban keeps one out."""
    until: datetime | None = None
    """When that ban ends by itself, UTC; None for one that does not."""


class InvitedTo(Struct, frozen=True):
    """An operator lets one join a channel, which one has not done yet."""

    conversation: str
    name: str
    """`#name` of the channel."""
    nick: str
    """Of the operator."""


class Announced(Struct, frozen=True):
    """An administrator of the server tells everybody something."""

    nick: str
    text: str
    timestamp: datetime
    """UTC."""


class EntriesAdded(Struct, frozen=True):
    """Entries that were not known before, in ascending order, not necessarily without holes."""

    conversation: str
    entries: tuple[AnyEntry, ...]
    live: bool
    """Whether it happened just now; entries from history are not live."""


class EntriesRevised(Struct, frozen=True):
    """Messages that were known stand differently now, as later entries changed them."""

    conversation: str
    entries: tuple[AnyEntry, ...]


class EntriesForgotten(Struct, frozen=True):
    """Entries of a conversation that is not shown were let go, to bound memory; history brings them again."""

    conversation: str
    below: Number
    """All that is below this number."""


class UserChanged(Struct, frozen=True):
    """Somebody's record, one's own too."""

    user: User
    old_nick: str = ""
    """Set when the nick changed."""


class MembersChanged(Struct, frozen=True):
    """The list of a conversation's members; it stands in the state."""

    conversation: str


class PresenceSeen(Struct, frozen=True):
    """Somebody came or went in a conversation that is shown."""

    user: str
    nick: str
    presence: Presence
    last_seen: datetime | None = None


class TypingSeen(Struct, frozen=True):
    """Somebody is typing."""

    conversation: str
    user: str
    nick: str
    seconds: float
    """How long that is to be shown."""


class SendState(Enum):
    """How far a message of one's own has come."""

    WAITING = auto()
    """Kept here; goes out when it can."""
    SENT = auto()
    """On its way; kept here until the server has stored it."""
    STORED = auto()
    """Stored by the server, and kept here no more."""
    FAILED = auto()
    """Refused for good; kept here until it is dropped."""


class OutboxItem(Struct, frozen=True):
    """A message of one's own until the server has stored it."""

    send_id: str
    target: str
    """As it was given: a conversation id, `#channel` or `@nick`."""
    text: str
    action: bool = False
    state: SendState = SendState.WAITING
    sentence: str = ""
    """Why it failed, or why it waits after a refusal."""
    conversation: str = ""
    """Where it was stored."""
    number: Number = 0
    """Its number there."""
    said_at: datetime | None = None
    """When it was said, by the clock of this machine; None when nobody noted it."""
    wait_seconds: float = 0.0
    """While it waits after a refusal: how long it takes, from when this is told, until it goes out again."""


class OutboxChanged(Struct, frozen=True):
    """A message of one's own got one step further, or was found from an earlier run."""

    item: OutboxItem


class OutboxTrouble(Struct, frozen=True):
    """Unsent messages can't be kept beyond this process for now; all else goes on."""

    sentence: str


class CacheTrouble(Struct, frozen=True):
    """What is known can't be kept for the next start for now; all else goes on."""

    sentence: str


class KeyringTrouble(Struct, frozen=True):
    """The token of this device could not be put into the keyring, and stays in its file; all else goes on."""

    sentence: str


class LatencyMeasured(Struct, frozen=True):
    """How long the server took to answer a ping."""

    seconds: float


Change = (
    LinkChanged
    | WelcomeSeen
    | ServerMet
    | Recalled
    | MeChanged
    | IdentityLost
    | ConversationAdded
    | ConversationChanged
    | ConversationRemoved
    | InvitedTo
    | Announced
    | EntriesAdded
    | EntriesRevised
    | EntriesForgotten
    | UserChanged
    | MembersChanged
    | PresenceSeen
    | TypingSeen
    | OutboxChanged
    | OutboxTrouble
    | CacheTrouble
    | KeyringTrouble
    | LatencyMeasured
)
