"""The connection to the server: addresses, TLS, errors and reconnecting."""
