"""In which order several addresses of one server are tried, and what is said of those that failed."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.tour import Tour
from chat.transport.address import Address

A, B, C = (Address(name) for name in "abc")


def test_addresses_are_tried_as_they_were_given() -> None:
    """One that stands there twice is tried once."""
    assert Tour([B, A, B, C]).order() == (B, A, C)


def test_where_the_server_was_last_comes_first() -> None:
    """The others keep their order."""
    tour = Tour([A, B, C])
    tour.reached(C)
    assert tour.order() == (C, A, B)


def test_a_detour_names_what_stands_before_it_in_the_list() -> None:
    """What failed behind it in the list is nobody's concern, and what works again is not told."""
    tour = Tour([A, B, C])
    tour.failed(A, f"{A} refused the connection.")
    tour.failed(C, "no")
    assert tour.reached(B) == "a:7420 refused the connection."
    assert tour.reached(A) == ""
    assert tour.reached(B) == ""


def test_a_sentence_without_an_address_gets_one() -> None:
    """Unless there is only one address, which everybody knows."""
    for addresses, expected in (([A, B], "a:7420: It broke."), ([A], "It broke.")):
        tour = Tour(addresses)
        tour.order()
        tour.failed(A, "It broke.")
        assert tour.why() == expected


def test_a_round_that_found_the_server_has_no_reason_why_not() -> None:
    """How that connection ended is another matter."""
    tour = Tour([A, B])
    tour.order()
    tour.failed(A, "It broke.")
    tour.reached(B)
    assert tour.why() == ""


@given(st.permutations([A, B, C]), st.sampled_from([A, B, C]))
def test_every_round_tries_every_address_once(addresses: list[Address], last: Address) -> None:
    """Whatever it begins with."""
    tour = Tour(addresses)
    tour.reached(last)
    assert sorted(tour.order(), key=str) == [A, B, C]
