"""Tests of the log on a real PostgreSQL, which fails as it does."""
