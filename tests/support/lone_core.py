"""The shared state of one link with no thread around it."""

from collections.abc import Callable

from chat.server.net.core import Bells, LinkCore
from chat.server.net.entrance import Visitor
from chat.server.net.terms import Terms
from chat.server.state.session import Session
from chat.transport.wire import Wire
from tests.support.clock import FakeClock
from tests.support.frames import LIMITS
from tests.support.net_service import scaled, welcome


class Rung:
    """Which threads were told that there is something to do."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def bells(self) -> Bells:
        rung = {name: self._bell(name) for name in ("reader", "workers", "writer", "closer")}
        return Bells(**rung, later=lambda _: self.names.append("later"))

    def _bell(self, name: str) -> Callable[[], None]:
        return lambda: self.names.append(name)


def lone_core(wire: Wire, rung: Rung, **settings: float) -> LinkCore:
    """The core of a link that nobody serves, under a clock that stands still."""
    terms = Terms(
        dispatcher=object(),  # type: ignore[arg-type]
        limits=LIMITS,
        welcome=lambda _: welcome(),
        join_command="chat-tui example.org",
        settings=scaled(**settings),
        clock=FakeClock(),
    )
    core = LinkCore(wire, terms, rung.bells(), Visitor())
    core.session = Session(object())  # type: ignore[arg-type]
    return core
