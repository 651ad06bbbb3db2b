"""One guest's conversation, without I/O."""
