"""The session of a client that speaks IRC."""
