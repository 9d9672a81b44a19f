"""The terminal client: full-screen with Textual, or line by line without it."""
