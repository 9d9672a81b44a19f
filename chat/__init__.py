"""A chat for your own network: a threaded server and a full-screen terminal client."""

__version__ = "0.1.0"
