"""The JSON lines dialect, for programs."""
