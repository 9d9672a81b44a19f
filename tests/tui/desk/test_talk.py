"""One conversation on the desk: rows, unsent messages, what is new, how loudly it calls."""

import pytest
from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.tui.desk.talk import SPEAKERS_KEPT, Talk
from chat.tui.render.attention import Attention
from chat.tui.render.log_model import Older
from chat.tui.render.rows import RowKind, RowStatus
from tests.support.desk import a_talk, first_new, lines, rows_of
from tests.support.entries import NINE, joined, said
from tests.support.frames import channel, direct, user

HEIGHT = 5


def unread_talk(read: int, unread: int) -> Talk:
    """A channel read up to a number, with so many unread messages."""
    return a_talk(channel(last=read + unread, read=read, unread=unread))


def scroll_up(talk: Talk) -> None:
    """Look at the first row."""
    talk.model.viewport.scroll_to(0, HEIGHT)
    assert not talk.model.viewport.following


# ---------------------------------------------------------------------- what it is


def test_a_channel_is_called_by_its_name_and_a_person_by_their_nick() -> None:
    """The title is what people type."""
    assert a_talk(channel("dev")).title == "#dev"
    assert a_talk(direct("bob")).title == "@bob"


@pytest.mark.parametrize(
    ("talk", "attention"),
    [
        (a_talk(channel()), Attention.NOTHING),
        (a_talk(channel(unread=2)), Attention.UNREAD),
        (a_talk(channel(unread=2, mentions=1)), Attention.MENTION),
        (a_talk(direct("bob", unread=1)), Attention.MENTION),
    ],
)
def test_how_loudly_it_calls_follows_from_the_counts_of_the_server(talk: Talk, attention: Attention) -> None:
    """Every message of a direct conversation is for oneself."""
    assert talk.attention is attention


def test_a_join_makes_a_channel_active_but_not_unread() -> None:
    """Something happened that nobody must read; one's own coming is nothing at all."""
    talk = a_talk()
    talk.add([joined(1, "me")], live=True)
    assert not talk.active
    talk.add([joined(2, "bob")], live=True)
    assert talk.attention is Attention.ACTIVITY


def test_history_makes_nothing_active() -> None:
    """What happened long ago calls nobody."""
    talk = a_talk()
    talk.add([joined(1, "bob")], live=False)
    assert talk.attention is Attention.NOTHING


def test_older_entries_are_offered_while_the_server_has_some() -> None:
    """Retention decides where a log begins."""
    talk = a_talk(channel(first=3, last=6))
    offers = []
    for entries in ([said(5), said(6)], [said(3), said(4)]):
        talk.add(entries, live=False)
        offers.append(talk.model.older)
    assert offers == [Older.AVAILABLE, Older.NONE]


def test_a_log_that_began_later_says_so_above_its_oldest_row() -> None:
    """Once, when all that is kept is here; a log that is whole says nothing."""
    talk = a_talk(channel(first=3, last=6))
    talk.add([said(5, "e"), said(6, "f")], live=False)
    assert lines(talk) == ["e", "f"]
    talk.add([said(3, "c"), said(4, "d")], live=False)
    talk.add([said(7, "g")], live=True)
    assert lines(talk) == ["older messages are not kept here", "c", "d", "e", "f", "g"]
    whole = a_talk(channel(first=1, last=1))
    whole.add([said(1, "a")], live=False)
    assert lines(whole) == ["a"]


def test_a_beginning_that_moved_on_ends_the_asking() -> None:
    """What was offered is gone, the rows that are here stay."""
    talk = a_talk(channel(first=1, last=6))
    talk.add([said(5, "e"), said(6, "f")], live=False)
    offers = [talk.model.older]
    talk.record = channel(first=5, last=6)
    assert [*offers, talk.model.older] == [Older.AVAILABLE, Older.NONE]
    assert lines(talk) == ["older messages are not kept here", "e", "f"]
    talk.record = channel(first=6, last=6)
    assert lines(talk) == ["older messages are not kept here", "e", "f"]
    talk.forget()
    talk.add([said(6, "f")], live=False)
    assert lines(talk) == ["older messages are not kept here", "f"]


def test_a_page_that_was_asked_for_is_not_asked_for_again_by_what_comes_meanwhile() -> None:
    """A live message does not make the page that is under way be fetched twice."""
    talk = a_talk(channel(last=6))
    talk.add([said(6)], live=False)
    talk.model.older = Older.ASKED
    talk.add([said(7)], live=True)
    assert talk.model.older is Older.ASKED


