"""Scenarios that try to make the server lose, double or disorder a line.

`make torture` runs them at full size, tests/integration/test_torture.py at a small one. Nothing
leaves 127.0.0.1, no process is ended but by its own id, and chance has a seed.
"""
