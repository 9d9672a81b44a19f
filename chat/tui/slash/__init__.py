"""Slash commands: parsed to actions that the screen and the line mode both carry out."""
