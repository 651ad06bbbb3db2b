"""Threads for calls that block; the only folder that knows of threads."""
