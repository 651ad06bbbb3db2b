"""The IRC dialect, without I/O: what clients of IRC send and read."""
