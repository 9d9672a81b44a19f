"""The line mode: the same client without a screen, for pipes, simple terminals and screen readers."""
