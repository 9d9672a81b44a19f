"""Socket work that client and server share: addresses, wires, dialling, listening."""
