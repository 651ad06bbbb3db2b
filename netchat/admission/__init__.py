"""Which connections are accepted, and which have to go."""
