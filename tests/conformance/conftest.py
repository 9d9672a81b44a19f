"""A server and the people on it, for tests that need nothing special of either."""

from collections.abc import Iterator

import pytest

from tests.support.people import People
from tests.support.server import RunningServer, running_server


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """A new server on a free port."""
    with running_server() as running:
        yield running


@pytest.fixture
def people(server: RunningServer) -> Iterator[People]:
    """Who comes to that server."""
    with People(server.address) as those:
        yield those
