"""Rooms, participants, and the one order of what happens to them. Pure."""
