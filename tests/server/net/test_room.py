"""How many links there may be, by the descriptors that the process may have."""

import resource
from collections.abc import Iterator

import pytest

from chat.server.net.descriptors import raise_limit, room


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    """The process has its limit back in the end."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def set_soft(soft: int) -> None:
    """Let the process have so many descriptors."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_a_fifth_stays_free() -> None:
    """Whatever is allowed, links and those at the door together leave so much."""
    for soft in (256, 1024, 4096):
        set_soft(soft)
        places = room(1024)
        assert sum(places) == soft * 4 // 5
        assert places.newcomers <= 1024
        assert places.newcomers < places.links


def test_a_server_takes_what_it_can_get() -> None:
    """Its own limit is raised, as far as the system lets it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    set_soft(256)
    raise_limit()
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert soft == (65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536))
    raise_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == soft
