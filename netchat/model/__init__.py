"""What every part speaks of: events, requests, names, limits. Pure."""
