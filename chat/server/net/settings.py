"""Every number of the TCP side that no client needs to know; what clients must know is in `Limits`.

A frozen value, made once; tests scale it.
"""

import msgspec

from chat.server.domain.addresses import THIS_MACHINE
from chat.server.domain.rate import Rate


class NetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Times are seconds, sizes are bytes."""

    # when a link is cut
    heartbeat_seconds: float = 30.0
    """How often a client is asked to say something; told in `welcome`."""
    grace_seconds: float = 15.0
    """A link silent for heartbeat and grace together is cut."""
    stall_seconds: float = 15.0
    """A link that takes none of what waits for it for so long is cut as too slow."""
    outbox_bytes: int = 1024 * 1024
    """A link for which more than this waits after a turn is cut as too slow."""
    linger_seconds: float = 2.0
    """How long last words may take to go out before the link is closed without them."""
    slow_linger_seconds: float = 30.0
    """The same for a link that was cut as too slow: its client may wake up and be told why. Little waits for
    it by then but its last line and the goodbye, and it holds up no stop."""
    greet_seconds: float = 0.25
    """How long to wait for a client's first byte before the server speaks all the same. A client of ours
    begins with an empty line and waits for nothing; the pause is for who types by hand."""
    handshake_seconds: float = 10.0
    """How long a TLS handshake may take, and how long to wait for its first byte."""
    newcomers: int = 1024
    """How many may be at that stage; one more sends the one away who waits longest."""
    newcomers_each: int = 64
    """How many of one address; more sends its own away, so it is more than come at once from one office."""
    arrivals: Rate = Rate(200, 50)
    """How many of one address may arrive at once, and a second for ever; who is too many is cut off."""
    links: int = 1_000_000
    """How many links there may be; while there are so many, accepting pauses."""
    links_before_login: int = 16
    """How many links of one address may stay without a login."""
    count_after_seconds: float = 2.0
    """When a link begins to count as one of those."""
    exempt: tuple[str, ...] = THIS_MACHINE
    """Networks whose addresses are not counted."""
    sweep_seconds: float = 0.5
    """How often those times are looked at."""

    # what is taken in
    receive_bytes: int = 16 * 1024
    """Asked of a wire at once; cutting so many lines holds up others for less than a millisecond."""
    receives_a_turn: int = 4
    """Times that one link is read before the others have their turn."""
    inbox_lines: int = 256
    inbox_bytes: int = 128 * 1024
    """A link of which so much waits to be run is not read further: TCP then slows its client."""
    accepts_a_turn: int = 64
    accept_pause_seconds: float = 1.0
    """How long to accept nobody after the system had no descriptor left."""

    # running what was asked
    workers: int = 2
    """More of them mostly wait for the interpreter: beside four floods 2 gave half the delay of 4 or 8."""
    lines_a_turn: int = 16
    """Lines of one link that a worker runs before other links have their turn."""
    work_seconds: float = 0.001
    """How long a worker runs without a break."""
    breath_seconds: float = 0.0005
    """The break: time for the threads that only get the interpreter's lock when others leave it alone."""
    wait_seconds: float = 5.0
    """A link that was too hasty runs nothing until its wait is over, but for so long at most: its client
    must get an answer to its pings before it takes the link for dead."""
    park_bytes: int = 128 * 1024
    """While so much waits to be sent to a link, no further line of it is run."""

    # sending
    send_bytes: int = 64 * 1024
    """Small pieces are joined up to this before they are sent."""
    sends_a_turn: int = 4
    """Times that one link is written to before the others have their turn."""
