"""What every store promises the journal: to keep all of a batch or nothing, and to tell it as it was."""

from datetime import UTC, datetime

import msgspec
import pytest

from chat.protocol.records import Role, Status, UserKind
from chat.server.domain.model import (
    MemberState,
    ReadMove,
    UserState,
    conversation_id,
    device_id,
    user_id,
)
from chat.server.ports import Batch, Store, StoreError
from tests.support.batches import (
    MOMENT,
    channel,
    created,
    device,
    direct,
    founding,
    message,
    said,
    user,
    whole_log,
)

C1, U1, U2, U3 = conversation_id(1), user_id(1), user_id(2), user_id(3)


def test_a_new_store_holds_nothing_but_its_own_names(store: Store) -> None:
    """Server id and epoch are made with it; all rows are free."""
    loaded = store.load()
    assert len(loaded.server_id) == 32
    assert len(loaded.epoch) == 16
    assert (loaded.users, loaded.devices, loaded.conversations, loaded.reads) == ((), (), (), ())
    assert (loaded.next_user, loaded.next_device, loaded.next_conversation) == (1, 1, 1)
    assert loaded.last_batch == store.last_batch() == 0


def test_users_come_back_as_they_were(store: Store) -> None:
    """Every field of a user survives, moments to the microsecond, and the last state counts."""
    rich = UserState(
        id=U2,
        kind=UserKind.REGISTERED,
        nick="Mária",
        nick_key="mária",
        holds_nick=False,
        status=Status.AWAY,
        status_text='at "lunch" 🍲',
        version=7,
        created=datetime(2020, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        last_seen=MOMENT,
    )
    store.commit(Batch(number=1, users=[user(2), user(1)]))
    store.commit(Batch(number=2, users=[rich]))
    assert store.load().users == (user(1), rich)


def test_devices_come_back_as_they_were(store: Store) -> None:
    """A device keeps its user and the hash of its token."""
    store.commit(Batch(number=1, users=[user(1)], devices=[device(2, of=1), device(1, of=1)]))
    assert store.load().devices == (device(1, of=1), device(2, of=1))


def test_conversations_come_back_as_they_were(store: Store) -> None:
    """Channels and direct conversations keep every field; what is not their identity may change."""
    store.commit(founding())
    pair = direct(2, 1, 2, last=1)
    changed = msgspec.structs.replace(channel(1, last=2, topic="all of it"), first=2)
    store.commit(
        Batch(
            number=2,
            conversations=[changed, pair],
            entries=[message(2), created(pair)],
            members=[(pair.id, U1, "member")],
        )
    )
    assert store.load().conversations == (
        msgspec.structs.replace(changed, members={U1: MemberState(Role.OPERATOR)}),
        msgspec.structs.replace(pair, members={U1: MemberState()}),
    )


def test_the_last_word_on_a_membership_counts(store: Store) -> None:
    """Within a batch and between batches: joined, parted, joined again, raised."""
    store.commit(founding())
    steps = [(C1, U2, "member"), (C1, U3, "member"), (C1, U2, None), (C1, U1, None), (C1, U1, "member")]
    store.commit(Batch(number=2, members=steps))
    assert store.load().conversations[0].members == {U1: MemberState(), U3: MemberState()}
    store.commit(Batch(number=3, members=[(C1, U3, "operator"), (C1, U1, None), (C1, U2, None)]))
    assert store.load().conversations[0].members == {U3: MemberState(Role.OPERATOR)}


def test_read_positions_move_forward_only(store: Store) -> None:
    """An older position that comes late changes nothing, within a batch too."""
    store.commit(founding())
    store.commit(Batch(number=2, reads=[ReadMove(U2, C1, 5), ReadMove(U2, C1, 3), ReadMove(U1, C1, 1)]))
    store.commit(Batch(number=3, reads=[ReadMove(U2, C1, 4)]))
    assert store.load().reads == (ReadMove(U1, C1, 1), ReadMove(U2, C1, 5))


def test_no_row_is_given_away_twice(store: Store) -> None:
    """The next free rows stand above all that ever were."""
    states = [channel(4, last=1)]
    store.commit(
        Batch(
            number=1,
            users=[user(9), user(2)],
            devices=[device(6, of=9)],
            conversations=states,
            entries=[created(states[0], by=9)],
        )
    )
    store.commit(Batch(number=2, users=[user(1)], devices=[device(1, of=1)]))
    loaded = store.load()
    assert (loaded.next_user, loaded.next_device, loaded.next_conversation) == (10, 7, 5)


def test_the_last_batch_is_known(store: Store) -> None:
    """Its number is stored with it, and loaded."""
    store.commit(founding())
    store.commit(said(41, message(2)))
    assert store.last_batch() == 41
    assert store.load().last_batch == 41


def test_a_probe_changes_nothing(store: Store) -> None:
    """It only finds out whether the store can write."""
    store.commit(founding())
    before = store.load()
    store.probe()
    assert store.load() == before


# ------------------------------------------------------------------------------ what is refused


def _refused(store: Store, batch: Batch) -> None:
    """Check that a batch is refused and leaves no trace, and that the store goes on."""
    before, log = store.load(), whole_log(store)
    with pytest.raises(StoreError):
        store.commit(batch)
    assert store.load() == before
    assert whole_log(store) == log
    follower = log[-1].number + 1
    store.commit(said(before.last_batch + 1, message(follower, "goes on")))
    assert whole_log(store)[-1] == message(follower, "goes on")


def test_numbers_that_leave_a_hole_are_refused(store: Store) -> None:
    """The first number must be the stored last and one."""
    store.commit(founding())
    _refused(store, said(2, message(3)))


def test_numbers_that_are_stored_already_are_refused(store: Store) -> None:
    """A journal that decided on an old state stores nothing."""
    store.commit(founding())
    store.commit(said(2, message(2)))
    _refused(store, said(3, message(2, "another")))


def test_numbers_out_of_order_within_a_batch_are_refused(store: Store) -> None:
    """They must follow each other as they stand."""
    store.commit(founding())
    _refused(store, said(2, message(3), message(2)))


def test_a_hole_within_a_batch_is_refused(store: Store) -> None:
    """A number left out is refused like a wrong beginning."""
    store.commit(founding())
    _refused(store, said(2, message(2), message(4)))


def test_a_conversation_that_ends_elsewhere_than_its_entries_is_refused(store: Store) -> None:
    """State and entries of a batch must agree."""
    store.commit(founding())
    _refused(store, Batch(number=2, conversations=[channel(1, last=9)], entries=[message(2)]))


def test_entries_without_their_conversation_are_refused(store: Store) -> None:
    """Who adds to a log says what comes of it."""
    store.commit(founding())
    _refused(store, Batch(number=2, entries=[message(2)]))


def test_a_new_conversation_that_does_not_begin_at_one_is_refused(store: Store) -> None:
    """There is nothing that its first number could follow."""
    store.commit(founding())
    state = channel(2, last=5)
    _refused(store, Batch(number=2, conversations=[state], entries=[message(5, conversation=2)]))


def test_one_bad_conversation_refuses_the_whole_batch(store: Store) -> None:
    """All or nothing: the good half is not stored either."""
    store.commit(founding(channels=2))
    _refused(
        store,
        Batch(
            number=2,
            users=[user(8)],
            conversations=[channel(1, last=2), channel(2, last=3)],
            entries=[message(2), message(3, conversation=2)],
            members=[(C1, U2, "member")],
            reads=[ReadMove(U2, C1, 2)],
        ),
    )


def test_a_batch_number_that_was_used_is_refused(store: Store) -> None:
    """Else `last_batch` could not tell whether a batch was stored."""
    store.commit(founding())
    _refused(store, Batch(number=1, users=[user(7)]))


def test_two_who_claim_one_nick_are_refused(store: Store) -> None:
    """A nick has one holder; without a claim any number may have had it."""
    store.commit(founding())
    store.commit(Batch(number=2, users=[user(4, "guest-1", holds_nick=False)]))
    _refused(store, Batch(number=3, users=[user(5, "guest-1")]))


def test_two_channels_of_one_name_are_refused(store: Store) -> None:
    """A name leads to one channel."""
    store.commit(founding())
    twin = channel(2, last=1, name="#channel-1")
    _refused(store, Batch(number=2, conversations=[twin], entries=[created(twin)]))


def test_two_direct_conversations_of_one_pair_are_refused(store: Store) -> None:
    """Two people have one conversation."""
    store.commit(founding())
    states = [direct(2, 1, 2, last=1), direct(3, 1, 2, last=1)]
    _refused(store, Batch(number=2, conversations=states, entries=[created(state) for state in states]))


def test_two_devices_of_one_token_are_refused(store: Store) -> None:
    """A token tells one device."""
    store.commit(founding())
    twin = msgspec.structs.replace(device(2, of=2), token_hash="hash-1")
    _refused(store, Batch(number=2, devices=[device(1, of=1), twin]))


@pytest.mark.parametrize(
    "stranger",
    [
        Batch(number=2, devices=[device(1, of=99)]),
        Batch(number=2, members=[(C1, user_id(99), "member")]),
        Batch(number=2, members=[(conversation_id(99), U1, "member")]),
        Batch(number=2, reads=[ReadMove(user_id(99), C1, 1)]),
        Batch(number=2, reads=[ReadMove(U1, conversation_id(99), 1)]),
        said(2, message(2, by=99)),
        said(2, message(2, mentions=[99])),
    ],
)
def test_what_speaks_of_strangers_is_refused(store: Store, stranger: Batch) -> None:
    """Users and conversations must be stored, at the latest in the same batch."""
    store.commit(founding())
    _refused(store, stranger)


def test_a_send_id_that_is_stored_already_is_refused(store: Store) -> None:
    """Whoever looked it up first would not have sent it here."""
    store.commit(founding())
    store.commit(said(2, message(2, send_id="one")))
    _refused(store, said(3, message(3, send_id="one")))


def test_a_send_id_twice_in_a_batch_is_refused(store: Store) -> None:
    """Within a batch it is unique as well."""
    store.commit(founding())
    _refused(store, said(2, message(2, send_id="one"), message(3, send_id="one")))


# ------------------------------------------------------------------------------------- nicks


def test_a_nick_is_handed_over_within_a_batch(store: Store) -> None:
    """The old holder loses the claim and the new one has it, in whatever order they stand."""
    store.commit(Batch(number=1, users=[user(1, "maria"), user(2, "otto")]))
    store.commit(Batch(number=2, users=[user(2, "maria"), user(1, "maria", holds_nick=False)]))
    assert store.load().users == (user(1, "maria", holds_nick=False), user(2, "maria"))


def test_two_swap_their_nicks_within_a_batch(store: Store) -> None:
    """What counts is that all claims are unique at the end."""
    store.commit(Batch(number=1, users=[user(1, "maria"), user(2, "otto")]))
    store.commit(Batch(number=2, users=[user(1, "otto"), user(2, "maria")]))
    assert store.load().users == (user(1, "otto"), user(2, "maria"))


def test_a_checkpoint_changes_nothing(store: Store) -> None:
    """It is about files alone."""
    store.commit(founding())
    store.commit(Batch(number=2, devices=[device(1, of=1)]))
    before = store.load()
    store.checkpoint()
    assert store.load() == before
    assert before.devices[0].id == device_id(1)
