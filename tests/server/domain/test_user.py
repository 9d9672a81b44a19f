"""Rules of users: guests, nicks and their claims, status, being away for long."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.ids import UserId
from chat.names import NICK_LONGEST, BadName, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Joined, Left
from chat.protocol.records import Status, UserKind
from chat.server.domain import moderation, user
from chat.server.domain.model import Decision
from chat.server.domain.targets import parse_target
from chat.server.domain.user import GUESTS_PARTED_AFTER
from tests.support.plain_world import NOON, PlainWorld, code_of, join, part, say


def test_a_server_is_founded_once() -> None:
    """With a user who speaks for it, whose nick nobody can take, and the lobby."""
    world = PlainWorld()
    (server,) = world.users.values()
    assert (server.nick, server.kind) == ("server", UserKind.BOT)
    assert world.named("#general").members == {}
    again = user.found_server(world.draft())
    assert (again.users, again.entries) == ((), ())


def test_a_new_guest_lands_in_the_lobby() -> None:
    """With a device, a claim on the nick, and nothing unread."""
    world = PlainWorld()
    decision = user.make_guest(world.draft(), nick=parse_nick("Ann"), token_hash="h")
    (guest,), (device,), (joined,), (read,) = (
        decision.users,
        decision.devices,
        decision.entries,
        decision.reads,
    )
    assert (guest.nick, guest.nick_key, guest.kind, guest.holds_nick) == ("Ann", "ann", UserKind.GUEST, True)
    assert (device.user, device.token_hash) == (guest.id, "h")
    assert isinstance(joined, Joined)
    assert (joined.user, joined.nick) == (guest.id, "Ann")
    assert read.number == joined.number


@pytest.mark.parametrize(
    ("mask", "arrives"), [("10.0.0.0/8", False), ("bad*", False), ("11.0.0.0/8", True), ("good*", True)]
)
def test_a_new_guest_whom_a_ban_of_the_lobby_means_is_made_outside_of_it(mask: str, arrives: bool) -> None:
    """By nick pattern or address: a guest with a device all the same, for the other channels."""
    world = PlainWorld()
    ada = world.guest("ada")
    world.users[ada] = replace(world.users[ada], kind=UserKind.REGISTERED, admin=True)
    lobby = parse_target(user.LOBBY)
    draft = world.draft()
    banned = moderation.ban(draft, ada, "s1", target=lobby, mask=mask, reason="spam", seconds=None)
    draft.apply(banned)
    decision = user.make_guest(draft, nick=parse_nick("badger"), token_hash="h", host="10.1.2.3")
    assert [guest.nick for guest in decision.users] == ["badger"]
    assert len(decision.devices) == 1
    assert (len(decision.entries), len(decision.reads)) == ((1, 1) if arrives else (0, 0))


def test_a_token_makes_one_guest_however_often_it_comes() -> None:
    """Also within one batch."""
    world = PlainWorld()
    draft = world.draft()
    draft.apply(user.make_guest(draft, nick=parse_nick("ann"), token_hash="h"))
    again = user.make_guest(draft, nick=parse_nick("other"), token_hash="h")
    assert (again.users, again.devices, again.entries) == ((), (), ())


def test_guests_of_one_batch_get_rows_of_their_own() -> None:
    """And can't take the same nick."""
    world = PlainWorld()
    draft = world.draft()
    for nick in ("ann", "bob"):
        draft.apply(user.make_guest(draft, nick=parse_nick(nick), token_hash=f"h-{nick}"))
    assert len({guest.id for guest in draft.users.values()}) == 2
    assert len({device.id for device in draft.devices.values()}) == 2
    with pytest.raises(Refused) as refused:
        user.make_guest(draft, nick=parse_nick("ANN"), token_hash="h-third")
    assert code_of(refused.value) == (ErrorCode.NICK_TAKEN, "nick")


