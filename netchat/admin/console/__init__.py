"""`netchat admin` and `netchat invite`: what an operator can do from the shell."""
