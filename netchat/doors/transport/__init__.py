"""TCP, unix sockets, TLS and proxies, below a door."""