def test_a_stale_claim_is_taken_over_from_its_old_holder() -> None:
    """In one decision: the old row loses the claim, keeps the label, and its record stays as it was."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.stale.add(ann)
    decision = user.make_guest(world.draft(), nick=parse_nick("Ann"), token_hash="h2")
    world.publish(world.draft(), decision)
    assert world.nick_holder("ann") == decision.users[-1].id != ann
    assert (world.users[ann].nick, world.users[ann].holds_nick, world.users[ann].version) == ("ann", False, 1)


def test_a_claim_made_in_this_batch_is_never_stale() -> None:
    """Two newcomers of one batch can't both take over the same nick."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.stale.add(ann)
    draft = world.draft()
    taken = user.make_guest(draft, nick=parse_nick("ann"), token_hash="h2")
    draft.apply(taken)
    world.stale.add(taken.users[-1].id)
    with pytest.raises(Refused) as refused:
        user.make_guest(draft, nick=parse_nick("ann"), token_hash="h3")
    assert refused.value.code is ErrorCode.NICK_TAKEN


def test_who_returns_to_a_taken_nick_gets_the_next_number() -> None:
    """The first free one; and keeps it."""
    world = PlainWorld()
    old = world.guest("ann")
    world.stale.add(old)
    world.guest_takes("ann")
    world.guest("ann2")
    world.publish(world.draft(), user.reclaim(world.draft(), old))
    assert (world.users[old].nick, world.users[old].holds_nick, world.users[old].version) == ("ann3", True, 2)
    assert user.reclaim(world.draft(), old).users == ()


def test_who_returns_when_the_taker_went_on_gets_the_nick_back() -> None:
    """No number for a nick that nobody has."""
    world = PlainWorld()
    old = world.guest("ann")
    world.stale.add(old)
    taker = world.guest_takes("ann")
    world.publish(world.draft(), user.change_nick(world.draft(), taker, nick=parse_nick("anna")))
    world.publish(world.draft(), user.reclaim(world.draft(), old))
    assert (world.users[old].nick, world.users[old].holds_nick) == ("ann", True)


@example(nick="a" * 29 + "l·l", returning=1)
@given(
    nick=st.text(st.sampled_from("al·lé\u0301٣۳'9Zж\u200d"), min_size=20, max_size=NICK_LONGEST),
    returning=st.integers(1, 12),
)
def test_a_number_fits_behind_every_nick(nick: str, returning: int) -> None:
    """Whatever the cut leaves must be a legal name, in which some characters need others behind them."""
    try:
        name = parse_nick(nick)
    except BadName:
        return
    world = PlainWorld()
    old = []
    for number in range(returning + 1):
        draft = world.draft()
        decision = user.make_guest(draft, nick=name, token_hash=f"hash-{number}")
        world.publish(draft, decision)
        old.append(decision.users[-1].id)
        world.stale.add(old[-1])
    world.stale.clear()
    for who in old:
        world.publish(world.draft(), user.reclaim(world.draft(), who))
    assert all(world.users[who].holds_nick for who in old)
    assert all(parse_nick(world.users[who].nick).key == world.users[who].nick_key for who in old)
    assert len({world.users[who].nick_key for who in old}) == returning + 1


def test_renaming_moves_the_claim() -> None:
    """The old nick is free at once, also for the next item of the batch."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    draft = world.draft()
    draft.apply(user.change_nick(draft, ann, nick=parse_nick("anna")))
    draft.apply(user.change_nick(draft, bob, nick=parse_nick("ann")))
    world.publish(draft)
    assert (world.nick_holder("anna"), world.nick_holder("ann"), world.nick_holder("bob")) == (ann, bob, None)
    assert world.users[ann].version == 2


def test_two_may_swap_nicks_over_a_third_one() -> None:
    """All in one batch."""
    world = PlainWorld()
    ann, bob = world.guest("ann"), world.guest("bob")
    draft = world.draft()
    for who, nick in ((ann, "tmp"), (bob, "ann"), (ann, "bob")):
        draft.apply(user.change_nick(draft, who, nick=parse_nick(nick)))
    world.publish(draft)
    assert (world.nick_holder("ann"), world.nick_holder("bob"), world.nick_holder("tmp")) == (bob, ann, None)


def test_a_nick_in_other_letters_is_a_change_and_the_same_one_is_none() -> None:
    """One's own claim is no obstacle."""
    world = PlainWorld()
    ann = world.guest("ann")
    assert user.change_nick(world.draft(), ann, nick=parse_nick("ann")).users == ()
    (changed,) = user.change_nick(world.draft(), ann, nick=parse_nick("Ann")).users
    assert (changed.nick, changed.nick_key, changed.version) == ("Ann", "ann", 2)


