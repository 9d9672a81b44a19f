"""From the client's changes to the desk, and what is to be drawn anew."""

import pytest
from msgspec.structs import replace

from chat.client import changes as told
from chat.client.changes import LinkChanged, OutboxItem, Phase, SendState
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation
from chat.protocol.replies import HelloResult, HistoryResult, SyncResult
from chat.tui.desk.effects import Notice
from chat.tui.desk.feed import LOG_IN
from chat.tui.messages import Reload
from tests.support.desk import first_new, lines, rows_of
from tests.support.desk_feed import Setting, Source, begun
from tests.support.entries import joined, said
from tests.support.frames import WHEN, channel, direct, user, welcome


def live(*entries: AnyEntry) -> told.EntriesAdded:
    """Entries that happened just now in the channel."""
    return told.EntriesAdded("c-general", entries, live=True)


def test_the_first_conversation_comes_to_the_front() -> None:
    """The others stay behind it."""
    setting = Setting()
    effects = setting.begin(channel(), channel("dev"))
    assert setting.desk.front == "c-general"
    assert effects.front
    assert not setting.apply(told.ConversationAdded(channel("ops"))).front


def test_a_message_that_is_seen_neither_rings_nor_is_new() -> None:
    """It is only drawn."""
    setting = begun(channel(last=1, read=1))
    setting.seen.add("c-general")
    effects = setting.apply(live(said(2, "hi", mentions=("u-me",))))
    assert not effects.ring
    assert first_new(setting.desk.talks["c-general"]) == ""


@pytest.mark.parametrize(
    ("entries", "rings"),
    [
        ([said(2)], False),
        ([said(2), said(3, mentions=("u-me",))], True),
        ([said(2, who="me", mentions=("u-me",))], False),
        ([joined(2)], False),
    ],
)
def test_in_a_channel_only_a_call_by_somebody_else_rings(entries: list[AnyEntry], rings: bool) -> None:
    """Nobody calls oneself."""
    setting = begun(channel(last=1, read=1))
    assert setting.apply(live(*entries)).ring is rings


def test_every_word_of_a_direct_conversation_rings() -> None:
    """It is said to oneself."""
    setting = begun(channel(), direct("bob"))
    assert setting.apply(told.EntriesAdded("d-bob", (said(1, where="d-bob"),), live=True)).ring


def test_what_the_server_tells_twice_rings_once() -> None:
    """An entry that is here already calls nobody again."""
    setting = begun(channel(last=1, read=1))
    setting.apply(live(said(2, mentions=("u-me",))))
    assert not setting.apply(live(said(2, mentions=("u-me",)))).ring


def test_entries_of_a_conversation_that_is_gone_are_passed_over() -> None:
    """They may have been on their way."""
    setting = begun()
    setting.apply(told.ConversationRemoved(channel()), live(said(2)))
    assert setting.desk.talks == {}


def test_a_topic_or_a_count_redraws_tabs_and_headers() -> None:
    """And the talk has the new record."""
    setting = begun()
    effects = setting.apply(told.ConversationChanged(channel(topic="new", unread=2)))
    assert (effects.tabs, effects.headers) == (True, True)
    assert setting.desk.talks["c-general"].record.topic == "new"


def test_a_conversation_that_was_closed_comes_to_an_empty_front_when_somebody_writes() -> None:
    """A screen that shows nothing shows what there is to see."""
    setting = begun(direct("bob"))
    setting.desk.close("d-bob")
    assert setting.desk.front == ""
    effects = setting.apply(told.ConversationChanged(direct("bob", unread=1)))
    assert effects.front
    assert setting.desk.front == "d-bob"


def test_the_next_try_is_a_moment_not_a_number() -> None:
    """However often the screen looks at it, it comes nearer."""
    setting = begun()
    setting.apply(LinkChanged(Phase.WAITING, cause="away", retry_seconds=8))
    setting.clock.advance(3)
    assert setting.feed.retry is not None
    assert setting.feed.retry.remaining() == pytest.approx(5)
    setting.apply(LinkChanged(Phase.DIALLING))
    assert setting.feed.retry is None


