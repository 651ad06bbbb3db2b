"""Where this checkout is: tests read its documents, and its child processes import from it."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
