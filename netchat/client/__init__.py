"""The `netchat` command: a chat client for the terminal and for pipes."""
