"""Clients of IRC as they are installed, and a real server."""
