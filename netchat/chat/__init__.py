"""Rooms, participants, and the one order of their events; nothing here knows the reactor."""
