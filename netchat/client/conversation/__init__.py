"""The conversation with the server: its state and its rules, without I/O."""
