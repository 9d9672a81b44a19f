"""The three lines that greet whoever comes: what this is, which keys matter, how others join.

Pure text for the screen and the line mode alike; safe on any thread.
"""

from chat.transport.address import DEFAULT_PORT, Address

LINE_KEYS = "A line you write is said to all · /help shows the commands · /quit or Ctrl+D leaves"
"""What matters in the line mode, where there are no keys."""

SCREEN_KEYS = "Enter sends · Ctrl+K goes to a channel or a person · F1 shows all keys"
"""What matters on the full screen."""

_WHAT = "This is a chat on your own network. What is said here is kept."


def welcome(keys: str, joining: str) -> str:
    """Give the three lines."""
    return "\n".join((_WHAT, keys, joining))


def others_join(address: Address) -> str:
    """Say what others have to type to join the server at an address that they can reach."""
    return f"Others join with: chat-tui {as_typed(address)}"


def others_join_hosted(reachable: Address | None) -> str:
    """Say how others join a server on this machine, which they can reach at an address, or not at all."""
    if reachable is None:
        return "Only this machine can join; chat-tui --host --lan lets your network in."
    return others_join(reachable)


def restored(server: str) -> str:
    """Say that a server, by its name, has lost what came after a backup of it."""
    return (
        f"{server} was restored from a backup made earlier; what came after it is gone. "
        "Your unsent messages are kept."
    )


def as_typed(address: Address) -> str:
    """Write an address as briefly as it can be typed."""
    if address.port != DEFAULT_PORT:
        return str(address)
    return f"[{address.host}]" if ":" in address.host else address.host or "localhost"
