"""TCP clients of the server: reader, workers, writer and the links between them."""
