"""A second device for a user, put straight into the store: no request of the protocol makes one yet."""

from datetime import UTC, datetime

from chat.ids import UserId, new_token, token_hash
from chat.server.domain.model import DeviceState, device_id
from chat.server.ports import Batch, Store


def add_device(store: Store, user: str) -> str:
    """Give a user one more device and return its token; while no server runs on the store."""
    token = new_token()
    device = DeviceState(
        id=device_id(store.load().next_device),
        user=UserId(user),
        token_hash=token_hash(token),
        created=datetime.now(UTC),
    )
    store.commit(Batch(number=store.last_batch() + 1, devices=(device,)))
    return token
