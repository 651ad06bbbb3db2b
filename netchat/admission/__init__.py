"""Which connections are admitted, which wait, and which are rejected or evicted."""
