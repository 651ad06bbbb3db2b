"""Why the server closes a connection: the one table of reasons, sentences and retry times.

`retry` is the number of seconds after which a client should connect again by itself; without it, a
client must not reconnect before a person has done what the sentence says. The reasons are part of
the protocol (docs/protocol.md). Each comment says what a client should do.
"""

from __future__ import annotations

from netchat.model.events import Closing, Refused

# Nothing: the guest has left on their own request, or at the end of their input.
BYE = Closing("bye")

# Reconnect after 1 s, and resume with `after`.
SHUTDOWN = Closing("shutdown", "The server is shutting down; come back later.", retry=1)
# Reconnect after 1 s, to another server of the site if one is known, and resume with `after`.
DRAINING = Closing(
    "shutdown",
    "This server is about to stop, and another one takes its guests; come back.",
    retry=1,
)
# Reconnect, resume with `after`, and read faster. It is not sent: the client does not read.
TOO_SLOW = Closing("too-slow", "Too much waits for you to read it; come back.", retry=1)

# Nothing: the same client has logged in with the same name on another connection.
REPLACED = Closing("replaced", "You have come back on another connection.")
# Ask the owner, whose session an operator has ended with all others of the account.
ENDED_BY_OPERATOR = Closing(
    "session-ended", "An operator has ended this session; connect again to come back."
)
# Ask the owner: they have ended this session on another device.
SESSION_ENDED = Closing(
    "session-ended", "Its owner has ended this session; connect again to come back."
)
# Nothing: the account is no more.
ACCOUNT_REMOVED = Closing(
    "session-ended", "Your account was removed; ask an operator, or connect with another name."
)
# Do not reconnect: send at most a burst of lines, and wait for the answers before sending more.
FLOOD = Closing(
    "flood", "You say more than others can read, and the rest was not said; say it more slowly."
)
# Do not reconnect: the program, or a proxy, breaks the rules of WebSockets (RFC 6455).
BAD_FRAME = Closing("bad-frame", "That is no WebSocket message in text; update your program.")
# Do not reconnect: end each line, and keep it within `limits.line`.
ENDLESS_LINE = Closing(
    "line-too-long", "That line goes on and on; connect again and send shorter ones."
)

# Ask the guest for a name first, then connect and send it within the time for a login.
LOGIN_TIMEOUT = Closing(
    "login-timeout", "That took too long; connect again and give a name sooner."
)
# End the first line.
NO_LINE_END = Closing(
    "login-timeout",
    "That took too long, and no line end has come; connect again and end each line with LF.",
)
# Ask the guest for another name.
LOGIN_TRIES = Closing("login-tries", "Too many tries; connect again with another name.")
# Ask the guest for the password.
PASSWORD_TRIES = Closing("bad-password", "Too many tries; ask somebody for the right password.")

# Do not reconnect: the operator has to admit the address (--allow, --deny).
DENIED = Closing("denied", "This server takes no connections from your address.")
# Close another connection from this address, or reconnect after 30 s.
TOO_MANY_FROM_ADDRESS = Closing(
    "too-many", "Too many connections come from your address; close one, or come later.", retry=30
)
# Reconnect after 10 s: all connections that the operator allows are in use.
SERVER_FULL = Closing("server-full", "The server is full; come back later.", retry=10)
# Reconnect after 1 s, and send the hello at once: silent connections are closed first.
EVICTED = Closing(
    "server-full", "Too many come at once; connect again and give a name at once.", retry=1
)


def name_owned(name: str) -> Closing:
    """Return the disconnect of a guest called `name`, which somebody else owns from now on."""
    # Ask the guest for another name.
    return Closing(
        "session-ended", f"{name} belongs to somebody else now; connect again with another name."
    )


def storage_failure(message: str) -> Closing:
    """Return the disconnect of a guest whose missed lines cannot be read; `message` says why."""
    # Reconnect after 10 s, and resume with `after`.
    return Closing("storage", message, retry=10)


def login_refused(refused: Refused) -> Closing:
    """Return the disconnect of a client that its door has authenticated, and that may not join."""
    return Closing(refused.code, refused.message)


def kicked(by: str, reason: str) -> Closing:
    """Return the disconnect of a guest whom `by` has removed from the server for `reason`."""
    # Do not reconnect by yourself: the guest may, when they want to.
    why = f": {reason.rstrip('.')}" if reason else "; you may come back"
    return Closing("kicked", f"{by} removed you from this server{why}.")


def banned(end_and_reason: str) -> Closing:
    """Return the disconnect of a guest who is banned, until when and why."""
    # Do not reconnect before that time.
    return Closing("banned", f"You are banned from this server {end_and_reason}.")
