"""Which page of history to ask for next, after a connection and whenever something is missing.

A screen wants the newest page of what it shows and leaves gaps to be filled when somebody looks; a bot wants
everything forwards from where it was, nothing skipped. One page is asked for at a time, so that what people
say never waits behind a long catching up. Pure: the client's core asks and owns it.
"""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from chat.client.conversation import ConversationState
from chat.client.conversations import Conversations
from chat.client.timeline import Timeline
from chat.protocol.codes import ERRORS, Refused
from chat.protocol.records import Number

KEPT = 20_000
"""How many entries of a conversation stay in memory that nobody looks at."""

RETRY_SECONDS = 1.0
"""How long to wait after a refusal that names no wait."""


class Page(Struct, frozen=True):
    """A page of history to ask for: the entries below `before`, or those above `after`."""

    conversation: str
    before: Number | None = None
    after: Number | None = None

    def came(self, timeline: Timeline) -> bool:
        """Whether the entry next to where it begins is here, as far as the server still has it.

        Every honest answer brings it, so that the next page is another one.
        """
        number = max((self.after or 0) + 1, timeline.first) if self.before is None else self.before - 1
        return number in timeline or not timeline.first <= number <= timeline.last


class CatchUpPolicy(Protocol):
    """What an owner wants to have of each conversation."""

    def next_page(self, conversation: ConversationState, shown: bool) -> Page | None:
        """The page to ask for next, or None when nothing is missing.

        `shown` tells whether the owner shows this conversation now.
        """

    def forgettable(self, conversation: ConversationState) -> Number:
        """Below which number the entries of one that is not shown need not be kept; 0 where all must be."""


class NewestFirst:
    """For a screen: the newest page of each conversation that is shown or that somebody just began.

    Args:
        screenful: how many of the newest entries, without a hole, are enough. Entries that came live do not
            hide a hole right before them: it is filled as far as a screen shows.
        kept: how many entries stay of what is not shown; older ones are fetched again by who scrolls up.
    """

    def __init__(self, screenful: int = 50, kept: int = KEPT) -> None:
        self._screenful = screenful
        self._kept = kept

    def next_page(self, conversation: ConversationState, shown: bool) -> Page | None:
        """See `CatchUpPolicy`."""
        timeline = conversation.timeline
        start = timeline.newest_start
        wanted = shown or conversation.begun_with == timeline.last
        if not wanted or start <= timeline.first or timeline.last - start + 1 >= self._screenful:
            return None
        return Page(conversation.record.conversation, before=start)

    def forgettable(self, conversation: ConversationState) -> Number:
        """See `CatchUpPolicy`; many at a time, as each time costs a look at all that is kept."""
        surplus = len(conversation.timeline) > self._kept + self._kept // 4
        return conversation.timeline.oldest_of(self._kept) if surplus else 0


class Forwards:
    """For a bot: everything after the conversation's anchor, in order, whether shown or not."""

    def next_page(self, conversation: ConversationState, shown: bool) -> Page | None:
        """See `CatchUpPolicy`."""
        timeline = conversation.timeline
        reached = timeline.reaches(max(conversation.anchor, timeline.first - 1))
        if reached >= timeline.last:
            return None
        return Page(conversation.record.conversation, after=reached)

    def forgettable(self, conversation: ConversationState) -> Number:
        """See `CatchUpPolicy`; only who reads knows how far they have come, and forgets by themself."""
        return 0


class CatchUp:
    """The conversations of which something may be missing, and the page that is under way."""

    def __init__(self, policy: CatchUpPolicy) -> None:
        self._policy = policy
        self._shown: frozenset[str] = frozenset()
        self._candidates: dict[str, None] = {}
        self._given_up: set[str] = set()
        self._under_way: Page | None = None
        self._not_before = 0.0

    def show(self, conversations: Iterable[str]) -> None:
        """Say which conversations are shown from now on."""
        self._shown = frozenset(conversations)
        self.consider(self._shown)

    def consider(self, conversations: Iterable[str]) -> None:
        """Something may be missing of these."""
        self._candidates.update(dict.fromkeys(conversations))

    def begin(self, conversations: Iterable[str]) -> None:
        """A new connection: anything may be missing of all of these, shown ones first."""
        self._given_up.clear()
        self._under_way = None
        self._not_before = 0.0
        every = list(conversations)
        self._candidates = dict.fromkeys(
            sorted(every, key=lambda conversation: conversation not in self._shown)
        )

    def next_page(self, conversations: Conversations, now: float) -> Page | None:
        """Give the page to ask for now; it counts as under way until `answered`."""
        if self._under_way is not None or now < self._not_before:
            return None
        self._not_before = 0.0
        while self._candidates:
            candidate = next(iter(self._candidates))
            conversation = conversations.get(candidate)
            page = self._policy.next_page(conversation, candidate in self._shown) if conversation else None
            if page is not None and candidate not in self._given_up:
                self._under_way = page
                return page
            del self._candidates[candidate]  # nothing is missing, or asking again would not help
        return None

    def next_try(self) -> float | None:
        """When to call `next_page` again after a refusal, on the monotonic clock."""
        return self._not_before if self._candidates and self._not_before else None

    def answered(self, conversations: Conversations, refused: Refused | None, now: float) -> None:
        """The page under way was answered, which the conversations show by now, or refused.

        An answer that brought nothing of what was asked for ends the asking until the next connection: a
        server that answers so would be asked for ever.
        """
        page, self._under_way = self._under_way, None
        if page is None:
            return
        if refused is not None and ERRORS[refused.code].retryable:
            seconds = RETRY_SECONDS if refused.retry_after_ms is None else refused.retry_after_ms / 1000
            self._not_before = now + seconds
            return
        conversation = conversations.get(page.conversation)
        if refused is not None or (conversation is not None and not page.came(conversation.timeline)):
            self._given_up.add(page.conversation)
