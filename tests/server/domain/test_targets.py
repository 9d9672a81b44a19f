"""What people type to name a conversation or a person."""

import pytest

from chat.protocol.codes import ErrorCode, Refused
from chat.server.domain.targets import Target, TargetKind, parse_target


def test_a_target_is_a_channel_a_nick_or_an_id() -> None:
    """Names get the key that equal names share; ids stay as they are."""
    assert parse_target("#Tea") == Target(TargetKind.CHANNEL, "#tea", "#Tea")
    assert parse_target("@Ann") == Target(TargetKind.NICK, "ann", "@Ann")
    assert parse_target("c12") == Target(TargetKind.ID, "c12", "c12")


@pytest.mark.parametrize("text", ["#", "@", "#with space", "@#ann", "#" + "x" * 64, "@" + "x" * 33])
def test_an_illegal_name_is_refused_at_the_field(text: str) -> None:
    """With the sentence of the rules for names."""
    with pytest.raises(Refused) as refused:
        parse_target(text)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_NAME, "target")
