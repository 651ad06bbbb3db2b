"""What the user has chosen: settings and saved servers in one file, and the rooms of last time."""
