"""Clients that exchange lines over a stream of bytes."""
