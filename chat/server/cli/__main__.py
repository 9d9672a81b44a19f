"""`python -m chat.server.cli`, the same as `chat-server`."""

from chat.server.cli import main

main()
