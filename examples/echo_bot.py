"""A bot in ten lines: say `!echo hello` where it is, and it says `hello`.

Run it with `python examples/echo_bot.py [ADDRESS [CHANNEL]]`.
"""

import sys

from chat.client.bot import Bot


def main(address: str = "localhost", channel: str = "#general") -> None:
    """Answer on a channel of a server until it is gone."""
    with Bot(address, nick="echo", channels=[channel]) as bot:
        for message in bot.messages():
            if message.text.startswith("!echo "):
                bot.say(message.conversation, message.text.removeprefix("!echo "))


if __name__ == "__main__":
    main(*sys.argv[1:])
