"""The command `chat-server`: serves, and what operators do beside that. The only place that knows Click."""

from chat.server.cli.command import main

__all__ = ["main"]
