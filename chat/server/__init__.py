"""The chat server: rules, shared state, commands, storage and the network."""
