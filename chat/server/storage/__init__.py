"""The stores behind the server's ports. Knows no client and no command."""