def test_latency_is_forgotten_with_its_connection() -> None:
    """A number of yesterday is no truth of today."""
    setting = begun()
    setting.apply(told.LatencyMeasured(0.003))
    assert setting.feed.latency == pytest.approx(0.003)
    setting.apply(LinkChanged(Phase.WAITING))
    assert setting.feed.latency is None


def test_a_refused_message_is_handed_over_to_be_given_back() -> None:
    """Its row says that it failed."""
    setting = begun()
    item = OutboxItem("1", "c-general", "hi", state=SendState.FAILED, sentence="no")
    assert setting.apply(told.OutboxChanged(item)).refused == [item]
    (row,) = rows_of(setting.desk.talks["c-general"])
    assert row.detail.startswith("no ")


def test_trouble_with_keeping_messages_is_told() -> None:
    """As something that failed."""
    effects = begun().apply(told.OutboxTrouble("The disk is full."))
    assert effects.words == [("The disk is full.", True)]


def test_trouble_with_keeping_what_is_known_is_told() -> None:
    """As something that failed."""
    effects = begun().apply(told.CacheTrouble("The disk is full."))
    assert effects.words == [("The disk is full.", True)]


def test_trouble_with_the_keyring_is_told() -> None:
    """As something that failed."""
    effects = begun().apply(told.KeyringTrouble("The keyring does not answer."))
    assert effects.words == [("The keyring does not answer.", True)]


def test_what_is_shown_is_of_last_time_until_the_server_answers() -> None:
    """However often it was tried in vain before."""
    setting = begun()
    setting.apply(told.Recalled(WHEN, {}), LinkChanged(Phase.DIALLING), LinkChanged(Phase.WAITING))
    assert setting.feed.recalled_at == WHEN
    setting.apply(LinkChanged(Phase.OPEN))
    assert setting.feed.recalled_at is None


def test_what_waits_from_last_time_is_shown_with_it_and_goes_with_it() -> None:
    """Where another server answers than the one that was expected, nothing of it is left."""
    setting = Setting()
    setting.source.items = (OutboxItem("send-1", "c-general", "on it"),)
    setting.apply(told.Recalled(WHEN), told.ConversationAdded(channel()))
    assert setting.feed.unsent.waiting == 1
    setting.source.items = ()
    setting.apply(told.Recalled())
    assert setting.feed.unsent.waiting == 0


def test_what_one_was_writing_last_time_waits_for_its_conversation() -> None:
    """Whether that is known from last time too, or only once the server told."""
    setting = Setting()
    setting.apply(told.Recalled(None, {"c-dev": "half a"}))
    setting.apply(told.ConversationAdded(channel()), told.ConversationAdded(channel("dev")))
    assert {key: talk.draft for key, talk in setting.desk.talks.items()} == {
        "c-general": "",
        "c-dev": "half a",
    }


def test_a_new_nick_is_noted_where_somebody_is_known() -> None:
    """Not in conversations where they never spoke; a mere status is no news."""
    setting = begun(channel(), channel("dev"))
    setting.apply(live(said(1, who="bob")))
    bobby = replace(user("bob"), nick="bobby", version=2)
    setting.apply(told.UserChanged(bobby, "bob"), told.UserChanged(replace(bobby, version=3)))
    told_here = [line for line in lines(setting.desk.talks["c-general"]) if "now called" in line]
    assert told_here == ["bob is now called bobby"]
    assert lines(setting.desk.talks["c-dev"]) == []


def test_words_of_the_server_come_once() -> None:
    """The message of the day with the first welcome, the restore with the epoch."""
    setting = Setting()
    first = setting.apply(told.WelcomeSeen(welcome(message_of_the_day="hello")))
    again = setting.apply(told.WelcomeSeen(welcome(message_of_the_day="hello")))
    restored = setting.apply(told.WelcomeSeen(welcome(message_of_the_day="hello"), new_epoch=True))
    assert first.words == [("hello", False)]
    assert again.words == []
    assert [failed for _, failed in restored.words] == [True]


