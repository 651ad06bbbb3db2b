"""Clients that come with SSH: the key, or the password, says who they are."""
