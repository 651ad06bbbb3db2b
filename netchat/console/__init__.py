"""What an operator can do from the shell, and how it is done; beside a running server or without."""
