"""The connection to the server, and how it comes back."""
