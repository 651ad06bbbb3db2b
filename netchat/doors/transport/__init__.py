"""Streams of bytes: TCP, TLS, unix sockets, and connections through a proxy."""
