"""What is in memory and shared between threads, each part under its own ranked lock."""
