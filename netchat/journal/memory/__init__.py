"""The journal in memory: it is lost when the process ends."""
