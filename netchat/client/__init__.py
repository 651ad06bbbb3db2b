"""The `netchat` command: a chat client for a terminal and for pipes."""
