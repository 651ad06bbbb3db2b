"""Tests of netchat.log: one contract, which a log in memory and one on PostgreSQL pass."""
