"""Rates for tests and benchmarks whose matter is something else: nobody is ever too hasty."""

from chat.server.domain.rate import Rate, Rates

_ANY = Rate(1e12, 1e12)

UNLIMITED = Rates(guest_sends=_ANY, sends=_ANY, joins=_ANY, history_bytes=_ANY, erasures=_ANY, requests=_ANY)

UNLIMITED_TOML = "[rates]\n" + "".join(
    f"{name} = [1e12, 1e12]\n"
    for name in ("guest_sends", "sends", "joins", "history_bytes", "erasures", "requests")
)
"""The same, as it stands in a server's `config.toml`."""
