"""netchat: an event-driven chat for private networks."""

__version__ = "0.1.0"
