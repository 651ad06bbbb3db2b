"""The conversation with the server, without I/O."""
