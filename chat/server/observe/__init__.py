"""How an operator sees the server: logs, figures, health."""
