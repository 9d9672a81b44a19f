"""A server and the people on it, for tests that need nothing special of either."""

from collections.abc import Iterator

import pytest

from tests.support.people import People
from tests.support.server import RunningServer, running_server
from tests.support.tls import certificates

_BOTH_WAYS = {"test_accounts", "test_framing", "test_haste", "test_messages", "test_order"}
"""Modules whose tests run a second time over TLS: it must not matter to a line how it came."""

_PLAIN_ONLY = {"test_a_browser_gets_a_page_of_plain_text", "test_no_password_is_said_where_others_read_along"}
"""Over TLS the server speaks first, so a browser gets a welcome; and nobody reads along."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let some of the tests talk plain and encrypted, the rest plain."""
    if "encrypted" in metafunc.fixturenames:
        both = metafunc.module.__name__.rpartition(".")[2] in _BOTH_WAYS
        both = both and metafunc.function.__name__ not in _PLAIN_ONLY
        values, ids = ([False, True], ["plain", "tls"]) if both else ([False], [""])
        metafunc.parametrize("encrypted", values, ids=ids if both else [pytest.HIDDEN_PARAM])


@pytest.fixture
def server(encrypted: bool) -> Iterator[RunningServer]:
    """A new server on a free port."""
    with running_server(certificates=certificates() if encrypted else None) as running:
        yield running


@pytest.fixture
def people(server: RunningServer, encrypted: bool) -> Iterator[People]:
    """Who comes to that server."""
    with People(server.address, encrypt=encrypted) as those:
        yield those
