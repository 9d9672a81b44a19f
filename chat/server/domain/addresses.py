"""Whose an IP address is, as far as counting goes: who is one, and who is not counted. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

THIS_MACHINE = ("127.0.0.0/8", "::1/128")
"""Who is on this machine can do worse than to connect often, and may stand for many behind a proxy."""

_IPV6_HOME = 64
"""Bits of an IPv6 address that the network gives; the rest is chosen at will, and as often."""


_IPV4_CARRIED = IPv6Network("::ffff:0:0/96")


@lru_cache(4096)
def address_of(host: str) -> IPv4Address | IPv6Address:
    """Return an IP address as it is meant; that of IPv4 where IPv6 carries one."""
    address = ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def unmapped(network: Network) -> Network:
    """Return a network as it is meant; that of IPv4 where IPv6 carries one, as `::ffff:192.0.2.0/120`."""
    if isinstance(network, IPv4Network) or not network.subnet_of(_IPV4_CARRIED):
        return network
    within = int(network.network_address) - int(_IPV4_CARRIED.network_address)
    return IPv4Network((within, network.prefixlen - _IPV4_CARRIED.prefixlen))


def on_this_machine(host: str) -> bool:
    """Return whether an IP address is this machine's own to itself, which nobody else reads along with."""
    return bool(address_of(host).is_loopback)


@lru_cache(4096)
def network_of(host: str) -> Network:
    """Return whom an IP address counts as: itself, or in IPv6 its network of 64 bits."""
    address = address_of(host)
    bits = _IPV6_HOME if isinstance(address, IPv6Address) else address.max_prefixlen
    return ip_network((address, bits), strict=False)


class Counted:
    """Tells who is counted.

    Args:
        exempt: networks of whom nobody is, as `192.168.0.0/16`.

    Raises:
        ValueError: one of them is no network.
    """

    def __init__(self, exempt: Iterable[str] = THIS_MACHINE) -> None:
        self._exempt = tuple(unmapped(ip_network(each)) for each in exempt)

    def as_whom(self, host: str) -> Network | None:
        """Return whom an IP address counts as; None when it is not counted."""
        address = address_of(host)
        return None if any(address in exempt for exempt in self._exempt) else network_of(host)
