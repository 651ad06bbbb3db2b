"""The door of `netchat admin`: a unix socket in the data directory."""
