"""Scenarios that try to make the server lose, duplicate or reorder a line.

`make torture` runs them at full size, tests/integration/test_torture.py at a small size. All
traffic stays on this machine, a process is ended only by its own id, and a seed determines all
random choices.
"""
