"""What each recipient is sent of a turn, and how it is written."""
