"""Rules of chat: values in, values out. No socket, thread, clock, database or lock."""
