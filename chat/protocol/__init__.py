"""The wire format: frames, lines and codes. Knows no socket, no thread and no clock."""
