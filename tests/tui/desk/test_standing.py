"""What one may do with a member, and why not."""

import itertools

import pytest

from chat.protocol.records import Member, Role
from chat.tui.desk.standing import MemberDeed, Standing, keeps_order, member_offers, member_refusal
from tests.support.frames import channel, direct, user

ME, ADMIN = user("you"), user("you", admin=True)
BOB, ROOT = Member(user=user("bob")), Member(user=user("root", admin=True))
MEMBER, OPERATOR = channel(), channel(role=Role.OPERATOR)
KEEPING = (MemberDeed.KICK, MemberDeed.BAN, MemberDeed.MUTE, MemberDeed.OP)


@pytest.mark.parametrize("deed", KEEPING)
def test_only_operators_and_administrators_keep_order(deed: MemberDeed) -> None:
    """A member like others is told that."""
    assert member_refusal(Standing(ME, MEMBER), BOB, deed) == "only operators"
    assert member_refusal(Standing(ME, OPERATOR), BOB, deed) == ""
    assert member_refusal(Standing(ADMIN, MEMBER), BOB, deed) == ""


def test_nobody_keeps_order_in_a_direct_conversation() -> None:
    """It belongs to two people; the menu has nothing of the kind."""
    assert not keeps_order(ADMIN, direct("bob"))
    deeds = {offer.deed for offer in member_offers(Standing(ADMIN, direct("bob")), BOB)}
    assert deeds.isdisjoint(KEEPING)


def test_before_one_is_somebody_one_may_nothing() -> None:
    """The record of oneself comes with the greeting."""
    assert not keeps_order(None, MEMBER)


@pytest.mark.parametrize("deed", [MemberDeed.KICK, MemberDeed.BAN, MemberDeed.MUTE])
def test_an_administrator_is_kept_out_by_nobody(deed: MemberDeed) -> None:
    """Not by another one either."""
    for standing in (Standing(ME, OPERATOR), Standing(ADMIN, MEMBER)):
        assert member_refusal(standing, ROOT, deed) == "an administrator"


def test_with_oneself_little_can_be_done() -> None:
    """Giving up being an operator is one of it."""
    offers = member_offers(Standing(ME, OPERATOR), Member(user=ME, role=Role.OPERATOR))
    possible = {offer.deed for offer in offers if not offer.refusal}
    assert possible == {MemberDeed.WHOIS, MemberDeed.MENTION, MemberDeed.OP}


def test_labels_say_the_way_back() -> None:
    """Who is muted can be let write, who is an operator can be made a member."""
    muted = Member(user=user("bob"), muted=True, role=Role.OPERATOR)
    labels = {offer.deed: offer.label for offer in member_offers(Standing(ME, OPERATOR), muted)}
    assert labels[MemberDeed.MUTE] == "Let write again"
    assert labels[MemberDeed.OP] == "Make a member like others"


@pytest.mark.parametrize(
    ("me", "where"), list(itertools.product((ME, ADMIN), (MEMBER, OPERATOR, direct("bob"))))
)
def test_without_a_connection_only_the_line_is_left(me: object, where: object) -> None:
    """A mention is written; all else asks the server."""
    standing = Standing(me, where, connected=False)  # type: ignore[arg-type]
    assert [each.deed for each in member_offers(standing, BOB) if not each.refusal] == [MemberDeed.MENTION]