def test_a_nick_that_somebody_holds_is_refused() -> None:
    """Regardless of case."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.guest("bob")
    with pytest.raises(Refused) as refused:
        user.change_nick(world.draft(), ann, nick=parse_nick("BOB"))
    assert code_of(refused.value) == (ErrorCode.NICK_TAKEN, "nick")


def test_a_reserved_nick_is_no_nick() -> None:
    """The server's own is among them."""
    with pytest.raises(BadName):
        parse_nick("Server")


def banning(mask: str) -> tuple[PlainWorld, UserId]:
    """Return a world with #tea, where Olaf bans nicks for an hour, and Olaf."""
    world = PlainWorld()
    olaf = world.guest("olaf")
    world.channel("#tea", olaf)
    ban = moderation.ban(
        world.draft(), olaf, "", target=parse_target("#tea"), mask=mask, reason="spam", seconds=3600
    )
    world.publish(world.draft(), ban)
    return world, olaf


def test_a_nick_that_a_channel_bans_is_not_taken_by_who_is_in_it() -> None:
    """Who came by another one in the same batch neither; who keeps order may, and who left."""
    world, olaf = banning("Spam*")
    ann, wanted = world.guest("ann"), parse_nick("SPAMMER")
    draft = world.draft()
    draft.apply(join(draft, ann, "#tea"))
    with pytest.raises(Refused, match=r"#tea.*until 2024-05-17 13:00 UTC \(spam\)") as refused:
        user.change_nick(draft, ann, nick=wanted)
    assert code_of(refused.value) == (ErrorCode.BANNED, "nick")
    assert user.change_nick(world.draft(), olaf, nick=wanted).users[-1].nick == "SPAMMER"
    draft.apply(part(draft, ann, "#tea"))
    assert user.change_nick(draft, ann, nick=wanted).users[-1].nick == "SPAMMER"


def test_a_ban_that_ended_keeps_nobody_from_a_nick() -> None:
    """Nor does one by another nick."""
    world, _ = banning("spam*")
    ann = world.guest("ann")
    world.publish(world.draft(), join(world.draft(), ann, "#tea"))
    assert user.change_nick(world.draft(), ann, nick=parse_nick("anna")).users
    later = world.draft(NOON + timedelta(hours=1))
    assert user.change_nick(later, ann, nick=parse_nick("spammer")).users


def test_who_returns_and_gets_a_banned_nick_is_out() -> None:
    """Nobody asked them which nick they want."""
    world, _ = banning("ann?")
    ann = world.guest("ann")
    world.publish(world.draft(), join(world.draft(), ann, "#tea"))
    world.stale.add(ann)
    world.guest_takes("ann")
    decision = user.reclaim(world.draft(), ann)
    assert decision.users[-1].nick == "ann2"
    (left,) = decision.entries
    assert isinstance(left, Left)
    assert (left.conversation, left.nick, left.by, left.banned) == (
        world.named("#tea").id,
        "ann2",
        "olaf",
        True,
    )


@pytest.mark.parametrize(
    "nick", ["adrnin", "ꓮꓓꓟꓲꓠ", "ᴀᴅᴍɪɴ", "r00t", "0perator", "systern", "rnoderator", "AII", "a11"]
)
def test_what_looks_like_a_reserved_nick_is_refused(nick: str) -> None:
    """To new guests and to who is here, and nobody is numbered so."""
    world = PlainWorld()
    ann = world.guest("ann")
    wanted = parse_nick(nick)
    asked: list[Callable[[], Decision]] = [
        lambda: user.make_guest(world.draft(), nick=wanted, token_hash="h"),
        lambda: user.change_nick(world.draft(), ann, nick=wanted),
    ]
    for ask in asked:
        with pytest.raises(Refused, match="reserved") as refused:
            ask()
        assert code_of(refused.value) == (ErrorCode.INVALID_NAME, "nick")
    assert not user.free_nick(world.draft(), ann, wanted)


