"""What one may do with a member, and why not."""

import itertools

import pytest
from msgspec.structs import replace

from chat.protocol import order, requests
from chat.protocol.asking import Request
from chat.protocol.codes import Refused
from chat.protocol.records import Member, Role, UserKind
from chat.server.domain import permissions
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


REGISTERED = user("you", kind=UserKind.REGISTERED)
REQUESTS: dict[MemberDeed, type[Request]] = {
    MemberDeed.WHOIS: requests.Whois,
    MemberDeed.MESSAGE: requests.OpenDirect,
    MemberDeed.KICK: order.Kick,
    MemberDeed.BAN: order.BanUsers,
    MemberDeed.MUTE: order.Mute,
    MemberDeed.OP: order.Grant,
}
WHO = {
    permissions.Standing.GUEST: Standing(ME, MEMBER, elsewhere=False),
    permissions.Standing.REGISTERED: Standing(REGISTERED, MEMBER, elsewhere=False),
    permissions.Standing.OPERATOR: Standing(REGISTERED, OPERATOR, elsewhere=False),
    permissions.Standing.ADMINISTRATOR: Standing(ADMIN, MEMBER),
}
FREE = {MemberDeed.WHOIS: "", MemberDeed.MESSAGE: "", MemberDeed.MENTION: ""}
NO_KEEPER = {**FREE, MemberDeed.INVITE: "nowhere to", **dict.fromkeys(KEEPING, "only operators")}
KEEPER = {**FREE, MemberDeed.INVITE: "nowhere to", **dict.fromkeys(KEEPING, "")}


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (permissions.Standing.GUEST, NO_KEEPER),
        (permissions.Standing.REGISTERED, NO_KEEPER),
        (permissions.Standing.OPERATOR, KEEPER),
        (permissions.Standing.ADMINISTRATOR, {**KEEPER, MemberDeed.INVITE: ""}),
    ],
)
def test_each_standing_has_its_menu(standing: permissions.Standing, expected: dict[MemberDeed, str]) -> None:
    """Who has an account may about others what a guest may; what is dimmed says why."""
    offers = member_offers(WHO[standing], BOB)
    assert {offer.deed: offer.refusal for offer in offers} == expected


@pytest.mark.parametrize("deed", REQUESTS)
@pytest.mark.parametrize("standing", WHO)
def test_what_the_menu_offers_is_what_the_server_lets_one_do(
    standing: permissions.Standing, deed: MemberDeed
) -> None:
    """The same table decides both, as far as it goes by who one is."""
    try:
        permissions.require(REQUESTS[deed], standing)
    except Refused:
        allowed = False
    else:
        allowed = True
    assert (member_refusal(WHO[standing], BOB, deed) == "") is allowed


def test_an_operator_is_muted_by_nobody_unless_that_is_taken_away_first() -> None:
    """A mute from before can be lifted."""
    standing = Standing(ADMIN, MEMBER)
    olaf = Member(user=user("olaf"), role=Role.OPERATOR)
    assert member_refusal(standing, olaf, MemberDeed.MUTE) == "an operator"
    assert member_refusal(standing, replace(olaf, muted=True), MemberDeed.MUTE) == ""
    assert member_refusal(standing, olaf, MemberDeed.KICK) == ""


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
