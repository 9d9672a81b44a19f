"""Backups of a server: made while it runs, checked, and put back. Knows files; no client and no command."""