def test_who_has_such_a_nick_already_may_write_it_otherwise() -> None:
    """It was let in before; letter by letter it is theirs."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.users[ann] = replace(world.users[ann], nick="r00t", nick_key="r00t")
    (changed,) = user.change_nick(world.draft(), ann, nick=parse_nick("R00T")).users
    assert changed.nick == "R00T"


def test_a_status_counts_once() -> None:
    """The same again decides nothing."""
    world = PlainWorld()
    ann = world.guest("ann")
    decision = user.set_status(world.draft(), ann, status=Status.AWAY, text="lunch")
    world.publish(world.draft(), decision)
    record = world.users[ann].record()
    assert (record.status, record.status_text, record.version) == (Status.AWAY, "lunch", 2)
    assert user.set_status(world.draft(), ann, status=Status.AWAY, text="lunch").users == ()
    assert user.set_status(world.draft(), ann, status=Status.AWAY, text="").users != ()


def test_being_seen_changes_nothing_that_others_count() -> None:
    """The version stays: nobody is told."""
    world = PlainWorld()
    ann = world.guest("ann")
    (seen,) = user.seen(world.draft(), ann, NOON).users
    assert (seen.last_seen, seen.version) == (NOON, 1)


# ---------------------------------------------------------------------- away for long


def _away(world: PlainWorld, nick: str, days: float) -> UserId:
    who = world.guest(nick)
    world.publish(world.draft(), user.seen(world.draft(), who, NOON - timedelta(days=days)))
    world.stale.add(who)
    return who


def test_a_guest_unseen_for_30_days_is_out_of_all_channels() -> None:
    """But not of direct conversations, and the row stays: the token finds its way back."""
    world = PlainWorld()
    ann, bob = _away(world, "ann", 31), world.guest("bob")
    world.channel("#tea", bob, ann)
    direct = world.say(bob, "@ann", "where are you?").conversation
    decision = user.part_unseen_guest(world.draft(), ann)
    world.publish(world.draft(), decision)
    assert all(isinstance(entry, Left) and entry.reason for entry in decision.entries)
    assert world.conversations_of(ann) == {direct}
    assert world.device("hash-ann") is not None
    assert user.part_unseen_guest(world.draft(), ann).entries == ()


@pytest.mark.parametrize("days", [0, 29.99])
def test_a_guest_seen_lately_stays(days: float) -> None:
    """Until the 30th day is over."""
    world = PlainWorld()
    ann = _away(world, "ann", days)
    assert user.part_unseen_guest(world.draft(), ann).entries == ()


def test_a_guest_who_never_left_since_the_first_day_counts_from_it() -> None:
    """Who was never seen leaving was last seen at the beginning."""
    world = PlainWorld()
    ann = world.guest("ann")
    world.stale.add(ann)
    assert user.part_unseen_guest(world.draft(NOON + GUESTS_PARTED_AFTER), ann).entries != ()


def test_a_guest_who_is_back_is_not_parted() -> None:
    """Who came back between the look and the decision holds the claim on the nick again."""
    world = PlainWorld()
    ann = _away(world, "ann", 31)
    world.stale.discard(ann)
    assert user.part_unseen_guest(world.draft(), ann).entries == ()


def test_others_than_guests_are_never_parted() -> None:
    """The server's own user speaks for ever."""
    world = PlainWorld()
    (server,) = world.users
    world.stale.add(server)
    assert user.part_unseen_guest(world.draft(NOON + timedelta(days=400)), server).entries == ()


def test_a_parted_guest_is_no_member_for_the_rest_of_the_batch() -> None:
    """A revoked right bites on what waits behind."""
    world = PlainWorld()
    ann = _away(world, "ann", 31)
    draft = world.draft()
    draft.apply(user.part_unseen_guest(draft, ann))
    with pytest.raises(Refused) as refused:
        say(draft, ann, "#general", "I am back")
    assert refused.value.code is ErrorCode.NOT_MEMBER