# ---------------------------------------------------------------------- people


def test_who_spoke_last_is_the_last_of_the_speakers() -> None:
    """Completion proposes them first; oneself is never proposed."""
    talk = a_talk()
    talk.add([said(1, who="bob"), said(2, who="cleo"), said(3, who="me"), said(4, who="bob")], live=False)
    assert list(talk.speakers.values()) == ["cleo", "bob"]


def test_a_join_is_not_speaking() -> None:
    """Who only came is not proposed before who talks."""
    talk = a_talk()
    talk.add([joined(1, "bob")], live=True)
    assert talk.speakers == {}


def test_an_older_page_does_not_make_its_speakers_the_last_ones() -> None:
    """Scrolling up changes nothing about who spoke last."""
    talk = a_talk()
    talk.add([said(8, who="cleo"), said(9, who="bob")], live=False)
    talk.add([said(6, who="bob"), said(7, who="dan")], live=False)
    assert list(talk.speakers.values()) == ["dan", "cleo", "bob"]


def test_only_so_many_speakers_are_remembered() -> None:
    """Those who spoke longest ago are forgotten."""
    talk = a_talk()
    talk.add([said(number, who=f"p{number}") for number in range(1, SPEAKERS_KEPT + 6)], live=False)
    assert len(talk.speakers) == SPEAKERS_KEPT
    assert next(iter(talk.speakers.values())) == "p6"


def test_a_new_nick_is_what_completion_proposes() -> None:
    """Somebody is found by what they are called now, and stays the same person."""
    talk = a_talk()
    talk.add([said(1, who="bob")], live=False)
    assert talk.renamed("u-bob", "bobby")
    assert talk.speakers == {"u-bob": "bobby"}
    assert not talk.renamed("u-nobody", "somebody")


def test_the_other_side_of_a_direct_conversation_is_somebody_here() -> None:
    """Even before they said anything."""
    assert a_talk(direct("bob")).renamed("u-bob", "bobby")


# ---------------------------------------------------------------------- one's own messages


def item(send_id: str, text: str = "mine", **fields: object) -> OutboxItem:
    """A message of one's own for the channel."""
    return OutboxItem(send_id, "c-general", text, **fields)  # type: ignore[arg-type]


def test_an_unsent_message_stands_below_everything_the_server_has_told() -> None:
    """What is stored comes above it, so that the order on the screen is the order of the log."""
    talk = a_talk()
    talk.put_unsent(item("1"), NINE)
    talk.add([said(1, "theirs")], live=True)
    assert lines(talk) == ["theirs", "mine"]


def test_a_message_changes_from_waiting_to_sending_in_its_place() -> None:
    """It keeps its place among the others, and the time when it was written."""
    talk = a_talk()
    talk.put_unsent(item("1", "a"), NINE)
    talk.put_unsent(item("2", "b"), NINE)
    talk.put_unsent(item("1", "a", state=SendState.SENT), NINE.replace(hour=11))
    assert [(row.text, row.status) for row in rows_of(talk)] == [
        ("a", RowStatus.SENDING),
        ("b", RowStatus.WAITING),
    ]
    assert rows_of(talk)[0].time == NINE


@pytest.mark.parametrize("live", [True, False])
def test_a_stored_message_is_shown_once(live: bool) -> None:
    """Its entry takes the place of the unsent row, however it arrives, and the answer changes nothing."""
    talk = a_talk()
    talk.add([said(1, "a"), said(4, "d")], live=False)
    talk.put_unsent(item("7"), NINE)
    talk.add([said(2, "mine", who="me", send_id="7")], live=live)
    talk.put_unsent(item("7", state=SendState.STORED), NINE)
    assert [line for line in lines(talk) if line == "mine"] == ["mine"]
    assert not any(row.under_way for row in rows_of(talk))


def test_a_refused_message_says_why_where_it_stands() -> None:
    """Nothing that was written disappears."""
    talk = a_talk()
    talk.put_unsent(item("1"), NINE)
    talk.put_unsent(item("1", state=SendState.FAILED, sentence="You are not a member."), NINE)
    row = rows_of(talk)[0]
    assert row.status is RowStatus.FAILED
    assert row.detail.startswith("You are not a member. ")


