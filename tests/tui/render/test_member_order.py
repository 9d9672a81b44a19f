"""The order of a member list."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.records import Presence
from chat.tui.render.member_order import MemberItem, ordered

ITEMS = st.lists(
    st.builds(
        MemberItem,
        user=st.text("u0123456789", min_size=1, max_size=4),
        nick=st.text(min_size=1, max_size=6),
        presence=st.sampled_from(Presence),
        role=st.sampled_from(["", "op", "muted"]),
        keeps_order=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda item: item.user,
)


def nicks(*members: MemberItem) -> list[str]:
    """The nicks in the order of the list."""
    return [item.nick for item in ordered(members)]


def member(nick: str, presence: Presence = Presence.ONLINE, role: str = "") -> MemberItem:
    """A member whose id is made of the nick."""
    return MemberItem(f"u-{nick}", nick, presence, role, keeps_order=role == "op")


def test_who_is_here_comes_before_who_is_not() -> None:
    """Offline members stand below everybody else."""
    assert nicks(member("ann", Presence.OFFLINE), member("zoe")) == ["zoe", "ann"]


def test_who_is_muted_stays_where_they_are() -> None:
    """Only who runs the channel stands above the others."""
    assert nicks(member("zoe", role="muted"), member("ann"), member("moe", role="op")) == [
        "moe",
        "ann",
        "zoe",
    ]


def test_operators_come_first_among_equals() -> None:
    """Who runs the channel is found at the top, but only while here."""
    there = member("amy", Presence.OFFLINE, "op")
    assert nicks(member("ann"), member("zoe", role="op"), there) == ["zoe", "ann", "amy"]


def test_nicks_are_sorted_without_regard_to_case() -> None:
    """`Bob` stands between `ann` and `carl`."""
    assert nicks(member("carl"), member("Bob"), member("ann")) == ["ann", "Bob", "carl"]


@given(ITEMS, st.sampled_from([Presence.ONLINE, Presence.AWAY, Presence.BUSY]))
def test_being_away_or_busy_moves_nobody(members: list[MemberItem], state: Presence) -> None:
    """When everybody here goes away or gets busy, the rows stay where they are."""
    changed = [replace(item, presence=state) if item.here else item for item in members]
    assert [item.user for item in ordered(changed)] == [item.user for item in ordered(members)]


@given(st.data(), ITEMS)
def test_the_order_does_not_depend_on_how_members_come(
    data: st.DataObject, members: list[MemberItem]
) -> None:
    """Any sequence of the same members gives the same list."""
    assert ordered(data.draw(st.permutations(members))) == ordered(members)
