"""What every store keeps of accounts, their devices, and of whom the server lets in."""

import msgspec
import pytest

from chat.protocol.records import Gate, UserKind
from chat.server.domain.model import PasswordHash
from chat.server.ports import Batch, Store, StoreError
from tests.support.batches import MOMENT, device, founding, user


def test_an_account_comes_back_as_it_was(store: Store) -> None:
    """With the hash of its password, whether it keeps order and whether it is let in; until another state."""
    account = msgspec.structs.replace(
        user(1), kind=UserKind.REGISTERED, admin=True, password=PasswordHash("$argon2id$x"), disabled=True
    )
    store.commit(Batch(number=1, users=[account]))
    assert store.load().users == (account,)
    guest = msgspec.structs.replace(account, admin=False, password=None, disabled=False)
    store.commit(Batch(number=2, users=[guest]))
    assert store.load().users == (guest,)


def test_the_use_of_a_device_comes_back_as_it_was_noted_last(store: Store) -> None:
    """Program and moment; one that was not used since has none."""
    used = msgspec.structs.replace(device(1, of=1), client="chat-tui 1", last_used=MOMENT)
    store.commit(Batch(number=1, users=[user(1)], devices=[device(1, of=1), device(2, of=1)]))
    store.commit(Batch(number=2, devices=[used]))
    assert store.load().devices == (used, device(2, of=1))


def test_a_revoked_device_is_no_more(store: Store) -> None:
    """Others stay; its row is not given away again as long as a newer one stands."""
    store.commit(Batch(number=1, users=[user(1)], devices=[device(1, of=1), device(2, of=1)]))
    store.commit(Batch(number=2, revoked=[device(1, of=1)]))
    loaded = store.load()
    assert (loaded.devices, loaded.next_device) == ((device(2, of=1),), 3)


def test_a_revoked_device_makes_room_for_its_token_in_the_same_batch(store: Store) -> None:
    """What is revoked goes before what is new."""
    store.commit(Batch(number=1, users=[user(1)], devices=[device(1, of=1)]))
    again = msgspec.structs.replace(device(2, of=1), token_hash="hash-1")
    store.commit(Batch(number=2, revoked=[device(1, of=1)], devices=[again]))
    assert store.load().devices == (again,)


def test_the_gate_is_open_at_first_and_stays_as_it_was_set(store: Store) -> None:
    """A batch that does not name it leaves it."""
    assert store.load().gate is Gate.OPEN
    for number, gate in enumerate((Gate.STAFF_ONLY, Gate.NO_GUESTS, Gate.NO_REGISTRATION, Gate.OPEN), 1):
        store.commit(Batch(number=2 * number - 1, gate=gate))
        store.commit(Batch(number=2 * number))
        assert store.load().gate is gate


def test_a_refused_batch_changes_neither_gate_nor_devices(store: Store) -> None:
    """All of a batch or nothing."""
    store.commit(founding())
    before = store.load()
    store.commit(Batch(number=2, devices=[device(1, of=1)]))
    refused = Batch(number=2, gate=Gate.STAFF_ONLY, revoked=[device(1, of=1)])
    with pytest.raises(StoreError):
        store.commit(refused)
    after = store.load()
    assert (after.gate, after.devices) == (before.gate, (device(1, of=1),))