def test_only_the_messages_that_still_wait_are_kept() -> None:
    """After a flood the outbox says which ones those are."""
    talk = a_talk()
    for send_id in ("1", "2", "3"):
        talk.put_unsent(item(send_id, send_id), NINE)
    talk.keep_unsent(["2"])
    assert lines(talk) == ["2"]


# ---------------------------------------------------------------------- words


def test_words_of_the_client_stand_below_and_are_no_messages() -> None:
    """An answer, an error and a quiet note are told apart."""
    talk = a_talk()
    talk.tell("answer")
    talk.tell("error", failed=True)
    talk.note("bob is now called bobby")
    assert [(row.kind, row.status) for row in rows_of(talk)] == [
        (RowKind.NOTICE, RowStatus.STORED),
        (RowKind.NOTICE, RowStatus.FAILED),
        (RowKind.EVENT, RowStatus.STORED),
    ]


def test_a_crowd_does_not_reach_over_words_of_the_client() -> None:
    """What is told after an answer stands below it."""
    talk = a_talk()
    talk.add([joined(1, "bob")], live=True)
    talk.tell("answer")
    talk.add([joined(2, "cleo")], live=True)
    assert lines(talk) == ["bob joined", "answer", "cleo joined"]


# ---------------------------------------------------------------------- what is new


def test_the_rule_stands_before_the_first_message_that_is_not_read() -> None:
    """One's own messages and joins are not new."""
    talk = unread_talk(2, 2)
    talk.add([said(1, "a"), said(2, "b"), said(3, "mine", "me")], live=False)
    talk.add([joined(4), said(5, "e"), said(6, "f")], live=False)
    talk.mark_unread()
    assert first_new(talk) == "e"


def test_the_rule_can_be_set_anew_while_it_stands() -> None:
    """Coming back to a talk that was not read to its end changes nothing."""
    talk = unread_talk(1, 2)
    talk.add([said(1, "a"), said(2, "b"), said(3, "c")], live=False)
    talk.mark_unread()
    talk.mark_unread()
    assert first_new(talk) == "b"


def test_there_is_no_rule_where_everything_is_read() -> None:
    """And one that stands there is taken away."""
    talk = unread_talk(1, 1)
    talk.add([said(1, "a"), said(2, "b")], live=False)
    talk.mark_unread()
    talk.record = replace(talk.record, read=2, unread=0)
    talk.leave()
    assert first_new(talk) == ""
    talk.mark_unread()
    assert first_new(talk) == ""


def test_the_rule_stays_while_one_leaves_what_is_not_read() -> None:
    """Coming back one finds where one was."""
    talk = unread_talk(1, 1)
    talk.add([said(1, "a"), said(2, "b")], live=False)
    talk.mark_unread()
    talk.leave()
    assert first_new(talk) == "b"


def test_the_rule_moves_up_with_older_pages_that_are_not_read_either() -> None:
    """A long absence has more unread messages than one page."""
    talk = unread_talk(2, 6)
    talk.add([said(7, "g"), said(8, "h")], live=False)
    talk.mark_unread()
    assert first_new(talk) == "g"
    talk.record = replace(talk.record, read=8, unread=0)
    talk.add([said(5, "e"), said(6, "f")], live=False)
    assert first_new(talk) == "e"
    talk.add([said(number) for number in range(1, 5)], live=False)
    assert first_new(talk) == "message 3"


def test_the_rule_is_set_by_the_page_that_comes_after_the_talk_did() -> None:
    """A talk that was never looked at has no rows when it comes to the front."""
    talk = unread_talk(2, 2)
    talk.mark_unread()
    talk.add([said(number) for number in range(1, 5)], live=False)
    assert first_new(talk) == "message 3"


def test_a_message_that_nobody_saw_is_new() -> None:
    """The rule stands before the first of them and stays there."""
    talk = a_talk(channel(last=1, read=1))
    talk.add([said(1, "a")], live=False)
    for number in (2, 3):
        talk.add([said(number)], live=True)
        talk.mark_unseen(number)
        talk.record = replace(talk.record, unread=talk.record.unread + 1)
    assert first_new(talk) == "message 2"


