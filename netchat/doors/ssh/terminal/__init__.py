"""A chat on a terminal behind SSH: from the bytes of its channel to a client's conversation."""
