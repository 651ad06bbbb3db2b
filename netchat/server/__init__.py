"""The server as a service, and its options."""
