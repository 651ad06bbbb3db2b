"""What the user, or a script, works with: the terminal, the pipe, `say` and `tail`."""
