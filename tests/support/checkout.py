"""The path of this checkout, for tests that read its documents or run its programs."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
