"""Users, devices and nick claims, as published."""

import msgspec

from chat.ids import DeviceId, UserId
from chat.protocol.records import UserKind
from chat.server.domain.model import DeviceState, UserState
from chat.server.state.directory import Directory
from tests.support.plain_world import NOON


def _user(number: int, nick: str, *, holds: bool = True) -> UserState:
    return UserState(
        id=UserId(f"u{number}"),
        kind=UserKind.GUEST,
        nick=nick,
        nick_key=nick.lower(),
        holds_nick=holds,
        created=NOON,
    )


def test_users_are_found_by_id_and_by_claim() -> None:
    """One without the claim is found by id only."""
    directory = Directory([_user(1, "Ann"), _user(2, "bob", holds=False)], [])
    assert directory.nick_holder("ann") == "u1"
    assert directory.nick_holder("bob") is None
    assert directory.known(UserId("u2")).nick == "bob"
    assert directory.user(UserId("u3")) is None


def test_devices_are_found_by_the_hash_of_their_token() -> None:
    """Those loaded and those added."""
    device = DeviceState(id=DeviceId("d1"), user=UserId("u1"), token_hash="h", created=NOON)
    directory = Directory([_user(1, "ann")], [device])
    later = msgspec.structs.replace(device, id=DeviceId("d2"), token_hash="h2")
    directory.publish([], [later])
    assert (directory.device("h"), directory.device("h2"), directory.device("x")) == (device, later, None)


def test_a_claim_moves_with_its_user() -> None:
    """The old nick is nobody's."""
    directory = Directory([_user(1, "ann")], [])
    directory.publish([_user(1, "anna")], [])
    assert (directory.nick_holder("ann"), directory.nick_holder("anna")) == (None, "u1")


def test_a_claim_that_was_taken_over_belongs_to_the_taker() -> None:
    """In whichever order both are published, also when both swap."""
    for order in (1, -1):
        directory = Directory([_user(1, "ann"), _user(2, "bob")], [])
        directory.publish([_user(1, "ann", holds=False), _user(2, "Ann")][::order], [])
        assert (directory.nick_holder("ann"), directory.nick_holder("bob")) == ("u2", None)
        directory.publish([_user(1, "bob"), _user(2, "ann")][::order], [])
        assert (directory.nick_holder("ann"), directory.nick_holder("bob")) == ("u2", "u1")


def test_a_claim_of_another_is_not_lost_with_its_old_holder() -> None:
    """Who gave a nick up long ago and changes now takes nothing from who has it."""
    directory = Directory([_user(1, "ann", holds=False), _user(2, "ann")], [])
    directory.publish([_user(1, "ann2")], [])
    assert (directory.nick_holder("ann"), directory.nick_holder("ann2")) == ("u2", "u1")


def test_many_are_returned_in_the_order_asked_for() -> None:
    """And everybody in any."""
    directory = Directory([_user(1, "ann"), _user(2, "bob")], [])
    assert [user.nick for user in directory.many([UserId("u2"), UserId("u1")])] == ["bob", "ann"]
    assert {user.nick for user in directory.everybody()} == {"ann", "bob"}
