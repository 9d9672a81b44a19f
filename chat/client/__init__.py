"""A chat client without a screen: link, state, timeline, outbox. Knows no terminal."""
