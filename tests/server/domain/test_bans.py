"""Whom bans mean, alone."""

import pytest
from msgspec.structs import replace

from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Ban, BanKind
from chat.server.domain import bans
from tests.support.plain_world import NOON, PlainWorld


@pytest.mark.parametrize(
    ("typed", "kind", "kept"),
    [
        ("@Ann", BanKind.USER, "u2"),
        ("u2", BanKind.USER, "u2"),
        ("Bad*", BanKind.NICK, "bad*"),
        ("@B?d", BanKind.NICK, "b?d"),
        ("ＢＡＤ*", BanKind.NICK, "bad*"),
        ("10.1.2.3", BanKind.ADDRESS, "10.1.2.3/32"),
        ("10.1.2.3/8", BanKind.ADDRESS, "10.0.0.0/8"),
        ("fe80::1", BanKind.ADDRESS, "fe80::1/128"),
        ("fe80::1%eth0", BanKind.ADDRESS, "fe80::1/128"),
        ("2001:DB8::5/32", BanKind.ADDRESS, "2001:db8::/32"),
        ("::ffff:10.1.2.3", BanKind.ADDRESS, "10.1.2.3/32"),
        ("::ffff:10.1.2.0/120", BanKind.ADDRESS, "10.1.2.0/24"),
        ("::/0", BanKind.ADDRESS, "::/0"),
    ],
)
def test_a_mask_is_read_as_it_is_typed(typed: str, kind: BanKind, kept: str) -> None:
    """Patterns are folded as nicks are, bits beyond the network are not kept, IPv4 is IPv4 in any clothes."""
    world = PlainWorld()
    world.guest("ann")
    assert bans.read_mask(world.draft(), typed)[:2] == (kind, kept)


@pytest.mark.parametrize(
    ("typed", "code"), [("ann", ErrorCode.UNKNOWN_USER), ("@a b", ErrorCode.INVALID_NAME)]
)
def test_a_mask_that_means_nobody_is_refused(typed: str, code: ErrorCode) -> None:
    """A nick needs its `@`."""
    with pytest.raises(Refused) as refused:
        bans.read_mask(PlainWorld().draft(), typed)
    assert (refused.value.code, refused.value.field) == (code, "mask")


@pytest.mark.parametrize(
    ("kind", "mask", "host", "means"),
    [
        (BanKind.NICK, "a?n", "", True),
        (BanKind.NICK, "a*", "", True),
        (BanKind.NICK, "a", "", False),
        (BanKind.NICK, "[a]nn", "", False),
        (BanKind.NICK, "*a*n*n*" * 20, "", False),
        (BanKind.ADDRESS, "10.0.0.0/8", "10.9.9.9", True),
        (BanKind.ADDRESS, "10.0.0.0/8", "::ffff:10.9.9.9", True),
        (BanKind.ADDRESS, "10.0.0.0/8", "11.9.9.9", False),
        (BanKind.ADDRESS, "10.0.0.0/8", "", False),
        (BanKind.ADDRESS, "::ffff:10.0.0.0/104", "10.9.9.9", True),
        (BanKind.ADDRESS, "::ffff:10.0.0.0/104", "::ffff:11.9.9.9", False),
        (BanKind.ADDRESS, "fe80::/10", "fe80::1%eth0", True),
    ],
)
def test_a_ban_means_whom_it_goes_by(kind: BanKind, mask: str, host: str, means: bool) -> None:
    """A bracket in a pattern is a bracket, and a long pattern takes no long time."""
    world = PlainWorld()
    ann = world.guest("ann")
    state = world.channel("#tea", world.guest("olaf"), ann)
    ban = Ban(ban="b1", kind=kind, mask=mask, by="olaf", since=NOON)
    assert bans.bites(ban, state, world.users[ann], [host] if host else []) is means


@pytest.mark.parametrize(
    ("mask", "nick", "means"),
    [
        ("spam*", "SPAMMER", True),
        ("spam*", "ѕраmmer", True),
        ("?pam", "ѕpam", True),
        ("l?n", "Ⅼin", True),
        ("ѕраm*", "ѕраmmer", True),
        ("*i*", "bella", False),
        ("0*", "olaf", False),
        ("?n", "m", False),
        ("spam*", "иван", False),
    ],
)
def test_a_pattern_means_nicks_in_letters_that_look_like_its_own(mask: str, nick: str, means: bool) -> None:
    """Letters of other scripts, that is: plain ones are meant as they are typed, and `l` is no `1`."""
    world = PlainWorld()
    ann = world.guest("ann")
    state = world.channel("#tea", world.guest("olaf"), ann)
    user = replace(world.users[ann], nick=nick, nick_key=nick.casefold())
    kept = bans.read_mask(world.draft(), mask).mask
    ban = Ban(ban="b1", kind=BanKind.NICK, mask=kept, by="olaf", since=NOON)
    assert bans.bites(ban, state, user, []) is means
