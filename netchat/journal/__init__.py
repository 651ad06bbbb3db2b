"""The journal: numbers the events of each room and stores them."""
