"""What every connection of a client has: its queues, its rate limit, and its place in the chat."""
