"""The ways in: Twisted, on this side only."""
