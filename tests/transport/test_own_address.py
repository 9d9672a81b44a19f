"""Under which address other machines reach this one."""

import socket

from chat.transport.own_address import own_address, reachable_address


def test_the_own_address_is_one_of_this_machine() -> None:
    """Something can listen on it, or it is the machine's name where there is no network."""
    address = own_address()
    if address != socket.gethostname():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as sock:
            sock.bind((address, 0))
    assert address


def test_a_server_on_all_interfaces_can_be_reached_by_others() -> None:
    """The address has the port that they have to type."""
    with socket.create_server(("", 0)) as listener:
        port = listener.getsockname()[1]
        found = reachable_address(port)
    assert found is not None
    assert (found.host, found.port) == (own_address(), port)


def test_a_server_on_loopback_can_be_reached_by_nobody_else() -> None:
    """So nobody is told an address that does not work."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert reachable_address(listener.getsockname()[1]) is None
