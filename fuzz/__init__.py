"""Finding bytes that break a promise: see `targets` for what is tried and `__main__` for how to run it."""
