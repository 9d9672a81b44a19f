"""How people write where a server is."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import UsageError
from chat.transport.address import (
    DEFAULT_PORT,
    Address,
    as_typed,
    parse_address,
    parse_addresses,
    show_addresses,
)

hosts = st.one_of(
    st.from_regex(r"\A[a-z][a-z0-9.-]{0,30}\Z"),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chat.lan", Address("chat.lan", DEFAULT_PORT)),
        ("chat.lan:7000", Address("chat.lan", 7000)),
        ("10.0.0.5:1", Address("10.0.0.5", 1)),
        ("[::1]", Address("::1", DEFAULT_PORT)),
        ("[fe80::1%eth0]:9", Address("fe80::1%eth0", 9)),
        (":7421", Address("", 7421)),
        ("  box:0 ", Address("box", 0)),
        ("bücher.example", Address("bücher.example", DEFAULT_PORT)),
    ],
)
def test_addresses_are_read_as_people_write_them(text: str, expected: Address) -> None:
    """Host, port, both, and IPv6 in brackets; what is missing has a default."""
    assert parse_address(text) == expected


@given(host=hosts, port=st.integers(0, 65535))
def test_what_is_shown_can_be_read_again(host: str, port: int) -> None:
    """An address survives being shown and typed."""
    address = Address(host, port)
    assert parse_address(str(address)) == address


@given(host=st.ip_addresses(v=6))
def test_only_ipv6_gets_brackets(host: ipaddress.IPv6Address) -> None:
    """Brackets tell the colons of the host from the one before the port."""
    assert str(Address(str(host), 5)) == f"[{host}]:5"
    assert str(Address("a", 5)) == "a:5"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("host:", "number from 0 to 65535"),
        ("host:http", "number from 0 to 65535"),
        ("host:70000", "number from 0 to 65535"),
        ("host:-1", "number from 0 to 65535"),
        ("host:٣", "number from 0 to 65535"),
        ("::1", "brackets"),
        ("fe80::1:7420", "brackets"),
        ("[::1", "brackets"),
        ("[::1]7420", "brackets"),
        ("[host]:7420", "brackets"),
        ("tcp://host:7420", "before //"),
        ("ann@host", "can't contain '@'"),
        ("a b", "can't contain ' '"),
        ("host/path", "can't contain '/'"),
        ("a,b", "can't contain ','"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(text: str, why: str) -> None:
    """The sentence says what is wrong, and it is a wrong use of the program."""
    with pytest.raises(UsageError, match=why):
        parse_address(text)


def test_several_addresses_stand_with_commas_between_them() -> None:
    """One alone is a list too; blanks beside commas mean nothing."""
    assert parse_addresses("a:1") == (Address("a", 1),)
    assert parse_addresses("a:1, [::1] ,b") == (Address("a", 1), Address("::1"), Address("b"))


@given(st.lists(st.builds(Address, hosts, st.integers(0, 65535)), min_size=1, unique=True))
def test_several_addresses_can_be_shown_and_read_again(addresses: list[Address]) -> None:
    """A list survives being remembered."""
    assert parse_addresses(show_addresses(addresses)) == tuple(addresses)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "An address is empty"),
        ("a,", "An address is missing"),
        (",", "An address is missing"),
        ("a,,b", "An address is missing"),
        ("a,b:http", "The port in 'b:http'"),
        ("a,a:7420", "a:7420 stands twice"),
    ],
)
def test_a_list_that_can_not_be_meant_is_refused_with_a_sentence(text: str, why: str) -> None:
    """The sentence names the part that is wrong."""
    with pytest.raises(UsageError, match=why):
        parse_addresses(text)


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        (Address("attic"), "attic"),
        (Address("attic", 7421), "attic:7421"),
        (Address("fe80::1"), "[fe80::1]"),
        (Address("fe80::1", 7421), "[fe80::1]:7421"),
        (Address(""), "localhost"),
    ],
)
def test_an_address_is_written_as_briefly_as_it_can_be_typed(address: Address, typed: str) -> None:
    """The usual port needs no saying."""
    assert as_typed(address) == typed