def test_what_the_client_let_go_has_no_rows_any_more() -> None:
    """So memory is bounded, and a row is never out of step with its message."""
    setting = begun(channel(last=9, read=9), channel("tea"))
    setting.apply(live(*(said(number) for number in range(1, 10))))
    setting.apply(told.EntriesForgotten("c-general", 8), told.EntriesForgotten("c-gone", 8))
    assert lines(setting.desk.talks["c-general"])[-2:] == ["message 8", "message 9"]
    assert setting.desk.talks["c-general"].first == 8
    page = told.EntriesAdded("c-general", (said(7, "as edited", revision=12), said(8)), live=False)
    setting.apply(page)
    assert [line for line in lines(setting.desk.talks["c-general"]) if line != "new messages"] == [
        "as edited",
        "message 8",
        "message 9",
    ]


# ---------------------------------------------------------------------- after a flood


def known(source: Source, *records: Conversation, entries: tuple[AnyEntry, ...] = ()) -> None:
    """Let the client know these conversations, and entries of the channel."""
    state = source.state
    state.apply(welcome())
    state.apply(HelloResult(id="1", version=1, user=user("me"), device="d1"))
    state.apply(SyncResult(id="2", conversations=records))
    if entries:
        last = entries[-1].number
        state.apply(HistoryResult(id="3", conversation="c-general", entries=entries, first=1, last=last))


def test_a_reload_takes_everything_from_what_the_client_knows() -> None:
    """Conversations that came, went and changed, entries, unsent messages, the connection."""
    setting = begun(channel(last=3, read=3), channel("gone"))
    setting.apply(told.EntriesAdded("c-general", (said(3),), live=False))
    known(setting.source, channel(last=5, read=3, unread=2), channel("new"), entries=(said(4), said(5)))
    setting.source.items = (OutboxItem("7", "c-general", "mine"),)
    setting.source.link = LinkChanged(Phase.WAITING, cause="away", retry_seconds=4)
    effects = setting.apply(Reload(frozenset({"c-general", "c-new"})))
    assert list(setting.desk.talks) == ["c-general", "c-new"]
    talk = setting.desk.talks["c-general"]
    assert [line for line in lines(talk) if line != "new messages"] == [
        "message 3",
        "message 4",
        "message 5",
        "mine",
    ]
    assert first_new(talk) == "message 4"
    assert setting.feed.link.phase is Phase.WAITING
    assert effects.front
    assert effects.status


def test_a_reload_that_hid_a_restored_backup_starts_anew() -> None:
    """What the numbers meant before means nothing now."""
    setting = begun(channel(last=2))
    setting.apply(live(said(1, "old"), said(2, "old")))
    known(setting.source, channel(last=1), entries=(said(1, "new"),))
    setting.source.state.welcome = welcome(epoch="f" * 16)
    effects = setting.apply(Reload(frozenset()))
    assert lines(setting.desk.talks["c-general"]) == []
    setting.apply(told.EntriesAdded("c-general", (said(1, "new"),), live=False))
    assert lines(setting.desk.talks["c-general"]) == ["new"]
    assert any("restored" in text for text, _ in effects.words)


def test_a_reload_shows_changed_entries_as_they_stand() -> None:
    """Where the receiver says that some changed."""
    setting = begun(channel(last=1, read=1))
    setting.apply(live(said(1, "before")))
    known(setting.source, channel(last=1, read=1), entries=(said(1, "after", revision=2),))
    setting.apply(Reload(frozenset({"c-general"})))
    assert lines(setting.desk.talks["c-general"])[-1:] == ["before"]
    setting.apply(Reload(frozenset({"c-general"}), frozenset({"c-general"})))
    assert lines(setting.desk.talks["c-general"])[-1:] == ["after"]


