"""How fast the server is, beside others in the same run: `make bench`. README.md tells more."""
