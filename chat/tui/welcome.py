"""The three lines that greet whoever comes: what this is, which keys matter, how others join.

Pure text for the screen and the line mode alike; safe on any thread.
"""

from chat.client.trust import is_near
from chat.transport.address import Address, as_typed
from chat.transport.tls import spoken

LINE_KEYS = "A line you write is said to all · /help shows the commands · /quit or Ctrl+D leaves"
"""What matters in the line mode, where there are no keys."""

SCREEN_KEYS = "Enter sends · Ctrl+K goes to a channel or a person · F1 shows all keys"
"""What matters on the full screen."""

_WHAT = "This is a chat on your own network. What is said here is kept."


def welcome(keys: str, joining: str) -> str:
    """Give the three lines."""
    return "\n".join((_WHAT, keys, joining))


def others_join(address: Address) -> str:
    """Say what others have to type to join the server at an address, and who can."""
    who = "Others on this machine" if is_near(address.host) else "Others"
    return f"{who} join with: chat-tui {as_typed(address)}"


def others_join_hosted(reachable: Address | None, fingerprint: str = "") -> str:
    """Say how others join a server on this machine, and what they will be shown of it.

    Args:
        reachable: where they reach it; None when they can not.
        fingerprint: of its certificate, 64 hexadecimal digits; empty when that is not known.
    """
    if reachable is None:
        return "Only this machine can join; without --local your network can too."
    shown = f"\nThey are shown this fingerprint: {spoken(fingerprint)}" if fingerprint else ""
    return others_join(reachable) + shown


def restored(server: str) -> str:
    """Say that a server, by its name, has lost what came after a backup of it."""
    return (
        f"{server} was restored from a backup made earlier; what came after it is gone. "
        "Your unsent messages are kept."
    )
