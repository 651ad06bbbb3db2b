"""Benchmarks of netchat and other servers in the same run: `make bench`; see README.md."""
