"""The JSON lines dialect: programs."""
