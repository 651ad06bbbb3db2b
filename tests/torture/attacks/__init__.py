"""Attacks and faults, each beside twenty guests who behave, and who are to notice nothing.

Each file is a row of the table in docs/security.md: `run` is the scenario, and a function of the
same file, where there is one, is the attack, which goes on in a process of its own.
"""
