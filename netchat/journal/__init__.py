"""Where the order of events is made and kept."""