def test_one_s_own_message_does_not_move_the_rule() -> None:
    """Neither when it is written nor when it is stored."""
    talk = unread_talk(1, 1)
    talk.add([said(1, "a"), said(2, "b")], live=False)
    talk.mark_unread()
    talk.put_unsent(item("7"), NINE)
    talk.add([said(3, "mine", "me", send_id="7")], live=True)
    assert first_new(talk) == "b"
    assert lines(talk)[-1] == "mine"


def test_a_rule_above_what_was_read_long_ago_moves_to_what_is_new_now() -> None:
    """Somebody who never leaves a channel finds the rule where they stopped looking last."""
    talk = unread_talk(1, 1)
    talk.add([said(1), said(2)], live=False)
    talk.mark_unread()
    talk.record = replace(talk.record, read=2, unread=0, last=2)
    talk.add([said(3)], live=True)
    talk.mark_unseen(3)
    assert first_new(talk) == "message 3"


def test_a_rule_does_not_move_while_somebody_reads_around_it() -> None:
    """Nothing jumps under the eyes of who scrolled up."""
    talk = unread_talk(1, 9)
    talk.add([said(number) for number in range(1, 11)], live=False)
    talk.mark_unread()
    talk.record = replace(talk.record, read=10, unread=0)
    scroll_up(talk)
    talk.add([said(11)], live=True)
    talk.mark_unseen(11)
    assert first_new(talk) == "message 2"


def test_unread_messages_from_before_count_when_one_more_arrives_unseen() -> None:
    """A talk in the background whose history is not here yet gets its rule when the page comes."""
    talk = unread_talk(2, 3)
    talk.add([said(6)], live=True)
    talk.mark_unseen(6)
    assert first_new(talk) == "message 6"
    talk.add([said(number) for number in range(1, 6)], live=False)
    assert first_new(talk) == "message 3"


def test_a_rule_at_midnight_is_found_over_the_rule_of_the_day() -> None:
    """Both rules may stand one below the other; the older page still moves the right one."""
    talk = unread_talk(1, 3)
    talk.add([said(3, days=1), said(4, days=1)], live=False)
    talk.mark_unread()
    talk.add([said(1), said(2)], live=False)
    assert first_new(talk) == "message 2"


def test_what_is_let_go_is_offered_as_older_and_moves_nothing() -> None:
    """Words of the client among it go too; one's own message that failed there stays, as does the view."""
    talk = a_talk(channel(last=40, read=40))
    talk.add([said(number) for number in range(1, 11)], live=False)
    talk.tell("a word")
    talk.put_unsent(item("7", "failed", state=SendState.FAILED, sentence="why"), NINE)
    talk.add([said(number) for number in range(11, 41)], live=False)
    talk.model.viewport.hold_still(5)
    seen = [talk.model.store[place.row].text for place in talk.model.viewport.frame(5).places]
    talk.forget_below(21)
    assert lines(talk) == ["failed", *(f"message {number}" for number in range(21, 41))]
    assert talk.model.older is Older.AVAILABLE
    assert [talk.model.store[place.row].text for place in talk.model.viewport.frame(5).places] == seen
    talk.add([said(number) for number in range(1, 21)], live=False)
    assert lines(talk).count("message 20") == 1


def test_a_rule_that_is_let_go_stands_before_what_is_left() -> None:
    """All of that is new; the older pages move it up again."""
    talk = unread_talk(2, 8)
    talk.add([said(number) for number in range(1, 11)], live=False)
    talk.mark_unread()
    talk.forget_below(6)
    assert first_new(talk) == "message 6"
    talk.add([said(number) for number in range(1, 6)], live=False)
    assert first_new(talk) == "message 3"


def test_forgetting_keeps_what_one_was_writing() -> None:
    """After a restored backup only the rows are gone."""
    talk = unread_talk(1, 1)
    talk.draft = "half a"
    talk.add([said(1), said(2)], live=False)
    talk.mark_unread()
    talk.put_unsent(item("1"), NINE)
    talk.forget()
    assert (lines(talk), talk.draft, talk.last, talk.speakers) == ([], "half a", 0, {})
    talk.put_unsent(item("1"), NINE)
    assert lines(talk) == ["mine"]


def test_a_new_record_of_the_other_side_changes_the_title() -> None:
    """A direct conversation follows the person."""
    talk = a_talk(direct("bob"))
    talk.record = replace(talk.record, peer=replace(user("bob"), nick="bobby"))
    assert talk.title == "@bobby"