def test_what_arrives_after_a_reload_and_is_in_it_is_not_shown_twice() -> None:
    """The state that a reload reads may be ahead of the changes that are still under way."""
    setting = begun(channel(last=1, read=1))
    known(setting.source, channel(last=3), entries=(said(2), said(3)))
    setting.apply(Reload(frozenset({"c-general"})), live(said(3), said(4)))
    texts = [line for line in lines(setting.desk.talks["c-general"]) if line.startswith("message")]
    assert texts == ["message 2", "message 3", "message 4"]


def test_an_announcement_is_said_and_shown_and_rings() -> None:
    """Whoever is here notices it, wherever they read."""
    setting = begun()
    effects = setting.apply(told.Announced("root", "restart at noon", WHEN))
    assert effects.words == [("root, for everybody: restart at noon", True)]
    assert effects.notices == [Notice("Announcement", "root, for everybody: restart at noon")]
    assert effects.ring


def test_an_invitation_is_said_and_shown_and_rings() -> None:
    """No tab, no list and no member tells of it."""
    sentence = "ben invites you to #dev: /join #dev goes there."
    effects = begun().apply(told.InvitedTo("c-dev", "#dev", "ben"))
    assert effects.words == [(sentence, False)]
    assert effects.notices == [Notice("Invitation", sentence)]
    assert effects.ring


def test_who_is_taken_out_is_told_by_whom_and_keeps_the_draft() -> None:
    """The talk comes back with it, should they come back."""
    setting = begun(channel(), channel("dev"))
    setting.desk.talks["c-dev"].draft = "half a thou"
    effects = setting.apply(told.ConversationRemoved(channel("dev"), "spam", by="ben"))
    ((sentence, failed),) = effects.words
    assert sentence.startswith("ben took you out of #dev: spam.")
    assert failed
    setting.apply(told.ConversationAdded(channel("dev")))
    assert setting.desk.talks["c-dev"].draft == "half a thou"


def test_a_reload_that_hid_a_forgetting_lets_go_too() -> None:
    """Whatever the client does not have has no row below the oldest that it has."""
    setting = begun(channel(last=4, read=4))
    setting.apply(live(*(said(number) for number in range(1, 5))))
    known(setting.source, channel(last=5, read=5), entries=(said(3), said(4), said(5)))
    setting.apply(Reload(frozenset({"c-general"})))
    talk = setting.desk.talks["c-general"]
    assert [line for line in lines(talk) if line != "new messages"] == ["message 3", "message 4", "message 5"]


def test_an_end_that_the_server_wanted_says_why_and_what_next() -> None:
    """Once, in the talk; what ended before one was in, or is doubted, is told elsewhere."""
    setting = begun()
    ended = LinkChanged(Phase.ENDED, cause="This device was logged out; log in again.")
    ((sentence, failed),) = setting.apply(ended).words
    assert sentence.startswith(f"{ended.cause} What you wrote is kept. /login NICK")
    assert failed
    assert setting.apply(ended).words == []


def test_who_is_not_let_in_any_more_reads_all_of_why_in_the_talk_of_last_time() -> None:
    """The last line has no room for it; where no talk is shown, it stands in its place."""
    setting = begun()
    setting.apply(LinkChanged(Phase.DIALLING))
    ended = LinkChanged(Phase.ENDED, cause="Unlock the keyring.", wants_login=True)
    assert setting.apply(ended).words == [(f"{ended.cause} {LOG_IN}", True)]
    setting.desk.front = ""
    assert setting.apply(LinkChanged(Phase.DIALLING), ended).words == []


def test_the_wait_of_a_message_is_known_until_it_is_over() -> None:
    """Short waits are told to nobody."""
    setting = begun()
    item = OutboxItem("s" * 32, "c-general", "hi", state=SendState.WAITING, wait_seconds=0.5)
    setting.apply(told.OutboxChanged(item))
    waits = [setting.feed.pause]
    setting.apply(told.OutboxChanged(replace(item, wait_seconds=12.0)))
    waits.append(setting.feed.pause)
    setting.clock.advance(5)
    assert [wait and wait.remaining() for wait in waits] == [None, 7]
