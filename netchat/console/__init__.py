"""What an operator can do from the shell, beside a running server or without one."""
