"""Coverage-guided fuzzing of the dialects and of a whole server: `make fuzz MINUTES=10`."""
