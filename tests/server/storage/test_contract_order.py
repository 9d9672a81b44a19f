"""What every store keeps of order: rules of channels, deleted channels, the audit log."""

import msgspec

from chat.ids import SendId
from chat.protocol.records import ChannelMode
from chat.server.domain.audit import AuditNote, broken_at
from chat.server.domain.model import ChannelRules, ReadMove, conversation_id, user_id
from chat.server.ports import Batch, Store
from tests.support.batches import (
    MOMENT,
    channel,
    created,
    deletion,
    founding,
    message,
    said,
    talk,
    whole_log,
)
from tests.support.opened_store import OpenedStore

C1, C2 = conversation_id(1), conversation_id(2)
RULES = ChannelRules(
    mode=ChannelMode(private=True), mutes={user_id(2): MOMENT, user_id(3): None}, invited=(user_id(3),)
)


def test_rules_are_kept_until_others_come(store: Store) -> None:
    """A batch that does not name them leaves them."""
    store.commit(founding())
    store.commit(Batch(number=2, rules=[(C1, RULES)]))
    store.commit(said(3, message(2)))
    assert store.load().conversations[0].rules == RULES
    store.commit(Batch(number=4, rules=[(C1, ChannelRules())]))
    assert store.load().conversations[0].rules == ChannelRules()


def test_a_deleted_channel_leaves_nothing_but_its_last_entry(store: Store) -> None:
    """Which answers who repeats the request; what else was said there is known and gone. Others stay."""
    store.commit(founding(channels=2))
    store.commit(said(2, message(2, "hello", mentions=[2], send_id="hello")))
    store.commit(said(3, message(2, conversation=2)))
    store.commit(Batch(number=4, reads=[ReadMove(user_id(2), C1, 2)], rules=[(C1, RULES)]))
    batch = deletion(5, 3)
    store.commit(batch)
    loaded = store.load()
    assert ([each.id for each in loaded.conversations], loaded.reads) == ([C2], ())
    assert loaded.next_conversation == 3
    keys = [(user_id(1), SendId(each)) for each in ("hello", "the-end")]
    answered = store.answered(keys)
    assert [answered[key].entry for key in keys] == [None, batch.entries[0]]
    assert len(whole_log(store, 2)) == 2
    assert store.unread(user_id(2), {C1: (0, 9)})[C1].messages == 0


def test_the_name_of_a_deleted_channel_is_free_in_the_same_batch(store: Store) -> None:
    """For another channel, with an id that nothing had."""
    store.commit(founding())
    again = channel(2, last=1, name="#channel-1")
    first = deletion(2, 2)
    both = msgspec.structs.replace(
        first,
        conversations=[*first.conversations, again],
        entries=[*first.entries, created(again)],
        rules=[(C2, RULES)],
    )
    store.commit(both)
    (loaded,) = store.load().conversations
    assert (loaded.id, loaded.name, loaded.rules) == (C2, "#channel-1", RULES)


def notes(*actions: str) -> list[AuditNote]:
    """Return notes of actions."""
    return [AuditNote(timestamp=MOMENT, action=each, nick="ann", subject="bob") for each in actions]


def test_the_audit_log_is_one_chain_and_is_read_from_its_end(store: Store) -> None:
    """Notes of a batch are stored with it, or not at all."""
    store.commit(founding())
    assert store.audit(limit=9) == []
    store.commit(Batch(number=2, notes=notes("one", "two")))
    store.commit(Batch(number=3, notes=notes("three")))
    records = store.audit(limit=9)
    assert [(each.number, each.action) for each in records] == [(3, "three"), (2, "two"), (1, "one")]
    assert records[0].timestamp == MOMENT
    assert broken_at(reversed(records)) is None
    assert store.audit(below=3, limit=1) == records[1:2]
    assert store.audit(below=1, limit=9) == []


def test_a_row_that_was_changed_by_hand_is_found(opened: OpenedStore) -> None:
    """By whoever has the file; the record where the chain breaks is named."""
    talk(opened.store, 1)
    opened.store.commit(Batch(number=9, notes=notes("one", "two", "three")))
    intruder = opened.intruder()
    intruder.execute("update audit set subject = 'eve' where number = 2")
    intruder.close()
    assert broken_at(reversed(opened.store.audit(limit=9))) == 2
