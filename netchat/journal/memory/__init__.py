"""The journal that lasts as long as the process."""
