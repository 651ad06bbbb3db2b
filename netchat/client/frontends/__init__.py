"""Terminal, pipe, say and tail."""
