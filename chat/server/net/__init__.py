"""TCP clients: reader, workers and writer serve the links; commands are reached by a door."""
