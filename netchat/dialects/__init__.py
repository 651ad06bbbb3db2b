"""Bytes to meaning and back, without I/O."""
