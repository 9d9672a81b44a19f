"""Many small changes as few larger ones that come to the same."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.changes import (
    ConversationAdded,
    ConversationChanged,
    EntriesAdded,
    LatencyMeasured,
    LinkChanged,
    MembersChanged,
    OutboxChanged,
    OutboxItem,
    Phase,
    SendState,
    UserChanged,
)
from chat.protocol.entries import AnyEntry
from chat.tui.desk.condense import condensed
from chat.tui.messages import Arrival, Reload
from tests.support.desk import rows_of
from tests.support.desk_feed import begun
from tests.support.entries import joined, said
from tests.support.frames import channel, user


def live(*entries: AnyEntry, where: str = "c-general") -> EntriesAdded:
    """Entries that happened just now."""
    return EntriesAdded(where, entries, live=True)


def test_what_follows_one_another_in_a_conversation_becomes_one() -> None:
    """Entries before the record that counts them; of records the last one."""
    changes: list[Arrival] = [
        live(said(1)),
        ConversationChanged(channel(last=1, unread=1)),
        MembersChanged("c-general"),
        live(said(2)),
        ConversationChanged(channel(last=2, unread=2)),
        MembersChanged("c-general"),
    ]
    assert list(condensed(changes)) == [
        live(said(1), said(2)),
        ConversationChanged(channel(last=2, unread=2)),
        MembersChanged("c-general"),
    ]


def test_conversations_are_not_mixed() -> None:
    """Nor what happened just now with what was fetched."""
    history = EntriesAdded("c-general", (said(1),), live=False)
    changes: list[Arrival] = [
        live(said(2)),
        live(said(1, where="c-dev"), where="c-dev"),
        history,
        live(said(3)),
    ]
    assert list(condensed(changes)) == [
        live(said(2), said(3)),
        live(said(1, where="c-dev"), where="c-dev"),
        history,
    ]


def test_nothing_overtakes_what_it_may_depend_on() -> None:
    """A conversation that comes, a new nick, a lost connection, a reload: each stays in its place."""
    for barrier in (
        ConversationAdded(channel()),
        UserChanged(user("bob"), "rob"),
        LinkChanged(Phase.WAITING),
        OutboxChanged(OutboxItem("1", "c-general", "hi")),
        LatencyMeasured(0.1),
        Reload(frozenset()),
    ):
        changes: list[Arrival] = [live(said(1)), barrier, live(said(2))]
        assert list(condensed(changes)) == changes


def test_entries_are_given_in_ascending_order() -> None:
    """As a talk expects them."""
    assert list(condensed([live(said(2)), live(said(1))])) == [live(said(1), said(2))]


def _change(kind: str, number: int) -> list[Arrival]:
    """What the client tells when this happens as entry `number`."""
    match kind:
        case "said":
            return [live(said(number)), ConversationChanged(channel(last=number, unread=number))]
        case "mine":
            item = OutboxItem(f"s{number}", "c-general", "mine")
            stored = OutboxItem(f"s{number}", "c-general", "mine", state=SendState.STORED)
            entry = said(number, "mine", "me", send_id=f"s{number}")
            return [OutboxChanged(item), live(entry), OutboxChanged(stored)]
        case "joined":
            return [live(joined(number)), MembersChanged("c-general")]
    return [UserChanged(user("ann"), "anna")]


@given(st.lists(st.sampled_from(["said", "said", "mine", "joined", "nick"]), max_size=30))
def test_condensed_changes_come_to_the_same(kinds: list[str]) -> None:
    """Rows, rule, record and bell are those of the changes one by one."""
    changes = [change for number, kind in enumerate(kinds, 2) for change in _change(kind, number)]
    together, one_by_one = begun(channel(last=1, read=1)), begun(channel(last=1, read=1))
    rings = [one_by_one.apply(change).ring for change in changes]
    assert together.apply(*changes).ring == any(rings)
    talks = [setting.desk.talks["c-general"] for setting in (together, one_by_one)]
    rows = [[row for row in rows_of(talk) if row.text != "new messages"] for talk in talks]
    assert rows[0] == rows[1]
    assert talks[0].record == talks[1].record
    assert [talk.active for talk in talks] == [talks[0].active] * 2
