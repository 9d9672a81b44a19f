"""What clients can ask for: one file per family, one table, one dispatch. Touches no socket and no file."""
