"""Attacks and faults, each next to twenty well-behaved users who must not be affected.

Each scenario is a row of the table in docs/security.md: `run` is the scenario, and another function
of the file, if there is one, is the attack, which runs in its own process.
"""
