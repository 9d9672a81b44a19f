"""Whom an IP address counts as."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.server.domain.addresses import Counted, network_of, unmapped


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_counts_as_itself(address: object) -> None:
    """Also where it comes in the clothes of IPv6."""
    assert str(network_of(str(address))) == f"{address}/32"
    assert network_of(f"::ffff:{address}") == network_of(str(address))


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_of_ipv4_is_one_in_the_clothes_of_ipv6(address: object, bits: int) -> None:
    """With the same addresses in it."""
    plain = ip_network(f"{address}/{bits}", strict=False)
    assert unmapped(plain) == plain
    assert unmapped(ip_network(f"::ffff:{address}/{96 + bits}", strict=False)) == plain


@given(st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_home_count_as_one(interface: int) -> None:
    """Whoever has one address of IPv6 has 2 to the power of 64."""
    host = f"2001:db8:1:2:{interface >> 48:x}:{interface >> 32 & 0xFFFF:x}:{interface >> 16 & 0xFFFF:x}:1"
    assert network_of(host) == network_of("2001:db8:1:2::1")
    assert network_of(host) != network_of("2001:db8:1:3::1")


def test_the_interface_of_an_address_does_not_matter() -> None:
    """As in those of the link itself."""
    assert network_of("fe80::1%eth0") == network_of("fe80::2%eth1")


def test_this_machine_is_not_counted_unless_told_so() -> None:
    """Neither in IPv4 nor in IPv6."""
    usual, strict = Counted(), Counted(())
    for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
        assert usual.as_whom(host) is None
        assert strict.as_whom(host) == network_of(host)
    assert usual.as_whom("192.0.2.7") == network_of("192.0.2.7")


def test_exempt_networks_are_not_counted() -> None:
    """Of either kind, and nobody beside them."""
    counted = Counted(["192.0.2.0/24", "2001:db8::/32", "::ffff:10.0.0.0/104"])
    assert counted.as_whom("10.1.2.3") is None
    assert counted.as_whom("192.0.2.200") is None
    assert counted.as_whom("2001:db8:7::1") is None
    assert counted.as_whom("192.0.3.1") is not None


def test_what_is_no_network_is_refused() -> None:
    """With what it was."""
    with pytest.raises(ValueError, match="office"):
        Counted(["office"])
