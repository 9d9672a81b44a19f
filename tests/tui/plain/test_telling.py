"""What each change means for the line mode, told one by one."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from chat.client import changes as told
from chat.client.changes import LinkChanged, OutboxItem, Phase, SendState
from chat.client.state import ClientState
from chat.client.trust import Seen, Verdict
from chat.protocol.records import Conversation
from chat.protocol.replies import HelloResult, HistoryResult, SyncResult
from chat.tui.messages import Reload
from chat.tui.plain.log_writer import LOOK_BACK, LogWriter
from chat.tui.plain.paper import Paper
from chat.tui.plain.telling import Teller
from tests.support.clock import FakeClock
from tests.support.frames import channel, direct, message, user, welcome

OPEN = LinkChanged(Phase.OPEN, "attic:7420")
NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


class Known:
    """What a client knows, told by hand."""

    def __init__(self) -> None:
        self.state = ClientState()
        self.link = OPEN
        self.items: list[OutboxItem] = []
        self.dropped: list[str] = []

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        yield self.state

    def unsent(self) -> tuple[OutboxItem, ...]:
        return tuple(self.items)

    def drop(self, send_id: str) -> OutboxItem | None:
        found = [item for item in self.items if item.send_id == send_id]
        self.items = [item for item in self.items if item.send_id != send_id]
        self.dropped += [item.send_id for item in found]
        return found[0] if found else None


class Desk:
    """A teller with all it needs."""

    def __init__(self, words: str = "") -> None:
        self.known = Known()
        self.fetched: list[tuple[str, int, int]] = []
        self._talk, self._notes = io.StringIO(), io.StringIO()
        paper = Paper(self._talk, self._notes)
        self.log = LogWriter(
            self.known, paper, FakeClock(NOON), lambda *asked: self.fetched.append(asked), zone=UTC
        )
        self.teller = Teller(self.known, paper, self.log, words)

    @property
    def talk(self) -> list[str]:
        """The lines of the talk."""
        return self._talk.getvalue().splitlines()

    @property
    def notes(self) -> list[str]:
        """The notes, without their mark."""
        return [line.removeprefix("-- ") for line in self._notes.getvalue().splitlines()]

    def sync(self, *conversations: Conversation) -> None:
        """Let the client be in step, and tell so."""
        state = self.known.state
        if state.welcome is None:
            state.apply(welcome())
        state.apply(HelloResult(id="1", version=1, user=user("ann"), device="d1"))
        self.teller.take(state.apply(SyncResult(id="2", conversations=conversations)))
        self.teller.take([OPEN])

    def history(self, first: int, last: int, *, end: int, where: str = "c-general", oldest: int = 1) -> None:
        """A page of messages arrives."""
        entries = tuple(
            message(number, f"message {number}", where=where) for number in range(first, last + 1)
        )
        page = HistoryResult(id="3", conversation=where, entries=entries, first=oldest, last=end)
        self.teller.take(self.known.state.apply(page))

    def live(self, number: int, text: str, where: str = "c-general") -> None:
        """A message arrives that was said just now."""
        self.teller.take(self.known.state.apply(message(number, text, where=where)))


@pytest.fixture
def desk() -> Desk:
    """A teller of a client that is not connected yet."""
    return Desk()


def texts(lines: list[str]) -> list[str]:
    """What was said."""
    return [line.split("> ", 1)[1] for line in lines if "> " in line]


# ---------------------------------------------------------------------- logs


def test_the_last_entries_are_fetched_before_anything_new_is_written(desk: Desk) -> None:
    """What arrives meanwhile waits, so the order is that of the log."""
    desk.sync(channel(last=50))
    assert desk.fetched == [("c-general", 51, LOOK_BACK)]
    desk.live(51, "new")
    assert texts(desk.talk) == []
    desk.history(31, 50, end=51)
    desk.log.looked_back("c-general")
    assert texts(desk.talk) == [*(f"message {number}" for number in range(31, 51)), "new"]


def test_entries_that_can_not_be_fetched_hold_up_nothing(desk: Desk) -> None:
    """As when the connection is lost meanwhile: what is new is written without them."""
    desk.sync(channel(last=50))
    desk.live(51, "new")
    desk.log.looked_back("c-general")
    assert texts(desk.talk) == ["new"]


def test_a_hole_is_waited_for_and_then_written_in_order(desk: Desk) -> None:
    """After a lost connection what is live may come before what was missed."""
    desk.sync(channel(last=0))
    desk.live(1, "message 1")
    desk.teller.take(desk.known.state.apply(SyncResult(id="4", conversations=(channel(last=5),))))
    desk.live(6, "message 6")
    assert texts(desk.talk) == ["message 1"]
    desk.history(2, 3, end=6)
    desk.history(4, 5, end=6)
    assert texts(desk.talk) == [f"message {number}" for number in range(1, 7)]


def test_what_comes_twice_is_written_once(desk: Desk) -> None:
    """As a live entry and again by history."""
    desk.sync(channel(last=0))
    desk.live(1, "message 1")
    desk.history(1, 2, end=2)
    desk.live(2, "message 2")
    assert texts(desk.talk) == ["message 1", "message 2"]


def test_what_was_written_long_ago_is_kept_no_more(desk: Desk) -> None:
    """A run of months stays small, and still writes each line once."""
    desk.sync(channel(last=0))
    many = 2200
    entries = [message(number, f"message {number}") for number in range(1, many + 1)]
    for first in range(0, many, 100):
        desk.teller.take(
            [change for entry in entries[first : first + 100] for change in desk.known.state.apply(entry)]
        )
    assert texts(desk.talk) == [f"message {number}" for number in range(1, many + 1)]
    known = desk.known.state.conversations.get("c-general")
    assert known is not None
    assert len(known.timeline) < 2000
    desk.history(1, 5, end=many)
    assert len(texts(desk.talk)) == many


def test_what_the_server_has_no_more_is_counted(desk: Desk) -> None:
    """And what comes after it is written."""
    desk.sync(channel(last=0))
    desk.teller.take(desk.known.state.apply(SyncResult(id="4", conversations=(channel(first=8, last=9),))))
    desk.history(8, 9, end=9, oldest=8)
    assert texts(desk.talk) == ["message 8", "message 9"]
    assert "7 entries of #general can't be had any more." in desk.notes


def test_nothing_is_written_before_the_client_is_in_step(desk: Desk) -> None:
    """The first lines are those of the channel in front."""
    desk.known.state.apply(welcome())
    desk.known.state.apply(HelloResult(id="1", version=1, user=user("ann"), device="d1"))
    desk.known.state.apply(SyncResult(id="2", conversations=(channel("dev"), channel())))
    desk.live(1, "early")
    assert desk.talk == []
    desk.teller.take([OPEN])
    assert desk.talk[0] == "-- #dev"
    assert "#general <ann> early" in desk.talk[-1]


def test_channels_come_before_people(desk: Desk) -> None:
    """The conversation that begins in front is a channel where there is one."""
    desk.sync(direct("bob", last=0), channel("dev"))
    assert desk.log.front == "c-dev"
    assert [each.conversation for each in desk.log.conversations()] == ["c-dev", "d-bob"]


def test_conversations_keep_their_order_among_each_other(desk: Desk) -> None:
    """Though each is written as far as it is known."""
    desk.sync(channel(), channel("dev"))
    state = desk.known.state
    arrivals = [
        change
        for entry in (
            message(1, "one"),
            message(1, "two", where="c-dev"),
            message(2, "three"),
            message(2, "four", where="c-dev"),
        )
        for change in state.apply(entry)
    ]
    desk.teller.take(arrivals)
    assert texts(desk.talk) == ["one", "two", "three", "four"]


def test_after_lost_changes_everything_is_written_all_the_same(desk: Desk) -> None:
    """The state has what the changes would have told."""
    desk.sync(channel())
    for number in range(1, 4):
        desk.known.state.apply(message(number, f"message {number}"))
    failed = OutboxItem("s1", "c-general", "oh", state=SendState.FAILED, sentence="Too long.")
    desk.known.items.append(failed)
    desk.teller.take([Reload(frozenset({"c-general"}))])
    assert texts(desk.talk) == ["message 1", "message 2", "message 3"]
    assert desk.teller.refused == 1


def test_a_connection_that_opened_among_lost_changes_is_told(desk: Desk) -> None:
    """Or nothing would ever be written."""
    state = desk.known.state
    state.apply(welcome())
    state.apply(HelloResult(id="1", version=1, user=user("ann"), device="d1"))
    state.apply(SyncResult(id="2", conversations=(channel(),)))
    desk.teller.take([Reload(frozenset())])
    assert desk.talk == ["-- #general"]
    assert desk.notes == ["connected to test (attic:7420) as ann, not encrypted"]


def test_a_first_contact_is_told_once_with_its_fingerprint(desk: Desk) -> None:
    """There is nobody to ask; whoever reads along can compare it."""
    seen = Seen("s1", "attic", "attic:7420", "46a9" * 16)
    desk.teller.take([told.ServerMet(seen, Verdict.NEW, believed=True)])
    assert desk.notes == ["first contact with attic: fingerprint " + " ".join(["46a9"] * 16)]


def test_who_is_not_believed_is_told_with_what_to_do(desk: Desk) -> None:
    """The end of the connection says why; here stands by what to go on."""
    seen = Seen("s1", "attic", "attic:7420", "46a9" * 16)
    desk.teller.take([told.ServerMet(seen, Verdict.CHANGED, believed=False)])
    assert "46a9 46a9" in desk.notes[0]
    assert "--fingerprint" in desk.notes[1]
    desk.teller.take([told.ServerMet(replace(seen, fingerprint=""), Verdict.UNENCRYPTED, believed=False)])
    assert "known_servers.json" in desk.notes[2]


def test_who_is_in_no_channel_is_told_how_to_enter_one(desk: Desk) -> None:
    """Nothing else could be done."""
    desk.sync()
    assert desk.notes[-1] == "You are in no channel. /join #name enters one."


def test_a_restored_server_is_begun_anew(desk: Desk) -> None:
    """Its logs are others than those that were written; nothing is mourned one by one."""
    desk.sync(channel(last=0))
    desk.live(1, "old")
    desk.teller.take(desk.known.state.apply(welcome(epoch="f" * 16)))
    desk.teller.take([LinkChanged(Phase.WAITING, cause="gone.", failures=1)])
    desk.sync(channel(last=0))
    desk.live(1, "new")
    assert texts(desk.talk) == ["old", "new"]
    assert len([note for note in desk.notes if "restored from a backup" in note]) == 1
    assert not [note for note in desk.notes if "no longer" in note]


def test_a_conversation_that_one_is_no_longer_in_gives_way(desk: Desk) -> None:
    """The reason is told where there is one."""
    desk.sync(channel(), channel("dev"))
    state = desk.known.state
    desk.teller.take(state.conversations.drop("c-general", "archived"))
    assert desk.notes[-1] == "You are no longer in #general: archived."
    assert desk.talk[-1] == "-- #dev"
    desk.teller.take(state.conversations.drop("c-dev"))
    assert desk.notes[-2:] == [
        "You are no longer in #dev.",
        "You are in no channel. /join #name enters one.",
    ]


# ---------------------------------------------------------------------- oneself and the server


def test_the_welcome_is_said_once(desk: Desk) -> None:
    """Not again after a lost connection."""
    desk = Desk(words="this is a chat")
    desk.sync(channel())
    desk.teller.take([LinkChanged(Phase.WAITING, cause="gone.", failures=1), OPEN])
    assert desk.notes.count("this is a chat") == 1
    assert len([note for note in desk.notes if note.startswith("connected")]) == 2


def test_an_encrypted_connection_is_called_so(desk: Desk) -> None:
    """The note never says more than is so."""
    desk.teller.take([LinkChanged(Phase.OPEN, "attic:7420", encrypted=True)])
    assert desk.notes[0].endswith(", encrypted")


def test_a_connection_to_another_address_than_the_first_says_why(desk: Desk) -> None:
    """One sees where one is, and which machine to look after."""
    desk.teller.take([LinkChanged(Phase.OPEN, "b:7420", detour="a:7420 did not answer in time.")])
    assert desk.notes[0].endswith(", not encrypted. a:7420 did not answer in time.")
    assert "(b:7420)" in desk.notes[0]


def test_the_message_of_the_day_is_told_at_the_first_connection(desk: Desk) -> None:
    """It may have several lines."""
    desk.teller.take(desk.known.state.apply(welcome(message_of_the_day="be kind\nhave tea")))
    assert desk.notes == ["be kind", "have tea"]
    desk.sync(channel())
    desk.teller.take(desk.known.state.apply(welcome(message_of_the_day="be kind\nhave tea")))
    assert desk.notes.count("be kind") == 1


def test_a_nick_that_somebody_else_has_is_told(desk: Desk) -> None:
    """With what one is called instead."""
    desk.teller.take([told.MeChanged(user("ann2"), asked_nick="ann")])
    assert desk.notes == ["Somebody else is called ann; you are ann2. /nick changes that."]


def test_a_lost_identity_is_told(desk: Desk) -> None:
    """One is somebody else from then on."""
    desk.teller.take([told.IdentityLost("ann", "The server does not know you.")])
    assert desk.notes == ["The server does not know you."]


def test_only_nicks_of_people_that_were_seen_are_worth_a_line(desk: Desk) -> None:
    """A server may have thousands of others."""
    desk.sync(channel())
    desk.live(1, "hi")
    stranger = told.UserChanged(user("zoe", version=2), old_nick="zo")
    seen = told.UserChanged(user("ann", version=2), old_nick="anne")
    desk.teller.take([stranger, seen])
    assert desk.talk[-1] == "12:00 * anne is now called ann"
    assert not [line for line in desk.talk if "zo" in line]


def test_a_message_that_failed_is_told_and_kept_no_more(desk: Desk) -> None:
    """Nobody can try it again in the line mode, but by typing what it was."""
    item = OutboxItem("s1", "c-general", "oh", state=SendState.FAILED, sentence="It is too long.")
    desk.known.items.append(item)
    desk.teller.take([told.OutboxChanged(item)])
    assert desk.notes == ["! Your message was not sent: It is too long. It was: oh"]
    assert desk.known.dropped == ["s1"]
    assert desk.teller.refused == 1


def test_trouble_with_keeping_messages_is_told(desk: Desk) -> None:
    """The talk goes on."""
    desk.teller.take([told.OutboxTrouble("The disk is full.")])
    assert desk.notes == ["The disk is full."]


def test_trouble_with_the_keyring_is_told(desk: Desk) -> None:
    """The talk goes on."""
    desk.teller.take([told.KeyringTrouble("The keyring does not answer.")])
    assert desk.notes == ["The keyring does not answer."]


def test_a_message_that_waits_after_a_refusal_is_told_once(desk: Desk) -> None:
    """As when the server's disk is full; it goes out by itself."""
    waits = OutboxItem("s1", "c-general", "oh", sentence="The disk is full.")
    desk.teller.take([told.OutboxChanged(waits), told.OutboxChanged(waits)])
    assert desk.notes == ["Your message waits: The disk is full."]


def test_how_long_a_message_waits_is_told() -> None:
    """Where the server said so; nothing is to be done for it."""
    desk = Desk()
    hasty = OutboxItem("s1", "c-general", "oh", sentence="That was too much at once.", wait_seconds=11.5)
    desk.teller.take([told.OutboxChanged(hasty)])
    assert desk.notes == ["Your message waits: That was too much at once. It goes out in 12 s."]


def test_a_message_that_only_waits_for_its_turn_is_not_told(desk: Desk) -> None:
    """It would be every message."""
    for state in (SendState.WAITING, SendState.SENT, SendState.STORED):
        desk.teller.take([told.OutboxChanged(OutboxItem("s1", "c-general", "oh", state=state))])
    assert desk.notes == []
