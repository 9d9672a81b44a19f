"""Everything a client knows: itself, people, and the conversations it is in.

`apply` takes every frame of the server and says what that changed. Pure: no thread, no socket, times are
given. The client's core owns it and guards it with a lock: read it under that lock (`ChatClient.reading`),
and leave changing it to `apply`.
"""

from collections.abc import Callable
from typing import Any

from chat.client.cache import Cached
from chat.client.changes import (
    Announced,
    Change,
    ConversationChanged,
    InvitedTo,
    MeChanged,
    MembersChanged,
    PresenceSeen,
    Recalled,
    TypingSeen,
    WelcomeSeen,
)
from chat.client.conversation import ConversationState
from chat.client.conversations import Conversations
from chat.client.people import People
from chat.protocol import accounts, events, order, replies, requests, staff
from chat.protocol.codec import ServerFrame
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Entry
from chat.protocol.records import Conversation, ConversationKind, Limits, User
from chat.protocol.requests import AnyRequest

Changes = list[Change]

_KEPT_OUT = {ErrorCode.UNKNOWN_CONVERSATION, ErrorCode.INVITE_ONLY, ErrorCode.BANNED}
"""Why an invitation may be worth nothing any more: the channel is gone, or one is not wanted there."""

_WithUser = (
    replies.SetStatusResult | replies.ChangeNickResult | accounts.RegisterResult | staff.SetAdminResult
)


