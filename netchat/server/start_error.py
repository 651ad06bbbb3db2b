"""The error of a server that cannot start."""


class StartError(Exception):
    """The server cannot start; the message is one sentence that says why, and what to do."""
