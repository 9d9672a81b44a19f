"""What a client asks for of its own accord, so that it knows what its owner needs.

Members and presence of what is shown, pages of history that are missing, one's own message where it was
stored without having been seen, and what is unread where one read on elsewhere. Pure but for `ask` and
`tell`, which it is given; a part of the client's core, under whose lock every call is made.
"""

from collections.abc import Callable, Iterable

from chat.client.catch_up import CatchUp, CatchUpPolicy
from chat.client.changes import (
    Change,
    ConversationAdded,
    ConversationChanged,
    EntriesAdded,
    EntriesForgotten,
    OutboxItem,
)
from chat.client.patience import Ask, Patience
from chat.client.requester import Offline, Outcome
from chat.client.state import ClientState
from chat.protocol.codes import Refused
from chat.protocol.replies import MembersResult, OpenDirectResult
from chat.protocol.requests import History, MarkRead, Members, OpenDirect, Watch

_WATCHED_AT_MOST = 16
"""How many conversations `watch` takes."""


class Following:
    """Keeps what is shown, what is missing and what is to be read back."""

    def __init__(
        self, state: ClientState, policy: CatchUpPolicy, ask: Ask, tell: Callable[[Change], None]
    ) -> None:
        """`tell` takes what changed by what is done here, in its place among all that is told."""
        self._state = state
        self._policy = policy
        self._patience = Patience(ask)
        self._ask = self._patience.ask
        self._ask_once = ask
        self._tell = tell
        self._catch_up = CatchUp(policy)
        self._shown: tuple[str, ...] = ()
        self._members_asked: set[str] = set()
        self._to_read_back: dict[str, OutboxItem] = {}
        self._being_counted: set[str] = set()
        self._is_open = False

    @property
    def idle(self) -> bool:
        """Whether every stored message was read back."""
        return not self._to_read_back

    def show(self, conversations: tuple[str, ...]) -> None:
        """These, and no others, are on the screen from now on; the first ones count when there are many."""
        before, self._shown = self._shown, conversations[:_WATCHED_AT_MOST]
        self._catch_up.show(self._shown)
        self._members_asked.intersection_update(self._shown)
        for conversation in before:
            self._forget(conversation)
        if self._is_open:
            self._watch()

    def begin(self) -> None:
        """The client is connected and in step: ask for everything that was missed."""
        self._is_open = True
        self._members_asked.clear()
        self._catch_up.begin(conversation.record.conversation for conversation in self._state.conversations)
        if self._shown:
            self._watch()
        for item in list(self._to_read_back.values()):
            self._read_back(item)
        for conversation in self._state.conversations:
            self._have_counted(conversation.record.conversation)

    def link_lost(self) -> None:
        """Nothing can be asked until the next `begin`."""
        self._is_open = False
        self._patience.link_lost()
        self._being_counted.clear()

    def changed(self, changes: Iterable[Change]) -> None:
        """Look at what changed for what may be missing now."""
        for change in changes:
            if isinstance(change, EntriesAdded):
                self._catch_up.consider((change.conversation,))
                self._forget(change.conversation)
            elif isinstance(change, ConversationChanged):
                self._have_counted(change.conversation.conversation)
            elif isinstance(change, ConversationAdded):
                self._added(change.conversation.conversation)

    def pump(self, now: float) -> None:
        """Ask for the next page of history, unless one is under way."""
        if self._is_open:
            self._patience.pump(now)
        page = self._catch_up.next_page(self._state.conversations, now) if self._is_open else None
        if page is None:
            return

        def answered(outcome: Outcome) -> None:
            refused = outcome if isinstance(outcome, Refused) else None
            self._catch_up.answered(self._state.conversations, refused, now)

        self._ask_once(History, answered, target=page.conversation, before=page.before, after=page.after)

    def next_try(self) -> float | None:
        """When to pump again, on the monotonic clock."""
        times = (self._catch_up.next_try(), self._patience.next_try())
        return min((time for time in times if time is not None), default=None)

    def stored(self, item: OutboxItem) -> None:
        """A message of one's own was stored; see to it that it is read back."""
        self._to_read_back[item.send_id] = item
        self._read_back(item)

    def _added(self, conversation: str) -> None:
        """Nothing is known of a conversation that was just added, not even who is in it."""
        self._catch_up.consider((conversation,))
        self._members_asked.discard(conversation)
        if self._is_open and conversation in self._shown:
            self._watch()

    def _forget(self, key: str) -> None:
        """Let go of what is old and not shown, so that a client that runs for months stays small."""
        conversation = self._state.conversations.get(key)
        if conversation is None or key in self._shown:
            return
        timeline = conversation.timeline
        known = len(timeline)
        conversation.forget_below(self._policy.forgettable(conversation))
        if len(timeline) < known:
            self._tell(EntriesForgotten(key, timeline.oldest))

    def _have_counted(self, key: str) -> None:
        """Ask what is unread where that can't be told from what is here, one question at a time.

        Saying the position once more moves nothing, and in private tells nobody.
        """
        conversation = self._state.conversations.get(key)
        if conversation is None or not conversation.counts_unsure:
            return
        if not self._is_open or key in self._being_counted:
            return
        number = conversation.record.read
        self._being_counted.add(key)

        def counted(outcome: Outcome) -> None:
            if isinstance(outcome, Offline):
                return  # everything is told anew on the next connection
            self._being_counted.discard(key)
            if conversation.record.read > number:
                self._have_counted(key)

        self._ask(MarkRead, counted, target=key, number=number, private=True)

    def _watch(self) -> None:
        """Ask for presence and typing, then for the members whose presence will be told from here on."""
        known = [conversation for conversation in self._shown if conversation in self._state.conversations]
        self._ask(Watch, lambda _: None, targets=known)
        for conversation in known:
            if conversation not in self._members_asked:
                self._members_asked.add(conversation)
                self._members(conversation)

    def _members(self, conversation: str, after: str = "") -> None:
        """Ask for a page of members, and for all after it."""

        def then(outcome: Outcome) -> None:
            if isinstance(outcome, MembersResult) and outcome.next:
                self._members(conversation, outcome.next)

        self._ask(Members, then, target=conversation, after=after)

    def _read_back(self, item: OutboxItem) -> None:
        """Ask for the stored entry; a direct conversation that is new is asked for first."""
        conversation = self._state.conversations.get(item.conversation)
        if conversation is not None and item.number in conversation.timeline:
            del self._to_read_back[item.send_id]
        elif conversation is not None:
            self._ask(
                History,
                lambda outcome: self._was_read_back(item, outcome),
                target=item.conversation,
                before=item.number + 1,
                limit=1,
            )
        elif item.target.startswith("@"):
            self._ask(OpenDirect, lambda outcome: self._was_opened(item, outcome), target=item.target)
        else:  # one has left it meanwhile, so there is nothing to read
            del self._to_read_back[item.send_id]

    def _was_opened(self, item: OutboxItem, outcome: Outcome) -> None:
        if isinstance(outcome, OpenDirectResult) and outcome.conversation.conversation == item.conversation:
            self._read_back(item)
        else:
            self._was_read_back(item, outcome)

    def _was_read_back(self, item: OutboxItem, outcome: Outcome) -> None:
        if not isinstance(outcome, Offline):  # then it is asked for again on the next connection
            del self._to_read_back[item.send_id]
