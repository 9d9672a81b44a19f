"""What a client may ask for: one read or one change each. Touches no socket, file or database."""