class ClientState:
    """What is known.

    Attributes:
        welcome: how the server introduced itself, once it did.
        people: oneself, and everybody who was ever seen.
        conversations: those one is a member of.
        invitations: of this run, to channels that one neither joined nor declined since, by conversation.
    """

    def __init__(self) -> None:
        self.welcome: events.Welcome | None = None
        self.people = People()
        self.conversations = Conversations(self.people)
        self.invitations: dict[str, InvitedTo] = {}
        self._epoch = ""
        self._now = 0.0
        self._handlers: dict[type, Callable[[Any, Any], Changes]] = {
            events.Welcome: self._welcome,
            events.UserChanged: self._user_changed,
            events.ReadMarked: self._read_marked,
            events.TypingSeen: self._typing_seen,
            events.PresenceChanged: self._presence_changed,
            events.ConversationAdded: self._conversation_added,
            events.ConversationRemoved: self._removed,
            events.Invitation: self._invited,
            events.Announced: self._announced,
            replies.HelloResult: self._hello_result,
            replies.SyncResult: self._sync_result,
            replies.CreateChannelResult: self._added,
            replies.JoinResult: self._join_result,
            replies.OpenDirectResult: self._added,
            replies.PartResult: self._part_result,
            replies.HistoryResult: self._history_result,
            replies.MembersResult: self._members_result,
            replies.SetStatusResult: self._record,
            replies.ChangeNickResult: self._record,
            replies.WhoisResult: self._whois_result,
            replies.MarkReadResult: self._mark_read_result,
            accounts.RegisterResult: self._record,
            order.DeleteChannelResult: self._part_result,
            staff.SetAdminResult: self._record,
        }

    @property
    def me(self) -> User | None:
        """One's own record, once the server told."""
        return self.people.me

    @property
    def limits(self) -> Limits | None:
        """The server's limits, once it told them."""
        return self.welcome.limits if self.welcome else None

    def apply(self, frame: ServerFrame, request: AnyRequest | None = None, now: float = 0.0) -> Changes:
        """Take a frame of the server, with the request that a reply answers; say what changed.

        `now` is seconds on the monotonic clock.
        """
        self._now = now
        if isinstance(frame, Entry):
            return self.conversations.live(frame)
        handler = self._handlers.get(type(frame))
        return handler(frame, request) if handler else []

    def refused(self, request: AnyRequest, code: ErrorCode) -> None:
        """The server refused a request: with an invitation that is worth nothing any more, forget it."""
        if isinstance(request, requests.Join) and code in _KEPT_OUT:
            wanted = request.target.casefold()
            for key, invited in list(self.invitations.items()):
                if wanted in (key.casefold(), invited.name.casefold()):
                    self.decline(key)

    def decline(self, conversation: str) -> None:
        """Forget an invitation, if there is one; nobody is told."""
        self.invitations.pop(conversation, None)

    def recall(self, cached: Cached) -> Changes:
        """Begin with what an earlier run knew, in place of all that is known; say what that changed.

        To be called before the server introduces itself.
        """
        dropped = self._forget_all()
        self._epoch = cached.epoch
        self.people.recall(cached.me, cached.people)
        seen_at = cached.seen_at if cached.talks else None
        me: Changes = [MeChanged(cached.me)] if cached.me else []
        return [*dropped, Recalled(seen_at, cached.drafts), *me, *self.conversations.recall(cached.talks)]

    def link_lost(self) -> None:
        """The link is gone, and with it what it had told only by half."""
        self.conversations.link_lost()

    def _forget_all(self) -> Changes:
        """Nothing that was known is true any more."""
        self.invitations.clear()
        return self.conversations.forget_all()

    # ------------------------------------------------------------------ the server, oneself, people

    def _welcome(self, welcome: events.Welcome, _: object) -> Changes:
        new_epoch = self._epoch not in ("", welcome.epoch)
        self.welcome = welcome
        self._epoch = welcome.epoch
        dropped = self._forget_all() if new_epoch else []
        return [WelcomeSeen(welcome, new_epoch), *dropped]

    def _hello_result(self, result: replies.HelloResult, _: object) -> Changes:
        is_other = self.people.my_id not in ("", result.user.id)
        dropped = self._forget_all() if is_other else []
        return [*dropped, *self.people.become(result.user, result.asked_nick)]

    def _record(self, result: _WithUser, _: object) -> Changes:
        return self._learn(result.user)

    def _user_changed(self, event: events.UserChanged, _: object) -> Changes:
        return self._learn(event.user, event.old_nick)

    def _whois_result(self, result: replies.WhoisResult, _: object) -> Changes:
        changes = self._learn(result.user)
        self.people.presence[result.user.id] = result.presence
        return changes

    def _learn(self, user: User, old_nick: str = "") -> Changes:
        """Take somebody's record and, where it is news, put it wherever they are shown."""
        changes = self.people.learn(user, old_nick)
        if not changes:
            return []
        for conversation in self.conversations:
            before = conversation.record
            if conversation.user_changed(user):
                changes.append(MembersChanged(before.conversation))
            if conversation.record != before:
                changes.append(ConversationChanged(conversation.record))
        return changes

    def _presence_changed(self, event: events.PresenceChanged, _: object) -> Changes:
        self.people.presence[event.user] = event.presence
        changes: Changes = [PresenceSeen(event.user, event.nick, event.presence, event.last_seen)]
        for conversation in self.conversations:
            if conversation.presence_changed(event.user, event.presence, event.last_seen):
                changes.append(MembersChanged(conversation.record.conversation))
        return changes

    def _announced(self, event: events.Announced, _: object) -> Changes:
        return [Announced(event.nick, event.text, event.timestamp)]

    # ------------------------------------------------------------------ conversations and entries

    def _sync_result(self, result: replies.SyncResult, request: requests.Sync | None) -> Changes:
        changes = [
            change for record in result.conversations if record.peer for change in self._learn(record.peer)
        ]
        return changes + self.conversations.synced_page(result.conversations, not result.next)

    def _added(self, result: replies.CreateChannelResult | replies.OpenDirectResult, _: object) -> Changes:
        return self._learn_peer(result.conversation) + self.conversations.put(result.conversation)

    def _conversation_added(self, event: events.ConversationAdded, _: object) -> Changes:
        record = event.conversation
        self.invitations.pop(record.conversation, None)
        begins = record.kind is ConversationKind.DIRECT
        return self._learn_peer(record) + self.conversations.put(record, begins=begins)

    def _learn_peer(self, record: Conversation) -> Changes:
        return self._learn(record.peer) if record.peer else []

    def _join_result(self, result: replies.JoinResult, _: object) -> Changes:
        key = result.conversation.conversation
        self.invitations.pop(key, None)
        changes = self.conversations.put(result.conversation)
        return changes + self.conversations.take(key, result.entries, live=False)

    def _part_result(self, result: replies.PartResult | order.DeleteChannelResult, _: object) -> Changes:
        return self.conversations.drop(result.conversation, number=result.number)

    def _removed(self, event: events.ConversationRemoved, _: object) -> Changes:
        why = {"by": event.by, "banned": event.banned, "until": event.until}
        return self.conversations.drop(event.conversation, event.reason, event.number, **why)

    def _invited(self, event: events.Invitation, _: object) -> Changes:
        if event.conversation in self.conversations:
            return []
        invited = InvitedTo(event.conversation, event.name, event.nick)
        self.invitations[event.conversation] = invited
        return [invited]

    def _history_result(self, result: replies.HistoryResult, _: object) -> Changes:
        return self.conversations.take(
            result.conversation, result.entries, live=False, first=result.first, last=result.last
        )

    # ------------------------------------------------------------------ what is in no log

    def _members_result(self, result: replies.MembersResult, request: requests.Members | None) -> Changes:
        changes: Changes = []
        for member in result.members:
            changes += self._learn(member.user)
            self.people.presence[member.user.id] = member.presence
        conversation = self.conversations.get(result.conversation)
        if conversation is None:
            return changes
        is_first = request is None or not request.after
        conversation.members_page(result.members, result.last, is_first, is_last=not result.next)
        return changes if result.next else [*changes, MembersChanged(result.conversation)]

    def _mark_read_result(self, result: replies.MarkReadResult, _: object) -> Changes:
        me = self.people.my_id
        return self._counts(result.conversation, lambda known: known.was_counted(result, me))

    def _read_marked(self, event: events.ReadMarked, _: object) -> Changes:
        if event.user == self.people.my_id:
            me = self.people.my_id
            return self._counts(event.conversation, lambda known: known.mark_read(event.number, me))
        conversation = self.conversations.get(event.conversation)
        if conversation is None or not conversation.peer_has_read(event.number, event.timestamp):
            return []
        return [ConversationChanged(conversation.record)]

    def _counts(self, key: str, learn: Callable[[ConversationState], None]) -> Changes:
        """One's read position or what is unread may change; without effect where one is not in it."""
        conversation = self.conversations.get(key)
        if conversation is None:
            return []
        before = conversation.record
        learn(conversation)
        return [ConversationChanged(conversation.record)] if conversation.record != before else []

    def _typing_seen(self, event: events.TypingSeen, _: object) -> Changes:
        conversation = self.conversations.get(event.conversation)
        if conversation is None or event.user == self.people.my_id:
            return []
        seconds = float(self.limits.typing_seconds) if self.limits else 0.0
        conversation.typing_seen(event.user, event.nick, self._now + seconds)
        return [TypingSeen(event.conversation, event.user, event.nick, seconds)]
