"""Rules of accounts: a further device by a code. The others are tried with the commands that ask them."""

import pytest
from msgspec.structs import replace

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Gate
from chat.server.domain import accounts
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision
from tests.support.plain_world import PlainWorld, code_of


def added(draft: Draft) -> Decision:
    """Ann's further device, by the code that her first asked for."""
    holder = draft.nick_holder("ann")
    assert holder
    (first,) = [each for each in draft.devices_of(holder) if each.token_hash != "phone"]
    return accounts.add_device(draft, holder, by=first.id, token_hash="phone", client="chat-tui")


@pytest.fixture
def world() -> PlainWorld:
    """Where Ann is."""
    world = PlainWorld()
    world.guest("ann")
    return world


def test_a_further_device_changes_nothing_but_that(world: PlainWorld) -> None:
    """No entry, no user, no read position; and nothing at all where the token has a device."""
    draft = world.draft()
    decision = added(draft)
    (device,) = decision.devices
    assert (device.user, device.token_hash, device.client) == (draft.nick_holder("ann"), "phone", "chat-tui")
    assert decision == Decision(devices=(device,))
    draft.apply(decision)
    assert added(draft) == Decision()


def test_the_device_that_asked_for_the_code_must_be_there_still(world: PlainWorld) -> None:
    """Its end in the same batch counts too."""
    draft = world.draft()
    (first,) = draft.devices_of(draft.nick_holder("ann") or pytest.fail("no Ann"))
    draft.apply(Decision(revoked=(first,)))
    with pytest.raises(Refused) as refused:
        accounts.add_device(draft, first.user, by=first.id, token_hash="phone", client="")
    assert code_of(refused.value) == (ErrorCode.WRONG_CODE, "code")


def test_who_is_let_in_no_more_gets_no_further_device(world: PlainWorld) -> None:
    """Neither through a gate that is closed, nor where the account is."""
    closed, disabled = world.draft(), world.draft()
    closed.apply(Decision(gate=Gate.NO_GUESTS))
    ann = disabled.user(disabled.nick_holder("ann") or pytest.fail("no Ann"))
    disabled.apply(Decision(users=(replace(ann, disabled=True),)))
    for draft, code in ((closed, ErrorCode.GATE_CLOSED), (disabled, ErrorCode.ACCOUNT_DISABLED)):
        with pytest.raises(Refused) as refused:
            added(draft)
        assert refused.value.code is code
