"""Accounts: how somebody proves that a name is theirs. No Twisted, no I/O."""
